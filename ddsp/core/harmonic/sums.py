"""The sum of harmonics in rows, by any form, with its gradient by hand and in chunks that stay in the cache."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ...extend import Adapter, Array, ByValue, axis_size
from ..chunks import map_in_chunks
from .forms import Form
from .gradient import gradient_of_sum, slope_rows
from .pairs import gradient_of_pairs, sum_pairs
from .products import sum_products
from .recurrence import sum_recurrence


def sum_harmonics(backend: Adapter, form: Form, *rows: Array) -> tuple[Array, Array]:
    """Real and imaginary part of sum_h a_h z ** h, [batch, rows, samples]: of cosines and of sines."""
    return (sum_recurrence if form is Form.RECURRENCE else sum_products)(backend, *rows)


@dataclass(frozen=True, eq=False)
class HarmonicSum(ByValue):
    """The audio of `HarmonicRows` as a function of arrays, with its gradient for phase, start and change."""

    backend: Adapter
    form: Form

    def __call__(self, *rows: Array) -> Array:
        """Audio, [batch, rows, samples]."""

        def of_chunk(*rows: Array) -> tuple[Array]:
            if self.form is Form.PAIRS:
                return (sum_pairs(self.backend, *rows),)
            return (sum_harmonics(self.backend, self.form, *rows)[1],)

        if self.backend.traits(rows[0]).max_fused_ops:  # a fused loop makes no large intermediate results
            return of_chunk(*rows)[0]
        return self._in_chunks(of_chunk, *rows)[0]

    def gradient(self, cotangent: Array, audio: Array, *rows: Array) -> tuple[Array, ...]:
        """Gradients of sum(cotangent * audio) for phase, start and change."""

        def of_chunk(*arrays: Array) -> tuple[Array, ...]:
            *rows, cotangent = arrays
            if self.form is Form.PAIRS:
                return gradient_of_pairs(self.backend, cotangent, *rows)
            slope, _ = sum_harmonics(self.backend, self.form, *slope_rows(self.backend, *rows))
            return gradient_of_sum(self.backend, cotangent, slope, *rows)

        return self._in_chunks(of_chunk, *rows, cotangent)

    def _in_chunks(self, f: Callable[..., tuple[Array, ...]], *arrays: Array) -> tuple[Array, ...]:
        traits = self.backend.traits(arrays[0])
        rows, samples = axis_size(arrays[0], 1), axis_size(arrays[0], 2)
        items = 1 if traits.max_fused_ops else arrays[0].shape[0]
        return map_in_chunks(self.backend, f, arrays, rows, -(-items * rows * samples // traits.chunk_samples))
