"""Half precision: every public op in float16, compared with its oracle in float64 for the same inputs."""

import numpy as np
import pytest

from .backends import leaves
from .cases import first_of_each_op
from .ops import all_cases

#: All ops except those without float arrays, and CREPE, whose weights are float32.
CASES = [case for case in first_of_each_op(all_cases()) if case.inputs and "CREPE" not in case.path]
#: Ops whose phases, frequencies or delays are float32 in the result.
WIDE = (
    "core.angular_cumsum",
    "core.harmonic_oscillator_bank",
    "core.streaming_harmonic_synthesis",
    "synths.Sinusoidal.get_controls",
    "effects.ModDelay.get_controls",
)
#: Relative rounding errors of the result and of the controls that a processor computes from its inputs.
ROUNDING = {"float16": 2e-3}


def expected_of(case, dtype):
    found = case.expected(case.rounded(dtype))
    return [np.asarray(x) for x in leaves(found if isinstance(found, (tuple, list, dict)) else [found])]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_float16_is_right(case, backend):
    if backend.name not in ("numpy", "torch"):
        pytest.skip("JAX compiles each step; what is true of these two is true of the rest")
    inputs = {name: None if x is None else backend.asarray(x, "float16") for name, x in case.inputs.items()}
    found = case.function()(**inputs, **case.kwargs)
    found = leaves(found if isinstance(found, (tuple, list, dict)) else [found])
    for x, right in zip(found, expected_of(case, "float16"), strict=True):
        name = backend.dtype_name(x)
        assert name in ("float16", "complex64") or right.dtype.kind == "i" or case.path in WIDE, (
            f"{case.path}: {name} for float16 inputs: return `xp.astype(result, audio.dtype)`"
        )
        limit = ROUNDING["float16"] * np.max(np.abs(right), initial=1e-3)
        hint = f"{case.path}: rounding errors of float16: compute in float32, from `promote_half(xp, audio)`"
        np.testing.assert_allclose(backend.to_numpy(x), right, rtol=0, atol=limit, err_msg=hint)
