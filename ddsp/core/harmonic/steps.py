"""Streams of harmonics and of sinusoids: audio of the frames that have come, and a state for those that follow.

A hop of audio leads from one frame to the next, so it is computed when the next frame comes: one hop late. The first
frame makes a hop of zeros, in which no phase advances. In the end the last frame is held, as in a whole sound. Hops are
computed by the functions of a whole sound, so a stream has the same samples, however it is cut.

'cubic' interpolates four frames, and is two hops late.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...extend import Array, Float, adapter_of, axis_size, common_backend, one_of, promote_half
from ..hops import Hops, LongHops
from ..oscillators import get_harmonic_frequencies
from ..phase import Phase
from ..resampling import METHODS, no_shorter
from ..streaming import State, broadcast_batch, example_array, hop_size_of, init_hop, integer_zeros, no_samples, zeros
from .forms import needs_free_partials
from .free import free_partials
from .rows import synthesize_rows
from .voices import fold_voices, sum_voices

__all__: list[str] = []


#: `synthesize_rows` or `free_partials`.
Render = Callable[..., tuple[Array, Phase]]


def late_hops(method: str) -> int:
    """Hops by which a stream is late."""
    return 2 if method == "cubic" else 1


def init_partials(
    batch: int, like: Any, hop_size: int, method: str, voices: int = 1, frequencies: int = 0, partials: int = 0
) -> State:
    """State before the first frame.

    Parameters
    ----------
    batch, voices
        Leading axes of the controls.
    like
        Array that gives backend, dtype and device.
    hop_size
        Samples a frame.
    method
        Interpolation of amplitudes: a method of `resample`.
    frequencies, partials
        Channels of the frequencies (1 for a fundamental) and of the amplitudes; 0 if they are not known.

    Returns
    -------
    state : dict
        'seen', the number of frames so far, at most 2, [batch, 1]; 'phase', the parts of a `Phase` by name, [batch,
        voices, channels]; 'frequencies' and 'amplitudes', the last frame (for 'cubic' the last three), [batch, voices,
        frames, channels]; and 'hop'.
    """
    one_of("amp_resample_method", method, METHODS)
    state = init_hop(batch, like, hop_size)
    no_shorter("hop_size", hop_size_of(state), 1, method)
    like = example_array(like)
    like = promote_half(adapter_of(like, names=("like",)).xp, like)
    kept, phase = (batch, voices, 2 * late_hops(method) - 1), (batch, voices, frequencies)
    return state | {
        "seen": integer_zeros((batch, 1), like),
        "phase": {"high": integer_zeros(phase, like), "low": integer_zeros(phase, like), "cycles": zeros(phase, like)},
        "frequencies": zeros((*kept, frequencies), like),
        "amplitudes": zeros((*kept, partials), like),
    }


def harmonic_step(
    state: State,
    frequencies: Float[Array, "#batch *#voices frames 1"],
    amplitudes: Float[Array, "#batch *#voices frames 1"],
    harmonic_distribution: Float[Array, "#batch *#voices frames harmonics"],
    sample_rate: float,
    method: str,
) -> tuple[Float[Array, "batch time"], State]:
    """The next frames of `harmonic_synthesis`, and the state after them."""
    controls = {"frequencies": frequencies, "amplitudes": amplitudes, "harmonic_distribution": harmonic_distribution}
    backend = common_backend(**controls)
    xp, voices = backend.xp, 1
    controls = {name: broadcast_batch(x, state["hop"]) for name, x in controls.items()}
    if len(frequencies.shape) == 4:
        controls, voices = fold_voices(xp, controls)
    f0, amplitude, distribution = (promote_half(xp, x) for x in controls.values())
    amplitude, render = amplitude * distribution, harmonic_render(state, method)
    if render is free_partials:
        f0 = get_harmonic_frequencies(f0, axis_size(amplitude, 2))
    audio, state = partials_step(render, state, f0, amplitude, sample_rate, method, voices)
    return xp.astype(audio, frequencies.dtype), state


def sinusoidal_step(
    state: State,
    frequencies: Float[Array, "#batch frames sinusoids"],
    amplitudes: Float[Array, "#batch frames sinusoids"],
    sample_rate: float,
    method: str,
) -> tuple[Float[Array, "batch time"], State]:
    """The next frames of sinusoids with frequencies of their own, and the state after them."""
    xp = common_backend(frequencies=frequencies).xp
    f, a = (promote_half(xp, broadcast_batch(x, state["hop"])) for x in (frequencies, amplitudes))
    audio, state = partials_step(free_partials, state, f, a, sample_rate, method)
    return xp.astype(audio, amplitudes.dtype), state


def sinusoidal_flush(state: State, sample_rate: float, method: str) -> tuple[Array, State]:
    """The last hops of sinusoids, in which the last frame is held."""
    return partials_flush(free_partials, state, sample_rate, method)


def harmonic_render(state: State, method: str) -> Render:
    """What computes the hops of harmonics, by the length of a hop and the method, as in a whole sound."""
    return free_partials if needs_free_partials(1, hop_size_of(state), method) else synthesize_rows


def partials_step(
    render: Render,
    state: State,
    frequencies: Float[Array, "batch frames channels"],
    amplitudes: Float[Array, "batch frames partials"],
    sample_rate: float,
    method: str,
    voices: int = 1,
) -> tuple[Float[Array, "batch time"], State]:
    """Audio of the next frames, whose voices are in the batch, and the state after them."""
    backend, n_frames, late = common_backend(frequencies=frequencies), axis_size(frequencies, 1), late_hops(method)
    if n_frames == 0:
        return no_samples(state), state
    xp = backend.xp
    seen, phase, *kept = _before(state, frequencies, amplitudes, voices)
    started = seen >= late
    if n_frames > 1:
        started = seen + backend.constant(np.arange(n_frames, dtype=np.int32)[:, np.newaxis], frequencies) >= late
    if late > 1:  # the frame before the first one is the first one again
        kept = [
            xp.where(seen > 0, x, frames[:, :1, :]) for x, frames in zip(kept, (frequencies, amplitudes), strict=True)
        ]
    frequencies, amplitudes = (xp.concat(x, axis=1) for x in zip(kept, (frequencies, amplitudes), strict=True))
    hops = _hops(xp, frequencies, started, late), _hops(xp, amplitudes, started, late, method)
    audio, last = render(backend, *hops, n_frames * hop_size_of(state), sample_rate, method, phase)

    def unfold(x: Array) -> Array:
        return xp.reshape(x, (-1, voices, *(axis_size(x, axis) for axis in range(1, len(x.shape)))))

    return sum_voices(xp, audio, voices), {
        "hop": state["hop"],
        "seen": xp.clip(state["seen"] + n_frames, None, 2),
        "phase": {name: unfold(x[:, 0, :]) for name, x in last._asdict().items()},
        "frequencies": unfold(frequencies[:, n_frames:, :]),
        "amplitudes": unfold(amplitudes[:, n_frames:, :]),
    }


def partials_flush(render: Render, state: State, sample_rate: float, method: str) -> tuple[Array, State]:
    """The last hops, in which the last frame is held."""
    late, voices = late_hops(method), axis_size(state["amplitudes"], 1)
    xp = adapter_of(state["amplitudes"]).xp
    if axis_size(state["amplitudes"], 3) == 0:  # no frame has come
        return xp.concat([xp.sum(state["hop"], axis=2)] * late, axis=1), state
    n_kept = 2 * late - 1
    frequencies, amplitudes = (
        xp.concat([xp.reshape(state[name], (-1, n_kept, axis_size(state[name], 3)))[:, -1:, :]] * late, axis=1)
        for name in ("frequencies", "amplitudes")
    )
    audio, state = partials_step(render, state, frequencies, amplitudes, sample_rate, method, voices)
    return xp.astype(audio, state["hop"].dtype), state


def _before(state: State, frequencies: Array, amplitudes: Array, voices: int) -> tuple[Any, ...]:
    """State with voices in the batch: frames seen, [batch, 1, 1], phase, kept frequencies and amplitudes.

    Sizes that were not known before the first frame are now.
    """
    xp = common_backend(state=state["amplitudes"], frequencies=frequencies, amplitudes=amplitudes).xp
    seen = xp.reshape(xp.concat([state["seen"]] * voices, axis=1), (-1, 1, 1))
    _, known_voices, n_kept, known = state["amplitudes"].shape
    channels, partials = axis_size(frequencies, 2), axis_size(amplitudes, 2)
    if known == 0:
        kept = [xp.concat([xp.zeros_like(x[:, :1, :])] * n_kept, axis=1) for x in (frequencies, amplitudes)]
        cycles = xp.zeros_like(frequencies[:, :1, :])
        word = xp.zeros_like(cycles, dtype=xp.int32)
        return seen, Phase(word, word, cycles), *kept
    if (known_voices, known) != (voices, partials):
        raise ValueError(
            f"amplitudes: got {voices} voices of {partials} partials, expected {known_voices} of {known} as before"
        )
    phase = Phase(*(xp.reshape(state["phase"][name], (-1, 1, channels)) for name in Phase._fields))
    kept = [
        xp.reshape(state[name], (-1, n_kept, size))
        for name, size in (("frequencies", channels), ("amplitudes", partials))
    ]
    return seen, phase, *kept


def _hops(xp: Array, frames: Array, started: Array, late: int, method: str = "linear") -> Hops | LongHops:
    """The hops that frames complete, [batch, hops, channels]; 0 before the first frame."""
    n = axis_size(started, 1)

    def silent(x: Array) -> Array:
        return xp.where(started, x, xp.zeros_like(x))

    if method == "cubic":
        return LongHops(*(silent(frames[:, i : i + n, :]) for i in range(4)))
    start, end = (frames[:, i : i + n, :] for i in (late - 1, late))
    return Hops(start if late == 1 else silent(start), silent(end - start))
