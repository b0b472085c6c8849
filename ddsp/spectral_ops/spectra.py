"""Short-time Fourier transform and its magnitude."""

from __future__ import annotations

from dataclasses import dataclass

from .. import design
from ..core.framing import Hop, frame_by_hop, overlap_and_add
from ..core.math import safe_log
from ..core.padding import pad_checked
from ..extend import (
    Adapter,
    Array,
    ByValue,
    Complex,
    Float,
    axis_size,
    checked,
    common_backend,
    integer,
    promote_half,
    rank,
)

__all__ = ["compute_logmag", "compute_mag", "stft"]

#: Added to magnitudes in their gradient, so that silent bins have one. Lost in rounding for magnitudes above 1e-9.
QUIET = 1e-17


@checked
def stft(
    audio: Float[Array, " time"] | Float[Array, "batch time"] | Float[Array, "batch time 1"],
    frame_size: int = 2048,
    overlap: float = 0.75,
    pad_end: bool = True,
) -> Complex[Array, "... frames bins"]:
    r"""Short-time Fourier transform with a Hann window.

    $$X[m, k] = \sum_n x[m \cdot hop + n] \, w[n] \, e^{-2 \pi i k n / fft\_size}$$

    Frames start at multiples of the hop; they are not centered.

    ![Spectrograms of two pulsed tones, a whole tone apart, at three frame sizes](../figures/frame_sizes.png)

    Parameters
    ----------
    audio
        Audio, [time], [batch, time] or [batch, time, 1].
    frame_size
        Frame size in samples, >= 1. The FFT size is the next power of two.
    overlap
        Overlap of consecutive frames as a fraction of the frame, in [0, 1). The hop is frame_size * (1 - overlap),
        rounded down.
    pad_end
        If True, append zeros so that ceil(time / hop) frames cover all samples.

    Returns
    -------
    spectrum : array
        [..., frames, fft_size // 2 + 1]; complex64 for float32 and narrower inputs, complex128 for float64. Neither the
        window nor the FFT is normalized.

    Raises
    ------
    ValueError
        `frame_size` below 1, `overlap` outside of [0, 1), or a hop below one sample.

    See Also
    --------
    compute_mag : The magnitude.
    ddsp.core.frame : Frames without window and FFT.

    Examples
    --------
    >>> import numpy as np
    >>> stft(np.ones((1, 16)), frame_size=8, overlap=0.5).shape
    (1, 4, 5)
    """
    frame_size, hop_size = frame_and_hop("frame_size", frame_size, overlap)
    return hop_stft(audio, frame_size, (hop_size, 1), pad_end)


def frame_and_hop(name: str, frame_size: int, overlap: float) -> tuple[int, int]:
    """Frame size and hop in samples."""
    frame_size = integer(name, frame_size, 1)
    hop_size = int(frame_size * (1.0 - overlap) + 1e-6)  # rounding of 0.75 and 0.9 must not lose a sample
    if not 0.0 <= overlap < 1.0 or hop_size < 1:
        raise ValueError(
            f"overlap: got {overlap} with {name} {frame_size}, expected at least 0 and a hop of at least one sample"
        )
    return frame_size, hop_size


def hop_stft(audio: Array, frame_size: int, hop: Hop, pad_end: bool) -> Array:
    """STFT for a hop that is an exact fraction of samples."""
    padded, n_frames = _padded(audio, frame_size, hop, pad_end)
    return _spectrum(padded, frame_size, hop)[..., :n_frames, :]


def _padded(audio: Array, frame_size: int, hop: Hop, pad_end: bool) -> tuple[Array, int]:
    """Audio [..., time] padded for its frames, at least for one, and the number of frames."""
    xp = common_backend(audio=audio).xp
    rank("audio", audio, (1, 2, 3), "[time], [batch, time] or [batch, time, 1]")
    audio = audio[:, :, 0] if len(audio.shape) == 3 else audio
    length = axis_size(audio, -1)
    n_frames = design.number_of_frames(length, frame_size, *hop, "same" if pad_end else "valid")
    end = -(-(max(n_frames, 1) - 1) * hop[0] // hop[1]) + frame_size
    return pad_checked(promote_half(xp, audio), (0, max(end - length, 0)), axis=-1), n_frames


def _spectrum(audio: Array, frame_size: int, hop: Hop) -> Array:
    """FFT of the windowed frames, [..., frames, bins]."""
    backend = common_backend(audio=audio)
    frames = backend.frame_view(audio, frame_size, hop[0]) if hop[1] == 1 else None
    frames = frame_by_hop(audio, frame_size, hop) if frames is None else frames
    frames = frames * backend.constant(design.hann(frame_size), audio)
    return backend.xp.fft.rfft(frames, n=fft_size_of(frame_size))


def fft_size_of(frame_size: int) -> int:
    return 1 << (frame_size - 1).bit_length()


@dataclass(frozen=True, eq=False)
class _Magnitude(ByValue):
    """|X| as a function of audio [batch, time], with a hand-written gradient.

    Autodiff would keep several arrays of the size of the spectrum and differentiate through a complex FFT.
    """

    backend: Adapter
    frame_size: int
    hop_size: int

    def __call__(self, audio: Array) -> Array:
        spectrum = _spectrum(audio, self.frame_size, (self.hop_size, 1))
        re, im = self.backend.xp.real(spectrum), self.backend.xp.imag(spectrum)
        return self.backend.xp.sqrt(re * re + im * im)

    def gradient(self, cotangent: Array, magnitude: Array, audio: Array) -> tuple[Array]:
        """Transpose of the windowed FFT, applied to the cotangent times X / |X|."""
        xp, fft_size = self.backend.xp, fft_size_of(self.frame_size)
        factors, window = (
            self.backend.constant(x, audio) for x in (design.half_spectrum(fft_size), design.hann(self.frame_size))
        )
        scale = cotangent * factors / (magnitude + QUIET)
        spectrum = _spectrum(audio, self.frame_size, (self.hop_size, 1)) + QUIET
        frames = xp.fft.irfft(spectrum * xp.astype(scale, spectrum.dtype), n=fft_size)[..., : self.frame_size] * window
        length = axis_size(audio, 1)
        found = overlap_and_add(frames, self.hop_size)[:, :length]
        return (pad_checked(found, (0, length - axis_size(found, 1)), axis=1),)


@checked
def compute_mag(
    audio: Float[Array, " time"] | Float[Array, "batch time"] | Float[Array, "batch time 1"],
    size: int = 2048,
    overlap: float = 0.75,
    pad_end: bool = True,
) -> Float[Array, "... frames bins"]:
    """Magnitude of the STFT.

    ![Spectrograms of two pulsed tones, a whole tone apart, at three frame sizes](../figures/frame_sizes.png)

    Parameters
    ----------
    audio
        Audio, [time], [batch, time] or [batch, time, 1].
    size
        Frame size in samples.
    overlap
        Overlap of consecutive frames as a fraction of the frame, as in `stft`.
    pad_end
        Append zeros so that frames cover all samples, as in `stft`.

    Returns
    -------
    magnitude : array
        [..., frames, bins], dtype of `audio`. The gradient is finite everywhere. At a silent bin it is the gradient of
        the real part, so training can leave silence.

    Raises
    ------
    ValueError
        `size` below 1, `overlap` outside of [0, 1), or a hop below one sample.

    See Also
    --------
    stft : The complex spectrum.
    compute_logmag : The logarithm.
    compute_mel : Summed into mel bands.

    Examples
    --------
    >>> import numpy as np
    >>> compute_mag(np.zeros((1, 16)), size=8).shape
    (1, 8, 5)
    """
    size, hop_size = frame_and_hop("size", size, overlap)
    return hop_magnitude(audio, size, hop_size, pad_end)


def hop_magnitude(audio: Array, frame_size: int, hop_size: int, pad_end: bool) -> Array:
    """Magnitude of the STFT for a hop in samples."""
    backend = common_backend(audio=audio)
    padded, n_frames = _padded(audio, frame_size, (hop_size, 1), pad_end)
    magnitude = backend.with_gradient(_Magnitude(backend, frame_size, hop_size))
    mag = magnitude(padded if len(padded.shape) == 2 else padded[None, :])
    mag = backend.xp.astype(mag[:, :n_frames, :], audio.dtype)
    return mag if len(padded.shape) == 2 else mag[0, ...]


@checked
def compute_logmag(
    audio: Float[Array, " time"] | Float[Array, "batch time"] | Float[Array, "batch time 1"],
    size: int = 2048,
    overlap: float = 0.75,
    pad_end: bool = True,
) -> Float[Array, "... frames bins"]:
    """Natural logarithm of the magnitude of the STFT.

    Parameters
    ----------
    audio
        Audio, [time], [batch, time] or [batch, time, 1].
    size
        Frame size in samples.
    overlap
        Overlap of consecutive frames as a fraction of the frame, as in `stft`.
    pad_end
        Append zeros so that frames cover all samples, as in `stft`.

    Returns
    -------
    log_magnitude : array
        [..., frames, bins], dtype of `audio`; at least log(1e-5), the floor of `ddsp.core.safe_log`.

    See Also
    --------
    compute_mag : The magnitude.
    compute_logmel : On the mel scale.

    Examples
    --------
    >>> import numpy as np
    >>> compute_logmag(np.zeros((1, 8)), size=8).max().round(3)
    np.float64(-11.513)
    """
    return safe_log(compute_mag(audio, size, overlap, pad_end))
