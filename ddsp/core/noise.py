"""White noise, the source of breath, wind and reverberation."""

from __future__ import annotations

from ..extend import Adapter, Array, Key, common_backend, integer
from .filters import frequency_filter

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
