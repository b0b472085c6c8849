"""Playing an instrument for any length of time in constant memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from ..backends import load
from ..core.streaming import State
from ..extend import Adapter, Array, integer
from .instrument import Instrument
from .values import to_backend

__all__ = ["play"]

#: Number of frames that are played at a time: 8 s at 250 frames a second.
CHUNK_FRAMES = 2000


def play(
    instrument: Instrument,
    values: Mapping[str, Any],
    f0_hz: np.ndarray,
    loudness_db: np.ndarray,
    seed: int = 0,
    backend: Adapter | None = None,
    chunk_frames: int = CHUNK_FRAMES,
    gain: np.ndarray | None = None,
    compiled: bool = False,
) -> Iterator[np.ndarray]:
    """Play a pitch and a loudness of any length, chunk by chunk.

    A chunk is a step of a stream, so memory is constant, and the joined chunks are the result of one call of the
    instrument with `key=seed`.

    Parameters
    ----------
    instrument
        The instrument.
    values
        Trained values, NumPy arrays nested by node.
    f0_hz
        Pitch in Hz, > 0, [frames].
    loudness_db
        Loudness in dB, [frames].
    seed
        Seed of the noise, an integer >= 0.
    backend
        Adapter of the backend that computes, `ddsp.backends.load(name)`; None for NumPy.
    chunk_frames
        Number of frames of a chunk.
    gain
        Linear gain of the dry sound, as from `split_level`, [frames]; None for 1.
    compiled
        If True, compile with the compiler of the backend: once for all chunks but the last, which may have fewer
        frames, and once for that. For JAX this is faster even for a single chunk.

    Yields
    ------
    audio : array
        NumPy array, float32, [time]: `chunk_frames * hop_size` samples. The first chunk is shorter by the latency of
        the instrument, and the last one longer.

    Raises
    ------
    ValueError
        Arrays of different lengths, or chunks of no frames.

    See Also
    --------
    Instrument : Plays a short sound at once, with gradients.

    Examples
    --------
    >>> instrument = Instrument()
    >>> chunks = play(instrument, instrument.initial_params(), np.full(3000, 440.0), np.full(3000, -20.0))
    >>> [chunk.shape for chunk in chunks]
    [(127872,), (64128,)]
    """
    for name, x in (("loudness_db", loudness_db), ("gain", f0_hz if gain is None else gain)):
        if f0_hz.shape != x.shape or f0_hz.ndim != 1:
            raise ValueError(f"{name}: got shape {x.shape}, expected that of f0_hz, {f0_hz.shape}, [frames]")
    chunk_frames = integer("chunk_frames", chunk_frames, 1)
    backend = load("numpy") if backend is None else backend

    def arrays(*host: np.ndarray | None) -> list[Array | None]:
        return [None if x is None else to_backend(backend, x[None, :, None]) for x in host]

    trained: dict[str, Any] = {
        node: {k: to_backend(backend, x) for k, x in values[node].items()} for node in instrument.nodes
    }
    step, flush = _compiled_functions(instrument, backend) if compiled else _functions(instrument)
    (like,) = arrays(f0_hz[:1])
    state, late = instrument.init_state(1, like=like, key=seed, **trained), instrument.latency_samples()
    for start in range(0, len(f0_hz), chunk_frames):
        stop = start + chunk_frames
        chunk = arrays(*(None if x is None else x[start:stop] for x in (f0_hz, loudness_db, gain)))
        audio, state = step(state, *chunk, trained.get("decoder"))
        parts = [audio] if stop < len(f0_hz) else [audio, flush(state)[0]]
        sound = np.concatenate([backend.to_numpy(x)[0] for x in parts])
        yield sound[late:]
        late = max(late - len(sound), 0)


def _functions(instrument: Instrument) -> tuple[Callable, Callable]:
    """A step over a chunk and the end of a stream, as functions of arrays."""

    def step(state: State, f0_hz: Array, loudness_db: Array, gain: Array | None, decoder: Any) -> tuple[Array, State]:
        return instrument.step(state, f0_hz, loudness_db, gain=gain, decoder=decoder)

    return step, instrument.flush


@lru_cache(maxsize=8)
def _compiled_functions(instrument: Instrument, backend: Adapter) -> tuple[Callable, Callable]:
    step, flush = _functions(instrument)
    return backend.jit(step), backend.jit(flush)
