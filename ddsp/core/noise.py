"""White noise, the source of breath, wind and reverberation."""

from __future__ import annotations

import numpy as np

from ..extend import (
    Adapter,
    Array,
    Key,
    NoiseKey,
    adapter_of,
    common_backend,
    integer,
    item_keys,
)
from .filters import frequency_filter
from .streaming import State, example_array, integer_zeros

__all__: list[str] = []

#: Mean square of noise that is uniform in [-1, 1).
NOISE_POWER = 1.0 / 3.0


def uniform_noise(backend: Adapter, key: Key, shape: tuple[int, ...], like: Array) -> Array:
    """Noise that is uniform in [-1, 1), with the dtype and device of `like`; `key` as for `Adapter.uniform`."""
    return 2.0 * backend.uniform(key, shape, like) - 1.0


def filtered_noise(
    magnitudes: Array, noise: Array | None, key: Key, window_size: int, name: str, n_samples: int
) -> Array:
    """White noise through the filters of `magnitudes`, [batch, n_samples]; `noise` is drawn by `key` if it is None.

    `name` is the name of `n_samples` in errors.
    """
    backend = common_backend(magnitudes=magnitudes, noise=noise)
    if noise is None:
        shape = (magnitudes.shape[0], integer(name, n_samples, 1))
        noise = uniform_noise(backend, key, shape, magnitudes)
    return frequency_filter(noise, magnitudes, window_size=window_size)


def init_noise(batch: int, like: Array, key: Key) -> State:
    """State of `noise_step` before the first sample.

    'key' has two words for each item, [batch, 2], and 'count' the number of the next sample, its lower and its upper
    word. An int seed gives the noise that `uniform_noise` draws. From other keys the words are drawn.
    """
    like = example_array(like)
    backend = adapter_of(like, names=("like",))
    xp = backend.xp
    if isinstance(key, (int, np.integer)) and not isinstance(key, bool):
        words = item_keys(xp, int(key), backend.constant(np.arange(batch, dtype=np.int32)[:, np.newaxis], like))
    else:
        drawn = backend.uniform(key, (batch, 4), xp.zeros_like(like, dtype=xp.float32))
        upper, lower = (xp.astype(drawn[:, i : i + 2] * 65536.0, xp.int32) for i in (0, 2))
        words = NoiseKey(*(((upper - 32768) * 65536 + lower)[:, i : i + 1] for i in (0, 1)))
    return {"key": xp.concat(list(words), axis=1), "count": integer_zeros((batch, 2), like)}


def noise_step(state: State, n_samples: int, like: Array) -> tuple[Array, State]:
    """The next samples of the noise, uniform in [-1, 1), [batch, n_samples], with the dtype of `like`."""
    noise, count = adapter_of(like).next_uniform(state["key"], state["count"], n_samples, like)
    return 2.0 * noise - 1.0, {"key": state["key"], "count": count}
