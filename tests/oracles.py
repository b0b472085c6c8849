"""Oracles by the path of their op: slow, simple definitions in float64 NumPy, which the tests hold the library to.

The files of tests/ops define them with `@oracle("core.diff")` or, for a method, `@oracle("losses.ParamLoss.__call__")`.
An oracle has the parameters of its op. That of a method also takes the settings of the class: as keywords, or as a dict
in a first parameter `init`. If the library differs from the original DDSP on purpose, so does the oracle, and its
docstring says so.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from .calling import file_of

ORACLES: dict[str, Callable] = {}


def oracle(*paths: str):
    """Register a function as the oracle of these ops."""

    def register(function: Callable) -> Callable:
        for path in paths:
            assert path not in ORACLES, f"two oracles of {path}"
            ORACLES[path] = function
        return function

    return register


def expected(path: str, arguments: dict[str, Any], init: dict[str, Any] | None = None):
    """Result of an oracle in float64 for the arguments of a call, and the settings of the class of a method."""
    assert path in ORACLES, f"{path} has no oracle: write one into {file_of(path)}"
    function, settings = ORACLES[path], init or {}
    if next(iter(inspect.signature(function).parameters), None) == "init":
        return function(settings, **arguments)
    return function(**settings, **arguments)
