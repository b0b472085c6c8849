"""Signatures as users read them: of an instance that of its call, of a module's methods those of the plain ones."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from functools import wraps
from inspect import Parameter, Signature
from types import FunctionType
from typing import Any

from ..core.streaming import check_batch

__all__: list[str] = []

SELF = Parameter("self", Parameter.POSITIONAL_OR_KEYWORD)


class CallSignature:
    """`__signature__` of instances: that of their call. A class has that of its constructor, as without this."""

    def __get__(self, instance: Any, owner: type) -> Signature:
        if instance is None:
            raise AttributeError("__signature__")
        plain = getattr(instance, "plain", None)
        if plain is None:
            return _without(call_signature(owner), ["self"])
        called = owner.called  # type: ignore[attr-defined]
        module = next(cls for cls in owner.__mro__ if "plain_class" in vars(cls))
        if getattr(owner, called) is not getattr(module, called):  # a derived class computes otherwise
            return inspect.signature(getattr(instance, called))
        trained = [spec.name for spec in plain.params] + node_settings(type(plain))
        return _without(call_signature(type(plain)), ["self", *trained])


def call_signature(cls: type) -> Signature:
    """The call of a plain class, with `self`: what its method says, or the base's from `get_controls` and `get_signal`.

    Examples
    --------
    >>> from ddsp.processors import Crop
    >>> list(call_signature(Crop).parameters)
    ['self', 'audio', 'return_outputs_dict']
    """
    call = inspect.signature(cls.__call__)
    if "return_outputs_dict" not in call.parameters:
        return call
    signal = inspect.signature(cls.get_signal)  # type: ignore[attr-defined]
    found = dict(inspect.signature(cls.get_controls).parameters)  # type: ignore[attr-defined]
    found |= {name: signal.parameters[name] for name in cls.signal_inputs if name in signal.parameters}  # type: ignore[attr-defined]
    found["return_outputs_dict"] = call.parameters["return_outputs_dict"]
    return signal.replace(parameters=sorted(found.values(), key=lambda p: p.kind))


def constructor_signature(cls: type, init: Signature) -> Signature:
    """The constructor of a module, with `self`: the settings of the plain class and the keywords that `init` adds."""
    settings = inspect.signature(cls).parameters
    more = [p for p in init.parameters.values() if p.kind is Parameter.KEYWORD_ONLY]
    parameters = [SELF, *settings.values(), *(p for p in more if p.name not in settings)]
    return Signature(sorted(parameters, key=lambda p: p.kind))


def maker_signature(function: Callable) -> Signature:
    """A function that makes a module: its arguments, and the seed of the module's values."""
    signature = inspect.signature(function)
    seed = Parameter("seed", Parameter.KEYWORD_ONLY, default=0, annotation="int")
    return signature.replace(parameters=[*signature.parameters.values(), seed])


def loader_signature(function: Callable) -> Signature:
    """A function that loads a module: its arguments. The class of the module has the name of that of the processor."""
    return inspect.signature(function).replace(return_annotation="Instrument")


def node_settings(cls: type) -> list[str]:
    """Settings of a class that are processors with trainable values, which its call takes under the same names."""
    if not hasattr(cls, "nodes") or "dag" in cls.__dataclass_fields__:  # type: ignore[attr-defined]
        return []
    parameters = call_signature(cls).parameters
    return [name for name in cls.__dataclass_fields__ if name in parameters]  # type: ignore[attr-defined]


def with_signature(function: Callable, signature: Signature, like: Any) -> Callable:
    """A copy of a function with a signature, and the docstring of `like`."""
    assert isinstance(function, FunctionType)
    code, space, name = function.__code__, function.__globals__, function.__name__
    copy = FunctionType(code, space, name, function.__defaults__, function.__closure__)
    copy.__kwdefaults__ = function.__kwdefaults__
    vars(copy).update(vars(function), __signature__=signature)
    copy.__doc__ = like.__doc__ or function.__doc__
    return copy


def positional_names(method: Callable) -> tuple[list[str], list[str]]:
    """Names of a method's arguments that a graph can fill: those without a default, and those with one."""
    positional = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
    parameters = [p for p in list(inspect.signature(method).parameters.values())[1:] if p.kind in positional]
    needed = [p.name for p in parameters if p.default is p.empty]
    return needed, [p.name for p in parameters if p.default is not p.empty]


def takes_batch_of_state(method: Callable) -> Callable:
    """Method of a processor that takes a state and arrays, `step` or `step_signal`, with a check of their batch.

    Without the check, each library would raise its own error inside the computation. Trainable values have no batch;
    they are among the controls of `step_signal`, and among the keywords of `step` that its signature does not name.
    """
    parameters = list(inspect.signature(method).parameters.values())[2:]
    names = [p.name for p in parameters if p.kind is Parameter.POSITIONAL_OR_KEYWORD]
    takes_controls = method.__name__ == "step_signal"

    @wraps(method)
    def checked_method(self: Any, state: Any, *args: Any, **kwargs: Any) -> Any:
        given = dict(zip(names, args, strict=False))
        trained = [spec.name for spec in self.params] if takes_controls and kwargs else ()
        given |= {name: x for name, x in kwargs.items() if name not in trained and (takes_controls or name in names)}
        check_batch(state, given)
        return method(self, state, *args, **kwargs)

    return checked_method


def _without(signature: Signature, names: Iterable[str]) -> Signature:
    return signature.replace(parameters=[p for p in signature.parameters.values() if p.name not in names])
