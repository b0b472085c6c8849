"""Host-side helpers that several adapters share: cached constants, seeds, nested arrays and chunks."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import wraps
from threading import Lock
from typing import Any, ClassVar

import numpy as np

#: Cache size in bytes for the constants of all design functions: initial and largest.
CACHE_BYTES, MOST_BYTES = 2**24, 2**28
#: Number of evicted constants whose arguments are remembered.
REMEMBERED = 1000
#: Size in bytes up to which constants are kept in the dtypes of the calls as well.
SMALL = 2**17


class ConstantCache:
    """Least-recently-used cache with a bound in bytes that grows on demand.

    A bound on the number of values would not limit memory: constants take up to 90 bytes for each sample of audio.
    Calls with ever new lengths gain nothing from a cache, so the initial bound is low. A request for an evicted value
    shows that lengths recur, and raises the bound by the size of the value.

    Attributes
    ----------
    casts
        For each small array in the cache, by its `id`: a dict of the same constant as arrays of one library, by dtype
        and device, with the lifetime of the array. A step of a stream uses about twenty small constants, and casting
        one takes longer than an operation with it.
    """

    def __init__(self, first: int, most: int):
        self.bound, self.most, self.bytes = first, most, 0
        self.values: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self.casts: dict[int, dict[Hashable, Any]] = {}
        self._gone: OrderedDict[Hashable, None] = OrderedDict()
        self._lock = Lock()  # data loaders run ops in threads

    def get(self, design: Callable, args: tuple) -> Any:
        """Return design(*args) from the cache, or compute it."""
        key = (design, args)
        try:
            value = self.values[key][0]
            self.values.move_to_end(key)
            return value
        except KeyError:
            pass  # an error of the design is then reported without this one
        value = design(*args)
        self._keep(key, value, _bytes_of(value))
        return value

    def _keep(self, key: Hashable, value: Any, size: int) -> None:
        with self._lock:
            if key in self._gone:
                self.bound = min(self.bound + size, self.most)
                del self._gone[key]
            if key not in self.values:
                self.values[key] = value, size
                self.bytes += size
                self.casts.update({id(x): {} for x in _arrays_of(value) if x.nbytes <= SMALL})
            while self.bytes > self.bound and len(self.values) > 1:
                oldest, (value, size) = self.values.popitem(last=False)
                self.bytes -= size
                for x in _arrays_of(value):
                    self.casts.pop(id(x), None)
                self._gone[oldest] = None
            while len(self._gone) > REMEMBERED:
                self._gone.popitem(last=False)


def _arrays_of(value: Any) -> list[np.ndarray]:
    """The arrays of a constant, which is an array or a tuple of arrays."""
    parts = value if isinstance(value, tuple) else (value,)
    return [x for x in parts if isinstance(x, np.ndarray)]


def _bytes_of(value: Any) -> int:
    """Approximate memory of a constant, which is an array or a tuple of arrays."""
    if isinstance(value, tuple):
        return sum(map(_bytes_of, value))
    return 200 + (value.nbytes if isinstance(value, np.ndarray) else 0)


constants = ConstantCache(CACHE_BYTES, MOST_BYTES)


def host_constant(design: Callable) -> Callable:
    """Cache a NumPy design function by its static, hashable arguments, and keep compilers from tracing into it.

    torch.compile would translate the NumPy calls of a traced function, and compute in float32 where an int meets an
    int. It runs a function with this mark on the host instead. `functools.lru_cache` causes a warning of Dynamo, and it
    bounds the number of constants, not their bytes.

    Parameters
    ----------
    design
        Function of static, hashable arguments that returns a NumPy array or a tuple of arrays.

    Returns
    -------
    function : Callable
        The function with a cache. The cache is shared by all design functions and bounded in bytes.

    See Also
    --------
    kept_constant : Caches every value permanently.
    """
    return _marked(design, lambda *args: constants.get(design, args))


def kept_constant(design: Callable) -> Callable:
    """Cache a design function permanently, for a few values that take long to make, such as the weights of a network.

    Parameters
    ----------
    design
        Function of static, hashable arguments that returns a NumPy array or a tuple of arrays.

    Returns
    -------
    function : Callable
        The function with a cache of its own. Compilers do not trace into it.

    See Also
    --------
    host_constant : Caches with a bound in bytes.
    """
    cache: dict[Any, Any] = {}

    def cached(*args: Any) -> Any:
        if args not in cache:
            cache[args] = design(*args)
        return cache[args]

    return _marked(design, cached)


def known_of_type(find: Callable[[type], Any]) -> Callable[[type], Any]:
    """`kept_constant` for a function of a class. Every call of every op uses it, so it is only a dictionary lookup."""
    cache: dict[type, Any] = {}

    def cached(kind: type) -> Any:
        if kind not in cache:
            cache[kind] = find(kind)
        return cache[kind]

    cached._dynamo_marked_constant = True  # type: ignore[attr-defined]
    return cached


class Tracing:
    """What the host needs to know of torch.compile and of eager arrays. The adapters set it.

    Attributes
    ----------
    is_compiling
        Tests whether torch.compile traces. Sizes may then be symbolic.
    as_tensors
        Tests whether constants in traced code shall be tensors instead of arrays.
    to_tensor
        Makes a tensor of an array.
    eager_arrays
        Array classes of eager mode, whose dtypes are hashable and whose shapes are tuples of ints; with a test for
        arrays that are dense, or None if all are.
    """

    is_compiling: Callable[[], bool] = staticmethod(lambda: False)
    eager_arrays: ClassVar[dict[type, Callable[[Any], bool] | None]] = {np.ndarray: None}
    as_tensors: Callable[[], bool] = staticmethod(lambda: False)
    to_tensor: Callable[[np.ndarray], Any] = staticmethod(lambda array: array)


def _marked(design: Callable, cached: Callable) -> Callable:
    def as_tensors(*args: Any) -> Any:
        return map_tree(lambda x: Tracing.to_tensor(x) if isinstance(x, np.ndarray) else x, cached(*args))

    for f in (cached, as_tensors):
        f._dynamo_marked_constant = True  # type: ignore[attr-defined]

    @wraps(design)
    def constant(*args: Any) -> Any:
        if not Tracing.is_compiling():
            return cached(*args)
        # Sizes may be symbolic while a compiler traces. `range` makes them concrete, as the mark above requires.
        # `type(a)` is avoided: Dynamo cannot guard the class of a value that another such function returned.
        args = tuple(range(a).stop if isinstance(a, int) and not isinstance(a, bool) else a for a in args)
        return as_tensors(*args) if Tracing.as_tensors() else cached(*args)

    return constant


def left_to_python(function: Callable) -> Callable:
    """Mark a function that AutoGraph shall not convert.

    AutoGraph rewrites Python branches on tensors for tf.function. The library has none, and converting its functions
    takes three times as long as tracing them.
    """
    function.autograph_info__ = {}  # type: ignore[attr-defined]  # what tf.autograph.experimental.do_not_convert sets
    return function


class LeftToPython:
    """Base class of objects whose calls AutoGraph shall not convert, unless the class is a user's own."""

    @property
    def autograph_info__(self) -> dict[str, Any]:
        if type(self).__module__.startswith("ddsp."):
            return {}
        raise AttributeError("autograph_info__")


def keep_freed_memory() -> None:
    """Make glibc reuse freed memory for the next array, by freeing a large array once.

    glibc returns freed memory to the system if it exceeds twice the largest allocation (up to 32 MB) freed so far. Each
    page that is allocated again then costs a page fault: up to half the time of an op. This has no effect with other C
    libraries.
    """
    np.empty(2**25 - 2**13, dtype=np.uint8)  # none of its pages is touched


def valid_key(key: Any, kinds: tuple[type, ...], expected: str) -> Any:
    """Check a random key: None, an int seed, or an instance of the classes `kinds`.

    Parameters
    ----------
    key
        The key of a call.
    kinds
        Classes of the array library's own keys and generators.
    expected
        Description of these classes for the error message.

    Returns
    -------
    key : Any
        The key; an int seed as a Python int.

    Raises
    ------
    ValueError
        The seed is out of range.
    TypeError
        The object is not a key.
    """
    if key is None or isinstance(key, kinds):
        return key
    if isinstance(key, bool) or not isinstance(key, (int, np.integer)):
        raise TypeError(f"key: got a {type(key).__name__}, expected an int seed, {expected}")
    if not 0 <= key < 2**63:
        raise ValueError(f"key: got {key}, expected a seed of at least 0 and less than 2**63")
    return int(key)


def seeds(key: Any, n: int) -> list[Any]:
    """Derive n independent 32-bit seeds from one; n times None for None."""
    if key is None:
        return [None] * n
    return [int(child.generate_state(1)[0]) for child in np.random.SeedSequence(key).spawn(n)]


def map_tree(f: Callable, *trees: Any) -> Any:
    """Apply f to corresponding leaves of nested dicts, lists and tuples of equal structure."""
    first = trees[0]
    if isinstance(first, dict):
        return {k: map_tree(f, *(t[k] for t in trees)) for k in first}
    if isinstance(first, (list, tuple)):
        return type(first)(map_tree(f, *leaves) for leaves in zip(*trees, strict=True))
    return f(*trees)


def leaves_of(tree: Any) -> list[Any]:
    """List the arrays of nested dicts, lists and tuples in order."""
    found: list[Any] = []
    map_tree(found.append, tree)
    return found


#: Number of audio samples whose spectrograms fit in the cache of a CPU.
CHUNK_SAMPLES = 2**16


def chunk_items(arrays: tuple) -> int:
    """Number of items of the leading axis in a chunk of about `CHUNK_SAMPLES` numbers; at least 1."""
    return max(CHUNK_SAMPLES // max(math.prod(arrays[-1].shape[1:]), 1), 1)


def has_chunks(arrays: tuple) -> bool:
    """Test whether the arrays have a common leading axis that is longer than a chunk."""
    return arrays[0].shape[0] > chunk_items(arrays) and all(x.shape[0] == arrays[0].shape[0] for x in arrays)


def chunks_of(arrays: tuple) -> list[tuple[float, tuple]]:
    """Cut arrays along their leading axis into chunks, each with its weight in a mean over that axis."""
    n, size = int(arrays[0].shape[0]), chunk_items(arrays)
    starts = range(0, n, size)
    return [(min(size, n - i) / n, tuple(x[i : i + size, ...] for x in arrays)) for i in starts]


def mean_over_chunks(f: Callable, *arrays: Any, numbers: tuple = ()) -> Any:
    """`Adapter.mean_over_chunks` as a plain loop."""
    if not has_chunks(arrays):
        return f(*arrays, *numbers)
    return sum(share * f(*chunk, *numbers) for share, chunk in chunks_of(arrays))


def loop(xp: Any, step: Callable, init: Any, xs: Any) -> tuple[Any, Any]:
    """`Adapter.scan` as a plain loop."""
    carry, ys = init, []
    for i in range(int(leaves_of(xs)[0].shape[0])):
        carry, y = step(carry, map_tree(lambda x, i=i: x[i, ...], xs))
        ys.append(y)
    return carry, map_tree(lambda *leaves: xp.stack(leaves), *ys)
