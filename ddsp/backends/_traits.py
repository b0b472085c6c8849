"""What pays on a device and under a compiler, for the ops that choose between algorithms."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["LARGE_CHUNK", "Traits", "eager_traits"]


class Traits(NamedTuple):
    """Performance limits of the current mode: eager or compiled, on a CPU or on an accelerator.

    Attributes
    ----------
    max_fused_ops
        Largest number of elementwise operations that a compiler fuses into one loop before compiling takes too long. 0
        without fusion: each operation is then a separate pass over memory.
    chunk_samples
        Number of samples per chunk: their intermediate results fit into a CPU's cache, or within a memory bound on an
        accelerator. Without fusion, the number counts the whole batch. With fusion, it counts one item, and only
        gradients are chunked.
    polynomial_sine
        True if a polynomial is faster than the array library's sine.
    small_products
        True if products of many small matrices are fast. XLA on a CPU takes several times as long for them as for as
        many elementwise products.
    """

    max_fused_ops: int = 0
    chunk_samples: int = 2**14
    polynomial_sine: bool = False
    small_products: bool = True


#: Number of samples per chunk on an accelerator, which is efficient with large arrays only.
LARGE_CHUNK = 2**18


def eager_traits(on_cpu: bool) -> Traits:
    """Limits without a compiler, on a CPU or on an accelerator."""
    return Traits() if on_cpu else Traits(chunk_samples=LARGE_CHUNK)
