"""Pitch by CREPE."""

import numpy as np

from tests.cases import Case
from tests.oracles import oracle

from .crepe import TONES, plain_layers

# Oracles ------------------------------------------------------------------------------------------------------------


@oracle("spectral_ops.compute_f0")
def compute_f0(audio, frame_rate, viterbi=False):
    """Frames, centered on their time, one by one; weighted mean of the bins up to 4 from the largest."""
    hop = 16000 // frame_rate
    padded = np.pad(audio, [(0, 0), (512, 512)])
    pitches, confidences = [], []
    for one in padded:
        frames = np.stack([one[start : start + 1024] for start in range(0, audio.shape[-1] + 1, hop)])
        activations = plain_layers(frames)["classifier"]
        bins = [np.arange(np.argmax(row) - 4, np.argmax(row) + 5) for row in activations]
        cents = [
            1997.3794084376191 + 20.0 * np.sum(row[b] * b) / np.sum(row[b])
            for row, b in zip(activations, bins, strict=True)
        ]
        pitches.append(10.0 * 2.0 ** (np.asarray(cents) / 1200.0))
        confidences.append(activations.max(-1))
    return np.stack(pitches), np.stack(confidences)


# Cases --------------------------------------------------------------------------------------------------------------

CASES = [
    Case(
        "compute_f0",
        "spectral_ops.compute_f0",
        {"audio": TONES},
        {"frame_rate": 100, "viterbi": False},
        step=1e-7,
        directions=1,
    ),
]
