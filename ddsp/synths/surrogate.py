"""Sinusoids whose frequencies can be learnt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .. import core
from ..extend import Array, Float, checked, common_backend
from ..processors.base import Processor

__all__ = ["SurrogateSinusoidal"]


@dataclass(frozen=True)
class SurrogateSinusoidal(Processor):
    """A bank of free sinusoids with frequencies that gradient descent can find (Hayes, Saitis and Fazekas, 2023).

    Each is a damped complex exponential of a number z = real + i imag. `ddsp.core.surrogate_to_frequencies` says which
    frequency has been found, and `ddsp.core.surrogate_oscillator_bank` how it works.

    Parameters
    ----------
    n_samples : length of the audio: hundreds of samples, where frequencies are far off.
    scale_fn : turns network outputs into amplitudes >= 0; None takes them as they are.
    name : the node's name in a `ProcessorGroup`.

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
        """Scale network outputs.

        Parameters
        ----------
        amplitudes : of each sinusoid, before `scale_fn`.
        real, imag : the two parts of z, used as they are.
        initial_phase : in cycles, used as it is; 0, a cosine, by default.

        Returns
        -------
        dict of amplitudes (linear), real, imag and initial_phase (cycles).
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
        """Audio [batch, n_samples] of controls as `get_controls` returns them."""
        return core.surrogate_oscillator_bank(real, imag, amplitudes, initial_phase, n_samples=self.n_samples)
