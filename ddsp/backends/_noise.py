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
    "host_next_uniform",
    "host_uniform",
    "item_keys",
    "key_at",
    "next_uniform",
]

#: Shifts of the permutation, and the factor after each of the first two.
SHIFTS, FACTORS = (16, 15, 15), (0x21F0AAAD, 0xD35A2D97)
HOST_STEPS = tuple(
    (np.uint32(shift), None if factor is None else np.uint32(factor))
    for shift, factor in zip(SHIFTS, (*FACTORS, None), strict=True)
)
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


def next_uniform(xp: Any, key: Any, count: Any, n_samples: int, numbers: Any, dtype: Any) -> tuple[Any, Any]:
    """Compute the next samples of a stream, in array operations.

    Parameters
    ----------
    xp
        Array API namespace.
    key
        Both words of the key of each item, int32, [batch, 2].
    count
        Number of the next sample, its lower and its upper word, int32, [batch, 2].
    n_samples
        Number of samples.
    numbers
        0 ... n_samples, int32.
    dtype
        Floating-point dtype of the noise.

    Returns
    -------
    noise : array
        Uniform in [0, 1), [batch, n_samples].
    count : array
        Number of the sample after them, [batch, 2].
    """
    low, high = count[:, :1], count[:, 1:]
    numbers = low + numbers
    # The lower word has passed 2**32 where it is less than at the start, compared without signs.
    carried = (numbers ^ -(2**31)) < (low ^ -(2**31))
    seconds = key_at(xp, NoiseKey(key[:, :1], key[:, 1:]), xp.concat([high, high + 1], axis=1)).second
    second = xp.where(carried, seconds[:, 1:], seconds[:, :1])[:, :n_samples]
    noise = counter_uniform(xp, NoiseKey(key[:, :1], second), numbers[:, :n_samples], dtype)
    return noise, xp.concat([numbers[:, n_samples:], high + xp.astype(carried[:, n_samples:], xp.int32)], axis=1)


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
            first_number = np.asarray(start + begin, np.uint64)
            numbers = _numbers(first_number, target.size, start + begin + target.size > 2**32)
            _uniform_in_place(target, first, second, numbers, n_bits)
    return out.reshape(shape)


def host_normal(seed: int, shape: tuple[int, ...], n_bits: int = 24) -> np.ndarray:
    """`seeded_normal` in NumPy, float64."""
    radius, angle = (host_uniform(seed, shape, stream=stream).astype(np.float64) for stream in (0, 1))
    return np.sqrt(-2.0 * np.log(radius + 2.0**-25)) * np.cos(2.0 * np.pi * angle)


#: The noise of a seed on the host, by the name of the method of an adapter.
HOST_NOISE = {"uniform": host_uniform, "normal": host_normal}


def host_next_uniform(key: np.ndarray, count: np.ndarray, n_samples: int, n_bits: int) -> tuple[np.ndarray, np.ndarray]:
    """`next_uniform` in NumPy, in place: a third of the time. The noise is float32 of `n_bits`."""
    words = np.ascontiguousarray(key).view(np.uint32)
    first, second = words[:, :1], words[:, 1:]
    start = np.ascontiguousarray(count, "<i4").view("<u8")  # of two words, the lower first
    has_upper = any(int(n) + n_samples > 2**32 for n in start.flat)
    numbers = _numbers(start, n_samples, has_upper)
    noise = np.empty(numbers.shape, np.float32)
    _uniform_in_place(noise, first, second, numbers, n_bits)
    return noise, (start + np.uint64(n_samples)).view("<i4").astype(np.int32, copy=False)


def _numbers(start: Any, n_samples: int, has_upper: bool) -> np.ndarray:
    """The numbers of samples from a start on, for `_uniform_in_place`."""
    kind: Any = np.uint64 if has_upper else np.uint32
    return np.asarray(start).astype(kind) + np.arange(n_samples, dtype=kind)


def _uniform_in_place(target: np.ndarray, first: Any, second: Any, numbers: np.ndarray, n_bits: int) -> None:
    """Noise of samples with these numbers, uint32, or uint64 if an upper word is not 0."""
    x = np.bitwise_xor(numbers if numbers.dtype == np.uint32 else numbers.astype(np.uint32), first)
    spare = np.empty_like(x)
    _scramble_in_place(x, spare)
    np.add(x, second, out=x)
    if numbers.dtype == np.uint64:
        high = (numbers >> np.uint64(32)).astype(np.uint32)
        _scramble_in_place(high, spare)
        np.add(x, high, out=x)
    _scramble_in_place(x, spare)
    np.right_shift(x, np.uint32(32 - n_bits), out=x)
    target[...] = x
    np.multiply(target, np.float32(2.0**-n_bits), out=target)


def _scramble_in_place(x: np.ndarray, spare: np.ndarray) -> None:
    """`scramble` of uint32, whose shifts are logical."""
    for shift, factor in HOST_STEPS:
        np.right_shift(x, shift, out=spare)
        np.bitwise_xor(x, spare, out=x)
        if factor is not None:
            np.multiply(x, factor, out=x)
