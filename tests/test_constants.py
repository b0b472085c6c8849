"""The cache of constants is bounded in bytes, and keeps all constants of lengths that recur."""

import numpy as np
import pytest

import ddsp
from ddsp.backends import _host
from ddsp.backends._host import ConstantCache

KILOBYTE = 1024


def block(n, kilobytes=1):
    return np.zeros(kilobytes * KILOBYTE, np.uint8)


def calls_of(cache, arguments):
    """Arguments for which the design function ran."""
    made = []

    def design(*args):
        made.append(args)
        return block(*args)

    for args in arguments:
        cache.get(design, args)
    return made


def test_what_was_not_used_for_longest_goes():
    cache = ConstantCache(4 * KILOBYTE, 4 * KILOBYTE)
    keys = [(0,), (1,), (2,), (0,), (3,), (0,), (1,)]  # three fit, including the overhead of each object
    assert calls_of(cache, keys) == [(0,), (1,), (2,), (3,), (1,)]
    assert cache.bytes <= 4 * KILOBYTE


def test_the_bound_grows_for_what_comes_again_alone():
    new, again = ConstantCache(4 * KILOBYTE, 64 * KILOBYTE), ConstantCache(4 * KILOBYTE, 64 * KILOBYTE)
    calls_of(new, [(n,) for n in range(100)])
    assert new.bytes <= new.bound == 4 * KILOBYTE
    steady = [(n,) for n in range(16)]  # a repeated call that needs 16 constants
    assert len(calls_of(again, 10 * steady)) < 3 * len(steady)
    assert again.bound < 24 * KILOBYTE
    calls_of(again, 10 * [(n,) for n in range(100)])
    assert again.bytes <= again.bound == 64 * KILOBYTE  # the bound stops growing


def test_a_constant_larger_than_the_bound_stays_until_the_next():
    cache = ConstantCache(2 * KILOBYTE, 2 * KILOBYTE)
    assert calls_of(cache, [(0, 9), (0, 9), (1, 9)]) == [(0, 9), (1, 9)]
    assert len(cache.values) == 1


@pytest.mark.parametrize(
    "op",
    [
        lambda n: ddsp.core.resample(np.ones((1, 99, 1), "float32"), n, "cubic"),
        lambda n: ddsp.core.wavetable_synthesis(
            np.full((1, 9, 1), 99.0), np.ones((1, 9, 1)), np.ones((1, 64)), n_samples=n
        ),
        lambda n: ddsp.core.harmonic_synthesis(np.full((1, 99, 1), 99.0), np.ones((1, 99, 1)), n_samples=n),
        lambda n: ddsp.core.adsr(*np.ones((5, 1, 1)), n_frames=n),
    ],
)
def test_many_lengths_do_not_fill_the_memory(monkeypatch, op):
    monkeypatch.setattr(_host, "constants", ConstantCache(2**20, 2**26))
    for i in range(30):
        op(8000 + 7 * i)
    assert _host.constants.bytes <= 2**20
    made = dict(_host.constants.values)
    op(8000 + 7 * 29)
    assert all(_host.constants.values[key] is value for key, value in made.items())  # no constant is designed again
