"""Waveform and spectrogram of a sound, reduced to the columns of a picture while it is read block by block."""

from __future__ import annotations

import numpy as np

from ..spectral_ops import compute_mag

__all__ = ["COLUMNS", "SoundColumns"]

#: Approximate number of pixel columns, to which longer sounds are decimated.
COLUMNS = 1600
#: Samples of the frames whose spectra are computed at a time.
CHUNK_SAMPLES = 2**20


class SoundColumns:
    """Smallest and largest samples, and spectra, of a sound in each column of pixels.

    Parameters
    ----------
    n_samples
        Length of the sound in samples.
    sample_rate
        Sample rate in Hz.
    """

    def __init__(self, n_samples: int, sample_rate: int):
        self.n_samples, self.sample_rate = n_samples, sample_rate
        self.width = max(-(-n_samples // COLUMNS), 1)
        self.frame_size = 1 << round(np.log2(0.05 * sample_rate))
        self.hop = self.frame_size // 4
        self.n_frames = -(-n_samples // self.hop)
        self.thinned = max(self.n_frames // COLUMNS, 1)  # number of frames in a column
        self.done = 0  # frames
        self._spectra: list[np.ndarray] = []
        self._waiting = np.zeros(self.frame_size // 2, np.float32)  # frames are centered
        self._samples = np.zeros(0, np.float32)
        self._extremes: list[np.ndarray] = []

    @classmethod
    def of(cls, audio: np.ndarray, sample_rate: int) -> SoundColumns:
        """Reduce a whole sound.

        Parameters
        ----------
        audio
            Audio, [time].
        sample_rate
            Sample rate in Hz.

        Returns
        -------
        columns : SoundColumns
            Its columns.
        """
        columns = cls(len(audio), sample_rate)
        for start in range(0, len(audio), CHUNK_SAMPLES):
            columns.add(audio[start : start + CHUNK_SAMPLES])
        return columns

    def add(self, block: np.ndarray) -> None:
        """Take the next samples.

        Parameters
        ----------
        block
            Audio, [time].
        """
        samples = np.concatenate([self._samples, block])
        whole = len(samples) // self.width * self.width
        self._extremes.append(self._extremes_of(samples[:whole]))
        self._samples = samples[whole:]
        self._waiting = np.concatenate([self._waiting, block.astype(np.float32)])
        part = self.thinned * self.hop  # samples by which columns are apart
        n_columns = max(len(self._waiting) - self.frame_size + self.hop, 0) // part
        self._transform(min(n_columns * self.thinned, self.n_frames - self.done))

    def envelope(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the smallest and largest sample of each column, and the times of the columns.

        Returns
        -------
        low, high, seconds : array
            NumPy arrays, [columns].
        """
        rest = self._samples
        if len(rest):
            rest = np.pad(rest, (0, -len(rest) % self.width), mode="edge")
        low, high = np.concatenate([*self._extremes, self._extremes_of(rest)], axis=1)
        return low, high, (np.arange(len(low)) + 0.5) * self.width / self.sample_rate

    def spectrogram(self) -> np.ndarray:
        """Return the levels of the loudest frame in each column in dB; a full-scale sine has 0 dB.

        Returns
        -------
        db : array
            NumPy array, [columns, bins].
        """
        rest = self.n_frames - self.done
        if rest:
            needed = (rest - 1) * self.hop + self.frame_size
            self._waiting = np.pad(self._waiting, (0, max(needed - len(self._waiting), 0)))
            self._transform(rest)
        mag = np.concatenate(self._spectra)
        return 20.0 * np.log10(np.maximum(mag * (4.0 / self.frame_size), 1e-10))

    def _extremes_of(self, samples: np.ndarray) -> np.ndarray:
        columns = samples.reshape(-1, self.width)
        return np.stack([columns.min(axis=1), columns.max(axis=1)])

    def _transform(self, n_frames: int) -> None:
        """Take the spectra of the next frames, a bounded number at a time."""
        most = self.thinned * max(CHUNK_SAMPLES // (self.thinned * self.frame_size), 1)
        for first in range(0, n_frames, most):
            n = min(most, n_frames - first)
            chunk = self._waiting[first * self.hop : (first + n - 1) * self.hop + self.frame_size]
            mag = compute_mag(chunk[np.newaxis], self.frame_size, pad_end=False)[0]
            mag = np.pad(mag, ((0, -n % self.thinned), (0, 0))).reshape(-1, self.thinned, mag.shape[1]).max(axis=1)
            self._spectra.append(mag)
        self.done += n_frames
        self._waiting = self._waiting[n_frames * self.hop :]
