"""Hidden Markov models that mostly hold their state: log-likelihood and most likely states."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from ..extend import Array, Float, Int, adapter_of, axis_size, checked, common_backend

__all__ = ["hmm_log_likelihood", "hmm_viterbi"]


def log_sum_exp(x: Float[Array, ...], axis: int = -1) -> Float[Array, ...]:
    """log(sum(exp(x))) along an axis, which keeps size 1. The largest term is factored out, so nothing overflows."""
    backend = common_backend(x=x)
    xp = backend.xp
    largest = backend.stop_gradient(xp.max(x, axis=axis, keepdims=True))
    return xp.log(xp.sum(xp.exp(x - largest), axis=axis, keepdims=True)) + largest


@checked
def hmm_log_likelihood(log_observations: Float[Array, "batch frames states"], hold: float) -> Float[Array, " batch"]:
    """Log-likelihood of observations under a hidden Markov model that mostly holds its state.

    The initial distribution is uniform. From frame to frame the model keeps its state with probability `hold` and moves
    to each of the other n - 1 states with probability (1 - hold) / (n - 1). The forward algorithm (Rabiner, 1989) then
    takes n operations a frame instead of n ** 2. It is computed in logarithms and as a filter: each frame adds log
    p(observation | earlier observations), so long recordings lose no precision.

    Parameters
    ----------
    log_observations
        The values log p(observation | state) of each frame, [batch, frames, states]; any finite numbers.
    hold
        Probability of keeping the state, from 1 / states to below 1.

    Returns
    -------
    log_likelihood : array
        The values log p(observations), [batch], dtype of the input. The gradient with respect to the observations is
        the probability of each state given all frames.

    Raises
    ------
    ValueError
        Fewer than two states, no frames, or `hold` out of range.

    See Also
    --------
    hmm_viterbi : The most likely states.
    ddsp.losses.HmmTranscriber : A model of melodies.

    Examples
    --------
    >>> import numpy as np
    >>> p = np.asarray([[[0.9, 0.2], [0.1, 0.5]]])  # two frames, two states
    >>> np.exp(hmm_log_likelihood(np.log(p), hold=0.75)).round(6)  # 0.5 * (0.9 * 0.2 + 0.2 * 0.4)
    array([0.13])
    """
    backend = common_backend(log_observations=log_observations)
    xp = backend.xp
    move = _move_probability(log_observations, hold)

    def step(predicted: Array, evidence: Array) -> tuple[Array, Array]:
        joint = predicted + evidence
        total = log_sum_exp(joint)
        known = xp.exp(joint - total)
        return xp.log(move + (hold - move) * known), total[:, 0]

    # A step from the uniform distribution leads to the uniform distribution, so the first frame needs no special case.
    uniform = xp.full_like(log_observations[:, 0, :], -math.log(axis_size(log_observations, 2)))
    _, frames = backend.scan(step, uniform, xp.permute_dims(log_observations, (1, 0, 2)))
    return xp.sum(frames, axis=0)


@checked
def hmm_viterbi(log_observations: Float[Array, "batch frames states"], hold: float) -> Int[Array, "batch frames"]:
    """Most likely states of the hidden Markov model of `hmm_log_likelihood` (Viterbi's algorithm).

    ![Noisy pitch and amplitude of a melody, and its most likely notes](../figures/viterbi.png)

    Parameters
    ----------
    log_observations
        The values log p(observation | state) of each frame, [batch, frames, states]; any finite numbers.
    hold
        Probability of keeping the state, from 1 / states to below 1.

    Returns
    -------
    states : array
        State of each frame, 0 ... states - 1, on the path that is most likely as a whole, [batch, frames], in the
        backend's integer dtype for indices. There is no gradient.

    Raises
    ------
    ValueError
        Fewer than two states, no frames, or `hold` out of range.

    See Also
    --------
    hmm_log_likelihood : The likelihood of all paths.
    ddsp.losses.HmmTranscriber : A model of melodies.

    Examples
    --------
    >>> import numpy as np
    >>> p = np.asarray([[0.9, 0.8, 0.4, 0.8, 0.1, 0.1, 0.1]])  # of state 1; frame 2 is no reason to move
    >>> hmm_viterbi(np.log(np.stack([1.0 - p, p], axis=-1)), hold=0.9)
    array([[1, 1, 1, 1, 0, 0, 0]])
    """
    backend = common_backend(log_observations=log_observations)
    xp = backend.xp
    move = _move_probability(log_observations, hold)
    log_hold, log_move = math.log(hold), math.log(move)
    n_states = axis_size(log_observations, 2)

    def step(score: Array, evidence: Array) -> tuple[Array, Array]:
        states = backend.constant(np.arange(n_states), like=score)
        staying = score + log_hold
        moving = xp.max(score, axis=-1, keepdims=True) + log_move
        best_state = xp.astype(xp.argmax(score, axis=-1, keepdims=True), states.dtype, copy=False)
        origin = xp.where(staying < moving, best_state, states)
        score = xp.where(staying < moving, moving, staying) + evidence
        # Scores relative to the best stay near 0, where float32 is precise.
        return score - xp.max(score, axis=-1, keepdims=True), origin

    evidence = xp.permute_dims(backend.stop_gradient(log_observations), (1, 0, 2))
    return best_path(step, evidence[0, ...], evidence[1:, ...])


def best_path(step: Callable, score: Array, frames: Array | tuple[Array, ...]) -> Int[Array, "batch frames"]:
    """Viterbi's algorithm for the step function of a model.

    Parameters
    ----------
    step
        `step(score, frame) -> (score, origin)` advances by one frame: scores [batch, states] of the best paths that end
        in each state, and the states [batch, states] that they come from.
    score
        Scores of the first frame, [batch, states].
    frames
        The later frames as `step` takes them, along the leading axis.

    Returns
    -------
    path : array
        State of each frame, [batch, frames].
    """
    backend = adapter_of(score)
    xp = backend.xp
    if axis_size(frames[0] if isinstance(frames, tuple) else frames, 0) == 0:
        return xp.argmax(score, axis=-1, keepdims=True)
    score, origins = backend.scan(step, score, frames)
    last = xp.astype(xp.argmax(score, axis=-1, keepdims=True), origins.dtype)
    _, path = backend.scan(_step_back, last, xp.flip(origins, axis=0))
    path = xp.concat([xp.flip(path, axis=0), xp.expand_dims(last, axis=0)], axis=0)
    return xp.permute_dims(xp.squeeze(path, axis=-1), (1, 0))


def _step_back(place: Array, origins: Array) -> tuple[Array, Array]:
    """Go back by one frame: the state [batch, 1] that the path came from."""
    place = adapter_of(origins).xp.take_along_axis(origins, place, axis=-1)
    return place, place + 0  # a copy, because torch.compile's scan refuses to return an array twice


def _move_probability(log_observations: Array, hold: float) -> float:
    """Probability of moving to one other state; checks the arguments."""
    n_frames, n_states = axis_size(log_observations, 1), axis_size(log_observations, 2)
    if n_frames < 1 or n_states < 2:
        shape = tuple(log_observations.shape)
        raise ValueError(f"log_observations: got shape {shape}, expected at least one frame and two states")
    if not 1.0 / n_states <= hold < 1.0:
        raise ValueError(f"hold: got {hold!r}, expected a probability from 1 / {n_states} (states) to below 1")
    return (1.0 - hold) / (n_states - 1)
