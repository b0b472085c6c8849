"""Sample rate conversion as a processor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..core.rates import convert_part, rate_ratio, reach_of_filter, resample_audio
from ..core.streaming import State, broadcast_batch, delay_step, example_array, init_hop, zeros
from ..extend import Array, Float, adapter_of, axis_size, checked, promote_half
from .frames import AudioInput

__all__ = ["Resample"]


@dataclass(frozen=True)
class Resample(AudioInput):
    """Sample rate conversion with a polyphase windowed sinc filter, of a whole sound or of a stream.

    A step takes a multiple of the samples after which the weights of the filter repeat: 3 from 48 to 16 kHz, 441 from
    44.1 to 16 kHz. All signals of a `ProcessorGroup` have one sample rate, so convert before or after it.

    Parameters
    ----------
    from_rate, to_rate
        Sample rates in Hz, as for `ddsp.core.resample_audio`.
    name
        Name of the node in a `ProcessorGroup`.

    Raises
    ------
    ValueError
        Rates that `resample_audio` does not convert.

    See Also
    --------
    ddsp.core.resample_audio : The same as a function.
    Resampler : For NumPy blocks of any length.

    Examples
    --------
    >>> import numpy as np
    >>> converter = Resample(48000, 16000)
    >>> converter(np.zeros((1, 4800))).shape, converter.latency_samples()
    ((1, 1600), 96)
    >>> state = converter.init_state(like=np.zeros(1))
    >>> audio, state = converter.step(state, np.zeros((1, 384)))
    >>> audio.shape
    (1, 128)
    """

    from_rate: float
    to_rate: float
    name: str = "resample"

    def __post_init__(self) -> None:
        super().__post_init__()
        rate_ratio(self.from_rate, self.to_rate)

    @checked
    def get_signal(self, audio: Float[Array, "batch time"]) -> Float[Array, "batch resampled"]:
        """Convert the audio.

        Parameters
        ----------
        audio
            Audio, [batch, time], 0 beyond its ends.

        Returns
        -------
        audio : array
            [batch, ceil(time * to_rate / from_rate)].
        """
        return resample_audio(audio, self.from_rate, self.to_rate)

    def latency_samples(self, hop_size: int = 64) -> int:
        """Latency in samples of the output: the length by which the filter looks ahead.

        Parameters
        ----------
        hop_size
            Has no effect.

        Returns
        -------
        latency : int
            96 samples of the lower rate, in samples of the output.
        """
        up, down = rate_ratio(self.from_rate, self.to_rate)
        return reach_of_filter(up, down) * up // down

    def init_state(self, batch: int = 1, *, like: Any, hop_size: int = 64) -> State:
        """State before the first step: the samples before the start, which are 0.

        Parameters
        ----------
        batch
            Batch size.
        like
            Array that gives backend, dtype and device.
        hop_size
            Has no effect.

        Returns
        -------
        state : dict
            Arrays by name, [batch, ...]. In float32 at least.
        """
        like = promote_half(adapter_of(example_array(like)).xp, example_array(like))
        past, started = zeros((batch, self._before), like), zeros((batch, self.latency_samples()), like)
        return init_hop(batch, like, hop_size) | {"past": past, "started": started}

    @checked
    def step_signal(self, state: State, audio: Float[Array, "batch time"]) -> tuple[Array, State]:
        """Convert the next samples.

        Parameters
        ----------
        state
            State of `init_state` or of the previous step.
        audio
            The next samples, [batch, time]: a multiple of those after which the weights repeat.

        Returns
        -------
        audio : array
            [batch, time * to_rate / from_rate], `latency_samples` late.
        state : dict
            State for the samples that follow.

        Raises
        ------
        ValueError
            Another number of samples.
        """
        (up, down), n_samples = rate_ratio(self.from_rate, self.to_rate), axis_size(audio, 1)
        if n_samples % down:
            raise ValueError(f"audio: got {n_samples} samples, expected a multiple of {down}, of which {up} are made")
        xp, late = adapter_of(audio).xp, self.latency_samples()
        if up == down:
            return broadcast_batch(audio, state["past"]), state
        known = xp.concat([state["past"], broadcast_batch(promote_half(xp, audio), state["past"])], axis=1)
        outputs = (-late, n_samples // down * up - late)
        converted = xp.astype(convert_part(known, -self._before, outputs, up, down), audio.dtype)
        started, flags = delay_step(state["started"], xp.ones_like(converted))
        converted = xp.where(started > 0, converted, xp.zeros_like(converted))
        return converted, {**state, "past": known[:, n_samples:], "started": flags}

    def flush(self, state: State) -> tuple[Array, State]:
        """Convert the last samples, with zeros after the end.

        Parameters
        ----------
        state
            State of the last step.

        Returns
        -------
        audio : array
            [batch, latency_samples].
        state : dict
            State in which the stream has ended.
        """
        (up, down), late = rate_ratio(self.from_rate, self.to_rate), self.latency_samples()
        audio, state = self.step(state, zeros((state["hop"].shape[0], -(-late // up) * down), state["past"]))
        return audio[:, :late], state

    @property
    def _before(self) -> int:
        """Number of samples before a block that its outputs depend on."""
        up, down = rate_ratio(self.from_rate, self.to_rate)
        return reach_of_filter(up, down) - (-self.latency_samples() * down // up)
