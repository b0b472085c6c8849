"""White noise by counter: sample n is a hash of a key and n, so it needs no state, and is the same in every library.

The hash is two rounds of a 32-bit permutation with avalanche, lowbias32 of C. Wellons' hash-prospector (2018; the
constants are those of its issue 19, by T. Ettinger): each input bit turns each output bit with a probability of a half.
A key has two words. The first is added, bit by bit, to the number before the first round, and the second is added
between the rounds; so two keys do not give the same noise in another order.

The steps are wrapping products, exclusive or, and shifts of int32, which every array library has.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

__all__ = [
    "HOST_NOISE",
    "SEEDED_NOISE",
    "NoiseKey",
    "bits_of",
    "counter_uniform",
    "host_uniform",
    "item_keys",
    "key_at",
]

#: Shifts of the permutation, and the factor after each of the first two.
SHIFTS, FACTORS = (16, 15, 15), (0x21F0AAAD, 0xD35A2D97)
#: Distance of the key of a second, independent noise: 2**32 divided by the golden ratio.
GOLDEN = 0x9E3779B9
#: Number of samples that are computed at a time on the host, in the cache.
CHUNK = 2**14


class NoiseKey(NamedTuple):
    """The words of a key, int32.

    Attributes
    ----------
    first, second
        [batch, 1], or of any shape that broadcasts with the numbers of the samples.
    """

    first: Any
    second: Any


def counter_uniform(xp: Any, key: NoiseKey, numbers: Any, dtype: Any) -> Any:
    """Compute white noise of samples by their numbers.

    Parameters
    ----------
    xp
        Array API namespace.
    key
        Words of the key of each item.
    numbers
        Numbers of the samples modulo 2**32, int32, [time] or [batch, time].
    dtype
        Floating-point dtype of the noise.

    Returns
    -------
    noise : array
        Uniform in [0, 1), [batch, time]: multiples of 2**-24, exact in float32. In half precision as many bits as fit
        below 1.
    """
    x = scramble(xp, scramble(xp, xp.bitwise_xor(key.first, numbers)) + key.second)
    n_bits = bits_of(xp, dtype)
    kind = xp.float64 if dtype == xp.float64 else xp.float32
    return xp.astype(xp.astype(_shifted(xp, x, 32 - n_bits), kind) * 2.0**-n_bits, dtype)


def bits_of(xp: Any, dtype: Any) -> int:
    """Number of bits of a sample of noise: those of the significand, and at most 24."""
    return min(24, 1 - round(math.log2(float(xp.finfo(dtype).eps))))


def scramble(xp: Any, x: Any) -> Any:
    """The permutation of int32; 0 stays 0."""
    for shift, factor in zip(SHIFTS, (*FACTORS, None), strict=True):
        x = xp.bitwise_xor(x, _shifted(xp, x, shift))
        x = x if factor is None else x * _signed(factor)
    return x


def _shifted(xp: Any, x: Any, shift: int) -> Any:
    """Logical shift to the right, from an arithmetic one."""
    return xp.bitwise_and(xp.bitwise_right_shift(x, shift), 2 ** (32 - shift) - 1)


def _signed(word: int) -> int:
    """A number modulo 2**32 as the int32 of the same bits."""
    return (word + 2**31) % 2**32 - 2**31


def seed_words(seed: int) -> tuple[int, int]:
    """Two words of a seed of any size, as int32."""
    first, second = (_signed(int(word)) for word in np.random.SeedSequence(seed).generate_state(2))
    return first, second


def key_at(xp: Any, key: NoiseKey, high: Any) -> NoiseKey:
    """Return the key for samples whose 64-bit numbers have a given upper word; for 0 the key itself.

    Parameters
    ----------
    xp
        Array API namespace.
    key
        Words of the key of each item.
    high
        Upper word of the numbers, int32, [batch, 1].

    Returns
    -------
    key : NoiseKey
        For `counter_uniform`, whose numbers are the lower words.
    """
    return NoiseKey(key.first, key.second + scramble(xp, high))


def item_keys(xp: Any, seed: int, items: Any) -> NoiseKey:
    """Return the keys of the items of a batch.

    Parameters
    ----------
    xp
        Array API namespace.
    seed
        Int seed, >= 0.
    items
        Numbers of the items, int32, [batch, 1].

    Returns
    -------
    key : NoiseKey
        Two words for each item, [batch, 1].
    """
    first, second = seed_words(seed)
    word = scramble(xp, xp.bitwise_xor(items, first)) + second
    first_of_item = scramble(xp, word)
    return NoiseKey(first_of_item, scramble(xp, first_of_item + _signed(GOLDEN)))


def seeded_uniform(xp: Any, seed: int, items: Any, numbers: Any, dtype: Any) -> Any:
    """Noise of a seed, uniform in [0, 1), [batch, time], for `items` [batch, 1] and `numbers` [time], int32."""
    return counter_uniform(xp, item_keys(xp, seed, items), numbers, dtype)


def seeded_normal(xp: Any, seed: int, items: Any, numbers: Any, dtype: Any) -> Any:
    """Gaussian noise of a seed, [batch, time], by the transform of Box and Muller (1958) from two uniform noises."""
    key, kind = item_keys(xp, seed, items), xp.float64 if dtype == xp.float64 else xp.float32
    radius, angle = (
        counter_uniform(xp, NoiseKey(key.first, key.second + _signed(i * GOLDEN)), numbers, kind) for i in (0, 1)
    )
    radius = xp.sqrt(-2.0 * xp.log(radius + 2.0**-25))  # above 0, half a step
    return xp.astype(radius * xp.cos((2.0 * math.pi) * angle), dtype)


#: The noise of a seed in array operations, by the name of the method of an adapter.
SEEDED_NOISE = {"uniform": seeded_uniform, "normal": seeded_normal}

# On the host --------------------------------------------------------------------------------------------------------


def host_uniform(seed: int, shape: tuple[int, ...], n_bits: int = 24, start: int = 0, stream: int = 0) -> np.ndarray:
    """`seeded_uniform` in NumPy, in place and in chunks: a third of the time.

    Parameters
    ----------
    seed
        Int seed, >= 0.
    shape
        Shape of the noise. The first of several axes is that of the items; an array of one axis is one item.
    n_bits
        Bits of a sample, at most 24, see `bits_of`.
    start
        Number of the first sample.
    stream
        Number of the noise, if a sample needs several.

    Returns
    -------
    noise : array
        NumPy array, float32, uniform in [0, 1).
    """
    items, time = (shape[0], math.prod(shape[1:])) if len(shape) > 1 else (1, math.prod(shape))
    out, keys = (
        np.empty((items, time), np.float32),
        item_keys(np, seed, np.arange(items, dtype=np.int32)[:, np.newaxis]),
    )
    for row, first, second in zip(out, *(words.view(np.uint32)[:, 0] for words in keys), strict=True):
        second = np.add(second, np.uint32(stream * GOLDEN % 2**32), dtype=np.uint32)
        for begin in range(0, time, CHUNK):
            target = row[begin : begin + CHUNK]
            numbers = np.arange(start + begin, start + begin + target.size, dtype=np.uint64)
            _uniform_in_place(target, first, second, numbers, n_bits)
    return out.reshape(shape)


def host_normal(seed: int, shape: tuple[int, ...], n_bits: int = 24) -> np.ndarray:
    """`seeded_normal` in NumPy, float64."""
    radius, angle = (host_uniform(seed, shape, stream=stream).astype(np.float64) for stream in (0, 1))
    return np.sqrt(-2.0 * np.log(radius + 2.0**-25)) * np.cos(2.0 * np.pi * angle)


#: The noise of a seed on the host, by the name of the method of an adapter.
HOST_NOISE = {"uniform": host_uniform, "normal": host_normal}


def _uniform_in_place(
    target: np.ndarray, first: np.uint32, second: np.uint32, numbers: np.ndarray, n_bits: int
) -> None:
    x = numbers.astype(np.uint32)
    spare = np.empty_like(x)
    np.bitwise_xor(x, first, out=x)
    _scramble_in_place(x, spare)
    np.add(x, second, out=x)
    if numbers[-1] >= 2**32:
        high = (numbers >> np.uint64(32)).astype(np.uint32)
        _scramble_in_place(high, spare)
        np.add(x, high, out=x)
    _scramble_in_place(x, spare)
    np.right_shift(x, np.uint32(32 - n_bits), out=x)
    np.multiply(x.view(np.int32), 2.0**-n_bits, out=target, dtype=np.float32, casting="unsafe")


def _scramble_in_place(x: np.ndarray, spare: np.ndarray) -> None:
    """`scramble` of uint32, whose shifts are logical."""
    for shift, factor in zip(SHIFTS, (*FACTORS, None), strict=True):
        np.right_shift(x, np.uint32(shift), out=spare)
        np.bitwise_xor(x, spare, out=x)
        if factor is not None:
            np.multiply(x, np.uint32(factor), out=x)
