"""Harmonic synthesizer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from .. import core
from ..core.harmonic.forms import needs_free_partials
from ..core.harmonic.steps import harmonic_render, harmonic_step, init_partials, late_hops, partials_flush
from ..core.streaming import State
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

    frame_inputs: ClassVar[tuple[str, ...]] = ("amplitudes", "harmonic_distribution", "f0_hz")

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

    def latency_samples(self, hop_size: int = 64) -> int:
        """Samples by which the signal of steps is late: a hop, which leads to the next frame.

        Parameters
        ----------
        hop_size
            Samples a frame.

        Returns
        -------
        latency : int
            `hop_size`; twice as much with `amp_resample_method='cubic'`, which needs two frames more.
        """
        return late_hops(self.amp_resample_method) * hop_size

    def init_state(self, batch: int = 1, *, like: Any, hop_size: int = 64) -> State:
        """State before the first step.

        Parameters
        ----------
        batch
            Batch size.
        like
            Array that gives backend, dtype and device, or a dict of example inputs by name, which also tells the
            numbers of voices and of harmonics.
        hop_size
            Samples a frame.

        Returns
        -------
        state : dict
            Arrays of [batch, ...]: the phase, the last frame, and whether there was one.
        """
        sizes = {}
        if isinstance(like, Mapping) and "harmonic_distribution" in like:
            shape = like["harmonic_distribution"].shape
            free = needs_free_partials(1, hop_size, self.amp_resample_method)
            sizes = {"frequencies": shape[-1] if free else 1, "partials": shape[-1]}
            sizes["voices"] = max(x.shape[1] for x in like.values()) if len(shape) == 4 else 1
        return init_partials(batch, like, hop_size, self.amp_resample_method, **sizes)

    @checked
    def step_signal(
        self,
        state: State,
        amplitudes: Float[Array, "#batch *#voices frames 1"],
        harmonic_distribution: Float[Array, "#batch *#voices frames harmonics"],
        f0_hz: Float[Array, "#batch *#voices frames 1"],
    ) -> tuple[Array, State]:
        """Synthesize the next frames from their controls.

        Parameters
        ----------
        state
            State of `init_state` or of the previous step.
        amplitudes
            Overall level, linear, >= 0, [batch, frames, 1] or [batch, voices, frames, 1].
        harmonic_distribution
            Relative level of each harmonic, [batch, frames, harmonics] or [batch, voices, frames, harmonics].
        f0_hz
            Fundamental frequency in Hz, [batch, frames, 1] or [batch, voices, frames, 1].

        Returns
        -------
        audio : array
            [batch, frames * hop_size], the sum of all voices, a hop late.
        state : dict
            State for what follows.
        """
        controls = f0_hz, amplitudes, harmonic_distribution
        return harmonic_step(state, *controls, self.sample_rate, self.amp_resample_method)

    def flush(self, state: State) -> tuple[Array, State]:
        """Synthesize the rest after the last step: the last frame is held for a hop.

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
        return partials_flush(
            harmonic_render(state, self.amp_resample_method), state, self.sample_rate, self.amp_resample_method
        )


Additive = Harmonic
