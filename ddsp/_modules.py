"""Shared code of the framework modules, which wrap processors and losses as modules of a framework."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from functools import wraps
from importlib import import_module
from types import ModuleType
from typing import Any

from . import effects, instruments, losses, nn, pretrained_models, processors, synths
from .backends._host import left_to_python
from .losses import Loss
from .nn import Network
from .processors.base import Processor, named
from .processors.graph import Graph
from .processors.signatures import (
    CallSignature,
    call_signature,
    constructor_signature,
    loader_signature,
    maker_signature,
    with_signature,
)

__all__ = [
    "build",
    "class_of",
    "copy_metadata",
    "is_loader",
    "is_maker",
    "is_wrapped",
    "needs",
    "overrides_call",
    "rebuilt",
    "recipe",
    "settings_of",
    "unwrap",
    "wrap_subpackage",
]

#: Base classes; they are not wrapped.
BASES = (Processor, Loss, Network)
#: The subpackages that hold processors and losses.
SUBPACKAGES = (processors, synths, effects, losses, pretrained_models, nn, instruments)


def needs(*libraries: str) -> None:
    """Import the libraries of `ddsp.<first library>`; ImportError with the command to install, or with the reason."""
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
    """Copy the public names of a plain subpackage into a namespace, and wrap its processors and losses."""
    for name in plain.__all__:
        value = getattr(plain, name)
        if is_wrapped(value):
            value = wrap(value)
        elif is_maker(value):
            value = _making_modules(value, wrap)
        elif is_loader(value):
            value = _loading_modules(value, wrap)
        namespace[name] = value
    namespace["__all__"] = list(plain.__all__)


def is_wrapped(value: Any) -> bool:
    """Test whether a public object is wrapped: a dataclass with a `__call__`, which is a processor or a loss."""
    if not (inspect.isclass(value) and is_dataclass(value)) or value in BASES:
        return False
    return "__call__" in {name for c in value.__mro__[:-1] for name in vars(c)}


def is_maker(value: Any) -> bool:
    """Test whether a public object is a function that makes a network, such as `make_decoder`."""
    return inspect.isfunction(value) and value.__annotations__.get("return") == "Network"


def _making_modules(function: Callable, wrap: Callable[[type], type]) -> Callable:
    """Function that makes a module, from a function that makes a plain processor."""

    @wraps(function)
    def make(*args: Any, seed: int = 0, **kwargs: Any) -> Any:
        plain = function(*args, **kwargs)
        return wrap(type(plain))(**settings_of(plain), seed=seed)

    make.__signature__ = maker_signature(function)  # type: ignore[attr-defined]
    return make


def is_loader(value: Any) -> bool:
    """Test whether a public object is a function that reads a processor with trained values: `load_instrument`."""
    return inspect.isfunction(value) and value.__annotations__.get("return") == "TrainedInstrument"


def _loading_modules(function: Callable, wrap: Callable[[type], type]) -> Callable:
    """Function that loads a module, from a function that loads a plain processor and its values."""

    @wraps(function)
    def load(*args: Any, **kwargs: Any) -> Any:
        trained = function(*unwrap(args), **{k: unwrap(v) for k, v in kwargs.items()})
        return wrap(type(trained.instrument))._loaded(trained.instrument, trained.values)  # type: ignore[attr-defined]

    load.__signature__ = loader_signature(function)  # type: ignore[attr-defined]
    return load


def unwrap(value: Any) -> Any:
    """Replace modules by their plain processors, also inside lists and tuples such as the nodes of a graph."""
    if isinstance(value, (list, tuple)):
        return type(value)(unwrap(v) for v in value)
    return vars(value).get("plain", value) if hasattr(value, "__dict__") else value


def build(
    plain_class: type, args: tuple, kwargs: dict[str, Any], is_module: Callable[[Any], bool]
) -> tuple[Any, dict[str, Any]]:
    """Build the plain processor from a module's arguments; also return the modules among its nodes by name.

    A module of another library is not a plain processor. Its setting is None in the plain processor, and the module is
    passed to each call.
    """
    if not hasattr(plain_class, "nodes"):
        return plain_class(*unwrap(args), **{k: unwrap(v) for k, v in kwargs.items()}), {}
    if issubclass(plain_class, Graph):
        plain: Any = plain_class(*unwrap(args), **{k: unwrap(v) for k, v in kwargs.items()})
        given = kwargs.get("dag", args[0] if args else ())
        return plain, {p.name: node for (p, _), (node, *_) in zip(plain.dag, given, strict=True) if node is not p}

    def setting(value: Any) -> Any:
        found = unwrap(value)
        return None if found is value and is_module(value) else found

    plain = plain_class(*map(setting, args), **{k: setting(v) for k, v in kwargs.items()})
    names = [field.name for field in fields(plain)]
    settings = dict(zip(names, args, strict=False)) | kwargs
    return plain, {name: value for name, value in settings.items() if is_module(value)}


def overrides_call(cls: type) -> bool:
    """Test whether a class derived from a module class overrides its call.

    Parameters
    ----------
    cls
        Module class, or a class derived from one.

    Returns
    -------
    overrides : bool
        True if the class overrides the method named `called`.

    Raises
    ------
    TypeError
        The class overrides `get_controls` or `get_signal` only. The call of a module would not use them, because it
        calls the plain processor.
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
    """Settings of a processor by name."""
    return {field.name: getattr(plain, field.name) for field in fields(plain)}


def copy_metadata(cls: type, plain_class: type, framework: str) -> type:
    """Copy name, docstring and signatures of a processor class to the module class that wraps it."""
    cls.__name__ = cls.__qualname__ = plain_class.__name__
    home = next((p for p in SUBPACKAGES if any(getattr(p, name) is plain_class for name in p.__all__)), None)
    # A class defined outside the library is in none of the subpackages.
    cls.__module__ = f"{framework}.{home.__name__.rpartition('.')[2]}" if home else plain_class.__module__
    cls.__doc__ = plain_class.__doc__
    cls.framework, cls.__signature__ = framework, CallSignature()  # type: ignore[attr-defined]
    init = inspect.signature(cls.__init__)  # type: ignore[misc]
    _show(cls, "__init__", constructor_signature(plain_class, init), plain_class.__init__)  # type: ignore[misc]
    _show(cls, cls.shown, call_signature(plain_class), plain_class.__call__)  # type: ignore[attr-defined]
    for make, kind in ((_with_values, "trained_methods"), (_variant, "variants"), (_container, "containers")):
        for name in getattr(plain_class, kind, ()):
            setattr(cls, name, make(name))
            _show(cls, name, inspect.signature(getattr(plain_class, name)), getattr(plain_class, name))
    return cls


def _with_values(name: str) -> Callable:
    """Method of a module that calls the method of the plain processor with the module's trainable values."""

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        return self._computed(getattr(self.plain, name), args, kwargs)

    method.__name__ = name
    return left_to_python(method)


def _variant(name: str) -> Callable:
    """Method of a module that returns a module with other settings and the same trained values."""

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        old, new = settings_of(self.plain), settings_of(getattr(self.plain, name)(*args, **kwargs))
        return self._with_settings({key: new[key] for key in new if new[key] != old[key]})

    method.__name__ = name
    return method


def _container(name: str) -> Callable:
    """Method of a module that returns a module that contains it, in the place of the plain processor."""

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        plain = getattr(self.plain, name)(*args, **kwargs)
        settings = {key: self if x is self.plain else x for key, x in settings_of(plain).items()}
        return import_module(self.framework).wrap(type(plain))(**settings)

    method.__name__ = name
    return method


def _show(cls: type, name: str, signature: inspect.Signature, like: Any) -> None:
    method = with_signature(getattr(cls, name), signature, like)
    method.__qualname__, method.__module__ = f"{cls.__qualname__}.{name}", cls.__module__
    setattr(cls, name, method)


def recipe(module: Any) -> Any:
    """Picklable reference to the class of a module, for `pickle` and `copy`.

    This is the class itself if its name resolves to it. The name of a user's class that `wrap` wrapped resolves to the
    plain class, so the reference is (framework, plain class), and the plain class is wrapped again.
    """
    cls = type(module)
    return cls if named(cls) is cls or "plain_class" not in vars(cls) else (cls.framework, cls.plain_class)


def class_of(found: Any) -> Any:
    """Module class of a recipe."""
    if isinstance(found, tuple):
        framework, plain_class = found
        return import_module(framework).wrap(plain_class)
    return found


def rebuilt(found: Any) -> Any:
    """Empty module of a recipe's class, for `pickle` and `copy` to fill."""
    cls = class_of(found)
    return cls.__new__(cls)
