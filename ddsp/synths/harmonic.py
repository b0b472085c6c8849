"""Harmonic synthesizer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .. import core
from ..extend import Array, Float, checked, common_backend
from ..processors.base import Processor

__all__ = ["Additive", "Harmonic"]


@dataclass(frozen=True)
class Harmonic(Processor):
    """Bank of harmonic oscillators, the pitched part of a sound (Engel et al., 2020, "DDSP", arXiv:2001.04643).

    Also called `Additive`. With a voice axis in every input, [batch, voices, frames, ...], the audio is the sum of the
    voices.

    ![A glide whose upper harmonics stop at Nyquist, and a chord](../figures/harmonic.png)

    Parameters
    ----------
    n_samples
        Length of the audio in samples.
    sample_rate
        Sample rate in Hz.
    scale_fn
        Maps network outputs to amplitudes >= 0; None leaves them unchanged.
    normalize_below_nyquist
        If True, harmonics above half the sample rate are set to 0 before the distribution is normalized to the sum 1,
        so the remaining harmonics keep the full level.
    amp_resample_method
        Interpolation of amplitudes between frames, one of the methods of `ddsp.core.resample`.
    name
        Name of the node in a `ProcessorGroup`.

    See Also
    --------
    ddsp.core.harmonic_synthesis : The synthesis as a function.
    Sinusoidal : Sinusoids with independent frequencies.
    FilteredNoise : The noise part of a sound.

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
        """Scale network outputs to amplitudes and a normalized harmonic distribution.

        Parameters
        ----------
        amplitudes
            Overall level, before `scale_fn`, [batch, frames, 1] or [batch, voices, frames, 1].
        harmonic_distribution
            Weight of each harmonic, before `scale_fn`, [batch, frames, harmonics] or [batch, voices, frames,
            harmonics]. It is normalized for each voice.
        f0_hz
            Fundamental frequency in Hz, [batch, frames, 1] or [batch, voices, frames, 1].

        Returns
        -------
        controls : dict
            `amplitudes`, linear; `harmonic_distribution`, >= 0, with the sum 1 over harmonics; `f0_hz`, unchanged. Each
            has the axes of its input.
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
        """Synthesize audio from controls.

        Parameters
        ----------
        amplitudes
            Overall level, linear, >= 0, [batch, frames, 1] or [batch, voices, frames, 1].
        harmonic_distribution
            Relative level of each harmonic, [batch, frames, harmonics] or [batch, voices, frames, harmonics].
        f0_hz
            Fundamental frequency in Hz, [batch, frames, 1] or [batch, voices, frames, 1].

        Returns
        -------
        audio : array
            [batch, n_samples], the sum of all voices.
        """
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
