"""Every op agrees with its oracle for any size, dtype and option. Sizes are drawn by hypothesis."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .assertions import assert_matches
from .backends import get_backend, is_installed, map_leaves
from .calling import function_of
from .draws import Call, Draw
from .ops import DRAWN
from .oracles import expected

#: Without JAX, which would compile each op for each size. It runs the same code in the parity tests.
TRIED = [name for name in ("numpy", "strict", "torch", "tensorflow") if is_installed(name)]


def oracle_of(path: str, call: Call):
    """Result of the oracle; for an empty batch, empty arrays with the shapes and dtypes for one example."""
    no_examples = any(x.shape[:1] == (0,) for x in call.inputs.values())
    inputs = {name: np.ones((1, *x.shape[1:])) if x.shape[:1] == (0,) else x for name, x in call.inputs.items()}
    result = expected(path, {**inputs, **call.kwargs}, call.init)
    return map_leaves(lambda x: _array(x)[:0] if no_examples else _array(x), result)


def _array(x):
    return x if type(x) in (int, float) else np.asarray(x)


@pytest.mark.parametrize("path", DRAWN)
@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_size(path, data):
    backend = get_backend(data.draw(st.sampled_from(TRIED), "backend"))
    dtype = data.draw(st.sampled_from(("float32", "float64")), "dtype")
    call = DRAWN[path](Draw(data.draw))
    inputs = {name: x.astype(dtype).astype(np.float64) for name, x in call.inputs.items()}
    arrays = {name: backend.asarray(x, dtype) for name, x in inputs.items()}
    result = function_of(path, call.init)(**arrays, **call.kwargs)
    expected = oracle_of(path, Call(inputs, call.kwargs, call.init))
    like = next(iter(arrays.values()), None)
    limits = (call.rtol32, call.atol32) if dtype == "float32" else (1e-9, 1e-12)
    assert_matches(result, expected, backend, dtype, *limits, like, path)
