"""Modulated delay: chorus, flanger and vibrato."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .. import core
from ..core.delays import silence, varying_delay_step
from ..core.streaming import State, init_hop, no_samples, zeros
from ..extend import Array, Float, adapter_of, checked, common_backend, promote_half, wide_phase
from ..processors.base import Processor

__all__ = ["ModDelay"]


@dataclass(frozen=True)
class ModDelay(Processor):
    r"""Modulated delay for chorus, flanger and vibrato: delay time and gain change at every sample.

    $$y[n] = x[n] + g[n] \, x(n - d[n])$$

    The delay d lies between center_ms - depth_ms and center_ms + depth_ms; x is interpolated linearly between samples.

    ![Spectrograms of a flanger on noise, and of the vibrato of a tone](../figures/mod_delay.png)

    Parameters
    ----------
    center_ms
        Middle of the range of delays, in milliseconds.
    depth_ms
        Half the width of the range of delays, in milliseconds, in [0, center_ms].
    sample_rate
        Sample rate in Hz.
    gain_scale_fn
        Maps network outputs to gains >= 0; None leaves them unchanged.
    phase_scale_fn
        Maps network outputs to phases in [0, 1]; None leaves them unchanged.
    add_dry
        Add the dry signal.
    name
        Name of the node in a `ProcessorGroup`.

    See Also
    --------
    ddsp.core.variable_length_delay : The delay as a function.

    Notes
    -----
    The original documents delays of center_ms +- depth_ms, but computes delays between center_ms and center_ms +
    depth_ms, and the longest of them wrap to no delay (see `ddsp.core.variable_length_delay`).

    Examples
    --------
    >>> import numpy as np
    >>> effect = ModDelay(center_ms=2.0, depth_ms=1.0, sample_rate=1000, gain_scale_fn=None, phase_scale_fn=None)
    >>> effect(np.asarray([[1.0, 0.0, 0.0, 0.0]]), np.full((1, 4, 1), 0.5), np.ones((1, 4, 1)))
    array([[1. , 0. , 0. , 0.5]])
    """

    center_ms: float = 15.0
    depth_ms: float = 10.0
    sample_rate: float = 16000
    gain_scale_fn: Callable[[Array], Array] | None = core.exp_sigmoid
    phase_scale_fn: Callable[[Array], Array] | None = core.sigmoid
    add_dry: bool = True
    name: str = "mod_delay"

    @checked
    def get_controls(
        self,
        audio: Float[Array, "#batch time"],
        gain: Float[Array, "#batch time"] | Float[Array, "#batch time 1"],
        phase: Float[Array, "#batch time"] | Float[Array, "#batch time 1"],
    ) -> dict[str, Array]:
        """Scale network outputs to gains and phases.

        Parameters
        ----------
        audio
            Dry signal, [batch, time].
        gain
            Gain of the delayed signal, before `gain_scale_fn`, [batch, time, 1] or [batch, time].
        phase
            Position in the range of delays, before `phase_scale_fn`, [batch, time, 1] or [batch, time].

        Returns
        -------
        controls : dict
            `audio`, unchanged; `gain`, linear; `phase`, from 0 (center_ms - depth_ms) to 1 (center_ms + depth_ms), in
            at least float32, because float16 would quantize the delay audibly.
        """
        phase = promote_half(common_backend(audio=audio, gain=gain, phase=phase).xp, phase)
        gain = gain if self.gain_scale_fn is None else self.gain_scale_fn(gain)
        phase = phase if self.phase_scale_fn is None else self.phase_scale_fn(phase)
        return {"audio": audio, "gain": gain, "phase": phase}

    @checked
    def get_signal(
        self,
        audio: Float[Array, "#batch time"],
        gain: Float[Array, "#batch time"] | Float[Array, "#batch time 1"],
        phase: Float[Array, "#batch time"] | Float[Array, "#batch time 1"],
    ) -> Float[Array, "batch time"]:
        """Delay the audio and mix it with the dry signal.

        Parameters
        ----------
        audio
            Dry signal, [batch, time].
        gain
            Linear gain of the delayed signal, [batch, time, 1] or [batch, time].
        phase
            Position in the range of delays, clipped to [0, 1], [batch, time, 1] or [batch, time].

        Returns
        -------
        audio : array
            [batch, time]. The delayed signal times its gain, plus the dry signal if `add_dry`.

        Raises
        ------
        ValueError
            `depth_ms` outside of [0, center_ms].
        """
        return self._delay_and_mix(None, audio, gain, phase)[0]

    def latency_samples(self, hop_size: int = 64) -> int:
        """Samples by which the signal of steps is late: none.

        Parameters
        ----------
        hop_size
            Not used.

        Returns
        -------
        latency : int
            0.
        """
        return 0

    def init_state(self, batch: int = 1, *, like: Any, hop_size: int = 64) -> State:
        """State before the first step: the delay line, as long as the longest delay.

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
            Arrays by name, [batch, ...]. In float32 at least.

        Raises
        ------
        ValueError
            `depth_ms` outside of [0, center_ms].
        """
        past = zeros((batch, self._n_past()), like)
        return init_hop(batch, like, hop_size) | {"past": promote_half(adapter_of(past).xp, past)}

    @checked
    def step_signal(
        self,
        state: State,
        audio: Float[Array, "#batch time"],
        gain: Float[Array, "#batch time"] | Float[Array, "#batch time 1"],
        phase: Float[Array, "#batch time"] | Float[Array, "#batch time 1"],
    ) -> tuple[Array, State]:
        """Delay the next samples and mix them with the dry signal.

        Parameters
        ----------
        state
            State of `init_state` or of the previous step.
        audio, gain, phase
            As in `get_signal`, for the next samples.

        Returns
        -------
        audio : array
            [batch, time].
        state : dict
            State for the samples that follow.
        """
        audio, past = self._delay_and_mix(state["past"], audio, gain, phase)
        return audio, state | {"past": past}

    def flush(self, state: State) -> tuple[Array, State]:
        """No samples, because steps are not late. Steps over zeros compute what is in the delay line.

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

    def _delay_and_mix(self, past: Array | None, audio: Array, gain: Array, phase: Array) -> tuple[Array, Array]:
        """The output, [batch, time], and the last input samples; None for no samples before the audio."""
        xp, dtype = common_backend(audio=audio, gain=gain).xp, audio.dtype
        phase = wide_phase("phase", phase, audio)
        audio, gain = promote_half(xp, audio), promote_half(xp, gain)
        gain, phase = (x[:, :, 0] if len(x.shape) == 3 else x for x in (gain, phase))
        shortest, longest = self._delays()
        delay = shortest + (longest - shortest) * xp.clip(phase, 0.0, 1.0)
        past = silence(audio, phase, self._n_past()) if past is None else past
        wet, past = varying_delay_step(past, delay, audio)
        wet = wet * gain
        return xp.astype(wet + audio if self.add_dry else wet, dtype), past

    def _delays(self) -> tuple[float, float]:
        """Shortest and longest delay in samples."""
        if not 0.0 <= self.depth_ms <= self.center_ms:
            raise ValueError(f"depth_ms: got {self.depth_ms}, expected 0 to center_ms={self.center_ms}")
        per_ms = self.sample_rate / 1000.0
        return (self.center_ms - self.depth_ms) * per_ms, (self.center_ms + self.depth_ms) * per_ms

    def _n_past(self) -> int:
        """Number of past samples from which the longest delay is interpolated."""
        return math.ceil(self._delays()[1]) + 1
