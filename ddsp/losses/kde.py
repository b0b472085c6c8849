"""Likelihood of one sound's sinusoids under a kernel density estimate of another's."""

from __future__ import annotations

import math
from dataclasses import dataclass

from .. import core
from ..core.hidden_markov import log_sum_exp
from ..extend import Array, Float, checked_with, common_backend
from ._loss import Loss

__all__ = ["KDEConsistencyLoss"]

#: Smallest weight of a kernel, so that sinusoids of amplitude 0, and thus silence, have a density too.
LEAST_AMP = 1e-7


@dataclass(frozen=True)
class KDEConsistencyLoss(Loss):
    r"""Negative log-likelihood of each of two sets of sinusoids under a kernel density estimate of the other.

    $$p(f \mid b) = \sum_j \frac{a_j}{\sum_k a_k} \, \mathcal{N}(f; f_j, \sigma^2)$$

    The density has a Gaussian at each sinusoid j of b, weighted by its share of the amplitude; frequencies are in
    semitones. The loss adds both directions, which is close to the Jeffreys divergence, and the difference of mean
    amplitudes, on which the likelihoods do not depend.

    ![Kernel density of three sinusoids at two scales, and -log p of one sinusoid](../figures/density.png)

    Parameters
    ----------
    weight_a
        Factor of -log p(a | b).
    weight_b
        Factor of -log p(b | a).
    weight_mean_amp
        Factor of the mean absolute difference of each frame's mean amplitude.
    scale_a, scale_b
        Standard deviations of the Gaussians at the sinusoids of a and of b, in semitones, > 0.
    name
        Key in `get_losses_dict`.

    Raises
    ------
    ValueError
        A scale of 0 or below.

    See Also
    --------
    WassersteinConsistencyLoss : A distance whose gradient does not vanish for distant frequencies.
    TWMLoss : Sinusoids against the harmonics of a fundamental.

    Notes
    -----
    The original replaces amplitudes of exactly 0 by 1e-7. Here all amplitudes below 1e-7 are replaced, because an
    amplitude of 1e-30 would have a gradient of 1e30. Memory: a few arrays of batch x frames x n_a x n_b numbers.

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
        """Compute the loss between sinusoids a and sinusoids b.

        Parameters
        ----------
        amps_a, amps_b
            Amplitudes, >= 0, [batch, frames, n_a] and [batch, frames, n_b].
        freqs_a, freqs_b
            Frequencies in Hz, of the same shapes.

        Returns
        -------
        loss : array
            Scalar, dtype of the inputs.
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
        """Negative log-likelihood of sinusoids under the kernel density estimate of target sinusoids.

        The log-density at each sinusoid is weighted by its share of the amplitude. The sum is divided by the number of
        sinusoids, as in the original.

        Parameters
        ----------
        amps, freqs
            Amplitudes, and frequencies in Hz, [batch, frames, n].
        amps_target, freqs_target
            Amplitudes, and frequencies in Hz, of the target, [batch, frames, n_target].
        scale_target
            Standard deviation of the Gaussians at the target's sinusoids, in semitones, > 0.

        Returns
        -------
        nll : array
            [batch, frames], dtype of the inputs.

        Raises
        ------
        ValueError
            `scale_target` of 0 or below.
        """
        xp = common_backend(amps=amps, freqs=freqs, amps_target=amps_target, freqs_target=freqs_target).xp
        if not scale_target > 0.0:
            raise ValueError(f"scale_target: got {scale_target}, expected more than 0")
        log_p = _log_density(freqs, amps_target, freqs_target, scale_target)
        return -xp.mean(log_p * core.safe_divide(amps, xp.sum(amps, axis=-1, keepdims=True)), axis=-1)


def _log_density(freqs: Array, amps: Array, centers: Array, scale: float) -> Array:
    """Log-density at frequencies in Hz of a mixture of Gaussians (in semitones) at `centers`, [batch, frames, n]."""
    xp = common_backend(freqs=freqs, amps=amps, centers=centers).xp
    amps = xp.where(amps < LEAST_AMP, xp.full_like(amps, LEAST_AMP), amps)
    log_shares = xp.log(amps) - xp.log(xp.sum(amps, axis=-1, keepdims=True))
    points, centers = (core.hz_to_midi(f) * (1.0 / scale) for f in (freqs, centers))
    distances = xp.expand_dims(points, axis=-1) - xp.expand_dims(centers, axis=-2)
    exponents = xp.expand_dims(log_shares, axis=-2) - 0.5 * distances * distances
    return log_sum_exp(exponents)[..., 0] - math.log(scale * math.sqrt(2.0 * math.pi))
