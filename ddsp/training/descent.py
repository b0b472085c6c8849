"""Gradient descent on a loss over a dict of arrays."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..extend import Adapter, Array, common_backend
from .adam import Adam, AdamState, Params, cosine_schedule

__all__ = ["gradient_step", "minimize"]

OnStep = Callable[[float], None]


def gradient_step(backend: Adapter, loss: Callable[..., Array], optimizer: Adam, compiled: bool = False) -> Callable:
    """Make a step of gradient descent, as a function of arrays that a compiler accepts.

    Parameters
    ----------
    backend
        Adapter of the arrays, `ddsp.extend.adapter_of(array)`.
    loss
        Function `loss(params, *data)` to a scalar.
    optimizer
        Update rule.
    compiled
        If True, compile with the compiler of the backend.

    Returns
    -------
    step : function
        Function `step(params, state, step_size, *data) -> (loss, params, state)`, with the loss before the step.

    See Also
    --------
    minimize : Takes many steps.
    """
    value_and_grad = backend.value_and_grad(loss)

    def step(params: Params, state: AdamState, step_size: Array, *data: Array) -> tuple[Array, Params, AdamState]:
        value, grads = value_and_grad(params, *data)
        return value, *optimizer.update(params, grads, state, step_size)

    return backend.jit(step) if compiled else step


def minimize(
    loss: Callable[..., Array],
    params: Params,
    *data: Array,
    steps: int = 100,
    learning_rate: float = 0.01,
    optimizer: Adam | None = None,
    on_step: OnStep | None = None,
    compiled: bool = False,
) -> Params:
    """Minimize a loss over a dict of arrays by gradient descent, with the same lines for every framework.

    Parameters
    ----------
    loss
        Function `loss(params, *data)` to a scalar, made of differentiable functions.
    params
        Initial arrays by name, of a backend with gradients.
    *data
        Other arrays of the loss. They have no gradient, and a compiled step takes them as arguments, not as constants.
    steps
        Number of steps.
    learning_rate
        Approximate change of a parameter in a step, at most. It rises over 10 steps and falls along half a cosine.
    optimizer
        Update rule; None for `Adam(cosine_schedule(learning_rate, steps))`.
    on_step
        Function that is called with the loss before each step.
    compiled
        If True, compile the step with the compiler of the backend, which pays after many steps.

    Returns
    -------
    params : dict
        The parameters after the last step. The initial arrays are unchanged.

    Raises
    ------
    RuntimeError
        The backend has no gradients.

    See Also
    --------
    refine : Minimizes over the controls of a recording.
    """
    backend = common_backend(**params)
    optimizer = Adam(cosine_schedule(learning_rate, steps)) if optimizer is None else optimizer
    step = gradient_step(backend, loss, optimizer, compiled)
    return descend(step, params, *data, steps=steps, optimizer=optimizer, on_step=on_step)


def descend(
    step: Callable, params: Params, *data: Array, steps: int, optimizer: Adam, on_step: OnStep | None = None
) -> Params:
    """Take steps made by `gradient_step`; see `minimize`."""
    like = next(iter(params.values()))
    backend, state = common_backend(**params), optimizer.init(params)
    for count in range(steps):
        size = backend.constant(np.asarray(optimizer.step_size(count)), like)  # a number would compile anew
        loss, params, state = step(params, state, size, *data)
        if on_step is not None:
            on_step(float(loss))
    return params
