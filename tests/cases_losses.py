"""Cases of losses."""

from __future__ import annotations

from .cases import Case, normal, uniform
from .cases_spectral import AUDIO, TARGET

PAIR = {"target": normal("pair target", 2, 9, 4), "value": normal("pair value", 2, 9, 4)}
WEIGHTS = uniform("weights", 0.1, 2.0, 2, 9, 1)
SOUNDS = {"target_audio": TARGET, "audio": AUDIO}
SIZES = {"fft_sizes": (256, 64)}
EVERYTHING = {
    "delta_time_weight": 0.5, "delta_freq_weight": 0.3, "cumsum_freq_weight": 0.01, "logmag_weight": 0.7,
    "loudness_weight": 0.2,
}  # fmt: skip


def _spectral_loss(label, inputs=SOUNDS, wrt=("audio",), **init):
    """A case with a small step: absolute differences of thousands of bins have kinks within a larger step."""
    init = {**SIZES, **init}
    return Case(
        f"SpectralLoss {label}", "losses.SpectralLoss.__call__", inputs, init=init, wrt=wrt, rtol32=4e-6, step=3e-7,
        directions=1,
    )  # fmt: skip


CASES = [
    *(Case(f"mean_difference {t}", "losses.mean_difference", PAIR, {"loss_type": t}) for t in ("L1", "L2", "COSINE")),
    *(
        Case(f"mean_difference {t} weights", "losses.mean_difference", {**PAIR, "weights": WEIGHTS}, {"loss_type": t})
        for t in ("L1", "L2", "cosine")
    ),
    Case(
        "plain_spectral_loss",
        "losses.plain_spectral_loss",
        SOUNDS,
        SIZES,
        wrt=("audio",),
        rtol32=4e-6,
        step=3e-7,
        directions=1,
    ),
    _spectral_loss("everything", wrt=("target_audio", "audio"), mag_weight=1.0, **EVERYTHING),
    *(_spectral_loss(name, mag_weight=0.0, **{name: weight}) for name, weight in EVERYTHING.items()),
    _spectral_loss("magnitudes", fft_sizes=(2048, 1024, 512, 256, 128, 64)),
    _spectral_loss("L2", loss_type="L2", logmag_weight=1.0),
    _spectral_loss("weights", {**SOUNDS, "weights": uniform("loss weights", 0.5, 1.0, 2, 1, 1)}, logmag_weight=1.0),
]
