"""Settings, which are Python values: checked against their annotations; NumPy scalars become Python numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

__all__ = ["integer", "one_of"]

#: Rates, in Hz.
RATES = ("sample_rate", "frame_rate", "from_rate", "to_rate")
#: Numbers that may be fractions, which are exact.
EXACT = (*RATES, "hop_size")
#: Numbers that fill arrays, which may be infinite or NaN.
FILLING = ("constant_values", "pad_value", "value")
#: The largest int32, which JAX counts with, and the largest float32: arrays of float32 hold nothing above.
MOST = {"int": 2**31 - 1, "float": float(np.finfo(np.float32).max)}
#: The least number above 0.
TINY = 5e-324
#: Ranges of numbers that have one meaning wherever they occur: the least, the largest, and how an error puts it.
RANGES = {
    **dict.fromkeys(RATES, (TINY, MOST["int"], "a rate above 0 and below 2**31")),
    **dict.fromkeys(
        ("amin", "base", "eps", "exponent", "max_time", "max_x", "midi_std", "min_x", "range_db", "width"),
        (TINY, MOST["float"], "a finite number above 0"),
    ),
    **dict.fromkeys(("hz_max", "hz_min"), (0, MOST["float"], "a finite frequency of at least 0")),
    "ref_db": (-380, 380, "from -380 to 380 dB, the range of float32"),
}


class Setting(NamedTuple):
    """An argument or field that is a Python value: its type by the annotation, and whether None is accepted."""

    name: str
    kind: str
    optional: bool

    @property
    def right(self) -> tuple[type, ...]:
        """Types that need no further check."""
        kinds = {"int": (int,), "float": (float, int), "bool": (bool,), "str": (str,)}
        return () if self.name in RANGES else kinds.get(self.kind, ())

    @property
    def most(self) -> float:
        """Largest magnitude of these types that needs no further check; 0 if there is no limit."""
        return 0 if self.name in FILLING else min(MOST.get(self.kind, 0), 2**53)  # above, no int is every float


def shown(x: Any) -> str:
    """A value in an error message, on one short line."""
    if x is None or isinstance(x, (bool, float, complex)) or (isinstance(x, int) and abs(x) < 10**15):
        return repr(x)
    if isinstance(x, int):
        return f"an integer of {len(str(abs(x)))} digits"
    return repr(x) if isinstance(x, str) and len(x) < 100 else f"a {type(x).__name__}"


def setting_of(name: str, annotation: str) -> Setting | None:
    """Type of a Python value that an annotation requires; None if it is not checked."""
    alternatives = [part.strip() for part in annotation.split(" | ")]
    first, optional = alternatives[0], "None" in alternatives
    if first in ("int", "float", "bool", "str"):
        return Setting(name, first, optional)
    if first.startswith(("tuple[int", "tuple[float")):
        return Setting(name, "tuple of ints" if "int" in first else "tuple of floats", optional)
    return Setting(name, "function", optional) if first.startswith("Callable") else None


def plain_value(setting: Setting, value: Any) -> Any:
    """A setting converted to the Python type of its annotation; ValueError if that is impossible."""
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
    if kind == "bool" and isinstance(value, (np.bool_, np.integer, int)) and value in (0, 1):
        return bool(value)
    if (kind == "str" and isinstance(value, str)) or (kind == "function" and callable(value)):
        return value
    expected = {"bool": "True or False", "str": "a string", "function": "a function"}[kind]
    raise ValueError(f"{name}: got {shown(value)}, expected {expected}{' or None' if optional else ''}")


def _sequence(name: str, value: Any, kind: str) -> Sequence:
    if isinstance(value, np.ndarray) and value.ndim == 1:
        return value.tolist()
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return value
    raise ValueError(f"{name}: got {shown(value)}, expected a {kind}, such as (512, 256)")


def _number(name: str, value: Any, kind: str) -> Any:
    """A Python number from a number or a NumPy scalar, which would promote float32 arrays to its own dtype."""
    if isinstance(value, (np.generic, np.ndarray)) and np.ndim(value) == 0:
        value = value.item()
    if isinstance(value, bool) or not isinstance(value, (int, float, Fraction)):
        what = f"an array of shape {tuple(value.shape)}" if isinstance(value, np.ndarray) else shown(value)
        raise ValueError(f"{name}: got {what}, expected {'an integer' if kind == 'int' else 'a number'} of Python")
    if name in RANGES and not RANGES[name][0] <= value <= RANGES[name][1]:
        raise ValueError(f"{name}: got {shown(value)}, expected {RANGES[name][2]}")
    if name not in FILLING and not -MOST[kind] <= value <= MOST[kind]:
        limit = "an integer between -2**31 and 2**31" if kind == "int" else "a finite number that float32 holds"
        raise ValueError(f"{name}: got {shown(value)}, expected {limit}")
    if isinstance(value, Fraction) and name not in EXACT:
        value = int(value) if value.denominator == 1 else float(value)
    if kind == "float" and isinstance(value, int) and abs(value) > 2**53:  # PyTorch takes none beyond int64
        value = float(value)
    return integer(name, value, -MOST["int"]) if kind == "int" and not isinstance(value, Fraction) else value


def plain_settings(settings: Any) -> None:
    """Check the fields of a frozen dataclass as `checked` checks arguments; NumPy scalars become Python numbers."""
    for field in fields(settings):
        setting = setting_of(field.name, field.type) if isinstance(field.type, str) else None
        if setting is not None:
            value = getattr(settings, field.name)
            plain = plain_value(setting, value)
            if plain is not value:
                object.__setattr__(settings, field.name, plain)


def integer(name: str, value: Any, minimum: float) -> int:
    """Raise a ValueError unless a value is a whole number of at least `minimum`.

    Parameters
    ----------
    name
        Name of the argument, for the message.
    value
        Python number or NumPy scalar.
    minimum
        Smallest accepted number.

    Returns
    -------
    value : int
        The number as an int.

    Raises
    ------
    ValueError
        Not a whole number, or too small.
    """
    if isinstance(value, np.generic):
        value = value.item()
    whole = isinstance(value, (int, float)) and not isinstance(value, bool) and value == value // 1
    if not whole or value < minimum:
        least = f" of at least {minimum}" if minimum > -MOST["int"] else ""
        raise ValueError(f"{name}: got {shown(value)}, expected an integer{least}")
    return int(value)


def one_of(name: str, value: Any, choices: Sequence[Any]) -> None:
    """Raise a ValueError unless a value is one of the choices.

    Parameters
    ----------
    name
        Name of the argument, for the message.
    value
        Any value.
    choices
        Accepted values.

    Raises
    ------
    ValueError
        Any other value.
    """
    if value not in choices:
        raise ValueError(f"{name}: got {shown(value)}, expected one of {', '.join(map(repr, choices))}")
