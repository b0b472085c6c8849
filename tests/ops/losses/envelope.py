"""Differences of envelopes."""

import numpy as np

from tests.draws import Call, drawn
from tests.oracles import oracle

from ..formulas import hann
from .differences import mean_difference
from .signal_ratios import sounds, waveform_case
from .waveform import WEIGHTED

# Oracles ------------------------------------------------------------------------------------------------------------


def envelope(audio, size):
    """Root mean square under a Hann window with a hop of a quarter, from its first overlap with the audio."""
    hop = max(size // 4, 1)
    window = hann(size)
    levels = []
    start = hop - size
    while start < len(audio):
        inside = np.arange(max(start, 0), min(start + size, len(audio)))
        levels.append(np.sqrt(np.sum(window[inside - start] * audio[inside] ** 2) / np.sum(window)))
        start += hop
    return np.asarray(levels)


@oracle("losses.MultiScaleEnvelopeLoss.__call__")
def envelope_loss(target_audio, audio, weights=None, weight=1.0, frame_sizes=(2048, 512, 128), loss_type="L1"):
    total = 0.0
    for size in frame_sizes:
        target, value = (np.stack([envelope(x, size) for x in batch]) for batch in (target_audio, audio))
        total += mean_difference(target, value, loss_type, weights)
    return weight * total


# Cases --------------------------------------------------------------------------------------------------------------

CASES = [
    waveform_case("MultiScaleEnvelopeLoss", "losses.MultiScaleEnvelopeLoss.__call__", frame_sizes=(64, 19)),
    *(
        waveform_case(
            f"MultiScaleEnvelopeLoss {t}",
            "losses.MultiScaleEnvelopeLoss.__call__",
            WEIGHTED,
            frame_sizes=(50, 1, 2),
            loss_type=t,
            weight=3.0,
            rtol32=5e-6,
        )
        for t in ("L2", "COSINE")
    ),
]


# Drawn arguments ----------------------------------------------------------------------------------------------------


@drawn("losses.MultiScaleEnvelopeLoss.__call__")
def _(d):
    return Call(sounds(d), rtol32=1e-3)
