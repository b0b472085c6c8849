"""An oscillator that reads a table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .. import core
from ..extend import Array, Float, checked, common_backend
from ..processors.base import Processor

__all__ = ["Wavetable"]


@dataclass(frozen=True)
class Wavetable(Processor):
    """An oscillator that reads a table, or tables that change from frame to frame (Shan et al., 2022).

    Parameters
    ----------
    n_samples : length of the audio.
    sample_rate : in Hz.
    scale_fn : turns network outputs into amplitudes and table samples >= 0; None takes them as they are. A table whose
        samples are all >= 0 has a mean, which is heard as an offset of the audio and, with the default, is larger than
        the sound: take the mean of the tables away, or give None and scale the amplitudes before.
    band_limit : leave out what would lie above half the sample rate, as in `ddsp.core.wavetable_synthesis`. The
        original has no such option.
    name : the node's name in a `ProcessorGroup`.

    Examples
    --------
    >>> import numpy as np
    >>> synth = Wavetable(n_samples=640)
    >>> frames = np.zeros((1, 10, 1))
    >>> synth(amplitudes=frames, wavetables=np.zeros((1, 10, 64)), f0_hz=frames + 440.0).shape
    (1, 640)
    """

    n_samples: int = 64000
    sample_rate: float = 16000
    scale_fn: Callable[[Array], Array] | None = core.exp_sigmoid
    band_limit: bool = False
    name: str = "wavetable"

    @checked
    def get_controls(
        self,
        amplitudes: Float[Array, "#batch amplitude_frames 1"],
        wavetables: Float[Array, "#batch n_wavetable"] | Float[Array, "#batch table_frames n_wavetable"],
        f0_hz: Float[Array, "#batch frames 1"],
    ) -> dict[str, Array]:
        """Scale network outputs.

        Parameters
        ----------
        amplitudes : overall level, before `scale_fn`.
        wavetables : one period of the wave, before `scale_fn`, [batch, n_wavetable] or [batch, frames, n_wavetable].
        f0_hz : fundamental in Hz, used as it is.

        Returns
        -------
        dict of amplitudes (linear), wavetables and f0_hz.
        """
        common_backend(amplitudes=amplitudes, wavetables=wavetables, f0_hz=f0_hz)
        if self.scale_fn is not None:
            amplitudes, wavetables = self.scale_fn(amplitudes), self.scale_fn(wavetables)
        return {"amplitudes": amplitudes, "wavetables": wavetables, "f0_hz": f0_hz}

    @checked
    def get_signal(
        self,
        amplitudes: Float[Array, "#batch amplitude_frames 1"],
        wavetables: Float[Array, "#batch n_wavetable"] | Float[Array, "#batch table_frames n_wavetable"],
        f0_hz: Float[Array, "#batch frames 1"],
    ) -> Float[Array, "batch n_samples"]:
        """Audio [batch, n_samples] of controls as `get_controls` returns them."""
        common_backend(amplitudes=amplitudes, wavetables=wavetables, f0_hz=f0_hz)
        return core.wavetable_synthesis(
            frequencies=f0_hz,
            amplitudes=amplitudes,
            wavetables=wavetables,
            n_samples=self.n_samples,
            sample_rate=self.sample_rate,
            band_limit=self.band_limit,
        )
