"""Streams of wavetable synthesis: audio of the frames so far, and a state for those that follow.

A hop of audio lies between two frames, so it is computed when the second one arrives, one hop late. The first frame
returns a hop of zeros, in which the phase does not advance. At the end the last frame is held, as in a whole sound.

With `band_limit` a stream is two hops late: the table of a frame is limited to the highest f0 up to the next frame, and
a hop reads the tables at both of its ends. One table that does not change is prepared once, at the first step.
"""

from __future__ import annotations

import numpy as np

from ..extend import Adapter, Array, Float, adapter_of, axis_size, common_backend, promote_half
from .band_limiting import cut_below, lengthened, level_rows, size_of_f0
from .hops import Hops
from .lookup import read_rows
from .phase import Phase
from .streaming import (
    State,
    broadcast_batch,
    example_array,
    hop_size_of,
    init_hop,
    integer_zeros,
    interpolate_hops,
    no_samples,
    zeros,
)
from .wavetables import frame_rows, phase_before, table_levels

__all__: list[str] = []


def late_hops(band_limit: bool) -> int:
    """Hops by which a stream is late."""
    return 2 if band_limit else 1


def init_wavetable(batch: int, like: Array, hop_size: int, band_limit: bool, wavetables: Array | None = None) -> State:
    """State of `wavetable_step` before the first frame.

    Parameters
    ----------
    batch
        Batch size.
    like
        Array that gives backend, dtype and device.
    hop_size
        Samples a frame.
    band_limit
        As in `wavetable_synthesis`.
    wavetables
        Tables that tell the sizes, of one frame or more, or the only one; None if they are not known.

    Returns
    -------
    state : dict
        'seen', the number of frames so far, at most 2; 'phase', the parts of a `Phase` by name, and 'before', the phase
        of the last sample as it was computed; 'frequencies' and 'amplitudes', the last frames; 'given', the last table;
        and 'levels', what is read of one table, or else 'table', what is read of the frame before the next hop. Tables
        have no samples before the first step if they are not known.
    """
    state = init_hop(batch, like, hop_size)
    like = example_array(like)
    like = promote_half(adapter_of(like, names=("like",)).xp, like)
    kept, one = (batch, late_hops(band_limit), 1), (batch, 1, 1)
    state |= {
        "seen": integer_zeros((batch, 1), like),
        "phase": {"high": integer_zeros(one, like), "low": integer_zeros(one, like), "cycles": zeros(one, like)},
        "before": zeros((batch, 1), like),
        "frequencies": zeros(kept, like),
        "amplitudes": zeros(kept, like),
        **{name: zeros((batch, 0, 0), like) for name in ("given", "levels", "table")},
    }
    return state if wavetables is None else _with_tables(state, wavetables, band_limit)


def wavetable_step(
    state: State,
    frequencies: Float[Array, "#batch frames 1"],
    amplitudes: Float[Array, "#batch frames 1"],
    wavetables: Float[Array, "#batch n_wavetable"] | Float[Array, "#batch frames n_wavetable"],
    sample_rate: float,
    band_limit: bool,
) -> tuple[Float[Array, "batch time"], State]:
    """The next frames of `wavetable_synthesis`, and the state after them."""
    backend = common_backend(frequencies=frequencies, amplitudes=amplitudes, wavetables=wavetables)
    xp, dtype, n_frames = backend.xp, wavetables.dtype, axis_size(frequencies, 1)
    if n_frames == 0:
        return no_samples(state), state
    state = _with_tables(state, wavetables, band_limit)
    f0, amplitude, tables = (
        broadcast_batch(promote_half(xp, x), state["hop"]) for x in (frequencies, amplitudes, wavetables)
    )
    f0, amplitude = (
        xp.concat([state[name], x], axis=1) for name, x in (("frequencies", f0), ("amplitudes", amplitude))
    )
    late, read = late_hops(band_limit), state["levels"]
    numbers = backend.constant(np.arange(n_frames + late - 1, dtype=np.int32), f0)
    started = state["seen"] + numbers >= late  # [batch, hops]
    if len(wavetables.shape) == 3:
        given = xp.concat([state["given"], tables], axis=1)
        ready = _limited(backend, given[:, :-1, :], f0, started, state, sample_rate) if band_limit else tables
        read = xp.concat([state["table"], ready], axis=1)
        state = state | {"given": given[:, -1:, :], "table": read[:, -1:, :]}
    between = slice(0, n_frames + 1)
    audio, state = _hops(
        backend,
        state,
        f0[:, between, :],
        amplitude[:, between, :],
        read,
        started[:, :n_frames],
        sample_rate,
        band_limit,
    )
    seen = xp.clip(state["seen"] + n_frames, None, 2)
    return xp.astype(audio, dtype), state | {
        "seen": seen,
        "frequencies": f0[:, n_frames:, :],
        "amplitudes": amplitude[:, n_frames:, :],
    }


def wavetable_flush(state: State, sample_rate: float, band_limit: bool) -> tuple[Array, State]:
    """The last hops, in which the last frame is held."""
    late, given = late_hops(band_limit), state["given"]
    backend = adapter_of(given)
    xp, is_constant = backend.xp, axis_size(state["levels"], 2) > 0
    if axis_size(given, 2) == 0:  # no frame has come
        return xp.concat([xp.sum(state["hop"], axis=2)] * late, axis=1), state
    f0, amplitude = state["frequencies"][:, -1:, :], state["amplitudes"][:, -1:, :]
    parts = []
    if late > 1:
        audio, state = wavetable_step(
            state, f0, amplitude, given[:, 0, :] if is_constant else given, sample_rate, band_limit
        )
        parts.append(audio)
    read = state["levels"] if is_constant else xp.concat([state["table"]] * 2, axis=1)
    f0, amplitude = (xp.concat([x, x], axis=1) for x in (f0, amplitude))
    audio, state = _hops(backend, state, f0, amplitude, read, state["seen"] > 0, sample_rate, band_limit)
    return xp.astype(xp.concat([*parts, audio], axis=1), state["hop"].dtype), state


def _hops(
    backend: Adapter,
    state: State,
    f0_hz: Float[Array, "batch frames 1"],
    amplitudes: Float[Array, "batch frames 1"],
    tables: Float[Array, "batch rows n_wavetable"],
    started: Array,
    sample_rate: float,
    band_limit: bool,
) -> tuple[Float[Array, "batch time"], State]:
    """Audio of the hops between frames, 0 in those that have not started, and the state with the phase after them.

    `tables` has the levels of one table, the only table, or a table for each frame.
    """
    xp, hop_size, n_hops = backend.xp, hop_size_of(state), axis_size(started, 1)
    n_samples = n_hops * hop_size
    start, end = (xp.where(started[..., None], x, xp.zeros_like(x)) for x in (f0_hz[:, :-1, :], f0_hz[:, 1:, :]))
    phase, last, before = phase_before(
        backend, Hops(start, end - start), n_samples, sample_rate, Phase(**state["phase"]), state["before"]
    )
    if axis_size(state["levels"], 2) == 0:
        rows, weights = (x[..., :n_samples] for x in frame_rows(backend, n_hops + 1, n_samples + hop_size, f0_hz))
    elif band_limit:
        f0 = interpolate_hops(f0_hz, hop_size)[:, :, 0]
        rows, weights = level_rows(backend, f0, axis_size(state["given"], 2), sample_rate)
    else:
        rows, weights = frame_rows(backend, 1, n_samples, f0_hz)
    audio = read_rows(backend, tables, rows, weights, phase)
    audio = xp.reshape(interpolate_hops(amplitudes, hop_size, "window")[:, :, 0] * audio, (-1, n_hops, hop_size))
    audio = xp.reshape(xp.where(started[..., None], audio, xp.zeros_like(audio)), (-1, n_samples))
    return audio, state | {"phase": last._asdict(), "before": before}


def _limited(
    backend: Adapter, tables: Array, f0_hz: Array, started: Array, state: State, sample_rate: float
) -> Float[Array, "batch frames longer"]:
    """Tables of frames, limited to the highest f0 of the hops before and after each, as by `cut_frames`."""
    xp, hop_size, n_hops = backend.xp, hop_size_of(state), axis_size(started, 1)
    f0 = size_of_f0(xp, interpolate_hops(f0_hz, hop_size)[:, :, 0])
    highest = xp.max(xp.reshape(f0, (-1, n_hops, hop_size)), axis=2)
    highest = xp.where(started, highest, xp.zeros_like(highest))
    highest = xp.maximum(highest[:, :-1], highest[:, 1:])
    return lengthened(backend, cut_below(backend, tables, highest, sample_rate))


def _with_tables(state: State, wavetables: Array, band_limit: bool) -> State:
    """State with one table prepared, or with the sizes of tables of frames, if they were not known."""
    backend = common_backend(wavetables=wavetables)
    xp, size, is_constant = backend.xp, axis_size(wavetables, -1), len(wavetables.shape) == 2
    known, was_constant = axis_size(state["given"], 2), axis_size(state["levels"], 2) > 0
    if known and (known, was_constant) != (size, is_constant):
        before, now = (
            f"{'one table' if one else 'tables of frames'} of {n} samples"
            for n, one in ((known, was_constant), (size, is_constant))
        )
        raise ValueError(f"wavetables: got {now}, expected {before} as before")
    if known:
        return state
    tables = wavetables[:, None, :] if is_constant else xp.zeros_like(wavetables[:, :1, :])
    given = broadcast_batch(promote_half(xp, tables), state["hop"])
    if is_constant:
        return state | {"given": given, "levels": table_levels(backend, given) if band_limit else given}
    return state | {"given": given, "table": lengthened(backend, given) if band_limit else given}
