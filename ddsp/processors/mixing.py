"""Cross-fade of two signals."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

from .. import core
from ..core.streaming import (
    State,
    delay_step,
    hop_size_of,
    init_hop,
    init_interpolation,
    interpolate_step,
    is_empty,
    no_samples,
    zeros,
)
from ..extend import Array, Float, axis_size, checked, common_backend, integer
from .base import Processor

__all__ = ["Mix"]


@dataclass(frozen=True)
class Mix(Processor):
    r"""Equal-power cross-fade between two signals.

    $$y = \sin(\pi m / 2) \, x_1 + \cos(\pi m / 2) \, x_2$$

    m is the level in [0, 1]. The squares of the gains have the sum 1, so two uncorrelated signals of equal power keep
    this power at every level. At level 1 only the first signal remains, at 0 only the second.

    ![Gains of the two signals of Mix as functions of the level](../figures/cross_fade.png)

    Parameters
    ----------
    name
        Name of the node in a `ProcessorGroup`.

    See Also
    --------
    Add : Sum of two signals.

    Notes
    -----
    The gains of the original are sqrt(level) and 1 - sqrt(1 - level): both are 0 at level 0 and 1 at level 1, with
    infinite slopes. The sines have the intended gains and finite slopes.

    Examples
    --------
    >>> import numpy as np
    >>> Mix()(np.ones((1, 2)), np.zeros((1, 2)), np.zeros((1, 1, 1))).round(3)
    array([[0.707, 0.707]])
    """

    name: str = "mix"

    frame_inputs: ClassVar[tuple[str, ...]] = ("nn_out_mix_level",)

    @checked
    def get_controls(
        self,
        signal_one: Float[Array, "#batch time"] | Float[Array, "#batch time #channels"],
        signal_two: Float[Array, "#batch time"] | Float[Array, "#batch time #channels"],
        nn_out_mix_level: Float[Array, "#batch frames 1"],
    ) -> dict[str, Array]:
        """Convert a network output to a level at every sample.

        Parameters
        ----------
        signal_one, signal_two
            Signals of equal length, [batch, time] or [batch, time, channels].
        nn_out_mix_level
            Unconstrained network output, [batch, frames, 1]. A sigmoid maps it to [0, 1].

        Returns
        -------
        controls : dict
            `signal_one` and `signal_two`, unchanged, and `mix_level`, [batch, time, 1], in [0, 1].

        Raises
        ------
        ValueError
            Signals of different lengths, or shapes that do not fit.
        """
        common_backend(signal_one=signal_one, signal_two=signal_two, nn_out_mix_level=nn_out_mix_level)
        if len(signal_one.shape) != len(signal_two.shape):
            raise ValueError(
                f"signal_two: got shape {tuple(signal_two.shape)}, expected as many axes as signal_one of shape "
                f"{tuple(signal_one.shape)}"
            )
        mix_level = core.resample(core.sigmoid(nn_out_mix_level), axis_size(signal_one, 1))
        return {"signal_one": signal_one, "signal_two": signal_two, "mix_level": mix_level}

    @checked
    def get_signal(
        self,
        signal_one: Float[Array, "#batch time"] | Float[Array, "#batch time #channels"],
        signal_two: Float[Array, "#batch time"] | Float[Array, "#batch time #channels"],
        mix_level: Float[Array, "#batch time 1"],
    ) -> Float[Array, "batch time ..."]:
        """Mix both signals.

        Parameters
        ----------
        signal_one, signal_two
            Signals of equal length, [batch, time] or [batch, time, channels].
        mix_level
            Level of the first signal, in [0, 1], [batch, time, 1].

        Returns
        -------
        signal : array
            The mix, in the shape of the signals.
        """
        xp = common_backend(signal_one=signal_one, signal_two=signal_two, mix_level=mix_level).xp
        angle = 0.5 * math.pi * (mix_level if len(signal_one.shape) == 3 else mix_level[:, :, 0])
        return xp.sin(angle) * signal_one + xp.cos(angle) * signal_two

    def latency_samples(self, hop_size: int = 64) -> int:
        """Samples by which the signal of steps is late: a hop, because the level moves to that of the next frame.

        Parameters
        ----------
        hop_size
            Samples a frame.

        Returns
        -------
        latency : int
            `hop_size`.
        """
        return integer("hop_size", hop_size, 1)

    def init_state(self, batch: int = 1, *, like: Any, hop_size: int = 64) -> State:
        """State before the first step: the last hop of both signals, and the last level.

        Parameters
        ----------
        batch
            Batch size.
        like
            Array that gives backend, dtype and device.
        hop_size
            Samples a frame.

        Returns
        -------
        state : dict
            Arrays by name, [batch, ...].
        """
        past = {name: zeros((batch, hop_size), like) for name in ("signal_one", "signal_two")}
        return init_hop(batch, like, hop_size) | past | {"level": init_interpolation(batch, like, 1)}

    def step(self, state: State, signal_one: Array, signal_two: Array, nn_out_mix_level: Array) -> tuple[Array, State]:
        """Mix the next samples.

        Parameters
        ----------
        state
            State of `init_state` or of the previous step.
        signal_one, signal_two
            The next samples, [batch, frames * hop_size] or [batch, frames * hop_size, channels].
        nn_out_mix_level
            The next network outputs, [batch, frames, 1].

        Returns
        -------
        signal : array
            The mix, in the shape of the signals.
        state : dict
            State for what follows.
        """
        if is_empty(nn_out_mix_level):
            return no_samples(state, tuple(signal_one.shape[2:])), state
        level, of_level = interpolate_step(state["level"], core.sigmoid(nn_out_mix_level), hop_size_of(state))
        one, past_one = delay_step(state["signal_one"], signal_one)
        two, past_two = delay_step(state["signal_two"], signal_two)
        state = {**state, "signal_one": past_one, "signal_two": past_two, "level": of_level}
        return self.get_signal(one, two, level), state

    def flush(self, state: State) -> tuple[Array, State]:
        """Mix the last hop, at the level of the last frame.

        Parameters
        ----------
        state
            State of the last step.

        Returns
        -------
        signal : array
            [batch, hop_size], or with channels.
        state : dict
            State in which the stream has ended.
        """
        level, of_level = interpolate_step(state["level"], state["level"]["frame"], hop_size_of(state))
        mixed = self.get_signal(state["signal_one"], state["signal_two"], level)
        return mixed, {**state, "level": of_level}
