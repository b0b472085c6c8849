"""Spectra, by explicit Fourier sums."""

from functools import lru_cache
from typing import Any

import numpy as np

from tests.cases import Case
from tests.draws import Call, Draw, drawn
from tests.oracles import oracle

from ..formulas import hann
from ..inputs import AUDIO

# Oracles ------------------------------------------------------------------------------------------------------------


def _frames(x, size, hop, n_frames):
    """Cut frames, [..., time] -> [..., n_frames, size], with zeros beyond the end."""
    missing = max(0, (n_frames - 1) * hop + size - x.shape[-1]) if n_frames else 0
    x = np.pad(x, [(0, 0)] * (x.ndim - 1) + [(0, missing)])
    starts = [x[..., i * hop : i * hop + size] for i in range(n_frames)]
    return np.stack(starts, axis=-2) if starts else np.zeros((*x.shape[:-1], 0, size))


@lru_cache
def _waves(n_samples, fft_size):
    """Cosines and sines, [n_samples, fft_size // 2 + 1] each."""
    phase = np.outer(np.arange(n_samples), np.arange(fft_size // 2 + 1)) % fft_size * (2 * np.pi / fft_size)
    return np.cos(phase), np.sin(phase)


def fourier(frames, fft_size):
    """Fourier transform of the last axis by its definition."""
    cosines, sines = _waves(frames.shape[-1], fft_size)
    return frames @ cosines - 1j * (frames @ sines)


@oracle("spectral_ops.stft")
def stft(audio, frame_size=2048, overlap=0.75, pad_end=True):
    """Spectra of frames from every hop on (not centered), under a Hann window, zero-padded to a power of two."""
    if audio.ndim == 3:
        audio = audio[..., 0]
    hop = int(frame_size * (1.0 - overlap))
    n_samples = audio.shape[-1]
    n_frames = -(-n_samples // hop) if pad_end else max(0, 1 + (n_samples - frame_size) // hop)
    fft_size = 1 << (frame_size - 1).bit_length()
    return fourier(_frames(audio, frame_size, hop, n_frames) * hann(frame_size), fft_size)


@oracle("spectral_ops.compute_mag")
def compute_mag(audio, size=2048, overlap=0.75, pad_end=True):
    return np.abs(stft(audio, size, overlap, pad_end))


@oracle("spectral_ops.compute_logmag")
def compute_logmag(audio, size=2048, overlap=0.75, pad_end=True, eps=1e-5):
    return np.log(np.maximum(compute_mag(audio, size, overlap, pad_end), eps))


# Cases --------------------------------------------------------------------------------------------------------------

CASES = [
    Case("stft", "spectral_ops.stft", {"audio": AUDIO}, {"frame_size": 64}),
    Case("stft 1d", "spectral_ops.stft", {"audio": AUDIO[0]}, {"frame_size": 128, "pad_end": False}),
    Case("stft odd frame", "spectral_ops.stft", {"audio": AUDIO}, {"frame_size": 75, "overlap": 0.5}),
    Case("stft short", "spectral_ops.stft", {"audio": AUDIO[:, :9]}, {"frame_size": 64}),
    Case("stft one sample", "spectral_ops.stft", {"audio": AUDIO[:, :1]}, {"frame_size": 64}),
    Case("compute_mag", "spectral_ops.compute_mag", {"audio": AUDIO}, {"size": 128}),
    Case("compute_logmag", "spectral_ops.compute_logmag", {"audio": AUDIO}, {"size": 64}, rtol32=1e-5),
]


# Drawn arguments ----------------------------------------------------------------------------------------------------


def spectrum_options(d: Draw, size: str, sizes: tuple[int, ...]) -> dict[str, Any]:
    return {size: d.choose(*sizes), "overlap": d.choose(0.5, 0.75), "pad_end": d.choose(True, False)}


def long_enough(d: Draw, size: int, pad_end: bool) -> np.ndarray:
    """Audio with at least one whole frame if there is no padding."""
    return d.normal(d.batch, d.samples if pad_end else d.samples + size)


@drawn("spectral_ops.stft")
def _(d):
    kwargs = spectrum_options(d, "frame_size", (16, 25, 64))
    return Call({"audio": long_enough(d, kwargs["frame_size"], kwargs["pad_end"])}, kwargs)


@drawn("spectral_ops.compute_mag", "spectral_ops.compute_logmag")
def _(d):
    kwargs = spectrum_options(d, "size", (16, 64))
    return Call({"audio": long_enough(d, kwargs["size"], kwargs["pad_end"])}, kwargs, rtol32=1e-4)
