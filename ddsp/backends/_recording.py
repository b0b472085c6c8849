"""Recording of the array operations of a function, for `_replay`.

The function is called with a `Recorded` in place of each array. It computes as usual, and each operation becomes a line
of code. Values that depend only on shapes and settings become constants of the code.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from types import ModuleType
from typing import Any, NamedTuple, NoReturn

from ._adapter import Adapter
from ._host import leaves_of, loop, map_tree
from ._noise import bits_of, host_next_uniform
from ._traits import Traits

__all__ = ["NotRecordable", "Recorded", "Recorder"]

#: Functions whose result depends only on the shape of the argument.
FILLING = ("zeros_like", "ones_like", "full_like", "empty_like")
#: Functions without rounding, or rounded exactly, as operators are. They run in NumPy for small arrays.
EXACT = (
    *("abs", "astype", "bitwise_and", "bitwise_right_shift", "bitwise_xor", "clip", "concat", "isfinite", "isnan"),
    *("imag", "matrix_transpose", "permute_dims", "real", "reshape", "round", "stack", "unstack", "where", *FILLING),
)
#: Largest size of all results, which live until the end, in bytes. Recording does not speed up large arrays.
MOST_BYTES = 2**26
#: Number of elements up to which operations may run in NumPy.
SMALL = 2**17


class NotRecordable(Exception):
    """The function needs the value of an array, or an operation that cannot be recorded."""


def _needs_value(self: Any, *args: Any, **kwargs: Any) -> NoReturn:
    raise NotRecordable("a value is read")


class Recorded:
    """An array while it is recorded: a variable of the code, or a constant.

    Attributes
    ----------
    adapter
        The adapter that records, with the recorder.
    value
        The array of this call.
    variable
        Number of the variable; None for a constant, -1 if the line that converts its twin has not been written yet.
    twin
        The same array as a NumPy array, if an operation needs it.
    """

    __slots__ = ("adapter", "twin", "value", "variable")
    __array_ufunc__ = None  # NumPy's functions raise a TypeError
    __array__ = __bool__ = __int__ = __float__ = __index__ = __iter__ = __len__ = _needs_value

    def __init__(
        self, adapter: RecordingAdapter, value: Any, variable: int | None = None, twin: Recorded | None = None
    ):
        self.adapter, self.value, self.variable, self.twin = adapter, value, variable, twin

    shape = property(lambda self: self.value.shape)
    dtype = property(lambda self: self.value.dtype)
    ndim = property(lambda self: self.value.ndim)
    device = property(lambda self: self.value.device)

    def __getitem__(self, index: Any) -> Recorded:
        return self.adapter.record_exact("{}[{}]", lambda x, i: x[i], (self, index), True)

    def __neg__(self) -> Recorded:
        return self.adapter.record_exact("(-{})", lambda x: -x, (self,))

    def __invert__(self) -> Recorded:
        return self.adapter.record_exact("(~{})", lambda x: ~x, (self,))

    __hash__ = object.__hash__


def _operator(symbol: str, is_reflected: bool) -> Callable:
    text = f"({{}} {symbol} {{}})"
    compute = eval(f"lambda x, y: x {symbol} y")

    def operate(self: Recorded, other: Any) -> Recorded:
        args = (other, self) if is_reflected else (self, other)
        # Complex products are rounded in more than one way, except for those with the imaginary unit.
        complex_too = symbol in "+-" or (isinstance(other, complex) and other == 1j)
        return self.adapter.record_exact(text, compute, args, complex_too)

    return operate


for _name, _symbol in {
    "add": "+", "sub": "-", "mul": "*", "truediv": "/", "floordiv": "//", "mod": "%", "pow": "**", "matmul": "@",
    "and": "&", "or": "|", "xor": "^", "lshift": "<<", "rshift": ">>",
}.items():  # fmt: skip
    setattr(Recorded, f"__{_name}__", _operator(_symbol, False))
    setattr(Recorded, f"__r{_name}__", _operator(_symbol, True))
for _name, _symbol in {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}.items():
    setattr(Recorded, f"__{_name}__", _operator(_symbol, False))


class Line(NamedTuple):
    """A line of the code: the variable that it sets (None for a test), its text, and the variables that it reads."""

    variable: int | None
    text: str
    reads: frozenset[int]


class Recorder:
    """The code of one recording."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.scope: dict[str, Any] = {}
        self.n_variables = self.n_arguments = self.bytes = 0
        self._adapters: dict[int, RecordingAdapter] = {}
        self._found: dict[str, Any] = {}
        self._names: dict[int | str, str] = {}
        self._kept: list[Any] = []  # an object whose `id` is a key must live

    def close(self) -> None:
        """Release all arrays at once; reference cycles would keep them until the next garbage collection."""
        for name in ("_adapters", "_found", "_names", "_kept"):
            getattr(self, name).clear()

    def adapter(self, base: Adapter) -> RecordingAdapter:
        """The recording adapter of a library."""
        return self._adapters.setdefault(id(base), RecordingAdapter(self, base))

    def argument(self, base: Adapter, array: Any) -> Recorded:
        """A further argument of the code."""
        self.n_arguments += 1
        return Recorded(self.adapter(base), array, self._next())

    def _next(self) -> int:
        self.n_variables += 1
        return self.n_variables - 1

    def text(self, x: Any, reads: set[int]) -> str:
        """A value in the code; variables are added to `reads`."""
        if isinstance(x, Recorded):
            if x.variable is None:
                return self._constant(x.value)
            if x.variable < 0:
                x.variable = x.adapter.from_twin(x.twin)
            reads.add(x.variable)
            return f"v{x.variable}"
        if type(x) in (list, tuple) and any(isinstance(part, Recorded) for part in x):
            parts = ", ".join(self.text(part, reads) for part in x)
            return f"[{parts}]" if isinstance(x, list) else f"({parts},)"
        if x is None or type(x) in (bool, int, str) or (type(x) is float and math.isfinite(x)):
            return f"({x!r})" if type(x) in (int, float) and x < 0 else repr(x)
        if type(x) is tuple and all(part is None or type(part) in (bool, int) for part in x):
            return repr(x)
        return self._constant(x)

    def _constant(self, x: Any) -> str:
        parts = x if type(x) is tuple else (x,)
        is_index = all(part is None or part is ... or type(part) in (int, slice) for part in parts)
        key = repr(x) if is_index else id(x)  # equal indices share a name, so that equal lines are found
        if key not in self._names:
            self._names[key] = f"c{len(self._names)}"
            self.scope[self._names[key]] = x
            self._kept.append(x)
        return self._names[key]

    def record(self, adapter: RecordingAdapter, template: str, compute: Callable, args: tuple, known: bool) -> Any:
        """Compute a result and write its line, or reuse the line that already computes it."""
        reads: set[int] = set()
        text = template.format(*(self.text(x, reads) for x in args))
        if text in self._found:
            return self._found[text]
        value = compute(*map_tree(_value_of, args))
        self.bytes += sum(getattr(x, "nbytes", 0) for x in leaves_of(value))
        if self.bytes > MOST_BYTES:
            raise NotRecordable("the arrays are large")
        if known or not reads:
            found = map_tree(lambda x: Recorded(adapter, x), value)
        else:
            variable = self._next()
            self.lines.append(Line(variable, text, frozenset(reads)))
            found = Recorded(adapter, value, variable)
            if isinstance(value, (tuple, list)):
                parts = (self._part(adapter, variable, i, part) for i, part in enumerate(value))
                found = type(value)(parts)
        self._found[text] = found
        return found

    def _part(self, adapter: RecordingAdapter, variable: int, i: int, value: Any) -> Recorded:
        self.lines.append(Line(self._next(), f"v{variable}[{i}]", frozenset((variable,))))
        return Recorded(adapter, value, self.n_variables - 1)

    def stop_if(self, template: str, condition: Recorded) -> None:
        """A test: the code returns None if it is true."""
        reads: set[int] = set()
        text = template.format(self.text(condition if condition.twin is None else condition.twin, reads))
        self.lines.append(Line(None, text, frozenset(reads)))


def _value_of(x: Any) -> Any:
    return x.value if isinstance(x, Recorded) else x


class RecordingNamespace:
    """Functions of a namespace that record their calls."""

    def __init__(self, adapter: RecordingAdapter, xp: Any):
        self._adapter, self._xp, self._direct = adapter, xp, getattr(xp, "DIRECT", {})

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._xp, name)
        if isinstance(found, ModuleType):
            return RecordingNamespace(self._adapter, found)
        if isinstance(found, type) or not callable(found):
            return found

        def call(*args: Any, **kwargs: Any) -> Any:
            if not any(isinstance(x, Recorded) for x in leaves_of(args)):
                return found(*args, **kwargs)  # of dtypes or of numbers
            result = self._adapter.call_exact(name, args, kwargs) if name in EXACT else None
            if result is None:
                result = self._adapter.call(self._direct.get(name, found), args, kwargs, known=name in FILLING)
            is_same = name == "reshape" and result.shape == args[0].shape
            return args[0] if is_same else result

        return call


class RecordingAdapter(Adapter):
    """Adapter of `Recorded` arrays. No gradient is taken."""

    Array = (Recorded,)

    def __init__(self, recorder: Recorder, base: Adapter):
        self.recorder, self.base = recorder, base
        self.name, self.xp = base.name, RecordingNamespace(self, base.xp)

    def record(self, template: str, compute: Callable, args: tuple, known: bool = False) -> Any:
        """Record an expression."""
        return self.recorder.record(self, template, compute, args, known)

    def record_exact(self, template: str, compute: Callable, args: tuple, complex_too: bool = False) -> Any:
        """Record an operator, in NumPy if that takes less time."""
        host, moved = self._moved(args, complex_too)
        if host is not None:
            return self._from_host(host.record(template, compute, moved))
        like = next(x.value for x in args if isinstance(x, Recorded))
        return self.record(template, compute, tuple(self.base.scalar(x, like) for x in args))

    def call_exact(self, name: str, args: tuple, kwargs: dict[str, Any]) -> Any:
        """Record the call of a function in NumPy if that takes less time; otherwise None."""
        host, moved = self._moved((*args, *kwargs.values()), name in ("real", "imag"))
        if host is None:
            return None
        moved_kwargs = dict(zip(kwargs, moved[len(args) :], strict=True))
        return self._from_host(getattr(host.xp, name)(*moved[: len(args)], **moved_kwargs))

    def _moved(self, args: tuple, complex_too: bool) -> tuple[RecordingAdapter | None, tuple]:
        """NumPy's adapter, if it takes less time with these arrays, and the arguments in NumPy's memory."""
        arrays = [x.value for x in leaves_of(args) if isinstance(x, Recorded)]
        host = self.base.host_for(*arrays, most=SMALL)
        if host is None or not (complex_too or all("complex" not in str(x.dtype) for x in arrays)):
            return None, args
        return self.recorder.adapter(host), map_tree(self._twin, args)

    def _twin(self, x: Any) -> Any:
        """A recorded array in NumPy's memory. Other arguments are kept, with NumPy's dtypes."""
        if not isinstance(x, Recorded):
            return self.base.host_setting(x)
        if x.twin is None:
            host = self.recorder.adapter(self.base.host_for())
            is_argument = x.variable is not None and x.variable < self.recorder.n_arguments
            to_host = self.base.to_host if is_argument else self.base.result_to_host
            x.twin = self.recorder.record(host, "{}({})", lambda f, y: f(y), (to_host, x), False)
        return x.twin

    def _from_host(self, x: Any) -> Any:
        """An array that has been computed in NumPy. The line that makes a tensor of it is written if it is read."""
        if isinstance(x, (tuple, list)):
            return type(x)(map(self._from_host, x))
        value = self.base.from_host(x.value if x.value.flags.writeable else x.value.copy(order="K"))
        return Recorded(self, value, None if x.variable is None else -1, x)

    def from_twin(self, twin: Any) -> Any:
        """Record the line that makes a tensor of an array; return its variable."""
        return self.call(self.base.from_host, (twin,), {}).variable

    def call(self, f: Callable, args: tuple, kwargs: dict[str, Any], known: bool = False) -> Any:
        """Record the call of a function."""
        places = ["{}"] * len(args) + [f"{name}={{}}" for name in kwargs]
        names = tuple(kwargs)

        def compute(f: Callable, *given: Any) -> Any:
            return f(*given[: len(args)], **dict(zip(names, given[len(args) :], strict=True)))

        return self.record(f"{{}}({', '.join(places)})", compute, (f, *args, *kwargs.values()), known)

    def constant(self, array: Any, like: Any) -> Recorded:
        return Recorded(self, self.base.constant(array, like.value))

    def traits(self, like: Any) -> Traits:
        return self.base.traits(like.value)

    def takes_gradient(self, *arrays: Any) -> bool:
        return False

    def outline(self, f: Callable, *arrays: Any, **settings: Any) -> tuple[Any, ...]:
        host = self.base.host_for(*(x.value for x in arrays))
        if host is None:
            return f(self, *arrays, **settings)
        return self._from_host(f(self.recorder.adapter(host), *map(self._twin, arrays), **settings))

    def leading_bits(self, x: Any, dropped: int) -> Any:
        return self.call(self.base.leading_bits, (x, dropped), {})

    def frame_view(self, audio: Any, frame_size: int, hop_size: int) -> Any:
        return self.call(self.base.frame_view, (audio, frame_size, hop_size), {})

    def next_uniform(self, key: Any, count: Any, n_samples: int, like: Any) -> Any:
        host = self.base.host_for(key.value, count.value)
        if host is None and self.base.name != "numpy":
            return self.call(self.base.next_uniform, (key, count, n_samples, like), {})
        n_bits, on_host = bits_of(self.base.xp, like.dtype), self if host is None else self.recorder.adapter(host)
        key, count = (x if host is None else self._twin(x) for x in (key, count))
        noise, count = on_host.call(host_next_uniform, (key, count, n_samples, n_bits), {})
        noise, count = (x if host is None else self._from_host(x) for x in (noise, count))
        return self.xp.astype(noise, like.dtype), count

    def concrete_nonzero(self, condition: Any) -> Any:
        found = self.base.concrete_nonzero(condition.value)
        if found is None or found.shape[0] not in (0, condition.shape[0]):
            raise NotRecordable("what is computed depends on values")
        self.recorder.stop_if("{}.any()" if found.shape[0] == 0 else "not {}.all()", condition)
        return Recorded(self, found)

    def scan(self, step: Callable, init: Any, xs: Any) -> tuple[Any, Any]:
        return loop(self.xp, step, init, xs)

    to_numpy = _needs_value

    def _draw(self, draw: str, key: Any, shape: tuple[int, ...], like: Any) -> NoReturn:
        raise NotRecordable("random numbers are drawn")

    def split(self, key: Any, n: int) -> NoReturn:
        raise NotRecordable("random numbers are drawn")
