"""Wavetable synthesizer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from .. import core
from ..core.streaming import State
from ..core.wavetable_steps import init_wavetable, late_hops, wavetable_flush, wavetable_step
from ..extend import Array, Float, checked, common_backend
from ..processors.base import Processor

__all__ = ["Wavetable"]


@dataclass(frozen=True)
class Wavetable(Processor):
    """Wavetable oscillator, with one table or a table for each frame (Shan et al., 2022, "Differentiable wavetable
    synthesis").

    ![Spectrograms of a rising sawtooth: with aliases, and band-limited](../figures/wavetable.png)

    Parameters
    ----------
    n_samples
        Length of the audio in samples.
    sample_rate
        Sample rate in Hz.
    scale_fn
        Maps network outputs to amplitudes and table samples >= 0; None leaves both unchanged. A table of samples >= 0
        has a positive mean, a DC offset in the audio, which is larger than the sound with the default. Subtract the
        mean of the tables, or pass None and scale the amplitudes first.
    band_limit
        Remove components above half the sample rate, as in `ddsp.core.wavetable_synthesis`. The original does not have
        this option.
    name
        Name of the node in a `ProcessorGroup`.

    See Also
    --------
    ddsp.core.wavetable_synthesis : The synthesis as a function.
    Harmonic : Harmonics with explicit amplitudes.

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

    frame_inputs: ClassVar[tuple[str, ...]] = ("amplitudes", "wavetables", "f0_hz")

    @checked
    def get_controls(
        self,
        amplitudes: Float[Array, "#batch amplitude_frames 1"],
        wavetables: Float[Array, "#batch n_wavetable"] | Float[Array, "#batch table_frames n_wavetable"],
        f0_hz: Float[Array, "#batch frames 1"],
    ) -> dict[str, Array]:
        """Scale network outputs to amplitudes and tables.

        Parameters
        ----------
        amplitudes
            Overall level, before `scale_fn`, [batch, frames, 1].
        wavetables
            One period of the waveform, before `scale_fn`, [batch, n_wavetable] or [batch, frames, n_wavetable].
        f0_hz
            Fundamental frequency in Hz, [batch, frames, 1].

        Returns
        -------
        controls : dict
            `amplitudes`, linear; `wavetables`; `f0_hz`, unchanged.
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
        """Synthesize audio from controls.

        Parameters
        ----------
        amplitudes
            Overall level, linear, [batch, frames, 1].
        wavetables
            One period of the waveform, [batch, n_wavetable] or [batch, frames, n_wavetable].
        f0_hz
            Fundamental frequency in Hz, [batch, frames, 1].

        Returns
        -------
        audio : array
            [batch, n_samples].
        """
        common_backend(amplitudes=amplitudes, wavetables=wavetables, f0_hz=f0_hz)
        return core.wavetable_synthesis(
            frequencies=f0_hz,
            amplitudes=amplitudes,
            wavetables=wavetables,
            n_samples=self.n_samples,
            sample_rate=self.sample_rate,
            band_limit=self.band_limit,
        )

    def latency_samples(self, hop_size: int = 64) -> int:
        """Samples by which the signal of steps is late: a hop, because it is interpolated to the next frame.

        Parameters
        ----------
        hop_size
            Samples a frame.

        Returns
        -------
        latency : int
            `hop_size`; twice as much with `band_limit`, because a table is limited to the highest f0 up to the frame
            after it.
        """
        return late_hops(self.band_limit) * hop_size

    def init_state(self, batch: int = 1, *, like: Any, hop_size: int = 64) -> State:
        """State before the first step.

        Parameters
        ----------
        batch
            Batch size.
        like
            Array that gives backend, dtype and device, or a dict of example inputs by name. Its `wavetables` tell the
            sizes; one table, [batch, n_wavetable], is prepared from it.
        hop_size
            Samples a frame.

        Returns
        -------
        state : dict
            Arrays of [batch, ...]: the phase, the last frames and their tables.
        """
        tables = like.get("wavetables") if isinstance(like, Mapping) else None
        if tables is not None and self.scale_fn is not None:
            tables = self.scale_fn(tables)
        return init_wavetable(batch, like, hop_size, self.band_limit, tables)

    @checked
    def step_signal(
        self,
        state: State,
        amplitudes: Float[Array, "#batch frames 1"],
        wavetables: Float[Array, "#batch n_wavetable"] | Float[Array, "#batch frames n_wavetable"],
        f0_hz: Float[Array, "#batch frames 1"],
    ) -> tuple[Array, State]:
        """Synthesize the next frames from their controls.

        Parameters
        ----------
        state
            State of `init_state` or of the previous step.
        amplitudes
            Overall level, linear, [batch, frames, 1].
        wavetables
            One period of the waveform for each frame, [batch, frames, n_wavetable], or the only one, [batch,
            n_wavetable], which is taken at the first step, or from the examples of `init_state`, and is then the same
            to the end.
        f0_hz
            Fundamental frequency in Hz, [batch, frames, 1].

        Returns
        -------
        audio : array
            [batch, frames * hop_size], `latency_samples` late.
        state : dict
            State for what follows.

        Raises
        ------
        ValueError
            Tables of another size than before, or one table after tables of frames.
        """
        return wavetable_step(state, f0_hz, amplitudes, wavetables, self.sample_rate, self.band_limit)

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
        return wavetable_flush(state, self.sample_rate, self.band_limit)
