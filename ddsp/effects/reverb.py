"""Reverb: convolution with an impulse response."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .. import core
from ..extend import Array, Float, checked, common_backend, integer
from ..processors.base import ParamSpec, Processor

__all__ = ["Reverb", "TrainableReverb"]


def _nearly_silent(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return 1e-6 * rng.standard_normal(shape)


class ConvolutionReverb(Processor):
    """Base class of the reverbs: `get_signal` convolves the audio with the `ir` of `get_controls`."""

    add_dry: bool

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
        xp = common_backend(audio=audio, ir=ir).xp
        ir = ir[None, :] if len(ir.shape) == 1 else ir
        ir = ir[:, :, 0] if len(ir.shape) == 3 else ir
        ir = xp.concat([xp.zeros_like(ir[:, :1]), ir[:, 1:]], axis=1)
        wet = core.fft_convolve(audio, ir, padding="same", delay_compensation=0)
        return wet + audio if self.add_dry else wet


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
