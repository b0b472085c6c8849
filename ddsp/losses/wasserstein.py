"""Wasserstein distance between the frequencies of two sets of sinusoids."""

from __future__ import annotations

from dataclasses import dataclass

from .. import core
from ..extend import Array, Float, broadcasts_to, checked, checked_with, common_backend, rank
from ._loss import Loss

__all__ = ["WassersteinConsistencyLoss", "wasserstein_distance"]

#: Sets whose weights sum to less are silent and have no defined position.
LEAST_WEIGHT = 1e-7


@checked
def wasserstein_distance(
    u_values: Float[Array, "*batch n_u"],
    v_values: Float[Array, "*batch n_v"],
    u_weights: Float[Array, "*#batch #n_u"] | None = None,
    v_weights: Float[Array, "*#batch #n_v"] | None = None,
    p: float = 1.0,
) -> Float[Array, "*batch"]:
    r"""Wasserstein distance between two weighted sets of points on a line.

    $$\left( \int |U(x) - V(x)|^p \, dx \right)^{1/p}$$

    U and V are the cumulative distributions of the sets. With p = 1 this is the Wasserstein distance, or earth mover's
    distance: the average distance that the weight must be moved. With p = 2 it is the energy distance divided by
    sqrt(2). (Ramdas, Garcia, Cuturi, 2017, "On Wasserstein Two Sample Testing and Related Families of Nonparametric
    Tests".)

    ![Losses as functions of the frequency error of a sinusoid](../figures/landscapes.png)

    Parameters
    ----------
    u_values, v_values
        Points, in any order and any unit, [*batch, n_u] and [*batch, n_v].
    u_weights, v_weights
        Weights of the points, >= 0; None for equal weights. Only their ratios within a set matter.
    p
        Exponent, >= 1.

    Returns
    -------
    distance : array
        [*batch], dtype of the inputs. The gradient with respect to the values does not vanish for distant sets. A set
        whose weights sum to less than 1e-7 has distance 0 from any other, and no gradient.

    Raises
    ------
    ValueError
        `p` below 1, a different number of axes, or weights that do not broadcast to their values.

    See Also
    --------
    WassersteinConsistencyLoss : The mean of this distance over frames.

    Notes
    -----
    The values are sorted, n_u + n_v at once. The original does not divide by the sums of the weights, and fails without
    weights.

    Examples
    --------
    >>> import numpy as np
    >>> float(wasserstein_distance(np.asarray([0.0, 1.0, 3.0]), np.asarray([8.0, 5.0, 6.0])))
    5.0
    """
    xp = common_backend(u_values=u_values, v_values=v_values, u_weights=u_weights, v_weights=v_weights).xp
    rank("v_values", v_values, len(u_values.shape), f"as many axes as u_values of shape {tuple(u_values.shape)}")
    broadcasts_to("u_weights", u_weights, tuple(u_values.shape), "u_values")
    broadcasts_to("v_weights", v_weights, tuple(v_values.shape), "v_values")
    if p < 1.0:
        raise ValueError(f"p: got {p}, expected at least 1")
    u_shares, u_is_heard = _shares(xp, u_values, u_weights)
    v_shares, v_is_heard = _shares(xp, v_values, v_weights)
    # In sorted order each point of u raises U - V by its share and each point of v lowers it, so one sort is enough.
    values = xp.concat([u_values, v_values], axis=-1)
    order = xp.argsort(values, axis=-1)
    steps = xp.take_along_axis(xp.concat([u_shares, -v_shares], axis=-1), order, axis=-1)
    difference = xp.abs(xp.cumulative_sum(steps, axis=-1)[..., :-1])
    gaps = core.diff(xp.take_along_axis(values, order, axis=-1))
    integral = xp.sum(gaps * (difference if p == 1.0 else difference**p), axis=-1)
    counts = (integral > 0.0) & u_is_heard & v_is_heard
    distance = xp.where(counts, integral, xp.ones_like(integral))  # the root has an infinite gradient at 0
    distance = distance if p == 1.0 else distance ** (1.0 / p)
    return xp.where(counts, distance, xp.zeros_like(distance))


def _shares(xp: Array, values: Array, weights: Array | None) -> tuple[Array, Array]:
    """Weights normalized to the sum 1, and which sets have any weight, [*batch]."""
    weights = xp.ones_like(values) if weights is None else weights + xp.zeros_like(values)
    total = xp.sum(weights, axis=-1, keepdims=True)
    is_heard = total > LEAST_WEIGHT
    return weights / xp.where(is_heard, total, xp.ones_like(total)), is_heard[..., 0]


@dataclass(frozen=True)
class WassersteinConsistencyLoss(Loss):
    """Mean Wasserstein distance between two sets of sinusoids, weighted by amplitude.

    The `wasserstein_distance` between the frequencies in each frame, averaged over batch and frames. It compares the
    distribution over frequency and does not depend on the overall level.

    ![Losses as functions of the frequency error of a sinusoid](../figures/landscapes.png)

    Parameters
    ----------
    weight
        Factor of the loss.
    midi
        If True, distances are in semitones, otherwise in Hz.
    name
        Key in `get_losses_dict`.

    See Also
    --------
    wasserstein_distance : The distance as a function.
    KDEConsistencyLoss : Likelihoods of two sets of sinusoids.

    Notes
    -----
    In the original amplitudes are not normalized, and `midi=False` always gives 0.

    Examples
    --------
    >>> import numpy as np
    >>> one = np.ones((1, 2, 1))
    >>> round(float(WassersteinConsistencyLoss()(one, 880.0 * one, 0.1 * one, 440.0 * one)), 6)
    12.0
    """

    weight: float = 1.0
    midi: bool = True
    name: str = "wasserstein_consistency_loss"

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
            Amplitudes, >= 0, [batch, frames, n_a] and [batch, frames, n_b]. A frame in which either set is silent
            counts as 0.
        freqs_a, freqs_b
            Frequencies in Hz, of the same shapes.

        Returns
        -------
        loss : array
            Scalar, dtype of the inputs, in semitones or Hz.
        """
        xp = common_backend(amps_a=amps_a, freqs_a=freqs_a, amps_b=amps_b, freqs_b=freqs_b).xp
        if self.midi:
            freqs_a, freqs_b = core.hz_to_midi(freqs_a), core.hz_to_midi(freqs_b)
        return self.weight * xp.mean(wasserstein_distance(freqs_a, freqs_b, amps_a, amps_b))
