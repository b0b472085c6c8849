"""Methods that are called again and again with arrays of the same shapes, such as steps of a stream."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from functools import partial
from typing import Any

from ..backends._host import Tracing
from ..backends._replay import Replay

__all__: list[str] = []


#: What is kept with an object, by the `id` of the object, and a reference that removes it when the object is gone.
_kept: dict[int, tuple[weakref.ref, dict[str, Any]]] = {}


def kept_with(owner: Any) -> dict[str, Any]:
    """A dict that lives as long as an object. It is not among the attributes, which are the object's settings."""
    key = id(owner)
    entry = _kept.get(key)
    if entry is None or entry[0]() is not owner:
        entry = _kept[key] = weakref.ref(owner, lambda _: _kept.pop(key, None)), {}
    return entry[1]


def replayed(owner: Any, function: Callable, *args: Any) -> Any:
    """Return function(*args) for a method of an object, by `Replay` if that is possible."""
    if Tracing.is_compiling():
        return function(*args)
    kept = kept_with(owner)
    if "replay" not in kept:
        kept["replay"] = Replay() if is_ours(owner) else None
    replay = kept["replay"]
    return function(*args) if replay is None else replay(function, *args)


def is_ours(x: Any) -> bool:
    """Test whether an object and its settings are of this library, so that what they do can be recorded."""
    if isinstance(x, (tuple, list)):
        return all(map(is_ours, x))
    if isinstance(x, partial):
        return is_ours((x.func, *x.args, *x.keywords.values()))
    if x is None or isinstance(x, (bool, int, float, str)):
        return True
    kind = x if callable(x) and hasattr(x, "__module__") and not is_dataclass(x) else type(x)
    # `functools.wraps` gives a user's function the module of what it wraps, but the globals of a function tell.
    modules = kind.__module__, getattr(kind, "__globals__", {}).get("__name__", kind.__module__)
    if not all(str(module).startswith("ddsp.") for module in modules):
        return False
    return not is_dataclass(x) or all(is_ours(getattr(x, field.name)) for field in fields(x))
