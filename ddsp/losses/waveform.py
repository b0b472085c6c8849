"""Distances between waveforms."""

from __future__ import annotations

import math
from dataclasses import dataclass

from .. import core
from ..extend import Array, Float, checked, common_backend, promote_half
from ._loss import Loss
from .signal_ratios import error_to_signal_ratio, flat_pair, floored_power, si_sdr

__all__ = ["DCLoss", "ESRLoss", "LogCoshLoss", "SISDRLoss"]


def _mean(values: Array, weights: Array | float | None) -> Array:
    """Weighted mean of [batch, 1] or [batch, time]."""
    xp = common_backend(values=values).xp
    values, weights = promote_half(xp, values), promote_half(xp, weights)
    common_backend(values=values, weights=weights)
    return xp.mean(values if weights is None else values * weights)


def _like(audio: Array, value: Array) -> Array:
    """Cast a value to the dtype of `audio`."""
    return common_backend(audio=audio).xp.astype(value, audio.dtype)


@dataclass(frozen=True)
class SISDRLoss(Loss):
    """Negative scale-invariant signal-to-distortion ratio in dB, averaged over the batch.

    ![Values of five losses for the same changes of a note](../figures/hearing.png)

    Parameters
    ----------
    zero_mean
        If True, subtract the mean of each signal first.
    weight
        Factor of the loss.
    name
        Key in `get_losses_dict`.

    See Also
    --------
    si_sdr : The ratio as a function.

    Notes
    -----
    The gradient at silent audio is 0, so optimization cannot leave silence: start from audio, or add a `SpectralLoss`.

    Examples
    --------
    >>> import numpy as np
    >>> target, error = np.asarray([[1.0, -1.0, 1.0, -1.0]]), np.asarray([[0.1, 0.1, -0.1, -0.1]])
    >>> float(SISDRLoss()(target, 5.0 * (target + error)).round(6))
    -20.0
    """

    zero_mean: bool = True
    weight: float = 1.0
    name: str = "si_sdr_loss"

    @checked
    def __call__(
        self,
        target_audio: Float[Array, "#batch time"] | Float[Array, "#batch time 1"],
        audio: Float[Array, "#batch time"] | Float[Array, "#batch time 1"],
        weights: Float[Array, "#batch 1"] | float | None = None,
    ) -> Float[Array, ""]:
        """Compute the loss of audio against its target.

        Parameters
        ----------
        target_audio, audio
            Audio, [batch, time] or [batch, time, 1].
        weights
            Factor of the ratio of each example, [batch, 1].

        Returns
        -------
        loss : array
            Scalar, dtype of `audio`.
        """
        common_backend(target_audio=target_audio, audio=audio, weights=weights)
        ratio = si_sdr(target_audio, audio, self.zero_mean)[:, None]
        return _like(audio, -self.weight * _mean(ratio, weights))


@dataclass(frozen=True)
class ESRLoss(Loss):
    """Error-to-signal ratio, averaged over the batch.

    ![Values of five losses for the same changes of a note](../figures/hearing.png)

    Parameters
    ----------
    pre_emphasis
        Coefficient c of the filter y[n] = x[n] - c x[n - 1]; 0 for no filter.
    weight
        Factor of the loss.
    name
        Key in `get_losses_dict`.

    See Also
    --------
    error_to_signal_ratio : The ratio as a function.
    DCLoss : Complements pre-emphasis at 0 Hz.

    Examples
    --------
    >>> import numpy as np
    >>> float(ESRLoss()(np.ones((1, 4)), np.zeros((1, 4))))
    1.0
    """

    pre_emphasis: float = 0.0
    weight: float = 1.0
    name: str = "esr_loss"

    @checked
    def __call__(
        self,
        target_audio: Float[Array, "#batch time"] | Float[Array, "#batch time 1"],
        audio: Float[Array, "#batch time"] | Float[Array, "#batch time 1"],
        weights: Float[Array, "#batch 1"] | float | None = None,
    ) -> Float[Array, ""]:
        """Compute the loss of audio against its target.

        Parameters
        ----------
        target_audio, audio
            Audio, [batch, time] or [batch, time, 1].
        weights
            Factor of the ratio of each example, [batch, 1].

        Returns
        -------
        loss : array
            Scalar, dtype of `audio`.
        """
        common_backend(target_audio=target_audio, audio=audio, weights=weights)
        ratio = error_to_signal_ratio(target_audio, audio, self.pre_emphasis)[:, None]
        return _like(audio, self.weight * _mean(ratio, weights))


@dataclass(frozen=True)
class DCLoss(Loss):
    r"""Squared difference of the means, relative to the power of the target, averaged over the batch.

    $$\frac{\mathrm{mean}(s - x)^2}{\mathrm{mean}(s^2)}$$

    s is the target, x the audio (Wright and Valimaki, 2019, "Perceptual loss function for neural modelling of audio
    systems").

    Parameters
    ----------
    weight
        Factor of the loss.
    name
        Key in `get_losses_dict`.

    See Also
    --------
    ESRLoss : With pre-emphasis it attenuates 0 Hz, which this loss compares.

    Notes
    -----
    A target whose mean square is below 1e-8 (float16: 1e-4) counts as that.

    Examples
    --------
    >>> import numpy as np
    >>> float(DCLoss()(np.ones((1, 4)), np.full((1, 4), 0.5)))
    0.25
    """

    weight: float = 1.0
    name: str = "dc_loss"

    @checked
    def __call__(
        self,
        target_audio: Float[Array, "#batch time"] | Float[Array, "#batch time 1"],
        audio: Float[Array, "#batch time"] | Float[Array, "#batch time 1"],
        weights: Float[Array, "#batch 1"] | float | None = None,
    ) -> Float[Array, ""]:
        """Compute the loss of audio against its target.

        Parameters
        ----------
        target_audio, audio
            Audio, [batch, time] or [batch, time, 1].
        weights
            Factor of the ratio of each example, [batch, 1].

        Returns
        -------
        loss : array
            Scalar, dtype of `audio`.
        """
        xp = common_backend(target_audio=target_audio, audio=audio, weights=weights).xp
        target, value = flat_pair(target_audio, audio)
        offset = xp.mean(target - value, axis=1)
        ratio = (offset * offset / floored_power(target, audio.dtype))[:, None]
        return _like(audio, self.weight * _mean(ratio, weights))


@dataclass(frozen=True)
class LogCoshLoss(Loss):
    r"""Mean log-cosh of the error: quadratic for small errors, linear for large ones.

    $$\frac{1}{a} \, \mathrm{mean} \log \cosh(a (s - x))$$

    s is the target, x the audio (Chen et al., 2019, "Log hyperbolic cosine loss improves variational auto-encoder").

    ![LogCoshLoss as a function of the error, for a = 1 and a = 5](../figures/log_cosh.png)

    Parameters
    ----------
    a
        Sharpness, > 0. Errors well below 1 / a count as a / 2 times their square, larger ones as their absolute value.
    weight
        Factor of the loss.
    name
        Key in `get_losses_dict`.

    Raises
    ------
    ValueError
        `a` of 0 or below.

    See Also
    --------
    ESRLoss : Squared errors relative to the target.

    Notes
    -----
    The computation neither overflows for large errors nor loses digits for small ones.

    Examples
    --------
    >>> import numpy as np
    >>> float(LogCoshLoss()(np.zeros((1, 2)), np.asarray([[100.0, -100.0]])).round(4))
    99.3069
    """

    a: float = 1.0
    weight: float = 1.0
    name: str = "log_cosh_loss"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.a > 0.0:
            raise ValueError(f"a: got {self.a}, expected more than 0")

    @checked
    def __call__(
        self,
        target_audio: Float[Array, "#batch time"] | Float[Array, "#batch time 1"],
        audio: Float[Array, "#batch time"] | Float[Array, "#batch time 1"],
        weights: Float[Array, "#batch 1"] | Float[Array, "#batch time"] | float | None = None,
    ) -> Float[Array, ""]:
        """Compute the loss of audio against its target.

        Parameters
        ----------
        target_audio, audio
            Audio, [batch, time] or [batch, time, 1].
        weights
            Factor of the value of each example, [batch, 1], or of each sample, [batch, time].

        Returns
        -------
        loss : array
            Scalar, dtype of `audio`.
        """
        xp = common_backend(target_audio=target_audio, audio=audio, weights=weights).xp
        target, value = flat_pair(target_audio, audio)
        x = self.a * (target - value)
        size = xp.abs(x)
        small = size < 1.0
        # cosh x = 1 + 2 sinh(x / 2)^2 keeps the digits that the other form would lose by cancellation.
        half = xp.sinh(0.5 * xp.where(small, x, xp.zeros_like(x)))
        large = size + core.softplus(-2.0 * size) - math.log(2.0)
        values = xp.where(small, xp.log1p(2.0 * half * half), large)
        return _like(audio, self.weight / self.a * _mean(values, weights))
