"""Comparison of results: backend, dtype, shape and device, then values."""

from __future__ import annotations

import numpy as np

from .backends import leaves, map_leaves

#: Tolerances by dtype, relative to the largest expected magnitude. `Case.rtol32` has those of single ops.
DEFAULT_RTOL = {"float32": 1e-5, "float64": 1e-10}


def assert_matches(actual, expected, backend, dtype="float64", rtol=None, atol=0.0, like=None, label="output"):
    """Assert that a result is the backend's own array with the dtype, shape, device (of `like`) and values expected.

    `expected` is a NumPy array, nested arrays, or a Python number if the op returns one. Errors are at most
    atol + rtol * max |expected|. NaN and infinities must match exactly.

    Returns the largest error beyond atol, relative to the largest expected magnitude.
    """
    if isinstance(expected, dict):
        assert isinstance(actual, dict), f"{label}: expected a dict, got {type(actual).__name__}"
        assert set(actual) == set(expected), f"{label}: keys {sorted(actual)}, expected {sorted(expected)}"
        pairs = [(actual[key], expected[key], repr(key)) for key in expected]
    elif isinstance(expected, (tuple, list)):
        assert isinstance(actual, (tuple, list)), f"{label}: expected a tuple, got {type(actual).__name__}"
        assert len(actual) == len(expected), f"{label}: {len(actual)} values, expected {len(expected)}"
        pairs = [(a, e, str(i)) for i, (a, e) in enumerate(zip(actual, expected, strict=True))]
    elif isinstance(expected, (int, float)):
        assert actual == expected, f"{label}: got {actual!r}, expected {expected!r}"
        return 0.0
    else:
        assert_is_array_of(actual, backend, _dtype_for(expected, dtype), np.shape(expected), like, label)
        scale = float(np.max(np.abs(expected[np.isfinite(expected)]), initial=0.0))
        limit = atol + (DEFAULT_RTOL[dtype] if rtol is None else rtol) * scale
        error = assert_close(backend.to_numpy(actual), expected, limit, f"{label} on {backend.name}, {dtype}")
        return max(error - atol, 0.0) / (scale or 1.0)
    return max(assert_matches(a, e, backend, dtype, rtol, atol, like, f"{label}[{key}]") for a, e, key in pairs)


def _dtype_for(expected, dtype):
    if expected.dtype.kind == "c":
        return {"float32": "complex64", "float64": "complex128"}[dtype]
    return dtype if expected.dtype.kind == "f" else None


def assert_is_array_of(actual, backend, dtype, shape, like=None, label="output"):
    assert backend.is_own(actual), f"{label}: got a {type(actual)}, expected an array of {backend.name}"
    if dtype is not None:
        assert backend.dtype_name(actual) == dtype, f"{label}: dtype {backend.dtype_name(actual)}, expected {dtype}"
    assert tuple(actual.shape) == tuple(shape), f"{label}: shape {tuple(actual.shape)}, expected {tuple(shape)}"
    if like is not None:
        device, wanted = backend.device(actual), backend.device(like)
        assert device == wanted, f"{label}: on device {device}, expected {wanted}"


def assert_close(actual, expected, limit, label="output"):
    """Assert |actual - expected| <= limit, a number or an array, for each element; return the largest error."""
    actual, expected = np.asarray(actual), np.asarray(expected)
    assert actual.shape == expected.shape, f"{label}: shape {actual.shape}, expected {expected.shape}"
    same = (actual == expected) | (np.isnan(actual) & np.isnan(expected))
    with np.errstate(invalid="ignore", over="ignore"):
        error = np.where(same, 0.0, np.abs(actual - expected))
    error = np.where(np.isnan(error), np.inf, error)
    excess = error - limit
    if error.size and np.max(excess) > 0.0:
        worst = np.unravel_index(np.argmax(excess), error.shape)
        raise AssertionError(
            f"{label}: {np.count_nonzero(excess > 0.0)} of {error.size} elements differ; worst at "
            f"{tuple(map(int, worst))}: got {actual[worst]}, expected {expected[worst]}, "
            f"error {error[worst]:.3g}, limit {np.broadcast_to(limit, error.shape)[worst]:.3g}"
        )
    return float(np.max(error, initial=0.0))


def assert_finite(tree, backend, label="output"):
    for i, x in enumerate(leaves(map_leaves(backend.to_numpy, tree))):
        bad = np.argwhere(~np.isfinite(x))
        assert not bad.size, f"{label}[{i}] on {backend.name}: {len(bad)} of {x.size} not finite, first at {bad[0]}"
