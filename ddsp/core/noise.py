"""White noise, the source of breath, wind and reverberation."""

from __future__ import annotations

from ..extend import Adapter, Array, Key

__all__: list[str] = []

#: Mean square of noise that is uniform in [-1, 1).
NOISE_POWER = 1.0 / 3.0


def uniform_noise(backend: Adapter, key: Key, shape: tuple[int, ...], like: Array) -> Array:
    """Noise that is uniform in [-1, 1), with the dtype and device of `like`; `key` as for `Adapter.uniform`."""
    return 2.0 * backend.uniform(key, shape, like) - 1.0
