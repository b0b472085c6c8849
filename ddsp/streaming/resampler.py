"""Sample rate conversion of a stream."""

from __future__ import annotations

import numpy as np

from ..core.rates import convert_part, rate_ratio, reach_of_filter
from ..design import HALF_WIDTH
from ..extend import integer

__all__ = ["Resampler"]


class Resampler:
    """Sample rate conversion of a stream of NumPy arrays, with the filter of `ddsp.core.resample_audio`.

    An output sample depends on 96 samples of the lower rate to either side. It is returned when those after it have
    arrived, 6 ms later if the lower rate is 16 kHz. No zeros are inserted: blocks have fewer samples at first, and the
    joined blocks, with those of `flush`, are the converted signal.

    Parameters
    ----------
    from_rate, to_rate
        Sample rates in Hz, as for `ddsp.core.resample_audio`.
    width
        Half the length of the filter, in samples of the lower rate. With 32, the wait is only 2 ms at 16 kHz. The gain
        is then 1 up to 0.84 of the lower Nyquist frequency, 1/2 at 0.92, and at most -76 dB above it.

    See Also
    --------
    ddsp.core.resample_audio : The same for a whole sound.
    Resample : The same as a processor, for arrays of every backend.
    Rebuffer : Makes hops of blocks of any length.

    Examples
    --------
    >>> audio = np.sin(np.arange(1000))
    >>> converter = Resampler(48000, 16000)
    >>> blocks = [converter.process(block) for block in np.split(audio, 10)]
    >>> [len(block) for block in blocks]
    [0, 0, 4, 34, 33, 33, 34, 33, 33, 34]
    >>> converted = np.concatenate([*blocks, converter.flush()])
    >>> converted.shape, converter.held_seconds
    ((334,), 0.006)
    """

    def __init__(self, from_rate: float, to_rate: float, width: int = HALF_WIDTH):
        self.up, self.down = rate_ratio(from_rate, to_rate)
        self.width = integer("width", width, 1)
        self.half = reach_of_filter(self.up, self.down, self.width)
        #: Time in seconds from an input sample to its output sample.
        self.held_seconds = self.half / from_rate
        self._past = np.zeros(self.half)  # input samples from number `_first` on
        self._first = -self.half
        self._n_out = 0

    def process(self, audio: np.ndarray) -> np.ndarray:
        """Convert the next samples.

        Parameters
        ----------
        audio
            NumPy array, [time], of any length.

        Returns
        -------
        audio : array
            The samples that are complete, [time], dtype of the input.
        """
        if self.up == self.down:
            return audio
        known = np.concatenate([self._past.astype(audio.dtype), audio])
        end = self._first + len(known) - self.half  # outputs before this input sample are complete
        found = self._convert(known, max(-(-end * self.up // self.down), 0))
        keep = max(self._n_out * self.down // self.up - self.half - self._first, 0)
        self._past, self._first = known[keep:], self._first + keep
        return found

    def flush(self) -> np.ndarray:
        """Convert the rest, with zeros after the last sample.

        Returns
        -------
        audio : array
            [time], so that there are ceil(time * to_rate / from_rate) samples in all.
        """
        return self.process(np.zeros(self.half, self._past.dtype))

    def _convert(self, known: np.ndarray, stop: int) -> np.ndarray:
        """Outputs from the first one that is not there yet to `stop`."""
        begin, self._n_out = self._n_out, max(stop, self._n_out)
        periods = begin // self.up  # weights repeat
        outputs = (begin - periods * self.up, self._n_out - periods * self.up)
        return convert_part(known[None], self._first - periods * self.down, outputs, self.up, self.down, self.width)[0]
