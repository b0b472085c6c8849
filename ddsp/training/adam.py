"""Adam over a dict of arrays, the same lines for every backend.

Each framework has an optimizer of its own for its own kind of parameters. This one runs in a compiled step of any
framework.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from ..extend import Array, adapter_of

__all__ = ["Adam", "AdamState", "cosine_schedule"]

Params = dict[str, Array]


class AdamState(NamedTuple):
    """Running means of the gradients and of their squares, by the names of the parameters.

    Attributes
    ----------
    mean
        Running mean of the gradients.
    square
        Running mean of the squared gradients.

    See Also
    --------
    Adam : Makes and updates the state.
    """

    mean: Params
    square: Params


@dataclass(frozen=True)
class Adam:
    r"""Adam (Kingma and Ba, 2015, arXiv:1412.6980) over a dict of arrays of any backend.

    $$m \leftarrow \beta_1 m + (1 - \beta_1) g, \quad v \leftarrow \beta_2 v + (1 - \beta_2) g^2$$

    $$\theta \leftarrow \theta - \alpha_t \frac{m}{\sqrt{v} + \epsilon},
    \quad \alpha_t = \alpha \frac{\sqrt{1 - \beta_2^t}}{1 - \beta_1^t}$$

    This is the form at the end of section 2 of the paper. The step size alpha_t is computed on the host and passed to
    `update`, so one compiled step is valid for all t.

    Parameters
    ----------
    learning_rate
        The rate alpha, or a function from the number of completed steps to alpha.
    beta_1
        Decay of the mean of the gradients, in [0, 1).
    beta_2
        Decay of the mean of their squares, in [0, 1).
    epsilon
        Added to the root of the mean square, > 0.

    See Also
    --------
    minimize : Runs it.
    cosine_schedule : A learning rate that falls.

    Examples
    --------
    >>> import numpy as np
    >>> adam, params = Adam(learning_rate=0.1), {"x": np.asarray([1.0])}
    >>> state = adam.init(params)
    >>> params, state = adam.update(params, {"x": np.asarray([5.0])}, state, adam.step_size(0))
    >>> params["x"].round(6)
    array([0.9])
    """

    learning_rate: float | Callable[[int], float] = 1e-3
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-8

    def init(self, params: Params) -> AdamState:
        """State before the first step: zeros.

        Parameters
        ----------
        params
            Arrays by name.

        Returns
        -------
        state : AdamState
            Zeros in the shapes of the parameters.
        """
        zeros = [{name: adapter_of(x).xp.zeros_like(x) for name, x in params.items()} for _ in range(2)]
        return AdamState(*zeros)

    def step_size(self, count: int) -> float:
        """Step size alpha_t of step t = count + 1: the learning rate, corrected for the bias of both means.

        Parameters
        ----------
        count
            Number of completed steps.

        Returns
        -------
        step_size : float
            The step size.
        """
        rate = self.learning_rate(count) if callable(self.learning_rate) else self.learning_rate
        return rate * (math.sqrt(1.0 - self.beta_2 ** (count + 1)) / (1.0 - self.beta_1 ** (count + 1)))

    def update(
        self, params: Params, grads: Params, state: AdamState, step_size: Array | float
    ) -> tuple[Params, AdamState]:
        """Take a step against the gradients.

        Parameters
        ----------
        params
            Arrays by name.
        grads
            Gradients by name.
        state
            State of `init` or of the previous step.
        step_size
            Step size of `step_size`, a number or an array without axes.

        Returns
        -------
        params : dict
            The new arrays by name.
        state : AdamState
            The new state.
        """
        new_params, new_state = {}, AdamState({}, {})
        for name, g in grads.items():
            mean = self.beta_1 * state.mean[name] + (1.0 - self.beta_1) * g
            square = self.beta_2 * state.square[name] + (1.0 - self.beta_2) * (g * g)
            new_params[name] = params[name] - step_size * mean / (adapter_of(g).xp.sqrt(square) + self.epsilon)
            new_state.mean[name], new_state.square[name] = mean, square
        return new_params, new_state


def cosine_schedule(learning_rate: float, steps: int, warm_up: int = 10, last: float = 0.02) -> Callable[[int], float]:
    """Learning rate that rises linearly over the first steps and falls along half a cosine.

    ![Learning rate of cosine_schedule over 200 steps](../figures/learning_rate.png)

    Parameters
    ----------
    learning_rate
        The rate at the start of the cosine.
    steps
        Total number of steps.
    warm_up
        Number of steps of the rise, >= 1.
    last
        The rate at the end, relative to `learning_rate`.

    Returns
    -------
    schedule : function
        Function from the number of completed steps to the learning rate, for `Adam(learning_rate=schedule)`.

    See Also
    --------
    Adam : Takes the schedule.

    Examples
    --------
    >>> schedule = cosine_schedule(0.1, steps=100, warm_up=2)
    >>> [round(schedule(count), 4) for count in (0, 1, 50, 99)]
    [0.05, 0.1, 0.051, 0.002]
    """

    def schedule(count: int) -> float:
        rise = min((count + 1) / warm_up, 1.0)
        fall = last + (1.0 - last) * 0.5 * (1.0 + math.cos(math.pi * count / steps))
        return learning_rate * rise * fall

    return schedule
