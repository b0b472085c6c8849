"""Simple processors: sum and crop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import core
from ..core.streaming import State, delay_step, init_hop, integer_zeros, no_samples, zeros
from ..extend import Array, Float, axis_size, checked, common_backend, integer, one_of
from .base import Processor, SampleProcessor

__all__ = ["Add", "Crop"]


@dataclass(frozen=True)
class Add(SampleProcessor):
    """Sum of two signals.

    Parameters
    ----------
    name
        Name of the node in a `ProcessorGroup`.

    See Also
    --------
    Mix : Cross-fade of two signals.

    Examples
    --------
    >>> import numpy as np
    >>> Add()(np.ones((1, 2)), np.ones((1, 2)))
    array([[2., 2.]])
    """

    name: str = "add"

    @checked
    def get_controls(
        self, signal_one: Float[Array, "#batch time *channels"], signal_two: Float[Array, "#batch time *channels"]
    ) -> dict[str, Array]:
        """Return both signals unchanged.

        Parameters
        ----------
        signal_one, signal_two
            Signals, [batch, time] or [batch, time, channels], of the same dtype.

        Returns
        -------
        controls : dict
            `signal_one` and `signal_two`, unchanged.
        """
        common_backend(signal_one=signal_one, signal_two=signal_two)
        return {"signal_one": signal_one, "signal_two": signal_two}

    @checked
    def get_signal(
        self, signal_one: Float[Array, "#batch time *channels"], signal_two: Float[Array, "#batch time *channels"]
    ) -> Float[Array, "batch time"]:
        """Add both signals.

        Parameters
        ----------
        signal_one, signal_two
            Signals, [batch, time] or [batch, time, channels], of the same dtype.

        Returns
        -------
        signal : array
            The sum, in the shape of the signals.
        """
        return signal_one + signal_two


@dataclass(frozen=True)
class Crop(Processor):
    """Remove the padding of frames: 2 * (frame_size // 2) samples, at one end or half at each.

    Parameters
    ----------
    frame_size
        Frame size in samples, >= 1.
    crop_location
        Where to cut: 'front', 'back', or 'center' for half at both ends.
    name
        Name of the node in a `ProcessorGroup`.

    See Also
    --------
    ddsp.core.center_crop : The cut at both ends as a function.

    Examples
    --------
    >>> import numpy as np
    >>> Crop(frame_size=2)(np.arange(5.0)[None])
    array([[0., 1., 2.]])
    """

    frame_size: int
    crop_location: str = "back"
    name: str = "crop"

    @checked
    def get_controls(self, audio: Float[Array, "batch time ..."]) -> dict[str, Array]:
        """Return the audio unchanged.

        Parameters
        ----------
        audio
            Audio, [batch, time].

        Returns
        -------
        controls : dict
            `audio`, unchanged.
        """
        common_backend(audio=audio)
        return {"audio": audio}

    @checked
    def get_signal(self, audio: Float[Array, "batch time ..."]) -> Float[Array, "batch cropped"]:
        """Crop the audio.

        Parameters
        ----------
        audio
            Audio, [batch, time].

        Returns
        -------
        audio : array
            [batch, time - 2 * (frame_size // 2)].

        Raises
        ------
        ValueError
            An unknown `crop_location`, or no samples left.
        """
        one_of("crop_location", self.crop_location, ("front", "center", "back"))
        if self.crop_location == "center":
            return core.center_crop(audio, self.frame_size)
        cut, time = 2 * (integer("frame_size", self.frame_size, 1) // 2), axis_size(audio, 1)
        if time <= cut:
            raise ValueError(f"frame_size: got {self.frame_size}, expected less than the {time} samples of audio")
        return audio[:, cut:, ...] if self.crop_location == "front" else audio[:, : time - cut, ...]

    def latency_samples(self, hop_size: int = 64) -> int:
        """Samples by which the signal of steps is late: all that are cut, at whichever end.

        Parameters
        ----------
        hop_size
            Not used.

        Returns
        -------
        latency : int
            2 * (frame_size // 2).
        """
        return 2 * (integer("frame_size", self.frame_size, 1) // 2)

    def init_state(self, batch: int = 1, *, like: Any, hop_size: int = 64) -> State:
        """State before the first step: the samples that are cut if the stream ends, and the number of those before.

        Parameters
        ----------
        batch
            Batch size.
        like
            Array that gives backend, dtype and device.
        hop_size
            Not used. Blocks may have any number of samples.

        Returns
        -------
        state : dict
            Arrays by name, [batch, ...].
        """
        share = {"front": 0.0, "center": 0.5, "back": 1.0}
        one_of("crop_location", self.crop_location, tuple(share))
        n_held = int(share[self.crop_location] * self.latency_samples(hop_size))
        past, count = zeros((batch, n_held), like), integer_zeros((batch, 1), like)
        return init_hop(batch, like, hop_size) | {"past": past, "count": count}

    def step_signal(self, state: State, audio: Array) -> tuple[Array, State]:
        """Delay the next samples by those that are cut from the end, and mute the start as long as the latency.

        Parameters
        ----------
        state
            State of `init_state` or of the previous step.
        audio
            The next samples, [batch, time], any number of them.

        Returns
        -------
        audio : array
            [batch, time].
        state : dict
            State for the samples that follow.
        """
        backend, late = common_backend(audio=audio), self.latency_samples()
        xp, time = backend.xp, axis_size(audio, 1)
        audio, past = delay_step(state["past"], audio)
        number = state["count"] + backend.constant(np.arange(time, dtype=np.int32), audio)
        number = xp.reshape(number, (*number.shape, *(1 for _ in audio.shape[2:])))
        audio = xp.where(number < late, xp.zeros_like(audio), audio)
        return audio, {**state, "past": past, "count": xp.clip(state["count"] + time, None, late)}

    def flush(self, state: State) -> tuple[Array, State]:
        """No samples: what was held back is cut.

        Parameters
        ----------
        state
            State of the last step.

        Returns
        -------
        audio : array
            [batch, 0].
        state : dict
            The same state.
        """
        return no_samples(state), state
