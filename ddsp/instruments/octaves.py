"""Correction of pitches above the range of CREPE, which the network reports an octave too low."""

from __future__ import annotations

import numpy as np

from .. import design
from ..core.framing import frame
from ..core.padding import pad_checked
from ..extend import Array, common_backend, promote_half

#: CREPE ends at 2006 Hz. For a C7, 2093 Hz, it returns 1047 Hz with a confidence below 0.4. Pitches from here on may be
#: an octave too low.
LOWEST_HZ = 950.0
#: Multiples of the pitch whose energies are compared; at 950 Hz, the highest is at 7.6 kHz.
N_MULTIPLES = 8
#: Smallest share of the even multiples in the energy of all multiples, and in that of the frame. On the notes of a
#: flute from C6 to A6 the shares are below 0.01, on a C7 above 0.95.
OF_MULTIPLES, OF_FRAME = 0.98, 0.5
#: Length of the frames in seconds, and the number of bins of the FFT to either side of a multiple that belong to it.
SECONDS, REACH = 0.064, 2
#: Samples whose spectra are computed at a time, which bounds memory.
CHUNK_SAMPLES = 2**18


def double_high_pitches(
    audio: Array, f0_hz: Array, confidence: Array, sample_rate: float, hop_size: int
) -> tuple[Array, Array]:
    """Double pitches that are an octave too low since the sound is above the range of the tracker.

    A pitch is doubled in passages of at least three estimates in which it is above 950 Hz and nearly all energy lies
    on its even multiples.

    Parameters
    ----------
    audio
        Audio, [batch, time].
    f0_hz, confidence
        Estimates at samples k * hop_size, [batch, estimates].
    sample_rate
        Sample rate in Hz.
    hop_size
        Number of samples between two estimates.

    Returns
    -------
    f0_hz, confidence : array
        [batch, estimates]. The confidence of a doubled pitch is at least the share of the energy on its multiples.
    """
    xp = common_backend(audio=audio, f0_hz=f0_hz, confidence=confidence).xp
    n_frames, size, shares = int(f0_hz.shape[1]), round(SECONDS * sample_rate), []
    padded = pad_checked(promote_half(xp, audio), (size // 2, size), axis=1)
    chunk = max(CHUNK_SAMPLES // size, 1)
    for start in range(0, n_frames, chunk):
        stop = min(start + chunk, n_frames)
        piece = padded[:, start * hop_size : (stop - 1) * hop_size + size]
        piece = pad_checked(piece, (0, (stop - start - 1) * hop_size + size - int(piece.shape[1])), axis=1)
        shares.append(_even_shares(frame(piece, size, hop_size), f0_hz[:, start:stop], sample_rate))
    of_multiples, of_frame = (xp.concat(x, axis=1) for x in zip(*shares, strict=True))
    high = (of_multiples > OF_MULTIPLES) & (of_frame > OF_FRAME) & (f0_hz > LOWEST_HZ)
    high = _passages(xp.astype(high, f0_hz.dtype)) > 0.0
    sure = xp.maximum(confidence, xp.astype(of_frame, confidence.dtype))
    return xp.where(high, 2.0 * f0_hz, f0_hz), xp.where(high, sure, confidence)


def _even_shares(frames: Array, f0_hz: Array, sample_rate: float) -> tuple[Array, Array]:
    """Share of the even multiples in the energy of all multiples, and in that of the frame, [batch, frames]."""
    backend = common_backend(frames=frames, f0_hz=f0_hz)
    xp = backend.xp
    size = int(frames.shape[2])
    spectrum = xp.fft.rfft(frames * backend.constant(design.hann(size), frames), axis=-1)
    energy = xp.real(spectrum) ** 2 + xp.imag(spectrum) ** 2
    n_bins = int(energy.shape[2])
    padded = pad_checked(energy, (REACH, REACH), axis=2)
    near = sum(padded[:, :, i : i + n_bins] for i in range(2 * REACH + 1))
    numbers = np.arange(1, N_MULTIPLES + 1)
    multiples = xp.expand_dims(f0_hz, axis=-1) * backend.constant(numbers.astype(np.float64), f0_hz)
    bins = backend.constant(np.arange(n_bins), energy)  # for its integer dtype
    places = xp.astype(xp.round(xp.clip(multiples * (size / sample_rate), 0.0, n_bins - 1.0)), bins.dtype)
    found = xp.take_along_axis(near, places, axis=2)
    found = xp.where(multiples < 0.5 * sample_rate, found, xp.zeros_like(found))
    even = xp.sum(found * backend.constant((numbers % 2 == 0).astype(np.float64), found), axis=2)
    every, total = xp.sum(found, axis=2), xp.sum(energy, axis=2)
    one = xp.ones_like(total)
    return even / xp.where(every > 0.0, every, one), even / xp.where(total > 0.0, total, one)


def _passages(x: Array) -> Array:
    """Keep 1 where at least three neighbors are 1, else 0, [batch, frames]."""
    xp = common_backend(x=x).xp
    n = int(x.shape[1])
    padded = pad_checked(x, (2, 2), axis=1)
    threes = padded[:, : n + 2] * padded[:, 1 : n + 3] * padded[:, 2 : n + 4]
    return xp.maximum(xp.maximum(threes[:, :n], threes[:, 1 : n + 1]), threes[:, 2 : n + 2])
