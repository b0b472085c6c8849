"""What the framework modules share: the public names, with processors and losses wrapped as modules of a framework."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from importlib import import_module
from types import ModuleType
from typing import Any

from . import effects, losses, pretrained_models, processors, synths
from .losses import Loss
from .processors.base import Processor, named
from .processors.graph import Graph
from .processors.signatures import CallSignature, call_signature, constructor_signature, with_signature

__all__ = [
    "build",
    "class_of",
    "copy_metadata",
    "is_wrapped",
    "needs",
    "overrides_call",
    "rebuilt",
    "recipe",
    "settings_of",
    "unwrap",
    "wrap_subpackage",
]

#: Base classes, which are not wrapped.
BASES = (Processor, Loss)
#: The subpackages that hold processors and losses.
SUBPACKAGES = (processors, synths, effects, losses, pretrained_models)


def needs(*libraries: str) -> None:
    """Import the libraries that `ddsp.<first library>` needs; an ImportError says what to install, or what failed."""
    framework = libraries[0]
    for name in libraries:
        try:
            import_module(name)
        except ModuleNotFoundError as error:
            what = f'ddsp.{framework}: {name} is not installed ({error}): pip install "ddsp-array[{framework}]"'
            raise ImportError(what, name=error.name) from error
        except Exception as error:  # broken installations raise OSError, ValueError, AttributeError
            what = f"ddsp.{framework}: {name} is installed and cannot be loaded: {error}"
            raise ImportError(what, name=name) from error


def wrap_subpackage(namespace: dict[str, Any], plain: ModuleType, wrap: Callable[[type], type]) -> None:
    """Fill a namespace with the public names of a plain subpackage, its processors and losses wrapped."""
    for name in plain.__all__:
        value = getattr(plain, name)
        namespace[name] = wrap(value) if is_wrapped(value) else value
    namespace["__all__"] = list(plain.__all__)


def is_wrapped(value: Any) -> bool:
    """Whether a public name is a processor or loss, that is, a dataclass with a call, and is to be wrapped."""
    if not (inspect.isclass(value) and is_dataclass(value)) or value in BASES:
        return False
    return "__call__" in {name for c in value.__mro__[:-1] for name in vars(c)}


def unwrap(value: Any) -> Any:
    """The plain processors inside modules, through lists and tuples (a graph's list of nodes)."""
    if isinstance(value, (list, tuple)):
        return type(value)(unwrap(v) for v in value)
    return vars(value).get("plain", value) if hasattr(value, "__dict__") else value


def build(plain_class: type, args: tuple, kwargs: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """The plain processor of a module's arguments, and the modules among a graph's nodes, by name."""
    plain: Any = plain_class(*unwrap(args), **{k: unwrap(v) for k, v in kwargs.items()})
    if not isinstance(plain, Graph):
        return plain, {}
    given = kwargs.get("dag", args[0] if args else ())
    return plain, {p.name: node for (p, _), (node, *_) in zip(plain.dag, given, strict=True) if node is not p}


def overrides_call(cls: type) -> bool:
    """Whether a class derived from a module's has a call of its own.

    Raises
    ------
    TypeError : it overrides a method that a module's call does not use: the call is that of the plain processor.
    """
    module: Any = next((c for c in cls.__mro__ if "plain_class" in vars(c)), cls)
    if module is cls:
        return False
    called = module.called
    if getattr(cls, called) is not getattr(module, called):
        return True
    for name in ("get_controls", "get_signal"):
        if name in vars(cls):
            raise TypeError(
                f"{cls.__name__}: got a {name} of its own, which {called} would not use, expected a {called}; or "
                f"derive from the plain {module.plain_class.__name__} and give that to {module.framework}.wrap"
            )
    return False


def settings_of(plain: Any) -> dict[str, Any]:
    """The settings of a processor, by name."""
    return {field.name: getattr(plain, field.name) for field in fields(plain)}


def copy_metadata(cls: type, plain_class: type, framework: str) -> type:
    """Give a module class the name, docstring and signatures of the processor that it wraps."""
    cls.__name__ = cls.__qualname__ = plain_class.__name__
    home = next((p for p in SUBPACKAGES if any(getattr(p, name) is plain_class for name in p.__all__)), None)
    # A class from outside the library, such as one of a script, is in none of them.
    cls.__module__ = f"{framework}.{home.__name__.rpartition('.')[2]}" if home else plain_class.__module__
    cls.__doc__ = plain_class.__doc__
    cls.framework, cls.__signature__ = framework, CallSignature()  # type: ignore[attr-defined]
    init = inspect.signature(cls.__init__)  # type: ignore[misc]
    _show(cls, "__init__", constructor_signature(plain_class, init), plain_class.__init__)  # type: ignore[misc]
    _show(cls, cls.shown, call_signature(plain_class), plain_class.__call__)  # type: ignore[attr-defined]
    if hasattr(plain_class, "get_controls"):
        controls = plain_class.get_controls
        _show(cls, "get_controls", inspect.signature(controls), controls)
    return cls


def _show(cls: type, name: str, signature: inspect.Signature, like: Any) -> None:
    method = with_signature(getattr(cls, name), signature, like)
    method.__qualname__, method.__module__ = f"{cls.__qualname__}.{name}", cls.__module__
    setattr(cls, name, method)


def recipe(module: Any) -> Any:
    """How `pickle` and `copy` find the class of a module: by its name, if the name leads to the class.

    The name of a class that `wrap` made of a user's own class leads to the plain class, which is then wrapped again.
    """
    cls = type(module)
    return cls if named(cls) is cls or "plain_class" not in vars(cls) else (cls.framework, cls.plain_class)


def class_of(found: Any) -> Any:
    """The class of a recipe."""
    if isinstance(found, tuple):
        framework, plain_class = found
        return import_module(framework).wrap(plain_class)
    return found


def rebuilt(found: Any) -> Any:
    """A module of a recipe, with nothing in it."""
    cls = class_of(found)
    return cls.__new__(cls)
