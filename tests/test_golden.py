"""Every golden case, compared with the oracles and with the library on every backend: values and gradients."""

from functools import partial

import numpy as np
import pytest

from .assertions import assert_close
from .calling import function_of
from .cases import named_by_op
from .golden_cases import REFUSED, SUPPORTED, difference_of, load_cases, named

pytestmark = pytest.mark.filterwarnings("ignore:frequencies_softmax. depth is not given")

CASES = load_cases()
VALUES = [c for c in CASES if c.kind in ("call", "method") and c.name not in REFUSED]
GRADIENTS = [c for c in CASES if c.kind == "grad"]
RAISES = [c for c in CASES if c.kind == "raises" and c.name not in SUPPORTED]


#: The first value and the first gradient of each op.
FIRST = {(case.kind == "grad", case.function): case.name for case in reversed(VALUES + GRADIENTS)}.values()


def skip_further_compilations(case, backend):
    """Skip further cases of an op in JAX, which compiles each of them.

    All of them hold for the oracles, and the parity tests compare JAX with the oracles for all options of an op.
    """
    if backend.plain_mode and case.name not in FIRST:
        pytest.skip("by the oracles, with which test_parity compares JAX")


def by_name(cases):
    return pytest.mark.parametrize("case", cases, ids=lambda case: named_by_op(case.name, case.function))


def check(case, output, actual, expected, limit, label):
    """Compare one output; phases are compared modulo one cycle."""
    actual = np.asarray(actual)
    if case.is_phase(output):  # in cycles; the original has radians
        assert actual.shape == expected.shape
        turns = actual - expected / (2 * np.pi)
        assert_close(turns - np.round(turns), np.zeros_like(expected), limit / (2 * np.pi), label)
    elif case.function == "core.angular_cumsum":
        turns = (actual - expected) / (2 * np.pi)
        assert_close(turns - np.round(turns), np.zeros_like(expected), limit / (2 * np.pi), label)
        assert actual.min() >= 0.0 and actual.max() < 2 * np.pi + 1e-6
    else:
        assert_close(actual, expected, limit, label)


@by_name(VALUES)
def test_oracle(case):
    """The oracles agree with the original, except for the listed differences."""
    results = case.oracle()
    _, relation = difference_of(case.name) or ("", "")
    if relation == "none":
        assert_different(case, results)
        return
    for name, (expected, limit) in case.outputs().items():
        actual = np.asarray(results[name])
        if relation.startswith("earlier"):
            shift = int(relation.split()[1])
            actual, expected = actual[:, :-shift], expected[:, shift:]
        elif relation.startswith("above"):
            x = next(iter(case.inputs().values()))
            same = (x <= 0.0) | (x >= float(relation.split()[1]))
            actual, expected = actual[same], expected[same]
        elif relation.startswith("phase to"):
            same = np.reshape(case.inputs()["phase"], expected.shape) <= float(relation.split()[2])
            assert_different(case, results)
            actual, expected = actual[same], expected[same]
        check(case, name, actual, expected, limit, f"{case.name} {name}")


def assert_different(case, results):
    """Each entry of the table must be a real difference."""
    for name, (expected, limit) in case.outputs().items():
        actual = np.asarray(results[name])
        if actual.shape != expected.shape or np.max(np.abs(actual - expected), initial=0.0) > limit:
            return
    pytest.fail(f"{case.name}: not a difference")


@pytest.mark.filterwarnings("ignore:bins. got 128 with fft_size 256")
@by_name(VALUES)
def test_value(case, backend):
    skip_further_compilations(case, backend)
    inputs = {name: backend.asarray(value) for name, value in case.inputs().items()}
    function = partial(function_of(case.function, case.init), **case.kwargs)
    results = named(backend.run(lambda x: function(**x))(inputs) if inputs else function())
    outputs = case.outputs()
    assert set(results) == set(outputs)
    different = difference_of(case.name)
    oracle = case.oracle() if different else {}
    for name, (expected, limit) in outputs.items():
        actual = results[name]
        if not isinstance(actual, (int, float)):
            assert backend.is_own(actual), f"{name}: got a {type(actual)}"
            assert backend.dtype_name(actual) in ("float32", "complex64") or expected.dtype.kind == "i"
            actual = backend.to_numpy(actual)
        if different:
            expected = np.asarray(oracle[name])
            limit = max(limit, 1e-5 * np.max(np.abs(expected), initial=0.0))
            label = f"{case.name} {name} (unlike the original: {different[0]})"
            if case.is_phase(name):
                expected = expected * 2 * np.pi
        else:
            label = f"{case.name} {name}"
        check(case, name, actual, expected, limit, f"{label} on {backend.name}")


@by_name(GRADIENTS)
def test_gradient(case, grad_backend):
    backend = grad_backend
    skip_further_compilations(case, backend)
    inputs = {name: backend.asarray(value) for name, value in case.inputs().items()}
    names, wrt = list(inputs), case.record["wrt"]
    function = function_of(case.function, case.init)

    def output(*values):
        result = function(**dict(zip(names, values, strict=True)), **case.kwargs)
        index = case.record.get("output_index")
        return result if index is None else result[index]

    positions = [names.index(name) for name in wrt]
    cotangent = backend.asarray(case.cotangent())
    _, grads = backend.value_and_grad(output, list(inputs.values()), positions, [cotangent], mode=backend.plain_mode)
    for name, grad in zip(wrt, grads, strict=True):
        expected, limit = expected_gradient(case, name)
        assert_close(backend.to_numpy(grad), expected, limit, f"{case.name} d/d{name} on {backend.name}")


#: Relative rounding errors of float32 gradients: measured on TensorFlow, whose logarithm is least exact, times 4.
ROUNDING = {"grad_twm": 7e-5}


def expected_gradient(case, name):
    expected, limit = case.outputs()[f"grad/{name}"]
    if case.name == "grad_safe_log":  # 0 below the floor; the original has up to 1e30
        x = case.inputs()["x"]
        expected = np.where(x >= 1e-5, case.cotangent() / np.where(x > 0, x, 1.0), 0.0)
        limit = 1e-5 * np.abs(expected) + 1e-6
    elif difference_of(case.name):
        expected = numerical_gradient(case, name)
        limit = max(limit, ROUNDING.get(case.name, 0.0) * np.max(np.abs(expected)))
    if case.name == "grad_wasserstein":  # the function is discontinuous at the onset and at 0 Hz
        x = case.inputs()[name]
        is_step = x == 0.0 if name.startswith("freqs") else np.sum(x, axis=-1, keepdims=True) == 0.0
        expected = np.where(is_step, 0.0, expected)
    return expected, limit


def numerical_gradient(case, name, step=2e-6):
    """Central differences of the oracle, element by element."""
    inputs = {key: value.astype(np.float64) for key, value in case.inputs().items()}
    cotangent = case.cotangent().astype(np.float64)
    gradient = np.zeros_like(inputs[name])
    for index in np.ndindex(gradient.shape):
        values = []
        for sign in (1, -1):
            moved = inputs[name].copy()
            moved[index] += sign * step
            values.append(np.sum(cotangent * case.oracle({**inputs, name: moved})["out"]))
        gradient[index] = (values[0] - values[1]) / (2 * step)
    return gradient


@by_name(RAISES)
def test_raises(case, backend):
    inputs = {name: backend.asarray(value) for name, value in case.inputs().items()}
    with pytest.raises(ValueError):
        function_of(case.function, case.init)(**inputs, **case.kwargs)


@by_name([c for c in CASES if c.name in REFUSED])
def test_refused(case, backend):
    """Arguments that the original casts silently raise an error that names the argument."""
    inputs = {name: backend.asarray(value) for name, value in case.inputs().items()}
    with pytest.raises(ValueError, match=next(iter(inputs))):
        function_of(case.function, case.init)(**inputs, **case.kwargs)


@by_name([c for c in CASES if c.name in SUPPORTED])
def test_supported(case, backend):
    """Arguments that the original rejects are supported."""
    inputs = {name: backend.asarray(value) for name, value in case.inputs().items()}
    result = function_of(case.function, case.init)(**inputs, **case.kwargs)
    assert_close(backend.to_numpy(result), case.oracle()["out"], 1e-5, f"{case.name} on {backend.name}")
