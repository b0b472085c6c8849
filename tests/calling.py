"""Lookup of public functions and methods, and of their test data, by dotted path."""

from __future__ import annotations

from importlib import import_module


def function_of(path: str, init: dict | None = None):
    """Callable for a path such as 'core.resample' or 'synths.Harmonic.get_signal', with settings `init` for a class."""
    module, *names = path.split(".")
    target = getattr(import_module(f"ddsp.{module}"), names[0])
    if not isinstance(target, type):
        return target
    instance = target(**(init or {}))
    return instance if names[1] == "__call__" else getattr(instance, names[1])


def file_of(path: str) -> str:
    """The file with the test data of an op: 'core.diff' of ddsp/core/math.py -> 'tests/ops/core/math.py'."""
    subpackage, name, *_ = path.split(".")
    _, subpackage, module, *_ = getattr(import_module(f"ddsp.{subpackage}"), name).__module__.split(".")
    return f"tests/ops/{subpackage}/{module}.py"
