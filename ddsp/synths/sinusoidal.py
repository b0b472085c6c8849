"""Sinusoidal synthesizer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from .. import core
from ..core.harmonic.free import free_partials
from ..core.harmonic.steps import init_partials, late_hops, sinusoidal_flush, sinusoidal_step
from ..core.hops import hops_for, hops_of
from ..core.resampling import METHODS, no_shorter
from ..core.streaming import State
from ..extend import Array, Float, axis_size, checked, common_backend, integer, one_of, promote_half, wide_phase
from ..processors.base import Processor

__all__ = ["Sinusoidal"]

#: Frequency scales whose default upper end, 8000 Hz, is right for 16 kHz only.
SCALES = (core.frequencies_sigmoid, core.frequencies_softmax, core.frequencies_critical_bands)


@dataclass(frozen=True)
class Sinusoidal(Processor):
    """Bank of sinusoids with independent frequencies and amplitudes.

    Engel et al., 2020, "Self-supervised pitch detection by inverse audio synthesis".

    ![Partials of a bell, and surrogates with the widths of their resonances](../figures/sinusoids.png)

    Parameters
    ----------
    n_samples
        Length of the audio in samples.
    sample_rate
        Sample rate in Hz.
    amp_scale_fn
        Maps network outputs to amplitudes >= 0; None leaves them unchanged.
    amp_resample_method
        Interpolation of amplitudes between frames, one of the methods of `ddsp.core.resample`.
    freq_scale_fn
        Maps network outputs to frequencies in Hz; None leaves them unchanged. `frequencies_sigmoid`,
        `frequencies_softmax` and `frequencies_critical_bands` of `ddsp.core` extend to half the sample rate. For
        another range or depth, pass a `functools.partial` of one of them.
    name
        Name of the node in a `ProcessorGroup`.

    See Also
    --------
    ddsp.core.oscillator_bank : Sinusoids from controls at audio rate.
    Harmonic : Sinusoids at multiples of one fundamental.
    SurrogateSinusoidal : Frequencies that gradient descent can find.

    Notes
    -----
    By default frequencies extend to half the sample rate; in the original they end at 8000 Hz at any sample rate.

    Examples
    --------
    >>> import numpy as np
    >>> Sinusoidal(n_samples=640)(np.zeros((1, 10, 5)), np.zeros((1, 10, 5))).shape
    (1, 640)
    """

    n_samples: int = 64000
    sample_rate: float = 16000
    amp_scale_fn: Callable[[Array], Array] | None = core.exp_sigmoid
    amp_resample_method: str = "window"
    freq_scale_fn: Callable[[Array], Array] | None = core.frequencies_sigmoid
    name: str = "sinusoidal"

    frame_inputs: ClassVar[tuple[str, ...]] = ("amplitudes", "frequencies")

    @checked
    def get_controls(
        self, amplitudes: Float[Array, "#batch frames sinusoids"], frequencies: Float[Array, "#batch frames channels"]
    ) -> dict[str, Array]:
        """Scale network outputs to amplitudes and frequencies.

        Parameters
        ----------
        amplitudes
            Amplitude of each sinusoid, before `amp_scale_fn`, [batch, frames, sinusoids].
        frequencies
            Frequency of each sinusoid, before `freq_scale_fn`, [batch, frames, channels]. Some scales take several
            channels for each sinusoid.

        Returns
        -------
        controls : dict
            `amplitudes`, linear, and `frequencies` in Hz, [batch, frames, sinusoids]. If `freq_scale_fn` returns half
            the sample rate or more, the amplitude is 0. Frequencies are in at least float32, because float16 has steps
            of 4 Hz at 8 kHz.

        Raises
        ------
        ValueError
            `freq_scale_fn` returns a number of sinusoids that differs from that of `amplitudes`.
        """
        xp, dtype = common_backend(amplitudes=amplitudes, frequencies=frequencies).xp, amplitudes.dtype
        frequencies = promote_half(xp, frequencies)
        if self.amp_scale_fn is not None:
            amplitudes = self.amp_scale_fn(amplitudes)
        if self.freq_scale_fn is not None:
            limit = {"hz_max": self.sample_rate / 2.0} if self.freq_scale_fn in SCALES else {}
            frequencies = self.freq_scale_fn(frequencies, **limit)
            if axis_size(frequencies, 2) != axis_size(amplitudes, 2):
                raise ValueError(
                    f"frequencies: got {axis_size(frequencies, 2)} sinusoids of freq_scale_fn, expected "
                    f"{axis_size(amplitudes, 2)} as in amplitudes of shape {tuple(amplitudes.shape)}"
                )
            amplitudes = core.remove_above_nyquist(frequencies, promote_half(xp, amplitudes), self.sample_rate)
            amplitudes = xp.astype(amplitudes, dtype)
        return {"amplitudes": amplitudes, "frequencies": frequencies}

    @checked
    def get_signal(
        self, amplitudes: Float[Array, "#batch frames sinusoids"], frequencies: Float[Array, "#batch frames sinusoids"]
    ) -> Float[Array, "batch n_samples"]:
        """Synthesize audio from controls.

        Frequencies are interpolated linearly between frames. A sinusoid is muted at each sample at which its frequency
        is at least half the sample rate.

        Parameters
        ----------
        amplitudes
            Amplitude of each sinusoid, linear, [batch, frames, sinusoids].
        frequencies
            Frequency of each sinusoid in Hz, [batch, frames, sinusoids].

        Returns
        -------
        audio : array
            [batch, n_samples].
        """
        backend = common_backend(amplitudes=amplitudes)
        frequencies = wide_phase("frequencies", frequencies, amplitudes)
        one_of("amp_resample_method", self.amp_resample_method, METHODS)
        n_samples = integer("n_samples", self.n_samples, 1)
        no_shorter("n_samples", n_samples, axis_size(amplitudes, 1), self.amp_resample_method)
        a, f = (promote_half(backend.xp, x) for x in (amplitudes, frequencies))
        hops = hops_of(backend.xp, f), hops_for(backend.xp, a, self.amp_resample_method)
        audio, _ = free_partials(backend, *hops, n_samples, self.sample_rate, self.amp_resample_method)
        return backend.xp.astype(audio, amplitudes.dtype)

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
            Array that gives backend, dtype and device, or a dict of example inputs by name, which also tells the number
            of sinusoids.
        hop_size
            Samples a frame.

        Returns
        -------
        state : dict
            Arrays of [batch, ...]: the phase of each sinusoid, the last frame, and whether there was one.
        """
        known = isinstance(like, Mapping) and "amplitudes" in like
        n = like["amplitudes"].shape[-1] if known else 0
        return init_partials(batch, like, hop_size, self.amp_resample_method, frequencies=n, partials=n)

    @checked
    def step_signal(
        self,
        state: State,
        amplitudes: Float[Array, "#batch frames sinusoids"],
        frequencies: Float[Array, "#batch frames sinusoids"],
    ) -> tuple[Array, State]:
        """Synthesize the next frames from their controls.

        Parameters
        ----------
        state
            State of `init_state` or of the previous step.
        amplitudes
            Amplitude of each sinusoid, linear, [batch, frames, sinusoids].
        frequencies
            Frequency of each sinusoid in Hz, [batch, frames, sinusoids].

        Returns
        -------
        audio : array
            [batch, frames * hop_size], a hop late.
        state : dict
            State for what follows.
        """
        frequencies = wide_phase("frequencies", frequencies, amplitudes)
        return sinusoidal_step(state, frequencies, amplitudes, self.sample_rate, self.amp_resample_method)

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
        return sinusoidal_flush(state, self.sample_rate, self.amp_resample_method)
