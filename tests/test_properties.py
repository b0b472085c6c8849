"""Every op at any size, dtype and option: the oracle's numbers, whatever divides or does not. Sizes by hypothesis."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .assertions import assert_matches
from .backends import get_backend, is_installed, map_leaves
from .calling import function_of
from .oracles import ORACLES
from .properties import PROPERTIES, Call, Draw

#: JAX would compile each op for each size; it runs the same code, at the sizes of the parity tests.
TRIED = [name for name in ("numpy", "strict", "torch", "tensorflow") if is_installed(name)]


def oracle_of(path: str, call: Call):
    settings_first = (call.init,) if path.count(".") == 2 else ()
    result = ORACLES[path](*settings_first, **call.inputs, **call.kwargs)
    return map_leaves(lambda x: x if type(x) in (int, float) else np.asarray(x), result)


@pytest.mark.parametrize("path", PROPERTIES)
@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_size(path, data):
    backend = get_backend(data.draw(st.sampled_from(TRIED), "backend"))
    dtype = data.draw(st.sampled_from(("float32", "float64")), "dtype")
    call = PROPERTIES[path](Draw(data.draw))
    inputs = {name: x.astype(dtype).astype(np.float64) for name, x in call.inputs.items()}
    arrays = {name: backend.asarray(x, dtype) for name, x in inputs.items()}
    result = function_of(path, call.init)(**arrays, **call.kwargs)
    expected = oracle_of(path, Call(inputs, call.kwargs, call.init))
    like = next(iter(arrays.values()), None)
    assert_matches(result, expected, backend, dtype, call.rtol32 if dtype == "float32" else 1e-9, 1e-12, like, path)
