"""How likely the sinusoids of one sound are in the spectrum of another: kernel density estimates."""

from __future__ import annotations

import math
from dataclasses import dataclass

from .. import core
from ..core.hidden_markov import log_sum_exp
from ..extend import Array, Float, checked_with, common_backend
from ._loss import Loss

__all__ = ["KDEConsistencyLoss"]

#: Least height of a kernel: a sinusoid of amplitude 0 still has one, so that silence has a density too.
LEAST_AMP = 1e-7


@dataclass(frozen=True)
class KDEConsistencyLoss(Loss):
    """How unlikely sinusoids are, given others, and these given the first.

    A Gaussian stands on every sinusoid, as high as its amplitude; the loss is the negative log-likelihood of the other
    sinusoids under the sum of them, in both directions (close to Jeffreys' divergence), and the difference of the mean
    amplitudes, to which a likelihood is blind.

    Parameters
    ----------
    weight_a : factor of -log p(a | b).
    weight_b : factor of -log p(b | a).
    weight_mean_amp : factor of the mean absolute difference of each frame's mean amplitude.
    scale_a, scale_b : > 0, standard deviations of the Gaussians on the sinusoids of a and b, in semitones.
    name : the key in `get_losses_dict`.

    Raises
    ------
    ValueError : a scale of 0 or below.

    Notes
    -----
    The original takes an amplitude of exactly 0 as 1e-7; here all below 1e-7 are, or 1e-30 would have a gradient of
    1e30. Memory: a few arrays of batch x frames x sinusoids of a x sinusoids of b.

    Examples
    --------
    >>> import numpy as np
    >>> one = np.ones((1, 2, 1))
    >>> loss = KDEConsistencyLoss(scale_a=1.0, scale_b=1.0)
    >>> round(float(loss(one, 440.0 * one, one, 440.0 * one)), 3)  # log(2 pi)
    1.838
    """

    weight_a: float = 1.0
    weight_b: float = 1.0
    weight_mean_amp: float = 1.0
    scale_a: float = 0.1
    scale_b: float = 0.1
    name: str = "kde_consistency_loss"

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, scale in (("scale_a", self.scale_a), ("scale_b", self.scale_b)):
            if not scale > 0.0:
                raise ValueError(f"{name}: got {scale}, expected a number above 0")

    @checked_with(wide=True)
    def __call__(
        self,
        amps_a: Float[Array, "batch frames n_a"],
        freqs_a: Float[Array, "batch frames n_a"],
        amps_b: Float[Array, "batch frames n_b"],
        freqs_b: Float[Array, "batch frames n_b"],
    ) -> Float[Array, ""]:
        """The loss of sinusoids a against sinusoids b.

        Parameters
        ----------
        amps_a, amps_b : amplitudes, >= 0.
        freqs_a, freqs_b : frequencies in Hz.

        Returns
        -------
        A scalar, same dtype.
        """
        xp = common_backend(amps_a=amps_a, freqs_a=freqs_a, amps_b=amps_b, freqs_b=freqs_b).xp
        total = xp.sum(xp.zeros_like(amps_a[:, :1, :1]))
        if self.weight_a > 0.0:
            total = total + self.weight_a * xp.mean(self.nll(amps_a, freqs_a, amps_b, freqs_b, self.scale_b))
        if self.weight_b > 0.0:
            total = total + self.weight_b * xp.mean(self.nll(amps_b, freqs_b, amps_a, freqs_a, self.scale_a))
        if self.weight_mean_amp > 0.0:
            difference = xp.mean(amps_a, axis=-1) - xp.mean(amps_b, axis=-1)
            total = total + self.weight_mean_amp * xp.mean(xp.abs(difference))
        return total

    @checked_with(wide=True)
    def nll(
        self,
        amps: Float[Array, "batch frames n"],
        freqs: Float[Array, "batch frames n"],
        amps_target: Float[Array, "batch frames n_target"],
        freqs_target: Float[Array, "batch frames n_target"],
        scale_target: float,
    ) -> Float[Array, "batch frames"]:
        """Negative log-likelihood of sinusoids, given those of a target, with kernels of `scale_target` semitones.

        Sinusoids count by their share of the amplitude, and the sum is divided by their number, as in the original.
        """
        xp = common_backend(amps=amps, freqs=freqs, amps_target=amps_target, freqs_target=freqs_target).xp
        if not scale_target > 0.0:
            raise ValueError(f"scale_target: got {scale_target}, expected more than 0")
        log_p = _log_density(freqs, amps_target, freqs_target, scale_target)
        return -xp.mean(log_p * core.safe_divide(amps, xp.sum(amps, axis=-1, keepdims=True)), axis=-1)


def _log_density(freqs: Array, amps: Array, centers: Array, scale: float) -> Array:
    """Log of the density at frequencies in Hz of Gaussians on others, [batch, frames, n]; in semitones."""
    xp = common_backend(freqs=freqs, amps=amps, centers=centers).xp
    amps = xp.where(amps < LEAST_AMP, xp.full_like(amps, LEAST_AMP), amps)
    log_shares = xp.log(amps) - xp.log(xp.sum(amps, axis=-1, keepdims=True))
    points, centers = (core.hz_to_midi(f) * (1.0 / scale) for f in (freqs, centers))
    distances = xp.expand_dims(points, axis=-1) - xp.expand_dims(centers, axis=-2)
    exponents = xp.expand_dims(log_shares, axis=-2) - 0.5 * distances * distances
    return log_sum_exp(exponents)[..., 0] - math.log(scale * math.sqrt(2.0 * math.pi))
