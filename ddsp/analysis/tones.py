"""Energy of tones in recordings and of harmonics in controls, to judge a pitch track."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..core.noise import NOISE_POWER
from ..extend import Array, Float, adapter_of, checked, common_backend
from ..spectral_ops import compute_mag

__all__ = ["harmonic_share", "strongest_tones"]

#: Length of the windows of `strongest_tones` in seconds.
WINDOW_SECONDS = 0.2
#: Bins to either side of the strongest one that belong to the same tone.
TONE_BINS = 3


@checked
def strongest_tones(
    audio: Float[Array, " time"], centers: Sequence[int], sample_rate: float = 16000
) -> tuple[Float[Array, " centers"], Float[Array, " centers"]]:
    """Find the strongest tone around some samples of a recording, in Hann windows of 0.2 s.

    Computed on the host.

    Parameters
    ----------
    audio
        Recording, [time].
    centers
        Indices of the samples at the centers of the windows, at least one.
    sample_rate
        Sample rate in Hz.

    Returns
    -------
    hz : array
        Frequency of the strongest bin of each window, a multiple of about 5 Hz, [centers]; 0 for silence.
    share : array
        Share of the energy of the window within three bins of the strongest one, from 0 to 1, [centers].

    Raises
    ------
    ValueError
        There are no centers.

    See Also
    --------
    track_pitch : The pitch of a recording.

    Examples
    --------
    >>> import numpy as np
    >>> tone = np.sin(2 * np.pi * 4000.0 * np.arange(16000) / 16000)
    >>> hz, share = strongest_tones(tone, [8000])
    >>> hz, share.round(3)
    (array([4000.]), array([1.]))
    """
    backend = common_backend(audio=audio)
    if not len(centers):
        raise ValueError("centers: got none, expected at least one")
    size = max(round(WINDOW_SECONDS * sample_rate), 64)
    padded = np.pad(backend.to_numpy(audio), (size // 2, size)).astype(np.float32)
    windows = np.stack([padded[center : center + size] for center in centers])
    power = compute_mag(windows, size, pad_end=False)[:, 0, :].astype(np.float64) ** 2
    peaks = np.argmax(power, axis=1)
    total = np.concatenate([np.zeros((len(power), 1)), np.cumsum(power, axis=1)], axis=1)
    low, high = np.maximum(peaks - TONE_BINS, 0), np.minimum(peaks + TONE_BINS + 1, power.shape[1])
    rows = np.arange(len(power))
    share = (total[rows, high] - total[rows, low]) / np.maximum(total[:, -1], 1e-30)
    hz = peaks * sample_rate / (2 * (power.shape[1] - 1))
    return backend.constant(hz, audio), backend.constant(share, audio)


@checked
def harmonic_share(controls: dict[str, Array]) -> float:
    """Share of the energy of a rendered sound that its harmonics have.

    A sine of amplitude a has a mean square of a^2 / 2, and noise in [-1, 1) of 1/3. Computed on the host.

    Parameters
    ----------
    controls
        `amplitudes` [batch, frames, 1], `harmonic_distribution` [batch, frames, harmonics] and `magnitudes` [batch,
        frames, bands], as from `analyze_recording`.

    Returns
    -------
    share : float
        From 0 to 1; 0 for silence.

    See Also
    --------
    voicing : The share of each frame of a recording.

    Examples
    --------
    >>> import numpy as np
    >>> one = np.ones((1, 10, 1))
    >>> round(harmonic_share({"amplitudes": 0.4 * one, "harmonic_distribution": one, "magnitudes": 0.4 * one}), 3)
    0.6
    """
    names = ("amplitudes", "harmonic_distribution", "magnitudes")
    arrays = [controls[name] for name in names]
    amplitudes, shares, bands = (x if isinstance(x, np.ndarray) else adapter_of(x).to_numpy(x) for x in arrays)
    # `einsum` makes no arrays as large as these, which are hundreds of megabytes of a long sound.
    squares = np.square(amplitudes[..., 0], dtype=np.float64)
    tone = 0.5 * np.sum(squares * np.einsum("bth,bth->bt", shares, shares))
    noise = NOISE_POWER * np.sum(np.einsum("btk,btk->bt", bands, bands), dtype=np.float64) / bands.shape[2]
    return float(tone / (tone + noise)) if tone > 0.0 else 0.0
