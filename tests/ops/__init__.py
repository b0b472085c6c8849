"""The test data of every public op: its oracles, cases and drawn arguments, in one file.

The files are named as those of the library: tests/ops/core/math.py has the ops of ddsp/core/math.py. They are found by
their folder. They use NumPy and no part of the library: an oracle that shared code with an op could share its mistakes.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import walk_packages

from ..cases import Case
from ..draws import DRAWN
from ..oracles import ORACLES

__all__ = ["DRAWN", "ORACLES", "all_cases"]

_FILES = [import_module(found.name) for found in walk_packages(__path__, f"{__name__}.") if not found.ispkg]
_CASES = [case for file in _FILES for case in getattr(file, "CASES", ())]
assert len({case.name for case in _CASES}) == len(_CASES), "two cases of one name"


def all_cases() -> list[Case]:
    """The cases of all files, in alphabetical order of the files."""
    return list(_CASES)
