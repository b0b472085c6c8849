"""Pitch by CREPE from the past alone: the windows of a stream, and the forward pass of the Viterbi algorithm.

CREPE estimates the pitch at every few hops. Which hops of a step these are depends on how many there were before, a
number that compilers do not know. A step therefore has as many *slots* as it can have estimates, and a slot may be
empty. Where numbers can be read there are no empty slots.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from .. import design
from ..core.framing import frame_step, frames_late, init_framing
from ..core.rates import resample_audio
from ..core.streaming import State, example_array, integer_zeros, zeros
from ..extend import Adapter, Array, Float, adapter_of, axis_size, promote_half
from .decoding import (
    N_BINS,
    activations_to_f0_and_confidence,
    advance_path,
    audible_activations,
    bins_between,
    clip_pitch,
    path_evidence,
)
from .network import FRAME_SIZE, SAMPLE_RATE, network

__all__: list[str] = []

#: A change of pitch by more than this ratio between two estimates (a semitone) is a jump.
JUMP = 2.0 ** (1.0 / 12.0)


class CausalPitch(NamedTuple):
    """Settings of a stream of pitches, as those of `ddsp.streaming.CrepePitch`."""

    sample_rate: float
    hop_size: int
    model_capacity: str
    every: int
    lag: int
    glide: bool
    fmin: float | None
    fmax: float | None

    @property
    def reach(self) -> tuple[int, int]:
        """Samples of a window before and from the center on: 64 ms, and what the conversion to 16 kHz needs.

        The first number is a multiple of those after which the weights of the conversion repeat, so that a sample at 16
        kHz is at the center.
        """
        up, down = design.ratio(SAMPLE_RATE, self.sample_rate)
        half = 0 if up == down else -(-design.HALF_WIDTH * max(up, down) // up)
        before = -(-FRAME_SIZE // 2 * down // up) + half
        return -(-before // down) * down, -(-(FRAME_SIZE // 2 - 1) * down // up) + half + 1

    @property
    def late(self) -> int:
        """Hops by which frames are late."""
        return frames_late(self.reach[1], self.hop_size) + self.lag * self.every


def init_pitch(batch: int, like: Any, settings: CausalPitch) -> State:
    """State of `pitch_step` before the first hop.

    Returns
    -------
    state : dict
        At least float32, with the state of `frame_step`: `place`, the number of hops from the last estimate on, modulo
        `every`; `path`, scores of the bins, whether there was an estimate, and what the last `lag` estimates need to
        be decoded; `recent`, logarithm of the pitch, confidence and existence of the last two estimates, [batch, 2, 3].
    """
    like = promote_half(adapter_of(example_array(like)).xp, example_array(like))
    lag, late = settings.lag, frames_late(settings.reach[1], settings.hop_size)
    path = {
        "score": zeros((batch, N_BINS), like),
        "begun": zeros((batch, 1), like),
        "origins": integer_zeros((batch, lag, N_BINS), like),
        "activations": zeros((batch, lag, N_BINS), like),
        "there": zeros((batch, lag), like),
    }
    place = integer_zeros((batch, 1), like) + (-late) % settings.every
    framing = init_framing(batch, like, *settings.reach, settings.hop_size)
    return framing | {"place": place, "path": path, "recent": zeros((batch, 2, 3), like)}


def pitch_step(state: State, audio: Float[Array, "batch time"], settings: CausalPitch) -> tuple[Array, Array, State]:
    """Pitch and confidence of the next hops, from all samples before them and `late` hops after them.

    Parameters
    ----------
    state
        State of `init_pitch` or of the previous step.
    audio
        The next samples, [batch, k * hop_size], k >= 1.
    settings
        Settings.

    Returns
    -------
    f0_hz, confidence : array
        [batch, k, 1]; zeros for the frames before the start.
    state : dict
        State for the samples that follow.
    """
    backend, every = adapter_of(audio), settings.every
    xp = backend.xp
    samples, started, framing = frame_step(state, promote_half(xp, audio), settings.hop_size)
    n_hops = axis_size(started, 1)
    first, n_slots = _hops_to_estimate(backend, state["place"], n_hops, every)
    found, path = state["recent"], state["path"]
    if n_slots:
        slots = backend.constant(design.integers(n_slots), samples) * every + first
        windows, there = _windows(samples, started, slots, settings)
        path, estimates = backend.scan(_estimate(settings), path, (windows, there))
        found = xp.concat([found, xp.permute_dims(estimates, (1, 0, 2))], axis=1)
    f0_hz, confidence, recent = _between(found, first, n_hops, settings)
    place = (state["place"] + n_hops) % every
    return f0_hz, confidence, {**state, **framing, "place": place, "path": path, "recent": recent}


def _hops_to_estimate(backend: Adapter, place: Array, n_hops: int, every: int) -> tuple[Any, int]:
    """Hops before the first estimate of a step, and the number of slots for estimates."""
    place = backend.xp.sum(place[:1, 0])  # the same for the whole batch
    known = backend.concrete_nonzero(backend.constant(np.arange(every, dtype=np.int32), place) == place)
    if known is None:
        return backend.xp.astype((every - place) % every, backend.constant(design.integers(1), place).dtype), -(
            -n_hops // every
        )
    first = -int(known[0]) % every
    return first, -(-(n_hops - first) // every)


def _windows(samples: Array, started: Array, slots: Array, settings: CausalPitch) -> tuple[Array, Array]:
    """Windows of the slots, [slots, batch, size], and whether there is an estimate, [slots, batch]."""
    backend, (n_slots,) = adapter_of(samples), slots.shape
    xp, n_hops, size = backend.xp, axis_size(started, 1), sum(settings.reach)
    hops = xp.clip(slots, 0, n_hops - 1)
    places = hops[:, None] * settings.hop_size + backend.constant(design.integers(size), samples)
    windows = xp.reshape(xp.take(samples, xp.reshape(places, (-1,)), axis=1), (-1, n_slots, size))
    there = xp.take(started, hops, axis=1) * xp.astype(slots < n_hops, started.dtype)
    return xp.permute_dims(windows, (1, 0, 2)), xp.permute_dims(there, (1, 0))


@cache
def _estimate(settings: CausalPitch) -> Callable:
    """Step of `scan` from a path and a window to the path after it and the estimate that is then decided.

    Cached, because JAX without jit compiles each new function object again.
    """
    allowed, (before, _) = bins_between(settings.fmin, settings.fmax), settings.reach
    up, down = design.ratio(SAMPLE_RATE, settings.sample_rate)
    center = before * up // down

    def activations_of(window: Array) -> Array:
        frames = resample_audio(window, settings.sample_rate, SAMPLE_RATE)
        frames = frames[:, center - FRAME_SIZE // 2 : center + FRAME_SIZE // 2]
        activations = network(frames, settings.model_capacity, "classifier")
        return audible_activations(activations, adapter_of(frames).xp.mean(frames * frames, axis=1), allowed)

    def step(path: State, slot: tuple[Array, Array]) -> tuple[State, Array]:
        window, there = slot
        backend = adapter_of(window)
        xp = backend.xp
        nothing = xp.zeros_like(path["score"])
        activations = backend.skip_unless(xp.any(there > 0.0), activations_of, nothing, window)
        centers, activations, there, path = _follow(path, activations, there[:, None])
        f0_hz, confidence = activations_to_f0_and_confidence(activations, centers, symmetric=True)
        f0_hz = clip_pitch(f0_hz, settings.fmin, settings.fmax)
        return path, xp.concat([xp.log(f0_hz)[:, None], confidence, there], axis=1)

    return step


def _follow(path: State, activations: Array, there: Array) -> tuple[Array, Array, Array, State]:
    """Advance the path by an estimate, if there is one; decide the bin of the estimate `lag` before it.

    Returns
    -------
    centers, activations, there : array
        Bin, activations and existence of the estimate, [batch], [batch, 360] and [batch, 1].
    path : dict
        The path after this estimate.
    """
    backend = adapter_of(activations)
    xp = backend.xp
    evidence = path_evidence(backend.stop_gradient(activations))
    score, origin = advance_path(path["score"], evidence)
    score = xp.where(path["begun"] > 0, score, evidence[0])
    best = xp.astype(xp.argmax(score, axis=-1, keepdims=True), origin.dtype)
    newest = {"origins": xp.astype(origin, path["origins"].dtype), "activations": activations, "there": there[:, 0]}
    known = {name: xp.concat([path[name], x[:, None]], axis=1) for name, x in newest.items()}
    for i in range(axis_size(known["there"], 1) - 1, 0, -1):
        best = xp.astype(xp.take_along_axis(known["origins"][:, i, :], best, axis=-1), origin.dtype)
    after = {name: x[:, 1:, ...] for name, x in known.items()}
    after |= {"score": score, "begun": xp.ones_like(there)}
    path = {
        name: xp.where(xp.reshape(there, (-1, *(1 for _ in x.shape[1:]))) > 0, after[name], x)
        for name, x in path.items()
    }
    return best[:, 0], known["activations"][:, 0, :], known["there"][:, :1] * there, path


def _between(found: Array, first: Any, n_hops: int, settings: CausalPitch) -> tuple[Array, Array, Array]:
    """Pitch and confidence of the hops, and the last two estimates, from the two before the step and those in it."""
    backend, every = adapter_of(found), settings.every
    xp = backend.xp
    since = backend.constant(design.integers(n_hops), found) + (every - first)
    newest = since // every + 1  # of the estimates that are found
    old, new = xp.take(found, newest - 1, axis=1), xp.take(found, newest, axis=1)
    log_f0, change = new[:, :, :1], new[:, :, :1] - old[:, :, :1]
    if settings.glide:
        rest = xp.astype(every - 1 - since % every, found.dtype)[:, None] * (1.0 / every)
        glides = (xp.abs(change) <= math.log(JUMP)) & (old[:, :, 2:] > 0)
        log_f0 = xp.where(glides, log_f0 - rest * change, log_f0)
    there = new[:, :, 2:] > 0
    f0_hz, confidence = xp.exp(log_f0), new[:, :, 1:2]
    zero = xp.zeros_like(confidence)
    recent = xp.concat([old[:, -1:, :], new[:, -1:, :]], axis=1)
    return xp.where(there, f0_hz, zero), xp.where(there, confidence, zero), recent
