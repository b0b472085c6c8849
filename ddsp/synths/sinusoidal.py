"""A bank of free sinusoids."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .. import core
from ..core.harmonic_synthesis import free_partials
from ..core.resample import METHODS, no_shorter
from ..extend import Array, Float, axis_size, checked, common_backend, integer, one_of, promote_half, wide_phase
from ..processors.base import Processor

__all__ = ["Sinusoidal"]

#: Scales of frequencies whose own upper end, 8000 Hz, suits 16 kHz alone.
SCALES = (core.frequencies_sigmoid, core.frequencies_softmax, core.frequencies_critical_bands)


@dataclass(frozen=True)
class Sinusoidal(Processor):
    """A bank of sinusoids, each with a frequency and an amplitude of its own.

    Engel et al., 2020, "Self-supervised pitch detection by inverse audio synthesis".

    By default frequencies reach half the sample rate, whatever it is; in the original they end at 8000 Hz.

    Parameters
    ----------
    n_samples : length of the audio.
    sample_rate : in Hz.
    amp_scale_fn : turns network outputs into amplitudes >= 0; None takes them as they are.
    amp_resample_method : how amplitudes are interpolated between frames, one of `ddsp.core.resample`'s methods.
    freq_scale_fn : turns network outputs into frequencies in Hz; None takes them as they are. `frequencies_sigmoid`,
        `frequencies_softmax` and `frequencies_critical_bands` of `ddsp.core` as they are go up to half the sample rate;
        for another range, or a depth, give a `functools.partial` of them.
    name : the node's name in a `ProcessorGroup`.

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

    @checked
    def get_controls(
        self, amplitudes: Float[Array, "#batch frames sinusoids"], frequencies: Float[Array, "#batch frames channels"]
    ) -> dict[str, Array]:
        """Scale network outputs.

        Parameters
        ----------
        amplitudes : of each sinusoid, before `amp_scale_fn`.
        frequencies : of each sinusoid, before `freq_scale_fn`, which may take more channels than there are sinusoids.

        Returns
        -------
        dict of amplitudes (linear) and frequencies (Hz), [batch, frames, sinusoids]. Where `freq_scale_fn` gives half
        the sample rate or more, the amplitude is 0. Frequencies are never less than float32: in float16 they would go
        in steps of 4 Hz at 8 kHz.
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
        """Audio [batch, n_samples] of controls as `get_controls` returns them.

        Frequencies are linear between frames, and a sinusoid is muted, sample by sample, from half the sample rate on.
        """
        backend = common_backend(amplitudes=amplitudes)
        frequencies = wide_phase("frequencies", frequencies, amplitudes)
        one_of("amp_resample_method", self.amp_resample_method, METHODS)
        n_samples = integer("n_samples", self.n_samples, 1)
        no_shorter("n_samples", n_samples, axis_size(amplitudes, 1), self.amp_resample_method)
        a, f = (promote_half(backend.xp, x) for x in (amplitudes, frequencies))
        audio = free_partials(backend, f, a, n_samples, self.sample_rate, self.amp_resample_method)
        return backend.xp.astype(audio, amplitudes.dtype)
