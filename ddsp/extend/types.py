"""Names for the annotations: arrays of any backend, with dtype and shape in jaxtyping's notation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

#: An array of any backend; jaxtyping writes dtype and shape around it: ``Float[Array, "batch time"]``.
Array: TypeAlias = Any
#: An int seed, the backend's own random key or generator, or None for its global generator (NumPy: a new one for each
#: call; JAX has none, and asks for a key).
Key: TypeAlias = Any

if TYPE_CHECKING:
    from jaxtyping import Complex, Float, Int
else:

    class _Lazy:
        """A jaxtyping annotation that is looked up when somebody evaluates it: importing ddsp need not wait for it."""

        def __init__(self, name: str):
            self.name = name

        def __getitem__(self, item: Any) -> Any:
            import jaxtyping

            return getattr(jaxtyping, self.name)[item]

    Complex, Float, Int = (_Lazy(name) for name in ("Complex", "Float", "Int"))

__all__ = ["Array", "Complex", "Float", "Int", "Key"]
