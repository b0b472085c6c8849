"""Accuracy of TensorFlow's namespace where TensorFlow's kernels fail: half precision, complex logarithms."""

from __future__ import annotations

import array_api_compat.numpy as np_xp
import numpy as np
import pytest

from tests.backends import get_backend

tf = get_backend("tensorflow").tf

from ddsp.backends import load  # noqa: E402

xp = load("tensorflow").xp


@pytest.mark.parametrize("name", ["sum", "mean", "var", "std", "cumulative_sum", "vector_norm", "vecdot", "prod"])
@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision_sums_and_counts_in_float32(name, dtype):
    """80000 elements exceed the range of float16, as does the sum of their squares."""
    x = tf.cast(np.random.default_rng(0).uniform(0.5, 1.5, (2, 80_000)), dtype)
    wide = tf.cast(x, tf.float64).numpy()
    calls = {"vector_norm": lambda x, xp: xp.linalg.vector_norm(x, axis=1), "prod": lambda x, xp: xp.prod(x, axis=0),
             "vecdot": lambda x, xp: xp.vecdot(x * 0.1, x), "sum": lambda x, xp: xp.sum(x * 0.1, axis=1),
             "cumulative_sum": lambda x, xp: xp.cumulative_sum(x * 0.1, axis=1)}  # fmt: skip
    call = calls.get(name, lambda x, xp: getattr(xp, name)(x, axis=1))
    found, wanted = call(x, xp), call(wide, np_xp)
    assert found.dtype == x.dtype
    np.testing.assert_allclose(tf.cast(found, tf.float64), wanted, rtol=2 * xp.finfo(x).eps)


LOGS = {"log": np.log, "log2": np.log2, "log10": np.log10, "log1p": lambda z: np.log(1.0 + z)}


@pytest.mark.parametrize("name", LOGS)
@pytest.mark.parametrize("dtype,decades", [("complex64", 30), ("complex128", 300)])
def test_complex_logarithms_at_all_magnitudes(name, dtype, decades):
    """Arrays of at least 8 elements, for which TensorFlow's kernel squares the magnitude."""
    phases = np.linspace(-3.0, 3.0, 9)
    z = np.concatenate([10.0 ** np.linspace(-decades, decades, 75), [0.999, 1.0, 1.001]])[:, None] * np.exp(1j * phases)
    z = z.astype(dtype)
    if name == "log1p":
        z = z[np.abs(z) > 0.1]
    np.testing.assert_allclose(
        getattr(xp, name)(tf.constant(z)), LOGS[name](z.astype("complex128")), 8 * np.finfo(dtype).eps
    )
    corners = np.asarray([0.0, -0.0, np.inf, -np.inf, complex(0, -np.inf), complex(np.inf, np.inf)] * 2, dtype)
    with np.errstate(divide="ignore", invalid="ignore"):
        np.testing.assert_allclose(xp.log(tf.constant(corners)), np.log(corners), 1e-6)


def test_complex_log1p_keeps_the_digits_of_small_numbers():
    z = 1e-5 * np.exp(1j * np.linspace(-3.0, 3.0, 9)) * np.logspace(-8, 0, 8)[:, None]
    np.testing.assert_allclose(xp.log1p(tf.constant(z)), z - z**2 / 2 + z**3 / 3, 1e-15)
