"""Spectral loss, with all of its options."""

import numpy as np

from tests.cases import Case, uniform
from tests.draws import Call, drawn
from tests.oracles import oracle

from ..formulas import a_weighting_db, mel_matrix
from ..inputs import AUDIO, TARGET
from ..spectral_ops.levels import compute_loudness
from ..spectral_ops.spectra import compute_mag
from .differences import WEIGHTS, mean_difference, spectral_convergence

# Oracles ------------------------------------------------------------------------------------------------------------


def spectrogram(audio, size, center, a_weighting, mel_bins, lo_hz, hi_hz, sample_rate):
    if audio.ndim == 3:
        audio = audio[..., 0]
    if center:
        audio = np.pad(audio, [(0, 0), (size - size // 4, 0)])
    mag = compute_mag(audio, size)
    n_bins = mag.shape[-1]
    if a_weighting:
        mag = mag * 10.0 ** (a_weighting_db(np.linspace(0.0, sample_rate / 2, n_bins)) / 20.0)
    if mel_bins is not None:
        hi_hz = sample_rate / 2 if hi_hz is None else hi_hz
        mag = mag @ mel_matrix(mel_bins, n_bins, sample_rate, lo_hz, hi_hz)
    return mag


@oracle("losses.SpectralLoss.__call__")
def spectral_loss(init, target_audio, audio, weights=None, noise=None):
    """Differences of spectrograms of several sizes, of their slopes, sums and logarithms, and of loudness."""
    options = {"center": False, "a_weighting": False, "mel_bins": None, "lo_hz": 0.0, "hi_hz": None}
    options = {name: init.get(name, default) for name, default in options.items()}
    sample_rate, loss_type = init.get("sample_rate", 16000), init.get("loss_type", "L1")
    views = {
        "mag_weight": lambda mag: mag,
        "delta_time_weight": lambda mag: mag[:, 1:] - mag[:, :-1],
        "delta_freq_weight": lambda mag: mag[:, :, 1:] - mag[:, :, :-1],
        "cumsum_freq_weight": lambda mag: np.cumsum(mag, axis=2),
        "logmag_weight": lambda mag: np.log(np.maximum(mag, 1e-5)),
    }
    sizes = init.get("fft_sizes", (2048, 1024, 512, 256, 128, 64))
    factors = list(init.get("fft_weights") or np.ones(len(sizes)))
    count = init.get("random_sizes")
    if count is not None:
        limit = sorted(noise)[count - 1]
        factors = [f * len(sizes) / count if u <= limit else 0.0 for f, u in zip(factors, noise, strict=True)]
    total = 0.0
    for size, factor in zip(sizes, factors, strict=True):
        target, value = (spectrogram(x, size, sample_rate=sample_rate, **options) for x in (target_audio, audio))
        for name, view in views.items():
            weight = init.get(name, 1.0 if name == "mag_weight" else 0.0)
            if weight > 0:
                total += factor * weight * mean_difference(view(target), view(value), loss_type, weights)
        total += factor * init.get("convergence_weight", 0.0) * spectral_convergence(target, value, weights)
    if init.get("loudness_weight", 0.0) > 0:
        target, value = (compute_loudness(x, sample_rate, n_fft=2048) for x in (target_audio, audio))
        total += init["loudness_weight"] * mean_difference(target, value, loss_type, weights)
    return total


# Cases --------------------------------------------------------------------------------------------------------------

DRAW = uniform("draw of sizes", 0.0, 1.0, 3)
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
    _spectral_loss("everything", wrt=("target_audio", "audio"), mag_weight=1.0, **EVERYTHING),
    *(_spectral_loss(name, mag_weight=0.0, **{name: weight}) for name, weight in EVERYTHING.items()),
    _spectral_loss("magnitudes", fft_sizes=(2048, 1024, 512, 256, 128, 64)),
    _spectral_loss("L2", loss_type="L2", logmag_weight=1.0),
    _spectral_loss("weights", {**SOUNDS, "weights": uniform("loss weights", 0.5, 1.0, 2, 1, 1)}, logmag_weight=1.0),
    _spectral_loss("mel", mel_bins=30, lo_hz=100.0, hi_hz=7000.0, logmag_weight=0.5, wrt=("target_audio", "audio")),
    _spectral_loss("mel to Nyquist", mel_bins=7, sample_rate=24000, mag_weight=0.0, cumsum_freq_weight=0.5),
    _spectral_loss("convergence", convergence_weight=0.8, mag_weight=0.0, wrt=("target_audio", "audio")),
    _spectral_loss("convergence weights", {**SOUNDS, "weights": WEIGHTS[:, :1]}, convergence_weight=0.8),
    _spectral_loss("fft_weights", fft_weights=(0.25, 1.5), logmag_weight=0.5),
    _spectral_loss("center", center=True, logmag_weight=0.5, delta_time_weight=0.3, loudness_weight=0.1),
    _spectral_loss("center short", {k: x[:, :9, None] for k, x in SOUNDS.items()}, center=True, fft_sizes=(75, 64)),
    _spectral_loss("a_weighting", a_weighting=True, logmag_weight=0.5, sample_rate=44100),
    _spectral_loss("random_sizes", {**SOUNDS, "noise": DRAW}, fft_sizes=(128, 64, 32), random_sizes=2),
    _spectral_loss(
        "all options",
        {**SOUNDS, "noise": DRAW},
        fft_sizes=(128, 64, 50),
        random_sizes=2,
        center=True,
        mel_bins=12,
        a_weighting=True,
        fft_weights=(0.5, 1.0, 2.0),
        convergence_weight=0.4,
        logmag_weight=0.6,
        loss_type="L2",
        delta_freq_weight=0.2,
        loudness_weight=0.1,
    ),
]


# Drawn arguments ----------------------------------------------------------------------------------------------------


@drawn("losses.SpectralLoss.__call__")
def _(d):
    shape = (d.batch + 1, d.samples)
    init = {"fft_sizes": (64, 16), "loss_type": d.choose("L1", "L2"), "logmag_weight": d.choose(0.0, 1.0)}
    return Call({"target_audio": d.normal(*shape), "audio": d.normal(*shape)}, init=init, rtol32=1e-4)
