"""Small host-side helpers that several adapters share: cached constants, seeds and nests of arrays."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import wraps
from threading import Lock
from typing import Any

import numpy as np

#: Bytes of constants that are kept, of all design functions together: at first, and at most.
CACHE_BYTES, MOST_BYTES = 2**24, 2**28
#: How many of the constants that went are remembered, by their arguments.
REMEMBERED = 1000


class ConstantCache:
    """Values by key; beyond a number of bytes, what was not used for longest goes.

    A bound on their number would not do: constants take up to 90 bytes for each sample of audio. Whoever meets a new
    length at each call gains nothing from them, so the bound is low. It is raised by each value that is asked for after
    it went: a length that stays, or lengths that come again, need more.
    """

    def __init__(self, first: int, most: int):
        self.bound, self.most, self.bytes = first, most, 0
        self.values: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._gone: OrderedDict[Hashable, None] = OrderedDict()
        self._lock = Lock()  # loaders of data run ops in threads

    def get(self, design: Callable, args: tuple) -> Any:
        """design(*args), made anew if it is not there."""
        key = (design, args)
        try:
            value = self.values[key][0]
            self.values.move_to_end(key)
        except KeyError:
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
            while self.bytes > self.bound and len(self.values) > 1:
                oldest, (_, size) = self.values.popitem(last=False)
                self.bytes -= size
                self._gone[oldest] = None
            while len(self._gone) > REMEMBERED:
                self._gone.popitem(last=False)


def _bytes_of(value: Any) -> int:
    """About how much memory a constant takes: an array, or a tuple of them."""
    if isinstance(value, tuple):
        return sum(map(_bytes_of, value))
    return 200 + (value.nbytes if isinstance(value, np.ndarray) else 0)


constants = ConstantCache(CACHE_BYTES, MOST_BYTES)


def host_constant(design: Callable) -> Callable:
    """Cache a NumPy design function by its (static, hashable) arguments, and keep compilers from tracing into it.

    torch.compile would translate the NumPy calls in a traced function, in float32 where an int meets an int; a
    function with this mark it runs on the host instead. `functools.lru_cache` would do for the rest, but it warns, and
    it bounds the number of constants, not their bytes.
    """
    return _marked(design, lambda *args: constants.get(design, args))


def kept_constant(design: Callable) -> Callable:
    """`host_constant` of what is kept for good, since there are few of it and it takes long to make: weights, say."""
    cache: dict[Any, Any] = {}

    def cached(*args: Any) -> Any:
        if args not in cache:
            cache[args] = design(*args)
        return cache[args]

    return _marked(design, cached)


def known_of_type(find: Callable[[type], Any]) -> Callable[[type], Any]:
    """`kept_constant` of a class alone, which every call of every op asks for: a dictionary, and nothing around it."""
    cache: dict[type, Any] = {}

    def cached(kind: type) -> Any:
        if kind not in cache:
            cache[kind] = find(kind)
        return cache[kind]

    cached._dynamo_marked_constant = True  # type: ignore[attr-defined]
    return cached


class Tracing:
    """How constants enter what a compiler traces, as arrays unless `as_tensors()`; the PyTorch adapter sets it."""

    as_tensors: Callable[[], bool] = staticmethod(lambda: False)
    to_tensor: Callable[[np.ndarray], Any] = staticmethod(lambda array: array)


def _marked(design: Callable, cached: Callable) -> Callable:
    def as_tensors(*args: Any) -> Any:
        return map_tree(lambda x: Tracing.to_tensor(x) if isinstance(x, np.ndarray) else x, cached(*args))

    for f in (cached, as_tensors):
        f._dynamo_marked_constant = True  # type: ignore[attr-defined]

    @wraps(design)
    def constant(*args: Any) -> Any:
        # Sizes may be symbols where a compiler traces; `range` fixes them, as the mark above needs.
        # No `type(a)`: Dynamo cannot guard the class of what another such function returned.
        args = tuple(range(a).stop if isinstance(a, int) and not isinstance(a, bool) else a for a in args)
        return as_tensors(*args) if Tracing.as_tensors() else cached(*args)

    return constant


def keep_freed_memory() -> None:
    """Have the C library keep what is freed for the next array, by showing it a large array freed.

    glibc returns freed memory to the system when it is larger than twice the largest block it has seen freed (of up to
    32 MB), and each page that comes back costs a fault: up to half the time of an op. Elsewhere this does nothing.
    """
    np.empty(2**25 - 2**13, dtype=np.uint8)  # no page of it is touched


def valid_key(key: Any, kinds: tuple[type, ...], expected: str) -> Any:
    """A random key: None, an int seed as a Python number, or an instance of the library's own `kinds`.

    Raises
    ------
    ValueError, TypeError : a seed out of range, or no key at all; the message names `key` and what is `expected`.
    """
    if key is None or isinstance(key, kinds):
        return key
    if isinstance(key, bool) or not isinstance(key, (int, np.integer)):
        raise TypeError(f"key: got a {type(key).__name__}, expected an int seed, {expected}")
    if not 0 <= key < 2**63:
        raise ValueError(f"key: got {key}, expected a seed of at least 0 and less than 2**63")
    return int(key)


def seeds(key: Any, n: int) -> list[Any]:
    """n independent 32-bit seeds from one; None stays None."""
    if key is None:
        return [None] * n
    return [int(child.generate_state(1)[0]) for child in np.random.SeedSequence(key).spawn(n)]


def map_tree(f: Callable, *trees: Any) -> Any:
    """Apply f to the leaves of nests (dict, list, tuple) of one structure."""
    first = trees[0]
    if isinstance(first, dict):
        return {k: map_tree(f, *(t[k] for t in trees)) for k in first}
    if isinstance(first, (list, tuple)):
        return type(first)(map_tree(f, *leaves) for leaves in zip(*trees, strict=True))
    return f(*trees)


def leaves_of(tree: Any) -> list[Any]:
    """The arrays of a nest, in order."""
    found: list[Any] = []
    map_tree(found.append, tree)
    return found


#: Samples of audio in a chunk whose spectrograms stay in the cache of a CPU.
CHUNK_SAMPLES = 2**16


def chunk_items(arrays: tuple) -> int:
    """Number of items of the leading axis in a chunk of about `CHUNK_SAMPLES` numbers, 1 at least."""
    return max(CHUNK_SAMPLES // max(math.prod(arrays[-1].shape[1:]), 1), 1)


def has_chunks(arrays: tuple) -> bool:
    """Whether arrays have a common leading axis that is longer than a chunk."""
    return arrays[0].shape[0] > chunk_items(arrays) and all(x.shape[0] == arrays[0].shape[0] for x in arrays)


def chunks_of(arrays: tuple) -> list[tuple[float, tuple]]:
    """Cut arrays along their leading axis into chunks, each with its share in a mean over that axis."""
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
