"""Levels of frames."""

from fractions import Fraction

import numpy as np

from tests.cases import Case
from tests.draws import Call, drawn
from tests.oracles import oracle

from ..core.decibels import amplitude_to_db, power_to_db
from ..core.frame_padding import pad
from ..core.framing import frame
from ..formulas import a_weighting_db, exact, hann
from ..inputs import AUDIO
from .spectra import fourier

# Oracles ------------------------------------------------------------------------------------------------------------


def _framed(audio, frame_size, sample_rate, frame_rate, padding):
    hop = exact(Fraction(sample_rate) / Fraction(frame_rate))
    return frame(pad(audio, frame_size, hop, padding, axis=audio.ndim - 1), frame_size, hop)


@oracle("spectral_ops.compute_rms_energy")
def compute_rms_energy(audio, sample_rate=16000, frame_rate=250, frame_size=512, padding="center"):
    frames = _framed(audio, frame_size, sample_rate, frame_rate, padding)
    return np.sqrt(np.mean(frames**2, axis=-1))


@oracle("spectral_ops.compute_power")
def compute_power(
    audio, sample_rate=16000, frame_rate=250, frame_size=512, range_db=80.0, ref_db=0.0, padding="center"
):
    rms = compute_rms_energy(audio, sample_rate, frame_rate, frame_size, padding)
    return amplitude_to_db(rms, ref_db, range_db)


@oracle("spectral_ops.compute_loudness")
def compute_loudness(
    audio, sample_rate=16000, frame_rate=250, n_fft=512, range_db=80.0, ref_db=0.0, padding="center", normalize=False
):
    """Mean A-weighted power of the bins of each frame in dB, zero-padded to a power of two."""
    frames = _framed(audio, n_fft, sample_rate, frame_rate, padding)
    fft_size = 1 << (n_fft - 1).bit_length()
    spectrum = fourier(frames * hann(n_fft), fft_size)
    weights = 10.0 ** (a_weighting_db(np.arange(fft_size // 2 + 1) * sample_rate / fft_size) / 10.0)
    power = np.abs(spectrum) ** 2 * weights
    if normalize:  # both halves of the spectrum, in units of the power of the window
        other_half = power[..., 1 : (fft_size + 1) // 2]
        total = power.sum(axis=-1) + other_half.sum(axis=-1)
        return power_to_db(total / fft_size / np.sum(hann(n_fft) ** 2), ref_db, range_db)
    return power_to_db(np.mean(power, axis=-1), ref_db, range_db)


# Cases --------------------------------------------------------------------------------------------------------------

CASES = [
    *(
        Case(f"compute_rms_energy {padding}", "spectral_ops.compute_rms_energy", {"audio": AUDIO}, {"padding": padding})
        for padding in ("center", "same", "valid")
    ),
    Case(
        "compute_rms_energy 100",
        "spectral_ops.compute_rms_energy",
        {"audio": AUDIO[0]},
        {"frame_rate": 100, "frame_size": 255},
    ),
    Case(
        "compute_rms_energy 44.1 kHz",
        "spectral_ops.compute_rms_energy",
        {"audio": AUDIO},
        {"sample_rate": 44100, "frame_rate": 300, "frame_size": 99, "padding": "same"},
    ),
    Case("compute_power", "spectral_ops.compute_power", {"audio": AUDIO}, {"ref_db": 20.7}),
    Case("compute_loudness", "spectral_ops.compute_loudness", {"audio": AUDIO}, rtol32=1e-5),
    Case(
        "compute_loudness 100",
        "spectral_ops.compute_loudness",
        {"audio": AUDIO},
        {"n_fft": 100, "padding": "valid"},
        rtol32=1e-5,
    ),
    Case(
        "compute_loudness rate",
        "spectral_ops.compute_loudness",
        {"audio": AUDIO[0]},
        {"sample_rate": 48000, "frame_rate": 1000, "n_fft": 128, "padding": "same"},
        rtol32=1e-5,
    ),
    Case(
        "compute_loudness 59.94",
        "spectral_ops.compute_loudness",
        {"audio": AUDIO},
        {"sample_rate": 8000, "frame_rate": 59.94, "n_fft": 99, "normalize": True},
        rtol32=1e-5,
    ),
]


# Drawn arguments ----------------------------------------------------------------------------------------------------


@drawn("spectral_ops.compute_rms_energy", "spectral_ops.compute_power")
def _(d):
    kwargs = {"sample_rate": d.sample_rate, "frame_rate": d.frame_rate(), "frame_size": d.choose(64, 99, 256)}
    audio = d.normal(d.batch, d.samples + 256)
    return Call({"audio": audio}, {**kwargs, "padding": d.choose("center", "same", "valid")}, rtol32=1e-4)


@drawn("spectral_ops.compute_loudness")
def _(d):
    kwargs = {"sample_rate": d.sample_rate, "frame_rate": d.frame_rate(), "n_fft": d.choose(64, 99, 256)}
    kwargs["normalize"] = d.choose(True, False)
    audio = d.normal(d.batch, d.samples + 256)
    return Call({"audio": audio}, {**kwargs, "padding": d.choose("center", "same", "valid")}, rtol32=1e-4)
