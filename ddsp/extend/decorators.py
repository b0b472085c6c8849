"""Decorators that check the arguments of a function against its annotations.

The checks read shapes, dtypes, numbers and strings, but not array values, so code compiles.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, NamedTuple, TypeVar

from ..backends import array_inside, is_number
from ..backends._host import Tracing, left_to_python
from .checks import UnknownSize
from .half import half_dtype, in_float32
from .settings import Setting, plain_value, setting_of, shown
from .shapes import Layout, Sizes, mismatch, refusal

__all__ = ["checked", "checked_with", "unchecked"]


F = TypeVar("F", bound=Callable)


#: `Float[Array, "batch time"]` in an annotation.
ARRAY = re.compile(r"""\b(?:Float|Int|Complex)\[Array, (?:[\"']([^\"']*)[\"']|(\.\.\.))\]""")

#: Python values that the checks may read: equal ones of one type pass alike.
PLAIN = (int, float, bool, str, type(None))
#: Number of kinds of calls that a function remembers.
MOST_KINDS = 256


class _Arrays(NamedTuple):
    """An argument whose annotation contains arrays: its possible shapes, and whether a number or None is accepted."""

    name: str
    layouts: tuple[Layout, ...]
    number: bool
    optional: bool


def checked(function: F) -> F:
    """Decorator that checks the arguments of a function or method against its annotations.

    Arrays must have the shapes of jaxtyping's notation (see `extend/shapes.py`), with equal sizes for equal names.
    Numbers must be Python numbers; NumPy scalars are converted. Other arguments are not checked. If all arrays are
    float16 or bfloat16, functions compute in float32. Methods do not, because they mostly call functions.

    The decorated function raises a TypeError for an argument that should be an array, and a ValueError that names the
    argument for a shape or number that does not fit.

    Parameters
    ----------
    function
        Function or method with annotations.

    Returns
    -------
    function : function
        The function with checks.
    """
    return _checked(function, "self" not in inspect.signature(function).parameters)


def checked_with(wide: bool) -> Callable[[F], F]:
    """Decorator like `checked` that sets whether float16 and bfloat16 are computed in float32.

    Parameters
    ----------
    wide
        If True, compute float16 and bfloat16 in float32.

    Returns
    -------
    decorator : function
        The decorator.
    """
    return lambda function: _checked(function, wide)


def unchecked(function: F) -> F:
    """Function without its checks, which take a twentieth of the time, for chunks of arrays that have been checked.

    Parameters
    ----------
    function
        Function decorated by `checked` or `checked_with`.

    Returns
    -------
    function : function
        The undecorated function.
    """
    return function.__wrapped__  # type: ignore[attr-defined]


def _checked(function: F, wide: bool) -> F:
    names, arrays, settings = _arguments(function)
    array_names = [array.name for array in arrays]
    looked_at = [(setting, setting.name, setting.right, setting.most) for setting in settings]
    checked_names = {*array_names, *(setting.name for setting in settings)}
    checked_places = tuple(name in checked_names for name in names)

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        kind = None if Tracing.is_compiling() else _kind_of_call(args, kwargs, checked_places, checked_names)
        if kind is not None and kind in function.passed:  # type: ignore[attr-defined]
            return function(*args, **kwargs)
        given = dict(zip(names, args, strict=False))
        given.update(kwargs)
        if len(given) < len(args) + len(kwargs):
            return function(*args, **kwargs)  # too many arguments, or one twice: Python raises the error
        changed: dict[str, Any] = {}
        for setting, name, right, most in looked_at:
            if name in given:
                value = given[name]
                if type(value) not in right or (most and not -most <= value <= most):
                    plain = plain_value(setting, value)
                    if plain is not value:
                        changed[name] = plain
        unknown = _check_arrays(arrays, given, changed)
        if wide:
            half = half_dtype([changed.get(name, given.get(name)) for name in array_names])
            if half is not None:
                return in_float32(function, {**given, **changed}, array_names, half)
        if changed:
            args, kwargs = (), {**given, **changed}
        elif kind is not None and unknown is None:
            _remember(function.passed, kind)  # type: ignore[attr-defined]
        return function(*args, **kwargs) if unknown is None else _run_unknown(function, args, kwargs, unknown)

    # Kinds of calls that have passed unchanged. Checks take as long as ten operations on small arrays, and a loop
    # repeats the same calls. This is an attribute, because Dynamo would trace into a set in the closure of a method.
    function.passed = set()  # type: ignore[attr-defined]
    # A user's own function may branch on tensors.
    return left_to_python(call) if function.__module__.startswith("ddsp.") else call  # type: ignore[return-value]


def _remember(passed: set[tuple], kind: tuple) -> None:
    """Add a kind of call. All are forgotten after `MOST_KINDS`, as with ever new lengths."""
    if len(passed) >= MOST_KINDS:
        passed.clear()
    passed.add(kind)


def _kind_of_call(args: tuple, kwargs: dict[str, Any], places: tuple[bool, ...], names: set[str]) -> tuple | None:
    """All that the checks of a call depend on, if its arguments are eager arrays and plain values; otherwise None."""
    values = [x for x, is_checked in zip(args, places, strict=False) if is_checked]
    kind: list[Any] = list(kwargs)
    values += [kwargs[name] for name in kwargs if name in names]
    for x in values:
        cls = type(x)
        if cls in Tracing.eager_arrays:
            kind += (cls, x.dtype, x.shape)
        elif cls in PLAIN:
            kind += (cls, x)
        else:
            return None
    return tuple(kind)


def _arguments(function: Callable) -> tuple[tuple[str, ...], tuple[_Arrays, ...], tuple[Setting, ...]]:
    """Names of a function's positional arguments, its arrays, and its settings."""
    parameters = list(inspect.signature(function).parameters.values())
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    annotated = [(p.name, p.annotation) for p in parameters if isinstance(p.annotation, str)]
    arrays = []
    for name, text in annotated:
        if layouts := tuple(Layout.of(axes or dots) for axes, dots in ARRAY.findall(text)):
            rest = ARRAY.sub("", text)
            arrays.append(_Arrays(name, layouts, "float" in rest, "None" in rest))
    settings = tuple(setting for name, text in annotated if (setting := setting_of(name, text)))
    return tuple(p.name for p in parameters if p.kind in positional), tuple(arrays), settings


def _check_arrays(arrays: Sequence[_Arrays], given: dict[str, Any], changed: dict[str, Any]) -> str | None:
    """Check the arrays of a call; returns the name of the first with an unknown size in an axis other than the batch.

    Arrays that are in a `keras.Variable` are added to `changed`.
    """
    sizes: Sizes = {}
    unknown = None
    for argument in arrays:
        name, layouts, number, optional = argument
        if name not in given:
            continue
        x = given[name]
        if optional and x is None:
            continue
        if number and is_number(x):
            if type(x) is int and abs(x) >= 2**31:  # JAX refuses larger integers
                changed[name] = plain_value(Setting(name, "float", False), x)
            continue
        if (inside := array_inside(x)) is not x:
            x = changed[name] = inside
        shape = getattr(x, "shape", None)
        shape = tuple(shape) if isinstance(shape, tuple) else _shape_of(name, x, layouts)
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
        if None in (shape[1:] or shape):  # a single axis is not a batch
            unknown = unknown or name
    return unknown


def _shape_of(name: str, x: Any, layouts: tuple[Layout, ...]) -> tuple:
    """Shape of an array whose shape is not a tuple (TensorFlow's); TypeError for other objects."""
    shape: Any = getattr(x, "shape", None)
    if isinstance(x, type) or not hasattr(shape, "__iter__"):
        raise TypeError(
            f"{name}: got {shown(x)}, expected an array {' or '.join(map(str, layouts))}; "
            "wrap it first, for example with numpy.asarray(..., dtype='float32')"
        )
    if getattr(shape, "rank", 0) is None:
        raise ValueError(f"{name}: got an unknown number of axes, expected {' or '.join(map(str, layouts))}")
    return tuple(shape)


def _run_unknown(function: Callable, args: tuple, kwargs: dict, name: str) -> Any:
    """Call with an axis of unknown size. Many ops do not need the size; the error of the others names the argument."""
    try:
        return function(*args, **kwargs)
    except UnknownSize as error:
        raise UnknownSize(
            f"{name}: got an axis of unknown length, expected a known one (only the batch size may be open); "
            "give the tf.function an input_signature with the length, or use tf.ensure_shape"
        ) from error
