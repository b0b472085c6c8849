"""What the doors share: the public surface once more, with processors and losses wrapped as a framework's modules."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from types import ModuleType
from typing import Any

from . import effects, losses, pretrained_models, processors, synths
from ._processor import Processor
from .graph import Graph
from .losses import Loss

__all__ = ["build", "open_door", "plain_of", "present", "settings_of"]

#: Classes that are there to be derived from.
BASES = (Processor, Loss)


def open_door(door: str, wrap: Callable[[type], type]) -> dict[str, ModuleType]:
    """The rooms that hold processors and losses, their classes wrapped; importable as `ddsp.<framework>.<room>`."""
    wrapped: dict[type, type] = {}
    rooms = {}
    for room in (processors, synths, effects, losses, pretrained_models):
        short = room.__name__.rpartition(".")[2]
        copy = ModuleType(f"{door}.{short}", room.__doc__)
        for name in room.__all__:
            value = getattr(room, name)
            if inspect.isclass(value) and is_dataclass(value) and _is_called(value):
                if value not in wrapped:  # some classes have two names
                    wrapped[value] = wrap(value)
                value = wrapped[value]
            setattr(copy, name, value)
        copy.__all__ = list(room.__all__)  # type: ignore[attr-defined]
        rooms[short] = sys.modules[copy.__name__] = copy
    return rooms


def _is_called(cls: type) -> bool:
    return cls not in BASES and "__call__" in {name for c in cls.__mro__[:-1] for name in vars(c)}


def plain_of(value: Any) -> Any:
    """The plain processors inside modules, through lists and tuples (a graph's list of nodes)."""
    if isinstance(value, (list, tuple)):
        return type(value)(plain_of(v) for v in value)
    return vars(value).get("plain", value) if hasattr(value, "__dict__") else value


def build(plain_class: type, args: tuple, kwargs: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """The plain processor of a module's arguments, and the modules among a graph's nodes, by name."""
    plain: Any = plain_class(*plain_of(args), **{k: plain_of(v) for k, v in kwargs.items()})
    if not isinstance(plain, Graph):
        return plain, {}
    given = kwargs.get("dag", args[0] if args else ())
    return plain, {p.name: node for (p, _), (node, *_) in zip(plain.dag, given, strict=True) if node is not p}


def settings_of(plain: Any) -> dict[str, Any]:
    """The settings of a processor, by name."""
    return {field.name: getattr(plain, field.name) for field in fields(plain)}


def present(cls: type, plain_class: type, door: str) -> type:
    """Give a module class the name, docstring and signature of the processor that it wraps."""
    cls.__name__ = cls.__qualname__ = plain_class.__name__
    package, *room = plain_class.__module__.split(".")
    # A class from outside the library, from a script perhaps, has no room here.
    cls.__module__ = f"{door}.{room[0]}" if package == __package__ else plain_class.__module__
    cls.__doc__ = plain_class.__doc__
    cls.__signature__ = inspect.signature(plain_class)  # type: ignore[attr-defined]
    return cls
