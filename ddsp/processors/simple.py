"""Simple processors: sum, mix and crop."""

from __future__ import annotations

import math
from dataclasses import dataclass

from .. import core
from ..extend import Array, Float, axis_size, checked, common_backend, integer, one_of
from .base import Processor, SampleProcessor

__all__ = ["Add", "Crop", "Mix"]


@dataclass(frozen=True)
class Add(SampleProcessor):
    """Sum of two signals.

    Parameters
    ----------
    name
        Name of the node in a `ProcessorGroup`.

    See Also
    --------
    Mix : Cross-fade of two signals.

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
        """Return both signals unchanged.

        Parameters
        ----------
        signal_one, signal_two
            Signals, [batch, time] or [batch, time, channels], of the same dtype.

        Returns
        -------
        controls : dict
            `signal_one` and `signal_two`, unchanged.
        """
        common_backend(signal_one=signal_one, signal_two=signal_two)
        return {"signal_one": signal_one, "signal_two": signal_two}

    @checked
    def get_signal(
        self, signal_one: Float[Array, "#batch time *channels"], signal_two: Float[Array, "#batch time *channels"]
    ) -> Float[Array, "batch time"]:
        """Add both signals.

        Parameters
        ----------
        signal_one, signal_two
            Signals, [batch, time] or [batch, time, channels], of the same dtype.

        Returns
        -------
        signal : array
            The sum, in the shape of the signals.
        """
        return signal_one + signal_two


@dataclass(frozen=True)
class Mix(Processor):
    r"""Equal-power cross-fade between two signals.

    $$y = \sin(\pi m / 2) \, x_1 + \cos(\pi m / 2) \, x_2$$

    m is the level in [0, 1]. The squares of the gains have the sum 1, so two uncorrelated signals of equal power keep
    this power at every level. At level 1 only the first signal remains, at 0 only the second.

    ![Gains of the two signals of Mix as functions of the level](../figures/cross_fade.png)

    Parameters
    ----------
    name
        Name of the node in a `ProcessorGroup`.

    See Also
    --------
    Add : Sum of two signals.

    Notes
    -----
    The gains of the original are sqrt(level) and 1 - sqrt(1 - level): both are 0 at level 0 and 1 at level 1, with
    infinite slopes. The sines have the intended gains and finite slopes.

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
        """Convert a network output to a level at every sample.

        Parameters
        ----------
        signal_one, signal_two
            Signals of equal length, [batch, time] or [batch, time, channels].
        nn_out_mix_level
            Unconstrained network output, [batch, frames, 1]. A sigmoid maps it to [0, 1].

        Returns
        -------
        controls : dict
            `signal_one` and `signal_two`, unchanged, and `mix_level`, [batch, time, 1], in [0, 1].

        Raises
        ------
        ValueError
            Signals of different lengths, or shapes that do not fit.
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
        """Mix both signals.

        Parameters
        ----------
        signal_one, signal_two
            Signals of equal length, [batch, time] or [batch, time, channels].
        mix_level
            Level of the first signal, in [0, 1], [batch, time, 1].

        Returns
        -------
        signal : array
            The mix, in the shape of the signals.
        """
        xp = common_backend(signal_one=signal_one, signal_two=signal_two, mix_level=mix_level).xp
        angle = 0.5 * math.pi * (mix_level if len(signal_one.shape) == 3 else mix_level[:, :, 0])
        return xp.sin(angle) * signal_one + xp.cos(angle) * signal_two


@dataclass(frozen=True)
class Crop(Processor):
    """Remove the padding of frames: 2 * (frame_size // 2) samples, at one end or half at each.

    Parameters
    ----------
    frame_size
        Frame size in samples, >= 1.
    crop_location
        Where to cut: 'front', 'back', or 'center' for half at both ends.
    name
        Name of the node in a `ProcessorGroup`.

    See Also
    --------
    ddsp.core.center_crop : The cut at both ends as a function.

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
        """Return the audio unchanged.

        Parameters
        ----------
        audio
            Audio, [batch, time].

        Returns
        -------
        controls : dict
            `audio`, unchanged.
        """
        common_backend(audio=audio)
        return {"audio": audio}

    @checked
    def get_signal(self, audio: Float[Array, "batch time ..."]) -> Float[Array, "batch cropped"]:
        """Crop the audio.

        Parameters
        ----------
        audio
            Audio, [batch, time].

        Returns
        -------
        audio : array
            [batch, time - 2 * (frame_size // 2)].

        Raises
        ------
        ValueError
            An unknown `crop_location`, or no samples left.
        """
        one_of("crop_location", self.crop_location, ("front", "center", "back"))
        if self.crop_location == "center":
            return core.center_crop(audio, self.frame_size)
        cut, time = 2 * (integer("frame_size", self.frame_size, 1) // 2), axis_size(audio, 1)
        if time <= cut:
            raise ValueError(f"frame_size: got {self.frame_size}, expected less than the {time} samples of audio")
        return audio[:, cut:, ...] if self.crop_location == "front" else audio[:, : time - cut, ...]
