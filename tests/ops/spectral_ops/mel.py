"""Mel spectra."""

import numpy as np

from tests.cases import Case
from tests.draws import Call, drawn
from tests.oracles import oracle

from ..formulas import mel_matrix
from ..inputs import AUDIO
from .spectra import compute_mag, long_enough, spectrum_options

# Oracles ------------------------------------------------------------------------------------------------------------


@oracle("spectral_ops.compute_mel")
def compute_mel(audio, lo_hz=0.0, hi_hz=8000.0, bins=64, fft_size=2048, overlap=0.75, pad_end=True, sample_rate=16000):
    mag = compute_mag(audio, fft_size, overlap, pad_end)
    return mag @ mel_matrix(bins, mag.shape[-1], sample_rate, lo_hz, hi_hz)


@oracle("spectral_ops.compute_logmel")
def compute_logmel(
    audio, lo_hz=80.0, hi_hz=7600.0, bins=64, fft_size=2048, overlap=0.75, pad_end=True, sample_rate=16000, eps=1e-5
):
    mel = compute_mel(audio, lo_hz, hi_hz, bins, fft_size, overlap, pad_end, sample_rate)
    return np.log(np.maximum(mel, eps))


@oracle("spectral_ops.compute_mfcc")
def compute_mfcc(
    audio, lo_hz=20.0, hi_hz=8000.0, fft_size=1024, mel_bins=128, mfcc_bins=13, overlap=0.75, pad_end=True,
    sample_rate=16000,
):  # fmt: skip
    """Discrete cosine transform of the log mel spectrum with the scaling of HTK."""
    logmel = compute_logmel(audio, lo_hz, hi_hz, mel_bins, fft_size, overlap, pad_end, sample_rate)
    band = np.arange(mel_bins) + 0.5
    cosines = [np.sqrt(2.0 / mel_bins) * np.cos(np.pi * k * band / mel_bins) for k in range(mfcc_bins)]
    return np.stack([(logmel * cosine).sum(-1) for cosine in cosines], axis=-1)


# Cases --------------------------------------------------------------------------------------------------------------

CASES = [
    Case("compute_mel", "spectral_ops.compute_mel", {"audio": AUDIO}, {"fft_size": 256, "bins": 20}),
    Case("compute_logmel", "spectral_ops.compute_logmel", {"audio": AUDIO}, {"fft_size": 512, "bins": 20}, rtol32=1e-5),
    Case("compute_mfcc", "spectral_ops.compute_mfcc", {"audio": AUDIO}, {"fft_size": 512, "mel_bins": 20}, rtol32=4e-6),
    Case(
        "compute_mfcc 48 kHz",
        "spectral_ops.compute_mfcc",
        {"audio": AUDIO[0]},
        {"fft_size": 256, "mel_bins": 9, "mfcc_bins": 9, "hi_hz": 24000.0, "sample_rate": 48000, "pad_end": False},
        rtol32=4e-6,
    ),
    Case(
        "compute_mfcc one sample",
        "spectral_ops.compute_mfcc",
        {"audio": 40.0 + AUDIO[:, :1]},
        {"mel_bins": 40},
        rtol32=4e-6,
    ),
]


# Drawn arguments ----------------------------------------------------------------------------------------------------


@drawn("spectral_ops.compute_mel", "spectral_ops.compute_logmel")
def _(d):
    kwargs = spectrum_options(d, "fft_size", (256, 512)) | {"bins": d.integer(1, 20)}
    return Call({"audio": long_enough(d, kwargs["fft_size"], kwargs["pad_end"])}, kwargs, rtol32=1e-4)


@drawn("spectral_ops.compute_mfcc")
def _(d):
    kwargs = spectrum_options(d, "fft_size", (256, 512)) | {"mel_bins": d.integer(5, 20), "mfcc_bins": d.integer(1, 5)}
    return Call({"audio": long_enough(d, kwargs["fft_size"], kwargs["pad_end"])}, kwargs, rtol32=1e-3)
