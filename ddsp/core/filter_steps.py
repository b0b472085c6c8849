"""`frequency_filter` frame by frame: filters change with each frame, and what a frame adds to later samples waits.

A linear-phase filter of `taps` taps is late by taps // 2 samples. A stream is late by window_size // 2, also if its
filters have fewer taps, so latency and state do not depend on the number of magnitudes.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..extend import Array, adapter_of, axis_size, common_backend, promote_half
from .convolution import fft_convolve
from .filters import frequency_impulse_response
from .padding import pad_checked
from .streaming import State, broadcast_batch, hop_size_of, init_hop, integer_zeros, zeros

__all__: list[str] = []


def init_filter(batch: int, like: Any, hop_size: int, window_size: int) -> State:
    """State of `filter_step` before the first frame.

    'overlap' is what earlier frames add to later samples, in at least float32. 'seen' is the number of samples so far,
    at most the latency.
    """
    if window_size < 1:
        raise ValueError(
            f"window_size: got {window_size}, expected at least 1 for a stream, whose latency it determines"
        )
    overlap = zeros((batch, window_size - 1), like)
    state = init_hop(batch, like, hop_size) | {"seen": integer_zeros((batch, 1), like)}
    return state | {"overlap": promote_half(adapter_of(overlap).xp, overlap)}


def filter_step(state: State, audio: Array, magnitudes: Array, window_size: int) -> tuple[Array, State]:
    """Filter the next frames as `frequency_filter` does, window_size // 2 samples late.

    Parameters
    ----------
    state
        State of `init_filter` or of the previous step.
    audio
        The next samples, [batch, frames * hop_size], or any number of them with a constant filter.
    magnitudes
        Gains from 0 Hz to Nyquist, [batch, frames, frequencies], or [batch, frequencies] for a constant filter.
    window_size
        Number of taps of the window, as in `init_filter`.

    Returns
    -------
    audio : array
        As many samples as there are in `audio`. The first window_size // 2 of a stream, which would be those before the
        sound, are 0.
    state : dict
        State for the samples that follow.
    """
    xp, n_samples = common_backend(audio=audio, magnitudes=magnitudes).xp, axis_size(audio, 1)
    if len(magnitudes.shape) == 3 and n_samples != axis_size(magnitudes, 1) * hop_size_of(state):
        what = f"{axis_size(magnitudes, 1)} frames of {hop_size_of(state)} samples, the hop size of the state"
        raise ValueError(f"audio: got {n_samples} samples, expected those of {what}")
    ir = frequency_impulse_response(promote_half(xp, magnitudes), window_size)
    late, taps, overlap = window_size // 2, axis_size(ir, -1), state["overlap"]
    found = fft_convolve(promote_half(xp, audio), ir, padding="valid", delay_compensation=0)
    # Filters of fewer taps than the window, whose delay is taps // 2, wait.
    wait = late - taps // 2
    found = pad_checked(found, (wait, window_size - taps - wait), axis=1)  # [batch, n_samples + window_size - 1]
    found = broadcast_batch(found, overlap) + pad_checked(overlap, (0, n_samples), axis=1)
    out, state = _without_start(state, found[:, :n_samples], late)
    return xp.astype(out, audio.dtype), state | {"overlap": found[:, n_samples:]}


def filter_flush(state: State, window_size: int) -> tuple[Array, State]:
    """The last window_size // 2 samples of a stream of `filter_step`."""
    late, overlap = window_size // 2, state["overlap"]
    out, state = _without_start(state, overlap[:, :late], late)
    rest = pad_checked(overlap[:, late:], (0, late), axis=1)
    return adapter_of(out).xp.astype(out, state["hop"].dtype), state | {"overlap": rest}


def _without_start(state: State, samples: Array, late: int) -> tuple[Array, State]:
    """The next samples of a stream with zeros for the first `late` ones, which are those before the sound."""
    backend, n_samples, seen = adapter_of(samples), axis_size(samples, 1), state["seen"]
    place = seen + backend.constant(np.arange(n_samples, dtype=np.int32)[np.newaxis], samples)
    samples = backend.xp.where(place < late, backend.xp.zeros_like(samples), samples)
    return samples, state | {"seen": backend.xp.clip(seen + n_samples, None, late)}
