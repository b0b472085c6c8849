"""Simple processors: the sum, the mixture and the end of signals."""

from __future__ import annotations

import math
from dataclasses import dataclass

from .. import core
from ..extend import Array, Float, axis_size, checked, common_backend, integer, one_of
from .base import Processor

__all__ = ["Add", "Crop", "Mix"]


@dataclass(frozen=True)
class Add(Processor):
    """The sum of two signals.

    Examples
    --------
    >>> import numpy as np
    >>> Add()(np.ones((1, 2)), np.ones((1, 2)))
    array([[2., 2.]])
    """

    name: str = "add"

    @checked
    def get_controls(
        self, signal_one: Float[Array, "#batch time *channels"], signal_two: Float[Array, "#batch time *channels"]
    ) -> dict[str, Array]:
        """The two signals, unchanged; shapes [batch, time], one dtype."""
        common_backend(signal_one=signal_one, signal_two=signal_two)
        return {"signal_one": signal_one, "signal_two": signal_two}

    @checked
    def get_signal(
        self, signal_one: Float[Array, "#batch time *channels"], signal_two: Float[Array, "#batch time *channels"]
    ) -> Float[Array, "batch time"]:
        """signal_one + signal_two."""
        return signal_one + signal_two


@dataclass(frozen=True)
class Mix(Processor):
    """Cross-fade between two signals with equal power: gains sin(pi/2 level) and cos(pi/2 level).

    The squares of the gains add up to 1, so two unrelated signals of one power keep it at every level. At level 1 the
    first signal is heard alone, at 0 the second.

    Notes
    -----
    The original's gains are sqrt(level) and 1 - sqrt(1 - level): both 0 at level 0, both 1 at level 1, with infinite
    slopes there. Sines have the gains that were meant, and finite slopes.

    Examples
    --------
    >>> import numpy as np
    >>> Mix()(np.ones((1, 2)), np.zeros((1, 2)), np.zeros((1, 1, 1))).round(3)
    array([[0.707, 0.707]])
    """

    name: str = "mix"

    @checked
    def get_controls(
        self,
        signal_one: Float[Array, "#batch time"] | Float[Array, "#batch time #channels"],
        signal_two: Float[Array, "#batch time"] | Float[Array, "#batch time #channels"],
        nn_out_mix_level: Float[Array, "#batch frames 1"],
    ) -> dict[str, Array]:
        """Bring the network's output to levels at every sample.

        Parameters
        ----------
        signal_one, signal_two : [batch, time] or [batch, time, channels], of one length.
        nn_out_mix_level : unconstrained, [batch, frames, 1].

        Returns
        -------
        dict of signal_one, signal_two and mix_level, [batch, time, 1] in [0, 1].

        Raises
        ------
        ValueError : signals of different lengths, or shapes that do not fit.
        """
        common_backend(signal_one=signal_one, signal_two=signal_two, nn_out_mix_level=nn_out_mix_level)
        if len(signal_one.shape) != len(signal_two.shape):
            raise ValueError(
                f"signal_two: got shape {tuple(signal_two.shape)}, expected as many axes as signal_one of shape "
                f"{tuple(signal_one.shape)}"
            )
        mix_level = core.resample(core.sigmoid(nn_out_mix_level), axis_size(signal_one, 1))
        return {"signal_one": signal_one, "signal_two": signal_two, "mix_level": mix_level}

    @checked
    def get_signal(
        self,
        signal_one: Float[Array, "#batch time"] | Float[Array, "#batch time #channels"],
        signal_two: Float[Array, "#batch time"] | Float[Array, "#batch time #channels"],
        mix_level: Float[Array, "#batch time 1"],
    ) -> Float[Array, "batch time ..."]:
        """The mixture, shaped like the signals, of controls as `get_controls` returns them."""
        xp = common_backend(signal_one=signal_one, signal_two=signal_two, mix_level=mix_level).xp
        angle = 0.5 * math.pi * (mix_level if len(signal_one.shape) == 3 else mix_level[:, :, 0])
        return xp.sin(angle) * signal_one + xp.cos(angle) * signal_two


@dataclass(frozen=True)
class Crop(Processor):
    """Cut off what frames had padded: 2 * (frame_size // 2) samples, at one end or half at each.

    Parameters
    ----------
    frame_size : >= 1, in samples.
    crop_location : where to cut: 'front', 'back', or 'center' for half of it at both ends.
    name : the node's name in a `ProcessorGroup`.

    Examples
    --------
    >>> import numpy as np
    >>> Crop(frame_size=2)(np.arange(5.0)[None])
    array([[0., 1., 2.]])
    """

    frame_size: int
    crop_location: str = "back"
    name: str = "crop"

    @checked
    def get_controls(self, audio: Float[Array, "batch time ..."]) -> dict[str, Array]:
        """The audio, unchanged; [batch, time]."""
        common_backend(audio=audio)
        return {"audio": audio}

    @checked
    def get_signal(self, audio: Float[Array, "batch time ..."]) -> Float[Array, "batch cropped"]:
        """The audio that is left; [batch, time - 2 * (frame_size // 2)]. At least one sample must be."""
        one_of("crop_location", self.crop_location, ("front", "center", "back"))
        if self.crop_location == "center":
            return core.center_crop(audio, self.frame_size)
        cut, time = 2 * (integer("frame_size", self.frame_size, 1) // 2), axis_size(audio, 1)
        if time <= cut:
            raise ValueError(f"frame_size: got {self.frame_size}, expected less than the {time} samples of audio")
        return audio[:, cut:, ...] if self.crop_location == "front" else audio[:, : time - cut, ...]
