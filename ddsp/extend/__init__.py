"""The tools for writing an op: array types, dispatch, checks of arguments, half precision and cached constants.

`docs/write_your_own.md` shows them at work. Every op starts with the adapter of its arguments and then uses the array
API namespace `xp` alone:

    backend = common_backend(audio=audio, drive=drive)
    xp = backend.xp
"""

from ..backends import Adapter, ByValue, adapter_of
from ..backends._host import host_constant, kept_constant
from ..backends._noise import NoiseKey, host_uniform, item_keys
from .checks import (
    axis_of,
    axis_size,
    broadcasts_to,
    common_backend,
    rank,
    same_batch,
    warn,
)
from .decorators import checked, checked_with, unchecked
from .half import floor_for, promote_half, wide_phase
from .settings import integer, one_of
from .types import Array, Complex, Float, Int, Key

__all__ = [
    "Adapter",
    "Array",
    "ByValue",
    "Complex",
    "Float",
    "Int",
    "Key",
    "NoiseKey",
    "adapter_of",
    "axis_of",
    "axis_size",
    "broadcasts_to",
    "checked",
    "checked_with",
    "common_backend",
    "floor_for",
    "host_constant",
    "host_uniform",
    "integer",
    "item_keys",
    "kept_constant",
    "one_of",
    "promote_half",
    "rank",
    "same_batch",
    "unchecked",
    "warn",
    "wide_phase",
]
