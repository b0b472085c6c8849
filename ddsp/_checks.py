"""Static checks of arrays and settings: shapes, dtypes, numbers, strings. Never of array values: they compile away."""

from __future__ import annotations

import inspect
import math
import re
import warnings
from collections.abc import Callable, Sequence
from dataclasses import fields
from fractions import Fraction
from functools import wraps
from typing import Any, NamedTuple, TypeVar

import numpy as np

from ._half import at_least_float32, floor_for, half_dtype, in_float32, wide_phase
from ._shapes import Layout, Sizes, mismatch, refusal
from .backends import Adapter, adapter_of, array_inside, is_number

__all__ = [
    "at_least_float32", "axis_size", "broadcasts_to", "checked", "checked_with", "floats", "floor_for", "integer",
    "one_of", "plain_settings", "rank", "same_batch", "warn", "wide_phase",
]  # fmt: skip

F = TypeVar("F", bound=Callable)

#: `Float[Array, "batch time"]` in an annotation.
ARRAY = re.compile(r"""\b(?:Float|Int|Complex|Bool)\[Array, (?:[\"']([^\"']*)[\"']|(\.\.\.))\]""")
#: Numbers that must be above 0, by the name that they have everywhere.
POSITIVE = ("sample_rate", "frame_rate", "from_rate", "to_rate")


class _Setting(NamedTuple):
    """An argument or field that is a Python value: the kind that its annotation asks for, and whether None will do."""

    name: str
    kind: str
    optional: bool

    @property
    def right(self) -> tuple[type, ...]:
        """Types that need no further look."""
        kinds = {"int": (int,), "float": (float, int), "bool": (bool,), "str": (str,)}
        return () if self.name in POSITIVE else kinds.get(self.kind, ())


class _Arrays(NamedTuple):
    """An argument whose annotation holds arrays: the shapes that it may have, and whether a number will do."""

    name: str
    layouts: tuple[Layout, ...]
    number: bool


def checked(function: F) -> F:
    """Hold a function or method to its annotations, before it runs.

    Arrays must have the shapes that jaxtyping's notation says (see `_shapes`), with equal sizes where names are equal;
    numbers must be Python numbers (NumPy's scalars become such). Everything else is left to the function. Where all
    arrays are float16 or bfloat16, functions compute in float32; methods, which are mostly made of functions, do not.

    Raises
    ------
    TypeError : no array where one belongs.
    ValueError : a shape or a number that does not fit; the message names the argument.
    """
    return _checked(function, "self" not in inspect.signature(function).parameters)


def checked_with(wide: bool) -> Callable[[F], F]:
    """`checked`, with a word on whether 16 bits are computed in float32."""
    return lambda function: _checked(function, wide)


def _checked(function: F, wide: bool) -> F:
    names, arrays, settings = _arguments(function)
    array_names = [array.name for array in arrays]
    looked_at = [(setting, setting.name, setting.right) for setting in settings]

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if len(args) > len(names):
            return function(*args, **kwargs)  # Python says what is wrong
        given = dict(zip(names, args, strict=False))
        given.update(kwargs)
        changed: dict[str, Any] = {}
        for setting, name, right in looked_at:
            if name in given and type(given[name]) not in right:
                plain = _plain(setting, given[name])
                if plain is not given[name]:
                    changed[name] = plain
        unknown = _check_arrays(arrays, given, changed)
        if wide:
            half = half_dtype([changed.get(name, given.get(name)) for name in array_names])
            if half is not None:
                return in_float32(function, {**given, **changed}, array_names, half)
        if changed:
            args, kwargs = (), {**given, **changed}
        return function(*args, **kwargs) if unknown is None else _run_unknown(function, args, kwargs, unknown)

    return call  # type: ignore[return-value]


def _arguments(function: Callable) -> tuple[tuple[str, ...], tuple[_Arrays, ...], tuple[_Setting, ...]]:
    """Names of a function's positional arguments, its arrays, and its settings."""
    parameters = list(inspect.signature(function).parameters.values())
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    annotated = [(p.name, p.annotation) for p in parameters if isinstance(p.annotation, str)]
    arrays = [
        _Arrays(name, tuple(Layout.of(shape or dots) for shape, dots in found), "float" in ARRAY.sub("", text))
        for name, text in annotated
        if (found := ARRAY.findall(text))
    ]
    settings = tuple(setting for name, text in annotated if (setting := _setting(name, text)))
    return tuple(p.name for p in parameters if p.kind in positional), tuple(arrays), settings


def _check_arrays(arrays: Sequence[_Arrays], given: dict[str, Any], changed: dict[str, Any]) -> str | None:
    """Check the arrays of a call; returns the name of the first with an axis of unknown length behind the batch.

    Arrays that come in a `keras.Variable` are added to `changed`.
    """
    sizes: Sizes = {}
    unknown = None
    for argument in arrays:
        name, layouts = argument.name, argument.layouts
        x = given.get(name)
        if x is None or (argument.number and is_number(x)):
            continue
        if (inside := array_inside(x)) is not x:
            x = changed[name] = inside
        if not hasattr(x, "shape"):
            raise TypeError(
                f"{name}: got {_shown(x)}, expected an array {' or '.join(map(str, layouts))}; "
                "wrap it first, for example with numpy.asarray(..., dtype='float32')"
            )
        shape = tuple(x.shape)
        wrong: str | None = ""
        for layout in layouts:
            if layout.fits(shape):
                tried = sizes if len(layouts) == 1 else dict(sizes)
                wrong = mismatch(name, shape, layout, tried)
                if wrong is None:
                    sizes = tried
                    break
        if wrong is not None:
            raise ValueError(wrong or refusal(name, shape, layouts))
        if None in shape[1:]:
            unknown = unknown or name
    return unknown


def _run_unknown(function: Callable, args: tuple, kwargs: dict, name: str) -> Any:
    """A call with an axis of unknown length, which many ops can do without: those that cannot name the argument."""
    try:
        return function(*args, **kwargs)
    except _UnknownSize as error:
        raise _UnknownSize(
            f"{name}: got an axis of unknown length, expected a known one (only the batch size may be open); "
            "give the tf.function an input_signature with the length, or use tf.ensure_shape"
        ) from error


class _UnknownSize(ValueError):
    """A size is needed that a compiler does not know."""


def _shown(x: Any) -> str:
    return repr(x) if isinstance(x, (bool, int, float, complex, str)) else f"a {type(x).__name__}"


def _setting(name: str, annotation: str) -> _Setting | None:
    """What an annotation asks of a Python value; None where nothing is checked."""
    alternatives = [part.strip() for part in annotation.split(" | ")]
    first, optional = alternatives[0], "None" in alternatives
    if first in ("int", "float", "bool", "str"):
        return _Setting(name, first, optional)
    if first.startswith(("tuple[int", "tuple[float")):
        return _Setting(name, "tuple of ints" if "int" in first else "tuple of floats", optional)
    return _Setting(name, "function", optional) if first.startswith("Callable") else None


def _plain(setting: _Setting, value: Any) -> Any:
    """A setting as a Python value of the kind that its annotation asks for; ValueError where it is none."""
    name, kind, optional = setting
    if value is None and optional:
        return value
    if kind in ("float", "int"):
        return _number(name, value, kind)
    if kind in ("tuple of ints", "tuple of floats"):
        items = value if type(value) is tuple else _sequence(name, value, kind)
        numbers = tuple(_number(name, item, kind[9:-1]) for item in items)
        same = type(value) is tuple and all(a is b for a, b in zip(numbers, value, strict=True))
        return value if same else numbers
    fits = {"bool": isinstance(value, (bool, int)), "str": isinstance(value, str), "function": callable(value)}[kind]
    if not fits and isinstance(value, np.bool_) and kind == "bool":
        return bool(value)
    if not fits:
        expected = {"bool": "True or False", "str": "a string", "function": "a function"}[kind]
        raise ValueError(f"{name}: got {_shown(value)}, expected {expected}{' or None' if optional else ''}")
    return value


def _sequence(name: str, value: Any, kind: str) -> Sequence:
    if isinstance(value, np.ndarray) and value.ndim == 1:
        return value.tolist()
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return value
    raise ValueError(f"{name}: got {_shown(value)}, expected a {kind}, such as (512, 256)")


def _number(name: str, value: Any, kind: str) -> Any:
    """A Python number, from one or from a NumPy scalar, which would promote float32 arrays to its own dtype."""
    if type(value) not in (int, float, Fraction):  # a fraction is an exact rate
        if isinstance(value, (np.generic, np.ndarray)) and np.ndim(value) == 0:
            value = value.item()
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            what = f"an array of shape {tuple(value.shape)}" if hasattr(value, "shape") else _shown(value)
            raise ValueError(f"{name}: got {what}, expected {'an integer' if kind == 'int' else 'a number'} of Python")
    if kind == "int" and type(value) not in (int, Fraction):
        return integer(name, value, -math.inf)
    if name in POSITIVE and not 0.0 < value < math.inf:
        raise ValueError(f"{name}: got {value}, expected a rate above 0")
    return value


def plain_settings(settings: Any) -> None:
    """Check the fields of a frozen dataclass as `checked` does arguments; NumPy's scalars become Python numbers."""
    for field in fields(settings):
        setting = _setting(field.name, field.type) if isinstance(field.type, str) else None
        if setting is not None:
            value = getattr(settings, field.name)
            plain = _plain(setting, value)
            if plain is not value:
                object.__setattr__(settings, field.name, plain)


def broadcasts_to(name: str, x: Any, shape: tuple, what: str) -> None:
    """Raise ValueError unless x is a number or broadcasts to `shape` without making it larger."""
    if x is None or is_number(x):
        return
    own = tuple(x.shape)
    pairs = zip(reversed(own), reversed(shape), strict=False)
    if len(own) > len(shape) or any(a is not None and b is not None and a != 1 and a != b for a, b in pairs):
        raise ValueError(f"{name}: got shape {own}, expected one that broadcasts to {what} of shape {shape}")


def floats(**arrays: Any) -> Adapter:
    """The adapter of the arrays, once they are found to share one backend and one floating dtype.

    None and Python numbers are passed over.

    Raises
    ------
    TypeError : not an array, or arrays of two backends.
    ValueError : an integer, bool or complex array, or two floating dtypes; the message names the argument.
    """
    backend = adapter_of(*arrays.values())
    first_name, first_dtype = "", None
    for name, x in arrays.items():
        if x is None or is_number(x):
            continue
        dtype = x.dtype
        if first_dtype is not None and dtype == first_dtype:
            continue
        if not backend.xp.isdtype(dtype, "real floating"):
            raise ValueError(f"{name}: got dtype {dtype}, expected a floating dtype; cast it to float32 first")
        # NumPy's other byte order and its longdouble equal no dtype that the library computes in; nor do 8 bits.
        if not getattr(dtype, "isnative", True) or getattr(dtype, "itemsize", 8) not in (2, 4, 8):
            raise ValueError(
                f"{name}: got dtype {dtype}, expected float16, bfloat16, float32 or float64 in this machine's byte "
                "order; cast it first, for example with .astype('float64')"
            )
        if first_dtype is not None:
            raise ValueError(
                f"{name}: got dtype {dtype} beside {first_name} of {first_dtype}, expected one floating dtype; "
                "cast one of them first"
            )
        first_name, first_dtype = name, dtype
    return backend


def rank(name: str, x: Any, allowed: int | Sequence[int], layout: str) -> None:
    """Raise ValueError unless x has an allowed number of axes; `layout` shows the expected axes."""
    allowed = (allowed,) if isinstance(allowed, int) else allowed
    if len(x.shape) not in allowed:
        raise ValueError(f"{name}: got shape {tuple(x.shape)}, expected {layout}")


def integer(name: str, value: Any, minimum: float) -> int:
    """Raise ValueError unless value is a whole number of at least `minimum`."""
    if isinstance(value, np.generic):
        value = value.item()
    whole = isinstance(value, (int, float)) and not isinstance(value, bool) and value == value // 1
    if not whole or value < minimum:
        least = f" of at least {minimum}" if minimum > -math.inf else ""
        raise ValueError(f"{name}: got {_shown(value)}, expected an integer{least}")
    return int(value)


def one_of(name: str, value: Any, choices: Sequence[Any]) -> None:
    """Raise ValueError unless value is one of the choices."""
    if value not in choices:
        raise ValueError(f"{name}: got {value!r}, expected one of {', '.join(map(repr, choices))}")


def same_batch(**arrays: Any) -> None:
    """Raise ValueError where the leading sizes of two arrays differ; 1 broadcasts, an unknown size passes.

    Sizes are compared two by two and never hashed, so that a compiler may leave the batch size open.
    """
    first_name, first = "", None
    for name, x in arrays.items():
        n = None if x is None else x.shape[0]
        if n is None or n == 1:
            continue
        if first is None:
            first_name, first = name, n
        elif n != first:
            raise ValueError(f"batch sizes differ: {first_name} {first}, {name} {n}; expected equal sizes or 1")


def axis_size(x: Any, axis: int) -> int:
    """The size of an axis as a plain int. `range` makes torch.compile fix a size that it holds as a symbol."""
    size = x.shape[axis]
    if size is None:
        raise _UnknownSize(f"got an array of shape {tuple(x.shape)}, expected a known size of axis {axis}")
    return range(size).stop


def warn(message: str) -> None:
    """Warn of a setting, at the line that called the public function; a compiler does it while it traces."""
    warnings.warn(message, UserWarning, stacklevel=4)


warn._dynamo_marked_constant = True  # type: ignore[attr-defined]
