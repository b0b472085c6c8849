"""Names for the annotations."""

from __future__ import annotations

from typing import Any, TypeAlias

#: An array of any backend; jaxtyping writes dtype and shape around it: ``Float[Array, "batch time"]``.
Array: TypeAlias = Any
#: An int seed, the backend's own random key or generator, or None for its global generator (JAX has none).
Key: TypeAlias = Any
