"""A bank of harmonic oscillators."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .. import core
from ..extend import Array, Float, checked, common_backend
from ..processors.base import Processor

__all__ = ["Additive", "Harmonic"]


@dataclass(frozen=True)
class Harmonic(Processor):
    """A bank of harmonic oscillators: the pitched part of a sound (Engel et al., 2020). Also called `Additive`.

    For several voices at once give every input a voice axis, [batch, voices, frames, ...]: the audio is their sum.

    Parameters
    ----------
    n_samples : length of the audio.
    sample_rate : in Hz.
    scale_fn : turns network outputs into amplitudes >= 0; None takes them as they are.
    normalize_below_nyquist : leave harmonics above half the sample rate out before the distribution is scaled to a sum
        of 1, so that they take nothing from the rest.
    amp_resample_method : how amplitudes are interpolated between frames, one of `ddsp.core.resample`'s methods.
    name : the node's name in a `ProcessorGroup`.

    Examples
    --------
    >>> import numpy as np
    >>> synth = Harmonic(n_samples=640)
    >>> frames = np.zeros((1, 10, 1))
    >>> synth(amplitudes=frames, harmonic_distribution=np.zeros((1, 10, 4)), f0_hz=frames + 440.0).shape
    (1, 640)

    A chord of three:

    >>> frames = np.zeros((1, 3, 10, 1))
    >>> f0_hz = frames + np.asarray([220.0, 277.2, 329.6])[None, :, None, None]
    >>> synth(amplitudes=frames, harmonic_distribution=np.zeros((1, 3, 10, 4)), f0_hz=f0_hz).shape
    (1, 640)
    """

    n_samples: int = 64000
    sample_rate: float = 16000
    scale_fn: Callable[[Array], Array] | None = core.exp_sigmoid
    normalize_below_nyquist: bool = True
    amp_resample_method: str = "window"
    name: str = "harmonic"

    @checked
    def get_controls(
        self,
        amplitudes: Float[Array, "#batch *#voices frames 1"],
        harmonic_distribution: Float[Array, "#batch *#voices frames harmonics"],
        f0_hz: Float[Array, "#batch *#voices frames 1"],
    ) -> dict[str, Array]:
        """Scale network outputs.

        Parameters
        ----------
        amplitudes : overall level, before `scale_fn`, [batch, frames, 1] or [batch, voices, frames, 1].
        harmonic_distribution : weight of each harmonic, before `scale_fn`; normalised for each voice.
        f0_hz : fundamental in Hz, used as it is.

        Returns
        -------
        dict of amplitudes (linear), harmonic_distribution (>= 0, sum 1 over harmonics) and f0_hz, all with
        the axes that they came with.
        """
        common_backend(amplitudes=amplitudes, harmonic_distribution=harmonic_distribution, f0_hz=f0_hz)
        if self.scale_fn is not None:
            amplitudes = self.scale_fn(amplitudes)
            harmonic_distribution = self.scale_fn(harmonic_distribution)
        limit = (f0_hz, self.sample_rate) if self.normalize_below_nyquist else (None, None)
        harmonic_distribution = core.normalize_harmonics(harmonic_distribution, *limit)
        return {"amplitudes": amplitudes, "harmonic_distribution": harmonic_distribution, "f0_hz": f0_hz}

    @checked
    def get_signal(
        self,
        amplitudes: Float[Array, "#batch *#voices frames 1"],
        harmonic_distribution: Float[Array, "#batch *#voices frames harmonics"],
        f0_hz: Float[Array, "#batch *#voices frames 1"],
    ) -> Float[Array, "batch n_samples"]:
        """Audio [batch, n_samples] of controls as `get_controls` returns them, voices summed."""
        common_backend(amplitudes=amplitudes, harmonic_distribution=harmonic_distribution, f0_hz=f0_hz)
        return core.harmonic_synthesis(
            frequencies=f0_hz,
            amplitudes=amplitudes,
            harmonic_distribution=harmonic_distribution,
            n_samples=self.n_samples,
            sample_rate=self.sample_rate,
            amp_resample_method=self.amp_resample_method,
        )


Additive = Harmonic
