"""Reverb: convolution with an impulse response."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from .. import core
from ..core.partitioned_convolution import convolve_step, init_convolution
from ..core.streaming import State, is_empty, no_samples, zeros
from ..extend import Array, Float, checked, common_backend, integer
from ..processors.base import ParamSpec, Processor

__all__ = ["Reverb", "TrainableReverb"]


def _nearly_silent(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return 1e-6 * rng.standard_normal(shape)


class ConvolutionReverb(Processor):
    """Base class of the reverbs: `get_signal` convolves the audio with the `ir` of `get_controls`."""

    add_dry: bool

    trained_methods: ClassVar[tuple[str, ...]] = ("get_controls", "init_state")
    constant_inputs: ClassVar[tuple[str, ...]] = ("ir", "gain", "decay", "magnitudes", "noise")

    @checked
    def get_signal(
        self,
        audio: Float[Array, "#batch time"],
        ir: Float[Array, " taps"] | Float[Array, "#batch taps"] | Float[Array, "#batch taps 1"],
    ) -> Float[Array, "batch time"]:
        """Convolve the audio with the impulse response.

        Parameters
        ----------
        audio
            Dry signal, [batch, time].
        ir
            Impulse response, [taps], [batch, taps] or [batch, taps, 1]. ir[0] is ignored: it would only add to the dry
            signal.

        Returns
        -------
        audio : array
            [batch, time]. The wet signal without its tail, plus the dry signal if `add_dry`.
        """
        common_backend(audio=audio, ir=ir)
        wet = core.fft_convolve(audio, _wet_response(ir), padding="same", delay_compensation=0)
        return wet + audio if self.add_dry else wet

    def latency_samples(self, hop_size: int = 64) -> int:
        """Samples by which the signal of steps is late: none.

        Parameters
        ----------
        hop_size
            Samples a partition; see `init_state`.

        Returns
        -------
        latency : int
            0.
        """
        return 0

    def init_state(self, batch: int = 1, *, like: Any, hop_size: int = 64, **constants: Any) -> State:
        """State before the first step, with the spectra of the impulse response.

        Parameters
        ----------
        batch
            Batch size.
        like
            Array that gives backend, dtype and device.
        hop_size
            Samples a partition of the response. Blocks may have any number of samples. Multiples of `hop_size` take the
            least time, so it should be the size of the blocks.
        **constants
            The inputs of `get_controls` besides the audio, by name: impulse response, gains, magnitudes, key.

        Returns
        -------
        state : dict
            Arrays by name, [batch, ...], see `ddsp.core.partitioned_convolution`. In float32 at least.
        """
        controls = self.get_controls(zeros((batch, 1), like), **constants)
        return init_convolution(_wet_response(controls["ir"]), batch, hop_size)

    def step(self, state: State, audio: Array, *inputs: Any, **constants: Any) -> tuple[Array, State]:
        """Compute the signal of the next samples. Steps over zeros compute the tail, which a call does not return.

        Parameters
        ----------
        state
            State of `init_state` or of the previous step.
        audio
            The next samples of the dry signal, [batch, time], any number of them.
        *inputs, **constants
            None: the state has the impulse response.

        Returns
        -------
        audio : array
            [batch, time].
        state : dict
            State for the samples that follow.

        Raises
        ------
        ValueError
            Inputs besides the audio.
        """
        if inputs or constants:
            what = ", ".join(constants) or f"{len(inputs)} more inputs"
            raise ValueError(
                f"inputs: got {what}, expected audio alone; init_state takes the others, once for a stream"
            )
        return (no_samples(state), state) if is_empty(audio) else self.step_signal(state, audio)

    @checked
    def step_signal(self, state: State, audio: Float[Array, "#batch time"]) -> tuple[Array, State]:
        """Convolve the next samples.

        Parameters
        ----------
        state
            State of `init_state` or of the previous step.
        audio
            The next samples of the dry signal, [batch, time].

        Returns
        -------
        audio : array
            [batch, time].
        state : dict
            State for the samples that follow.
        """
        wet, state = convolve_step(state, audio)
        wet = common_backend(audio=audio).xp.astype(wet, audio.dtype)
        return wet + audio if self.add_dry else wet, state

    def flush(self, state: State) -> tuple[Array, State]:
        """No samples, because steps are not late.

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


def _wet_response(ir: Array) -> Array:
    """Impulse response [batch, taps] of the wet signal, in which tap 0 is 0."""
    xp = common_backend(ir=ir).xp
    ir = ir[None, :] if len(ir.shape) == 1 else ir
    ir = ir[:, :, 0] if len(ir.shape) == 3 else ir
    return xp.concat([xp.zeros_like(ir[:, :1]), ir[:, 1:]], axis=1)


@dataclass(frozen=True)
class Reverb(ConvolutionReverb):
    """Reverb: convolution with an impulse response, an input of each call or trainable.

    ![Impulse responses: noise with one decay, and noise whose bands decay at different rates](../figures/reverbs.png)

    Parameters
    ----------
    trainable
        If True, the impulse response is the trainable value `ir` of `reverb_length` samples, initially noise at -120
        dB.
    reverb_length
        Length of the trainable impulse response in samples.
    add_dry
        Add the dry signal. In either case ir[0] is ignored: it would only add to the dry signal.
    name
        Name of the node in a `ProcessorGroup`.

    See Also
    --------
    TrainableReverb : With `trainable=True` as the default.
    ExpDecayReverb : With two parameters.
    FilteredNoiseReverb : With a decay for each frequency band.
    ddsp.core.fft_convolve : The convolution.

    Examples
    --------
    >>> import numpy as np
    >>> Reverb()(np.asarray([[1.0, 0.0, 0.0]]), np.asarray([[9.0, 0.5]])).round(6)
    array([[1. , 0.5, 0. ]])
    """

    trainable: bool = False
    reverb_length: int = 48000
    add_dry: bool = True
    name: str = "reverb"

    @property
    def params(self) -> tuple[ParamSpec, ...]:
        """Trainable values: the impulse response `ir`, if `trainable`."""
        length = integer("reverb_length", self.reverb_length, 1)
        return (ParamSpec("ir", (length,), _nearly_silent),) if self.trainable else ()

    @checked
    def get_controls(
        self,
        audio: Float[Array, "#batch time"],
        ir: Float[Array, " taps"] | Float[Array, "#batch taps"] | Float[Array, "#batch taps 1"] | None = None,
    ) -> dict[str, Array]:
        """Pair the audio with an impulse response.

        Parameters
        ----------
        audio
            Dry signal, [batch, time].
        ir
            Impulse response, [taps], [batch, taps] or [batch, taps, 1]. A batch of 1 broadcasts. Required unless
            `trainable`; then None is the initial value.

        Returns
        -------
        controls : dict
            `audio` and `ir`, unchanged.

        Raises
        ------
        ValueError
            No impulse response.
        """
        backend = common_backend(audio=audio, ir=ir)
        if ir is None:
            if not self.trainable:
                raise ValueError("ir: got None, expected an impulse response (or Reverb(trainable=True))")
            ir = backend.constant(self.initial_params()["ir"], audio)
        return {"audio": audio, "ir": ir}


@dataclass(frozen=True)
class TrainableReverb(Reverb):
    """Reverb with a trainable impulse response: `Reverb(trainable=True)`.

    Parameters
    ----------
    trainable
        If True, the impulse response is a trainable value.
    reverb_length
        Length of the impulse response in samples.
    add_dry
        Add the dry signal.
    name
        Name of the node in a `ProcessorGroup`.

    See Also
    --------
    Reverb : With an impulse response for each call.

    Examples
    --------
    >>> import numpy as np
    >>> TrainableReverb(reverb_length=100)(np.ones((1, 3))).round(2)
    array([[1., 1., 1.]])
    """

    trainable: bool = True
