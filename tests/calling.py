"""Lookup of public functions and methods, and of their test data, by dotted path."""

from __future__ import annotations

from importlib import import_module


def public(path: str):
    """The public function or class of a path."""
    subpackage, name, *_ = path.split(".")
    module = import_module(f"ddsp.{subpackage}")
    missing = f"{path}: write {name} into the import and into the `__all__` of ddsp/{subpackage}/__init__.py"
    assert name in module.__all__ and hasattr(module, name), missing
    return getattr(module, name)


def function_of(path: str, init: dict | None = None):
    """Callable for a path such as 'core.resample' or 'synths.Harmonic.get_signal', with settings `init` for a class."""
    target, method = public(path), path.split(".")[-1]
    if not isinstance(target, type):
        return target
    instance = target(**(init or {}))
    return instance if method == "__call__" else getattr(instance, method)


def file_of(path: str) -> str:
    """The file with the test data of an op: 'core.diff' of ddsp/core/math.py -> 'tests/ops/core/math.py'."""
    _, subpackage, module, *_ = public(path).__module__.split(".")
    return f"tests/ops/{subpackage}/{module}.py"
