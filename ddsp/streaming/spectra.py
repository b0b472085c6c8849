"""Features of the spectrum: spectrogram, mel spectrogram and loudness."""

from __future__ import annotations

from dataclasses import dataclass

from ..core.decibels import DB_RANGE
from ..core.math import safe_log
from ..extend import Array, adapter_of, integer
from ..spectral_ops.levels import hop_loudness
from ..spectral_ops.mel import hop_mel
from ..spectral_ops.spectra import hop_magnitude
from .frames import FrameFeature

__all__ = ["Loudness", "MelSpectrogram", "Spectrogram"]

#: Length of the frames of the loudness in seconds, the same as CREPE's.
LOUDNESS_SECONDS = 0.064


@dataclass(frozen=True)
class Spectrogram(FrameFeature):
    """Magnitude of the short-time Fourier transform, with frames that are centered on sample k * hop_size.

    Parameters
    ----------
    size
        Frame size in samples, >= 1. The FFT size is the next power of two.
    hop_size
        Hop in samples, >= 1.
    log
        If True, the natural logarithm of the magnitude, as `ddsp.spectral_ops.compute_logmag`.
    name
        Name of the node in a `ProcessorGroup`.

    See Also
    --------
    ddsp.spectral_ops.compute_mag : The same of a whole sound, with frames that start at sample k * hop.
    MelSpectrogram : On the mel scale.

    Examples
    --------
    >>> import numpy as np
    >>> Spectrogram(size=512)(np.zeros((1, 640))).shape
    (1, 10, 257)
    """

    size: int = 1024
    hop_size: int = 64
    log: bool = False
    name: str = "spectrogram"

    @property
    def _window(self) -> int:
        return integer("size", self.size, 1)

    def _features(self, audio: Array) -> Array:
        magnitude = hop_magnitude(audio, self._window, self.hop_size, pad_end=False)
        return safe_log(magnitude) if self.log else magnitude


@dataclass(frozen=True)
class MelSpectrogram(FrameFeature):
    """Mel spectrogram: magnitudes summed with triangular weights, with frames that are centered on sample k * hop_size.

    Parameters
    ----------
    lo_hz, hi_hz
        Lowest and highest edge in Hz, 0 <= lo_hz < hi_hz <= sample_rate / 2.
    bins
        Number of mel bands.
    fft_size
        Frame size in samples, >= 1.
    hop_size
        Hop in samples, >= 1.
    sample_rate
        Sample rate in Hz.
    log
        If True, the natural logarithm, as `ddsp.spectral_ops.compute_logmel`.
    name
        Name of the node in a `ProcessorGroup`.

    Raises
    ------
    ValueError
        Edges out of order or above half the sample rate.

    See Also
    --------
    ddsp.spectral_ops.compute_mel : The same of a whole sound, with frames that start at sample k * hop.
    Spectrogram : Without bands.

    Examples
    --------
    >>> import numpy as np
    >>> MelSpectrogram(bins=40)(np.zeros((1, 640))).shape
    (1, 10, 40)
    """

    lo_hz: float = 0.0
    hi_hz: float = 8000.0
    bins: int = 64
    fft_size: int = 2048
    hop_size: int = 64
    sample_rate: float = 16000
    log: bool = False
    name: str = "mel_spectrogram"

    @property
    def _window(self) -> int:
        return integer("fft_size", self.fft_size, 1)

    def _features(self, audio: Array) -> Array:
        edges, sizes = (self.lo_hz, self.hi_hz, self.bins), (self._window, self.hop_size)
        mel = hop_mel(audio, *edges, *sizes, pad_end=False, sample_rate=self.sample_rate)
        return safe_log(mel) if self.log else mel


@dataclass(frozen=True)
class Loudness(FrameFeature):
    """Perceptual loudness: the A-weighted level of frames that are centered on sample k * hop_size, in dB.

    With the default settings it is the `loudness_db` of `ddsp.instruments.compute_features`.

    Parameters
    ----------
    sample_rate
        Sample rate in Hz.
    hop_size
        Hop in samples, >= 1.
    n_fft
        Frame size in samples; None for 64 ms, as in `compute_features`. Shorter frames have a lower latency, and make
        low frequencies too loud; see `ddsp.spectral_ops.compute_loudness`.
    range_db
        Dynamic range, > 0; the result is floored at -range_db.
    ref_db
        Level that is returned as 0 dB.
    normalize
        If True, the level relative to a mean square of 1, for any `n_fft`; if False, that of the original.
    name
        Name of the node in a `ProcessorGroup`.

    See Also
    --------
    ddsp.spectral_ops.compute_loudness : The same of a whole sound.

    Examples
    --------
    >>> import numpy as np
    >>> tone = np.sin(2 * np.pi * 1000.0 * np.arange(16000) / 16000)[None]
    >>> loudness = Loudness()
    >>> loudness(tone)[0, 125].round(1), loudness.latency_samples()
    (array([-3.]), 448)
    """

    sample_rate: float = 16000
    hop_size: int = 64
    n_fft: int | None = None
    range_db: float = DB_RANGE
    ref_db: float = 0.0
    normalize: bool = True
    name: str = "loudness"

    @property
    def _window(self) -> int:
        if self.n_fft is None:
            return max(round(LOUDNESS_SECONDS * self.sample_rate), 1)
        return integer("n_fft", self.n_fft, 1)

    def _features(self, audio: Array) -> Array:
        levels = (self.range_db, self.ref_db, self.normalize)
        found = hop_loudness(audio, self._window, (self.hop_size, 1), self.sample_rate, *levels)
        return adapter_of(found).xp.expand_dims(found, axis=-1)
