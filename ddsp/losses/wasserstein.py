"""How far the frequencies of sinusoids must move to become others: the Wasserstein distance."""

from __future__ import annotations

from dataclasses import dataclass

from .. import core
from ..extend import Array, Float, broadcasts_to, checked, checked_with, common_backend, rank
from ._loss import Loss

__all__ = ["WassersteinConsistencyLoss", "wasserstein_distance"]

#: Weights that sum to less are silence: they say nothing of where they lie.
LEAST_WEIGHT = 1e-7


@checked
def wasserstein_distance(
    u_values: Float[Array, "*batch n_u"],
    v_values: Float[Array, "*batch n_v"],
    u_weights: Float[Array, "*#batch #n_u"] | None = None,
    v_weights: Float[Array, "*#batch #n_v"] | None = None,
    p: float = 1.0,
) -> Float[Array, "*batch"]:
    """Distance of two weighted sets of points on a line: (integral of |U(x) - V(x)| ** p dx) ** (1 / p).

    U and V are the cumulative distributions of the sets. With p = 1 this is the Wasserstein distance, or earth mover's
    distance: how far the weight must be moved on the average. With p = 2 it is the energy distance, over sqrt(2).

    Parameters
    ----------
    u_values, v_values : the points, in any order and any unit.
    u_weights, v_weights : their weights, >= 0; equal ones if None. Only their ratios within a set matter.
    p : >= 1.

    Returns
    -------
    The distance of each pair of sets, same dtype. The gradient in the values does not vanish however far apart they
    are. A set whose weights sum to less than 1e-7 has distance 0 from any other, and no gradient.

    Raises
    ------
    ValueError : p below 1, or a different number of axes.

    Notes
    -----
    Sorts all n_u + n_v values. The original forgets to divide by the sums of the weights, and fails without weights.

    Ramdas, Garcia, Cuturi: On Wasserstein Two Sample Testing and Related Families of Nonparametric Tests (2017).

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
    # Met in order, each point of u raises U - V by its share, each of v lowers it: one sort does for both.
    values = xp.concat([u_values, v_values], axis=-1)
    order = xp.argsort(values, axis=-1)
    steps = xp.take_along_axis(xp.concat([u_shares, -v_shares], axis=-1), order, axis=-1)
    difference = xp.abs(xp.cumulative_sum(steps, axis=-1)[..., :-1])
    gaps = core.diff(xp.take_along_axis(values, order, axis=-1))
    integral = xp.sum(gaps * (difference if p == 1.0 else difference**p), axis=-1)
    counts = (integral > 0.0) & u_is_heard & v_is_heard
    distance = xp.where(counts, integral, xp.ones_like(integral))  # no root of 0
    distance = distance if p == 1.0 else distance ** (1.0 / p)
    return xp.where(counts, distance, xp.zeros_like(distance))


def _shares(xp: Array, values: Array, weights: Array | None) -> tuple[Array, Array]:
    """Weights with the sum 1, and whether there are any, [*batch]."""
    weights = xp.ones_like(values) if weights is None else weights + xp.zeros_like(values)
    total = xp.sum(weights, axis=-1, keepdims=True)
    is_heard = total > LEAST_WEIGHT
    return weights / xp.where(is_heard, total, xp.ones_like(total)), is_heard[..., 0]


@dataclass(frozen=True)
class WassersteinConsistencyLoss(Loss):
    """How far, on the average, the frequencies of sinusoids are from those of others, weighted by amplitude.

    The mean over all frames of the `wasserstein_distance` of their spectra. It compares where the sound lies, not how
    loud it is.

    Parameters
    ----------
    weight : factor of the loss.
    midi : measure in semitones, else in Hz.
    name : the key in `get_losses_dict`.

    Notes
    -----
    In the original amplitudes are not normalised, and `midi=False` always gives 0.

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
        """The loss of sinusoids a against sinusoids b.

        Parameters
        ----------
        amps_a, amps_b : amplitudes, >= 0. A frame in which either has none counts as 0.
        freqs_a, freqs_b : frequencies in Hz.

        Returns
        -------
        A scalar, same dtype, in semitones or Hz.
        """
        xp = common_backend(amps_a=amps_a, freqs_a=freqs_a, amps_b=amps_b, freqs_b=freqs_b).xp
        if self.midi:
            freqs_a, freqs_b = core.hz_to_midi(freqs_a), core.hz_to_midi(freqs_b)
        return self.weight * xp.mean(wasserstein_distance(freqs_a, freqs_b, amps_a, amps_b))
