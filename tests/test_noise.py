"""Noise by counter: the same bits in every library and in every split, and nothing but noise."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import require_backend
from ddsp.backends import adapter_of, load
from ddsp.backends._noise import scramble
from ddsp.core.noise import init_noise, noise_step
from ddsp.extend import host_uniform
from ddsp.synths import FilteredNoise

from .cases import normal
from .streams import cuts_of, stream

#: Largest deviation that is accepted, in standard deviations: in these 40 or so comparisons once in 10,000 runs.
MOST_SIGMA = 5.0
N = 2**20


def noise_of(*seeds: int) -> np.ndarray:
    """Two items of each seed, [2 * seeds, N], in [-1, 1)."""
    return np.concatenate([2.0 * host_uniform(seed, (2, N)).astype(np.float64) - 1.0 for seed in seeds])


# The same everywhere ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("draw", ["uniform", "normal"])
def test_a_seed_gives_the_same_noise(draw, dtype, backend):
    """The same bits; Gaussian noise up to the rounding of a logarithm and a cosine."""
    with backend.scope(dtype):
        like = backend.asarray(np.zeros((2, 1)), dtype)

        def drawn(like):
            return getattr(adapter_of(like), draw)(2**40 + 5, (2, 1000), like)

        found = [drawn(like), *([backend.run(drawn)(like)] if backend.plain_mode else [])]
        found = [backend.to_numpy(x) for x in found]
    expected = getattr(load("numpy"), draw)(2**40 + 5, (2, 1000), np.zeros(1, dtype))
    for x in found:
        assert x.dtype == dtype
        np.testing.assert_allclose(x, expected, rtol=0, atol=0 if draw == "uniform" else 1e-5)


@pytest.mark.parametrize("start", [0, 2**31 - 50, 2**32 - 70, 3 * 2**32 - 1])
@settings(max_examples=10, deadline=None, derandomize=True)
@given(cuts=cuts_of(200))
def test_pieces_are_parts_of_the_whole(start, cuts):
    """Also where the lower word of the counter passes 2**31 and 2**32."""
    state, like = init_noise(2, np.zeros(1, np.float32), 11), np.zeros(1, np.float32)
    words = np.asarray([start % 2**32, start >> 32], np.uint32).view(np.int32)
    state["count"] = np.stack([words, words])
    found = []
    for begin, end in zip([0, *cuts], [*cuts, 200], strict=True):
        noise, state = noise_step(state, end - begin, like)
        found.append(noise)
    expected = 2.0 * host_uniform(11, (2, 200), start=start) - np.float32(1.0)
    np.testing.assert_array_equal(np.concatenate(found, axis=1), expected)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", ["numpy", "torch"])
@pytest.mark.parametrize("hop, bands, window_size", [(32, 65, 257), (71, 33, 64), (128, 65, 129)])
@settings(max_examples=8, deadline=None, derandomize=True)
@given(cuts=cuts_of(19))
def test_filtered_noise_in_steps(hop, bands, window_size, name, dtype, cuts):
    """The same bits for any split, and no other result for a frame if it is alone."""
    backend, synth = require_backend(name), FilteredNoise(n_samples=19 * hop, window_size=window_size)
    magnitudes = backend.asarray(normal("magnitudes", 2, 19, bands), dtype)
    found = stream(synth, [magnitudes], cuts, hop_size=hop, key=3)
    np.testing.assert_array_equal(backend.to_numpy(found), backend.to_numpy(synth(magnitudes, key=3)))


def test_filtered_noise_in_compiled_steps(grad_backend):
    synth = FilteredNoise(n_samples=8 * 32)
    with grad_backend.scope("float32"):
        magnitudes = grad_backend.asarray(normal("magnitudes", 1, 8, 65), "float32")
        step = grad_backend.run(synth.step)
        found = grad_backend.to_numpy(stream(synth, [magnitudes], [2, 4, 6], hop_size=32, key=3, step=step))
        expected = grad_backend.to_numpy(synth(magnitudes, key=3))
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6 * np.abs(expected).max())


@pytest.mark.parametrize("kind", ["generator", "key"])
def test_streams_of_other_keys(kind, backend):
    """Noise of a framework's own key: another for each key, and the same for the same."""
    from .test_keys import KEYS

    if kind not in KEYS.get(backend.name, ()):
        pytest.skip("not a kind of key of this backend")
    like = backend.asarray(np.zeros(1), "float32")
    found = [
        backend.to_numpy(noise_step(init_noise(2, like, KEYS[backend.name][kind]()), 1000, like)[0]) for _ in range(2)
    ]
    np.testing.assert_array_equal(*found)
    assert abs(np.corrcoef(found[0])[0, 1]) < 0.16 and abs(found[0].mean()) < 0.07


# Nothing but noise --------------------------------------------------------------------------------------------------


def chi_squared(cells: np.ndarray, bins: int) -> float:
    """Deviation of the counts of equally likely cells, in standard deviations."""
    counts = np.bincount(cells.ravel(), minlength=bins)
    expected = cells.size / bins
    return (np.sum((counts - expected) ** 2) / expected - (bins - 1)) / np.sqrt(2.0 * (bins - 1))


def test_distribution():
    """Mean, variance, and the counts of upper and lower bits and of pairs of neighbors."""
    for x in noise_of(0, 1, 2**62):
        assert abs(x.mean()) * np.sqrt(3.0 * N) < MOST_SIGMA
        assert abs(3.0 * np.mean(x**2) - 1.0) * np.sqrt(N / 0.8) < MOST_SIGMA
        bits = np.asarray((x + 1.0) * 2**23, np.int64)
        pairs = (bits[::2] >> 16) * 256 + (bits[1::2] >> 16)
        for cells, bins in ((bits >> 16, 256), (bits >> 8, 2**16), (bits & 255, 256), (pairs, 2**16)):
            assert abs(chi_squared(cells, bins)) < MOST_SIGMA


def test_whiteness_and_independence():
    """Correlations at 10,000 lags: of each noise with itself, with other items, and with neighboring seeds."""
    spectra = np.fft.rfft(noise_of(0, 1, 2), 2 * N)
    for i in range(len(spectra)):
        for j in range(i + 1):
            lags = np.fft.irfft(spectra[i] * spectra[j].conj())[:10_001]
            lags = lags[1:] if i == j else lags
            # The largest of 10,000 is 3.9 by chance, and above 6 once in 50,000 times.
            assert np.abs(lags).max() * 3.0 / np.sqrt(N) < 6.0, (i, j)


def test_spectrum_is_flat():
    for x in noise_of(0, 7):
        power = np.mean(np.abs(np.fft.rfft(x.reshape(-1, 1024))) ** 2, axis=0)[1:-1]
        assert np.abs(power / power.mean() - 1.0).max() < MOST_SIGMA / np.sqrt(N // 1024)


def test_a_bit_turns_half_of_the_others():
    numbers = np.arange(2**14, dtype=np.int32)
    for bit in range(32):
        turned = scramble(np, numbers) ^ scramble(np, numbers ^ np.asarray(1 << bit, np.uint32).view(np.int32))
        share = np.unpackbits(turned.view(np.uint8)).mean()
        assert abs(share - 0.5) < 0.005, bit


@given(a=st.integers(0, 2**63 - 1), b=st.integers(0, 2**63 - 1))
@settings(max_examples=30, deadline=None, derandomize=True)
def test_keys_differ(a, b):
    x, y = (host_uniform(seed, (2, 300)) for seed in (a, b))
    assert np.array_equal(x, y) == (a == b)
    assert not np.intersect1d(x[0], x[1]).size > 3 and len(np.unique(x)) > 590
