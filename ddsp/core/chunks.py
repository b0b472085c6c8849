"""Computing long arrays a chunk at a time, so that intermediate results stay small."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..extend import Adapter, Array, axis_size


def map_in_chunks(
    backend: Adapter, f: Callable[..., tuple[Array, ...]], arrays: tuple[Array, ...], rows: int, n_chunks: int
) -> tuple[Array, ...]:
    """Apply `f` to chunks of rows one after the other, and join its results.

    Parameters
    ----------
    f
        From arrays [batch, rows, n] to a tuple of such arrays, row by row.
    arrays
        [batch, rows, n]; an array whose axis 1 has another size is passed whole.
    rows
        Size of axis 1.
    n_chunks
        Least number of chunks. There are up to twice as many if that makes them equal, because compilers compile a
        smaller last chunk separately.
    """
    xp = backend.xp
    if n_chunks <= 1:
        return f(*arrays)
    n_chunks = _equal_chunks(rows, min(n_chunks, rows))
    size = rows // n_chunks
    moves = [axis_size(x, 1) == rows for x in arrays]

    def split(x: Array) -> Array:  # [batch, rows, n] -> [chunks, batch, size, n]
        x = xp.reshape(x[:, : n_chunks * size, :], (-1, n_chunks, size, axis_size(x, 2)))
        return xp.moveaxis(x, 1, 0)

    def merge(chunk: Iterable[Array]) -> list[Array]:
        moving = iter(chunk)
        return [next(moving) if moved else x for x, moved in zip(arrays, moves, strict=True)]

    def step(carry: tuple, chunk: tuple) -> tuple[tuple, tuple]:
        return carry, f(*merge(chunk))

    _, done = backend.scan(step, (), tuple(split(x) for x, moved in zip(arrays, moves, strict=True) if moved))
    done = tuple(xp.reshape(xp.moveaxis(x, 0, 1), (-1, n_chunks * size, axis_size(x, 3))) for x in done)
    if n_chunks * size == rows:
        return done
    rest = f(*(x[:, n_chunks * size :, :] if moved else x for x, moved in zip(arrays, moves, strict=True)))
    return tuple(xp.concat(both, axis=1) for both in zip(done, rest, strict=True))


def _equal_chunks(rows: int, n_chunks: int) -> int:
    """The smallest number of equal chunks in [n_chunks, 2 * n_chunks]; n_chunks if there is none."""
    return next((n for n in range(n_chunks, 2 * n_chunks + 1) if rows % n == 0), n_chunks)
