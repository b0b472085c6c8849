"""Phasors z = exp(2 pi i phase) and their powers, as real and imaginary parts."""

from __future__ import annotations

import math

from ...extend import Adapter, Array
from ..phase import wrap_cycles

#: Terms of the Taylor series of sine and cosine on half a cycle: their error is below the rounding of the dtype.
TERMS_32, TERMS_64 = 7, 12


def cos_sin_cycles(backend: Adapter, cycles: Array) -> tuple[Array, Array]:
    """Cosine and sine of 2 pi cycles."""
    xp, cycles = backend.xp, wrap_cycles(backend.xp, cycles)
    if not backend.traits(cycles).polynomial_sine:
        angle = (2.0 * math.pi) * cycles
        return xp.cos(angle), xp.sin(angle)
    # Taylor series around 0 or half a cycle, whichever is nearer.
    half = 0.5 * xp.round(2.0 * cycles)
    rest = cycles - half
    sign, square = 1.0 - 8.0 * half * half, rest * rest
    terms = TERMS_64 if cycles.dtype == xp.float64 else TERMS_32
    cosine, sine = (_polynomial([_taylor(2 * i + odd) for i in range(terms)], square) for odd in (0, 1))
    return sign * cosine, sign * rest * sine


def _taylor(n: int) -> float:
    """The factor of x ** n in cos(2 pi x) for even n, in sin(2 pi x) for odd n."""
    return (-1.0) ** (n // 2) * (2.0 * math.pi) ** n / math.factorial(n)


def _polynomial(factors: list[float], x: Array) -> Array:
    """sum_i factors[i] * x ** i by Horner's rule."""
    total = factors[-1] * x + factors[-2]
    for factor in factors[-3::-1]:
        total = total * x + factor
    return total


def powers(re: Array, im: Array, n: int) -> tuple[list[Array], list[Array]]:
    """Real and imaginary parts of z ... z ** n by complex products, each of two powers of half the exponent."""
    res, ims = [re], [im]
    for k in range(2, n + 1):
        i, j = k // 2 - 1, k - k // 2 - 1
        res.append(res[i] * res[j] - ims[i] * ims[j])
        ims.append(ims[i] * res[j] + res[i] * ims[j])
    return res, ims


def horner(sums: list[tuple[Array, Array]], re: Array, im: Array) -> tuple[Array, Array]:
    """Real and imaginary part of sum_j sums_j w ** j for w = re + i im."""
    x, y = sums[-1]
    for a, b in reversed(sums[:-1]):
        x, y = x * re - y * im + a, x * im + y * re + b
    return x, y
