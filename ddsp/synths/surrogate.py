"""Sinusoidal synthesizer with learnable frequencies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .. import core
from ..core.streaming import State, no_samples
from ..core.surrogate import init_surrogate, surrogate_step
from ..extend import Array, Float, checked, common_backend
from ..processors.base import Processor

__all__ = ["SurrogateSinusoidal"]


@dataclass(frozen=True)
class SurrogateSinusoidal(Processor):
    """Bank of damped sinusoids whose frequencies gradient descent can find (Hayes, Saitis and Fazekas, 2023).

    Each sinusoid is a damped complex exponential, the powers of z = real + i imag. `ddsp.core.surrogate_to_frequencies`
    converts z to a frequency.

    ![Partials of a bell, and surrogates with the widths of their resonances](../figures/sinusoids.png)

    Parameters
    ----------
    n_samples
        Length of the audio in samples. Use hundreds of samples while frequencies are far from their target.
    scale_fn
        Maps network outputs to amplitudes >= 0; None leaves them unchanged.
    name
        Name of the node in a `ProcessorGroup`.

    See Also
    --------
    ddsp.core.surrogate_oscillator_bank : The synthesis as a function, with the theory.
    ddsp.core.surrogate_to_frequencies : Frequencies of z in Hz.
    Sinusoidal : Sinusoids without damping.

    Examples
    --------
    >>> import numpy as np
    >>> ones = np.ones((1, 3))
    >>> SurrogateSinusoidal(n_samples=640)(amplitudes=ones, real=0.8 * ones, imag=0.6 * ones).shape
    (1, 640)
    """

    n_samples: int = 64000
    scale_fn: Callable[[Array], Array] | None = core.exp_sigmoid
    name: str = "surrogate_sinusoidal"

    @checked
    def get_controls(
        self,
        amplitudes: Float[Array, "#batch sinusoids"],
        real: Float[Array, "#batch sinusoids"],
        imag: Float[Array, "#batch sinusoids"],
        initial_phase: Float[Array, "#batch sinusoids"] | None = None,
    ) -> dict[str, Array]:
        """Scale network outputs to amplitudes.

        Parameters
        ----------
        amplitudes
            Amplitude of each sinusoid, before `scale_fn`, [batch, sinusoids].
        real, imag
            Real and imaginary part of z, [batch, sinusoids].
        initial_phase
            Initial phase in cycles, [batch, sinusoids]; None for 0, a cosine.

        Returns
        -------
        controls : dict
            `amplitudes`, linear; `real`, `imag` and `initial_phase` (cycles), unchanged.
        """
        xp = common_backend(amplitudes=amplitudes, real=real, imag=imag, initial_phase=initial_phase).xp
        if self.scale_fn is not None:
            amplitudes = self.scale_fn(amplitudes)
        initial_phase = xp.zeros_like(real) if initial_phase is None else initial_phase
        return {"amplitudes": amplitudes, "real": real, "imag": imag, "initial_phase": initial_phase}

    @checked
    def get_signal(
        self,
        amplitudes: Float[Array, "#batch sinusoids"],
        real: Float[Array, "#batch sinusoids"],
        imag: Float[Array, "#batch sinusoids"],
        initial_phase: Float[Array, "#batch sinusoids"] | None = None,
    ) -> Float[Array, "batch n_samples"]:
        """Synthesize audio from controls.

        Parameters
        ----------
        amplitudes
            Amplitude of each sinusoid, linear, [batch, sinusoids].
        real, imag
            Real and imaginary part of z, [batch, sinusoids].
        initial_phase
            Initial phase in cycles, [batch, sinusoids]; None for 0, a cosine.

        Returns
        -------
        audio : array
            [batch, n_samples].
        """
        return core.surrogate_oscillator_bank(real, imag, amplitudes, initial_phase, n_samples=self.n_samples)

    def latency_samples(self, hop_size: int = 64) -> int:
        """Samples by which the signal of steps is late: none.

        Parameters
        ----------
        hop_size
            Samples of a step.

        Returns
        -------
        latency : int
            0.
        """
        return 0

    def init_state(self, batch: int = 1, *, like: Any, hop_size: int = 64) -> State:
        """State before the first step.

        Parameters
        ----------
        batch
            Batch size.
        like
            Array that gives backend, dtype and device.
        hop_size
            Samples of a step. The inputs do not change over time, so each step computes a hop.

        Returns
        -------
        state : dict
            'count', the number of the next sample, below 2**31, [batch, 1], and 'hop'.
        """
        return init_surrogate(batch, like, hop_size)

    @checked
    def step_signal(
        self,
        state: State,
        amplitudes: Float[Array, "#batch sinusoids"],
        real: Float[Array, "#batch sinusoids"],
        imag: Float[Array, "#batch sinusoids"],
        initial_phase: Float[Array, "#batch sinusoids"] | None = None,
    ) -> tuple[Array, State]:
        """Synthesize the next hop from the controls, which are the same for all steps of a stream.

        Parameters
        ----------
        state
            State of `init_state` or of the previous step.
        amplitudes
            Amplitude of each sinusoid, linear, [batch, sinusoids].
        real, imag
            Real and imaginary part of z, [batch, sinusoids].
        initial_phase
            Initial phase in cycles, [batch, sinusoids]; None for 0, a cosine.

        Returns
        -------
        audio : array
            [batch, hop_size].
        state : dict
            State for what follows.
        """
        return surrogate_step(state, real, imag, amplitudes, initial_phase)

    def flush(self, state: State) -> tuple[Array, State]:
        """No samples, since none are held back.

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
