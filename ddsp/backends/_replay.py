"""Steps without Python between the operations.

In eager mode, a step spends most of its time in Python code that finds the backend, checks arguments and looks up
constants, each time with the same outcome. Nothing in a step depends on values, so all steps with arrays of the same
shapes have the same operations. A function that is called repeatedly with such arrays is recorded once, and then runs
as straight-line code of its operations. The results are the same, bit by bit.

Only code of this library is recorded, because a user's function may have other effects than operations on arrays. With
gradients, and under compilers and transforms, functions run unrecorded.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any, NamedTuple

import numpy as np

from . import adapter_of
from ._adapter import Adapter
from ._host import Tracing
from ._recording import NotRecordable, Recorded, Recorder

__all__ = ["Replay"]

#: A kind of call is recorded at its third call; if that fails, again after four times as many calls.
FIRST, FACTOR = 3, 4
#: Codes that are kept for an object, the last ones; kinds of calls that are counted; and how often in a row a code may
#: fail because values lead elsewhere.
MOST_CODES, MOST_KINDS, MOST_MISSES = 8, 64, 16


_NOT_RUN = object()


class _Code(NamedTuple):
    """A recorded call.

    Attributes
    ----------
    adapter
        Adapter of the arrays.
    match
        Function from the arguments of a call to its arrays; it returns None for another structure, shape, dtype or
        device.
    run
        Function from the arrays to the result; it returns None if a branch on values would differ.
    """

    adapter: Adapter
    match: Callable[[tuple], tuple | None]
    run: Callable[..., Any]


class Replay:
    """Recorded calls of a method, kept with the object that has the method."""

    def __init__(self) -> None:
        self.codes: list[_Code] = []
        self._calls: dict[Any, tuple[int, int]] = {}  # number of calls of a kind, and that at which it is recorded
        self._misses: dict[_Code, int] = {}

    def __call__(self, function: Callable, *args: Any) -> Any:
        """Return function(*args), by its code if there is one for arguments of this kind."""
        for code in self.codes:
            arrays = code.match(args)
            if arrays is not None:
                found = code.run(*arrays) if code.adapter.may_replay(arrays) else _NOT_RUN
                if found is _NOT_RUN:
                    return function(*args)
                misses = 0 if found is not None else self._misses.get(code, 0) + 1
                if misses > MOST_MISSES:
                    self._forget(code)
                elif code in self._misses:  # another thread may have forgotten it
                    self._misses[code] = misses
                return function(*args) if found is None else found
        return self._recorded(function, args) if self._comes_again(args) else function(*args)

    def _forget(self, code: _Code) -> None:
        self.codes = [other for other in self.codes if other is not code]
        self._misses.pop(code, None)
        self._calls.clear()

    def _comes_again(self, args: tuple) -> bool:
        kind: list[Any] = []
        if not _add_kind(args, kind):
            return False
        if len(self._calls) >= MOST_KINDS:
            self._calls.clear()
        key = tuple(kind)
        n_calls, due = self._calls.get(key, (0, FIRST))
        is_due = n_calls + 1 == due
        self._calls[key] = n_calls + 1, due * FACTOR if is_due else due
        return is_due

    def _recorded(self, function: Callable, args: tuple) -> Any:
        """Record a call, and return its result."""
        recorder = Recorder()
        try:
            arrays = tuple(_arrays_of(args))
            adapter = adapter_of(*arrays)
            if not adapter.may_replay(arrays):
                return function(*args)
            with _errors_of(adapter):
                result = function(*_replaced(args, lambda x: recorder.argument(adapter, x)))
            code = _code(recorder, adapter, args, result)
        except Exception:  # what cannot be recorded, and errors of the call, which it raises again
            return function(*args)
        finally:
            recorder.close()
        for old in self.codes[MOST_CODES - 1 :]:
            self._forget(old)
        self._misses[code] = 0
        self.codes = [code, *self.codes]
        return _values_of(result)


def _errors_of(adapter: Adapter) -> Any:
    """Context in which NumPy, if it computes for another library, warns of no number, as the library does not."""
    return nullcontext() if adapter.host_for() is None else np.errstate(all="ignore")


def _is_array(x: Any) -> bool:
    return type(x) in Tracing.eager_arrays


def _kind_of_array(x: Any) -> tuple:
    return x.dtype, x.shape, None if type(x) is np.ndarray else x.device


def _add_kind(x: Any, kind: list[Any]) -> bool:
    """Add all that the code of a call depends on to `kind`; False if there is an argument of another class."""
    if _is_array(x):
        kind += (type(x), *_kind_of_array(x))
    elif type(x) is dict:
        kind += (dict, *x)
        return all(_add_kind(value, kind) for value in x.values())
    elif type(x) in (tuple, list):
        kind += (type(x), len(x))
        return all(_add_kind(value, kind) for value in x)
    elif x is None or type(x) in (bool, int, float, str):
        kind += (type(x), x)
    else:
        return False
    return True


def _arrays_of(x: Any) -> list[Any]:
    if type(x) is dict:
        x = list(x.values())
    if type(x) in (tuple, list):
        return [array for part in x for array in _arrays_of(part)]
    return [x] if _is_array(x) else []


def _replaced(x: Any, f: Callable) -> Any:
    """Nested arguments with f(array) in place of arrays, in the order of `_arrays_of`."""
    if type(x) is dict:
        return {name: _replaced(value, f) for name, value in x.items()}
    if type(x) in (tuple, list):
        return type(x)(_replaced(value, f) for value in x)
    return f(x) if _is_array(x) else x


def _values_of(x: Any) -> Any:
    """The result of a recorded call."""
    if type(x) is dict:
        return {name: _values_of(value) for name, value in x.items()}
    if type(x) in (tuple, list):
        return type(x)(map(_values_of, x))
    return x.value if x.variable is not None else _copied(x.value)


def _code(recorder: Recorder, adapter: Adapter, args: tuple, result: Any) -> _Code:
    """The functions of a recorded call."""
    last: set[int] = set()
    returned: set[str] = set()

    def written(x: Any) -> str:
        """A result as an expression."""
        if type(x) is dict:
            return "{" + ", ".join(f"{name!r}: {written(value)}" for name, value in x.items()) + "}"
        if type(x) in (tuple, list):
            parts = ", ".join(map(written, x))
            return f"({parts},)" if isinstance(x, tuple) else f"[{parts}]"
        if isinstance(x, Recorded):
            text = recorder.text(x, last)
            is_alone = x.variable is not None and text not in returned
            returned.add(text)
            return text if is_alone else f"copied({text})"
        raise NotRecordable("the result holds what is no array")

    text = written(result)
    arguments = _arrays_of(args)
    lines = _body(recorder, last)
    parameters = ", ".join(f"v{i}" for i in range(len(arguments)))
    scope = {**recorder.scope, "copied": _copied}
    run = _made(f"def run({parameters}):", [*lines, f"return {text}"], scope, "run")
    return _Code(adapter, _matching(args), run if adapter.host_for() is None else _errors_of(adapter)(run))


def _copied(x: Any) -> Any:
    """A copy of a constant, or of a result that is returned twice, because the caller may write to it."""
    return x.copy() if isinstance(x, (np.ndarray, np.generic)) else x.clone()


def _body(recorder: Recorder, last: set[int]) -> list[str]:
    """The lines whose results are used. A variable is deleted after its last use, so that its memory is used again."""
    live, kept = set(last), []
    for line in reversed(recorder.lines):
        if line.variable is not None and line.variable not in live:
            continue
        done = sorted(line.reads - live)
        live |= line.reads
        texts = [f"if {line.text}: return None" if line.variable is None else f"v{line.variable} = {line.text}"]
        if done:
            texts.append("del " + ", ".join(f"v{i}" for i in done))
        kept.append("; ".join(texts) if line.variable is not None else "\n    ".join(texts))
    return kept[::-1]


def _matching(args: tuple) -> Callable[[tuple], tuple | None]:
    """The function that compares the arguments of a call with those that were recorded."""
    lines: list[str] = []
    scope: dict[str, Any] = {}
    arrays: list[str] = []

    def compare(x: Any, text: str) -> None:
        name = f"x{len(lines)}"
        if _is_array(x):
            cls, *parts = (f"{part}{len(arrays)}" for part in ("class", "dtype", "shape", "device"))
            scope.update(zip((cls, *parts), (type(x), *_kind_of_array(x)), strict=True))
            tests = [f"{name}.{part.rstrip('0123456789')} != {part}" for part in parts if scope[part] is not None]
            lines.append(f"{name} = {text}\n    if type({name}) is not {cls} or {' or '.join(tests)}: return None")
            arrays.append(name)
        elif type(x) in (dict, tuple, list):
            test = f"type({name}) is not {type(x).__name__} or len({name}) != {len(x)}"
            lines.append(f"{name} = {text}\n    if {test}: return None")
            for key, value in x.items() if isinstance(x, dict) else enumerate(x):
                compare(value, f"{name}[{key!r}]")
        else:
            scope[name + "_"] = x
            lines.append(f"{name} = {text}\n    if type({name}) is not type({name}_) or {name} != {name}_: return None")

    compare(args, "args")
    match = _made("def match(args):", [*lines, f"return ({', '.join(arrays)},)"], scope, "match")

    def matching(args: tuple) -> tuple | None:
        try:
            return match(args)
        except KeyError:  # a dict with other names
            return None

    return matching


def _made(head: str, lines: list[str], scope: dict[str, Any], name: str) -> Any:
    exec("\n    ".join([head, *lines]), scope)
    return scope[name]
