"""Valid arguments of any size for a public op, drawn for the property tests. The functions that draw are in tests/ops.

Sizes are drawn by hypothesis, so a failure shrinks to the smallest sizes that show it. The values of arrays come from a
drawn seed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

RATES = (8000, 16000, 22050, 44100, 48000, 96000)
FRAME_RATES = (50, 250, 300, 500, 1000, 59.94, 86.1328125)


class Draw:
    """Sizes and arrays of one example: a batch of 0 or more, and at least one frame, sample and channel."""

    def __init__(self, draw: Callable):
        from hypothesis import strategies as st  # it takes longer to import than most tests to run

        self.integer = lambda low, high: draw(st.integers(low, high))
        self.choose = lambda *options: draw(st.sampled_from(options))
        self.batch, self.frames, self.channels = (self.integer(low, high) for low, high in ((0, 3), (1, 7), (1, 6)))
        self.samples = self.integer(1, 200)
        self.sample_rate = self.choose(*RATES)
        self.rng = np.random.default_rng(self.integer(0, 2**31))

    def normal(self, *shape: int, scale: float = 1.0) -> np.ndarray:
        return scale * self.rng.standard_normal(shape)

    def uniform(self, low: float, high: float, *shape: int) -> np.ndarray:
        return self.rng.uniform(low, high, shape)

    def f0(self, *shape: int) -> np.ndarray:
        """Frequencies from 0 Hz to above Nyquist."""
        return self.uniform(0.0, 0.6 * self.sample_rate, *shape) * self.choose(0.0, 0.1, 1.0)

    def frame_rate(self) -> float:
        return self.choose(*FRAME_RATES)

    def frames_of_a_filter(self) -> int:
        """Number of filters such that each has samples to filter, at ceil(samples / filters) per filter."""
        fitting = [n for n in range(1, self.frames + 1) if -(-self.samples // -(-self.samples // n)) == n]
        return self.choose(*fitting)

    def audio(self) -> np.ndarray:
        return self.normal(self.batch, self.samples, scale=self.choose(0.0, 1e-6, 1.0))


@dataclass(frozen=True)
class Call:
    """Arguments of one call, with the float32 tolerance rtol32 relative to the largest result, or atol32.

    atol32 is for small differences of large numbers, whose rounding error remains.
    """

    inputs: dict[str, np.ndarray]
    kwargs: dict[str, Any] = field(default_factory=dict)
    init: dict[str, Any] = field(default_factory=dict)
    rtol32: float = 2e-5
    atol32: float = 1e-12

    def __str__(self) -> str:
        """Shapes of the inputs, and the options: what the report of a failure shows."""
        shapes = {name: f"shape {list(x.shape)}" if hasattr(x, "shape") else repr(x) for name, x in self.inputs.items()}
        options = {name: repr(x) for name, x in {**self.kwargs, **self.init}.items()}
        return ", ".join(f"{name} {text}" for name, text in {**shapes, **options}.items())


DRAWN: dict[str, Callable[[Draw], Call]] = {}


def drawn(*paths: str):
    """Register a function that draws the arguments of these ops."""

    def register(make: Callable[[Draw], Call]):
        for path in paths:
            assert path not in DRAWN, f"arguments of {path} are drawn twice"
            DRAWN[path] = _noted(path, make)
        return make

    return register


def _noted(path: str, make: Callable[[Draw], Call]) -> Callable[[Draw], Call]:
    """`make`, which also writes its call into the report of a failure."""

    def draw(d: Draw) -> Call:
        from hypothesis import note

        call = make(d)
        note(f"{path}: {call}")
        return call

    return draw


def drawn_elementwise(name: str, low: float, high: float, *paths: str) -> None:
    """Register elementwise ops of an argument, which may have any shape, and whose values are from low to high."""

    def make(d: Draw) -> Call:
        shape = d.choose((), (d.samples,), (d.batch, d.frames), (d.batch, d.frames, d.channels))
        return Call({name: d.uniform(low, high, *shape)})

    drawn(*paths)(make)
