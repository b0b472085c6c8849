"""Rooms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .. import core
from ..extend import Array, Float, checked, common_backend, integer
from ..processors.base import ParamSpec, Processor

__all__ = ["Reverb", "TrainableReverb", "in_a_room"]


def _nearly_silent(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return 1e-6 * rng.standard_normal(shape)


def in_a_room(audio: Float[Array, "batch time"], ir: Float[Array, ...], add_dry: bool) -> Float[Array, "batch time"]:
    """Audio convolved with an impulse response whose first sample counts as 0, with the dry audio if `add_dry`.

    ir is [taps], [batch, taps] or [batch, taps, 1]. The result is as long as audio: the tail is cut.
    """
    xp = common_backend(audio=audio, ir=ir).xp
    ir = ir[None, :] if len(ir.shape) == 1 else ir
    ir = ir[:, :, 0] if len(ir.shape) == 3 else ir
    ir = xp.concat([xp.zeros_like(ir[:, :1]), ir[:, 1:]], axis=1)
    wet = core.fft_convolve(audio, ir, padding="same", delay_compensation=0)
    return wet + audio if add_dry else wet


@dataclass(frozen=True)
class Reverb(Processor):
    """A room: convolution with an impulse response, given at each call or trained.

    Parameters
    ----------
    trainable : the impulse response is the parameter `ir`, of reverb_length samples; initially all but silent.
    reverb_length : length of the trained impulse response, in samples.
    add_dry : add the dry signal. The first sample of the impulse response, which would be one more dry signal, is taken
        as 0 in either case.
    name : the node's name in a `ProcessorGroup`.

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
        """The impulse response `ir`, where it is trained."""
        length = integer("reverb_length", self.reverb_length, 1)
        return (ParamSpec("ir", (length,), _nearly_silent),) if self.trainable else ()

    @checked
    def get_controls(
        self,
        audio: Float[Array, "#batch time"],
        ir: Float[Array, " taps"] | Float[Array, "#batch taps"] | Float[Array, "#batch taps 1"] | None = None,
    ) -> dict[str, Array]:
        """Bring audio and impulse response together.

        Parameters
        ----------
        audio : the dry signal, [batch, time].
        ir : impulse response, [taps], [batch, taps] or [batch, taps, 1]; needed unless the reverb is trainable, which
            uses its initial values without it. A batch of 1 serves all.

        Returns
        -------
        dict of audio and ir, unchanged.

        Raises
        ------
        ValueError : there is no impulse response.
        """
        backend = common_backend(audio=audio, ir=ir)
        if ir is None:
            if not self.trainable:
                raise ValueError("ir: got None, expected an impulse response (or Reverb(trainable=True))")
            ir = backend.constant(self.initial_params()["ir"], audio)
        return {"audio": audio, "ir": ir}

    @checked
    def get_signal(
        self,
        audio: Float[Array, "#batch time"],
        ir: Float[Array, " taps"] | Float[Array, "#batch taps"] | Float[Array, "#batch taps 1"],
    ) -> Float[Array, "batch time"]:
        """The wet signal, plus the dry one if `add_dry`; as long as audio, which the tail is cut to."""
        return in_a_room(audio, ir, self.add_dry)


@dataclass(frozen=True)
class TrainableReverb(Reverb):
    """`Reverb(trainable=True)`: a room whose impulse response is learnt.

    Examples
    --------
    >>> import numpy as np
    >>> TrainableReverb(reverb_length=100)(np.ones((1, 3))).round(2)
    array([[1., 1., 1.]])
    """

    trainable: bool = True
