"""A test case of a public op: inputs, options, differentiable arguments and tolerances. The cases are in tests/ops."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import import_module
from types import ModuleType
from typing import Any

import numpy as np

from .backends import leaves
from .calling import function_of
from .oracles import expected

Arrays = dict[str, np.ndarray]


def named_by_op(name: str, path: str) -> str:
    """The name of a case with that of its op in it, so that `pytest -k OP` finds the case."""
    op = [*path.split("."), ""][1]
    return name if op.lower() in name.lower() else f"{op}: {name}"


@dataclass(frozen=True, eq=False)
class Case:
    """A call of a public op.

    path : dotted name under `ddsp`, including the method for classes ('synths.Harmonic.get_signal').
    inputs : float64 arrays by argument name; None stays None.
    kwargs, init : static options of the call; settings of the class.
    wrt : differentiable arguments; by default all arrays.
    rtol32 : float32 tolerance relative to the largest output, which is the measured error times 4.
    atol64 : float64 tolerance in addition to the relative 1e-10, for outputs near 0.
    step : step of the finite differences, in the unit of each input.
    directions : number of random directions in which each gradient is compared.
    gradient_sign : -1 for an op that reverses its gradient.
    oracle : replaces the oracle of `path`: a function of the inputs and kwargs.
    compiled : False for a network, whose layers are compiled in cases of their own.
    make : makes the function of the arrays from the library, if `path` and `init` do not suffice.
    """

    name: str
    path: str
    inputs: Arrays
    kwargs: dict[str, Any] = field(default_factory=dict)
    init: dict[str, Any] = field(default_factory=dict)
    wrt: tuple[str, ...] | None = None
    rtol32: float = 2e-6
    atol64: float = 0.0
    step: float = 1e-4
    directions: int = 2
    gradient_sign: float = 1.0
    oracle: Callable | None = None
    compiled: bool = True
    make: Callable[[ModuleType], Callable] | None = None

    def __post_init__(self):
        if self.wrt is None:
            object.__setattr__(self, "wrt", tuple(name for name, x in self.inputs.items() if x is not None))

    @property
    def id(self) -> str:
        return named_by_op(self.name, self.path)

    def function(self) -> Callable:
        return self.make(import_module("ddsp")) if self.make else function_of(self.path, self.init)

    def expected(self, inputs: Arrays | None = None):
        """Result of the oracle in float64."""
        inputs = self.inputs if inputs is None else inputs
        arguments = {**inputs, **self.kwargs}
        return self.oracle(**arguments) if self.oracle else expected(self.path, arguments, self.init)

    def rounded(self, dtype: str) -> Arrays:
        """Inputs rounded to this dtype, in float64."""
        return {name: x if x is None else x.astype(dtype).astype(np.float64) for name, x in self.inputs.items()}

    def cotangents(self) -> list[np.ndarray | None]:
        """Fixed random weights for the floating-point outputs; a complex output counts as real and imaginary part."""
        rng = np.random.default_rng(7)
        return [rng.standard_normal(np.shape(x)) if x is not None else None for x in real_leaves(self.expected())]

    @lru_cache  # noqa: B019 (cases exist as long as the tests)
    def slopes(self) -> dict[str, list[tuple[np.ndarray, float]]]:
        """Random directions for each argument in `wrt`, and the oracle's derivative along them."""
        cotangents = self.cotangents()

        def total(inputs):
            pairs = zip(real_leaves(self.expected(inputs)), cotangents, strict=True)
            return sum(float(np.sum(out * weight)) for out, weight in pairs)

        rng = np.random.default_rng(zlib.crc32(self.name.encode()))
        found: dict[str, list] = {}
        for name in self.wrt:
            for _ in range(self.directions):
                v = rng.standard_normal(self.inputs[name].shape)
                at = {k: total({**self.inputs, name: self.inputs[name] + k * self.step * v}) for k in (-2, -1, 1, 2)}
                slope = (8.0 * (at[1] - at[-1]) - (at[2] - at[-2])) / (12.0 * self.step)
                found.setdefault(name, []).append((v, self.gradient_sign * slope))
        return found


def real_leaves(result) -> list[np.ndarray]:
    """Arrays of a result; a complex array gives two."""
    found = []
    for x in leaves(result):
        x = np.asarray(x)
        found.extend((x.real, x.imag) if x.dtype.kind == "c" else (x,))
    return found


def normal(name: str, *shape: int, scale: float = 1.0) -> np.ndarray:
    """Gaussian numbers, seeded by the name."""
    return scale * np.random.default_rng(zlib.crc32(name.encode())).standard_normal(shape)


def uniform(name: str, low: float, high: float, *shape: int) -> np.ndarray:
    return np.random.default_rng(zlib.crc32(name.encode())).uniform(low, high, shape)


def first_of_each_op(cases: list[Case]) -> list[Case]:
    """First case of each path. Only these are compiled, because compiling takes most of the time."""
    found: dict[str, Case] = {}
    for case in cases:
        found.setdefault(case.path, case)
    return list(found.values())
