"""Lookup of public functions and methods by their dotted path."""

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
