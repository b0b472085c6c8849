"""Decoding of CREPE's 360 activations to a pitch: bins in cents, local average, Viterbi path."""

from __future__ import annotations

from math import log
from numbers import Real
from typing import Any, Final

import numpy as np

from .. import extend
from ..core.hidden_markov import best_path
from ..extend import Array, Float, Int, adapter_of, host_constant

__all__: list[str] = []

N_BINS: Final = 360
CENTS_PER_BIN: Final = 20.0
CENTS_OF_BIN_0: Final = 1997.3794084376191  # above 10 Hz; 31.70 Hz, a little below C1

#: Frames of 1024 samples whose root mean square is below this (-80 dB of full scale) are silent.
SILENCE_RMS: Final = 1e-4

# The hidden Markov model of the original: the pitch moves by up to 11 bins a frame with triangular weights, and jumps
# to any bin with a small probability. Observing the bin itself is 41 times as likely as observing any other.
_REACH = 11
_JUMP = 1e-5
_LOG_JUMP = log(_JUMP)
_LOG_OWN = log((0.1 + 0.9 / N_BINS) / (0.9 / N_BINS))


def cents_to_hz(cents: Float[Array, "*n"]) -> Float[Array, "*n"]:
    """Frequency in Hz of a pitch in cents above 10 Hz, CREPE's scale; same shape and dtype.

    Examples
    --------
    >>> import numpy as np
    >>> cents_to_hz(np.array([0.0, 1200.0]))
    array([10., 20.])
    """
    return 10.0 * adapter_of(cents).xp.exp(cents * (log(2.0) / 1200.0))


def bins_between(fmin: float | None, fmax: float | None) -> np.ndarray | None:
    """Mask of the bins between two frequencies in Hz, [360] booleans; None if both are None.

    Raises
    ------
    ValueError
        The limits are not positive and in order, or no bin lies between them.

    Examples
    --------
    >>> int(bins_between(440.0, 880.0).sum())
    60
    """
    if fmin is None and fmax is None:
        return None
    for name, value in (("fmin", fmin), ("fmax", fmax)):
        if value is not None and not isinstance(value, Real):
            raise ValueError(f"{name}: got {value!r}, expected a frequency in Hz or None")
    low, high = 0.0 if fmin is None else float(fmin), np.inf if fmax is None else float(fmax)
    frequencies = 10.0 * 2.0 ** ((CENTS_OF_BIN_0 + CENTS_PER_BIN * np.arange(N_BINS)) / 1200.0)
    bins = (frequencies >= low) & (frequencies <= high)
    if not 0.0 <= low < high or not bins.any():
        lowest, highest = frequencies[[0, -1]]
        raise ValueError(
            f"fmin, fmax: got {fmin!r} and {fmax!r}, expected fmin < fmax and at least one bin "
            f"of CREPE between them (20 cents apart, {lowest:.1f} to {highest:.0f} Hz)"
        )
    return bins


def audible_activations(
    activations: Float[Array, "*n 360"], power: Float[Array, "*n"], allowed: np.ndarray | None
) -> Float[Array, "*n 360"]:
    """Activations of frames with the given mean square: 0 in silence, and outside of the bins that are allowed.

    In silence the Viterbi path stays in its bin, and the confidence is 0.
    """
    b = adapter_of(activations)
    audible = b.xp.expand_dims(power >= SILENCE_RMS**2, axis=-1)
    if allowed is not None:
        audible = audible & b.constant(allowed, like=audible)
    return b.xp.where(audible, activations, b.xp.zeros_like(activations))


def clip_pitch(f0_hz: Float[Array, "*n"], fmin: float | None, fmax: float | None) -> Float[Array, "*n"]:
    """Pitch within its limits: in frames without activations the path may lie outside."""
    if fmin is None and fmax is None:
        return f0_hz
    low, high = (None if limit is None else float(limit) for limit in (fmin, fmax))
    return adapter_of(f0_hz).xp.clip(f0_hz, low, high)


def activations_to_f0_and_confidence(
    activations: Float[Array, "*n 360"], centers: Int[Array, "*n"] | None = None, symmetric: bool = False
) -> tuple[Float[Array, "*n"], Float[Array, "*n 1"]]:
    """Pitch and confidence of each frame: the average of the bins around a center, weighted by their activations.

    Parameters
    ----------
    activations
        Output of CREPE's classifier, in [0, 1], [..., 360].
    centers
        Bin around which to average, 0 ... 359, [...]; None for the largest activation.
    symmetric
        True: average over 4 bins to either side, and leave out those that do not exist, as CREPE does. False: as in the
        original, average over 4 bins below and 5 above, with the first or last bin in place of those that do not exist.
        That biases the pitch upwards (harmonic tones, tiny model: by 0.07 cents in the median, by 0.5 cents at most),
        and towards the first and last bin near them.

    Returns
    -------
    f0_hz : array
        [...] in Hz, 31.7 ... 2006, dtype of `activations`. The frequency of the center if all activations around it are
        0. Differentiable with respect to the activations, not to the centers.
    confidence : array
        [..., 1], the largest activation of the frame, with a last axis of size 1 as in the original.

    Raises
    ------
    ValueError
        The last axis of `activations` is not 360.

    Examples
    --------
    >>> import numpy as np
    >>> activations = np.zeros((1, 360))
    >>> activations[0, 228] = 0.9
    >>> f0_hz, confidence = activations_to_f0_and_confidence(activations)
    >>> float(np.round(f0_hz[0], 1)), float(confidence[0, 0])
    (441.5, 0.9)
    """
    b = extend.common_backend(activations=activations)
    xp = b.xp
    _check_bins(activations)
    confidence = xp.max(activations, axis=-1, keepdims=True)
    if centers is None:
        centers = xp.argmax(activations, axis=-1)
    offsets = b.constant(np.arange(-4, 5 if symmetric else 6), like=activations)
    bins = xp.expand_dims(xp.astype(centers, offsets.dtype), axis=-1) + offsets
    existing = xp.clip(bins, 0, N_BINS - 1)
    weights = xp.take_along_axis(activations, existing, axis=-1)
    if symmetric:
        weights = xp.where(bins == existing, weights, xp.zeros_like(weights))
    # Averaging offsets from the center keeps small differences in float32, and yields the center if all weights are 0.
    steps = xp.astype(existing - xp.expand_dims(xp.astype(centers, offsets.dtype), axis=-1), activations.dtype)
    total = xp.sum(weights, axis=-1)
    total = xp.where(total > 0.0, total, xp.ones_like(total))
    mean_bin = xp.astype(centers, activations.dtype) + xp.sum(weights * steps, axis=-1) / total
    return cents_to_hz(mean_bin * CENTS_PER_BIN + CENTS_OF_BIN_0), confidence


def viterbi_decode(acts: Float[Array, "batch frames 360"]) -> Int[Array, "batch frames"]:
    """Most likely path through the pitch bins: it follows the activations and avoids jumps.

    Parameters
    ----------
    acts
        Activations in [0, 1], [batch, frames, 360]. In a frame of zeros the path stays in its bin.

    Returns
    -------
    bins : array
        Bin of each frame, 0 ... 359, [batch, frames], in the backend's integer dtype for indices.

    Raises
    ------
    ValueError
        The shape is not [batch, frames, 360], or there are no frames.

    Notes
    -----
    The hidden Markov model of the original DDSP, which observes all activations; CREPE itself observes only the largest
    bin. The transition matrix is a band plus a constant, so a step takes 360 x 23 operations, not 360 x 360. In frames
    of zeros that model would drift to the lowest or highest bin, which have fewer neighbors to lose probability to, so
    here the path stays. Steps run one after another: without a compiler, long recordings take about 0.1 ms a frame in
    NumPy and up to ten times that in other backends.

    Examples
    --------
    >>> import numpy as np
    >>> acts = np.zeros((1, 4, 360))
    >>> acts[0, [0, 1, 2, 3], [100, 101, 300, 103]] = 0.9
    >>> viterbi_decode(acts)
    array([[100, 101, 102, 103]])
    """
    b = extend.common_backend(acts=acts)
    xp = b.xp
    extend.rank("acts", acts, 3, "[batch, frames, 360]")
    _check_bins(acts)
    if acts.shape[1] == 0:
        raise ValueError(f"acts: got shape {tuple(acts.shape)}, expected at least one frame")
    acts = b.stop_gradient(acts)
    evidence, heard = path_evidence(xp.permute_dims(acts, (1, 0, 2)))
    return best_path(advance_path, evidence[0, ...], (evidence[1:, ...], heard[1:, ...]))


def path_evidence(acts: Array) -> tuple[Array, Array]:
    """Log-likelihood of each bin, up to a constant, and whether a frame has any activation, [..., 360] and [..., 1]."""
    evidence = acts * _LOG_OWN
    return evidence, adapter_of(acts).xp.max(evidence, axis=-1, keepdims=True) > 0.0


def advance_path(score: Array, frame: tuple[Array, Array]) -> tuple[Array, Array]:
    """Advance by one frame: scores of the best paths that end in each bin [batch, 360], and the bins they come from."""
    evidence, heard = frame
    b = adapter_of(score)
    xp = b.xp
    bins, neighbors, log_band, log_norm = (b.constant(c, like=score) for c in _transitions())
    leaving = score - log_norm
    # Scores relative to the best stay near 0, where float32 is precise, and a jump always has the same score.
    relative = leaving - xp.max(leaving, axis=-1, keepdims=True)
    near = xp.reshape(xp.take(relative, neighbors, axis=-1), (-1, *log_band.shape)) + log_band
    best = xp.max(near, axis=1)
    origin = xp.astype(xp.argmax(near, axis=1), bins.dtype, copy=False) + (bins - _REACH)
    jump = xp.astype(xp.argmax(leaving, axis=-1, keepdims=True), bins.dtype, copy=False)
    origin = xp.where(heard, xp.where(best < _LOG_JUMP, jump, origin), bins)
    score = xp.where(heard, xp.clip(best, _LOG_JUMP, None) + evidence, score)
    return score, origin


@host_constant
def _transitions() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Bins [360]; neighbors of each, flat [23 * 360]; log weights of the moves [23, 360]; log of their sums [360].

    A move from outside of the 360 bins has the weight 0; its neighbor is an arbitrary existing bin.
    """
    bins = np.arange(N_BINS)
    neighbors = bins + np.arange(-_REACH, _REACH + 1)[:, np.newaxis]
    weights = np.broadcast_to(_REACH + 1.0 - np.abs(neighbors - bins), neighbors.shape)
    exists = (neighbors >= 0) & (neighbors < N_BINS)
    log_band = np.where(exists, np.log(weights), -1e9)
    sums = np.sum(np.maximum(_REACH + 1.0 - np.abs(bins[:, np.newaxis] - bins), _JUMP), axis=1)
    return bins, np.clip(neighbors, 0, N_BINS - 1).ravel(), log_band, np.log(sums)


def _check_bins(activations: Any) -> None:
    if not activations.shape or activations.shape[-1] != N_BINS:
        raise ValueError(f"activations: got shape {tuple(activations.shape)}, expected a last axis of {N_BINS} bins")
