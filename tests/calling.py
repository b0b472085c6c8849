"""Public names of the library by their dotted path, methods of processors included."""

from __future__ import annotations

from importlib import import_module


def function_of(path: str, init: dict | None = None):
    """The callable behind 'core.resample' or 'synths.Harmonic.get_signal'; a class is made with the settings `init`."""
    module, *names = path.split(".")
    target = getattr(import_module(f"ddsp.{module}"), names[0])
    if not isinstance(target, type):
        return target
    instance = target(**(init or {}))
    return instance if names[1] == "__call__" else getattr(instance, names[1])
