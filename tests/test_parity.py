"""Every case on every backend: values and gradients, compiled, and for silence. Expected values come from oracles."""

from __future__ import annotations

import ctypes
import platform
from functools import lru_cache

import numpy as np
import pytest

from .assertions import assert_finite, assert_matches
from .backends import CHEAPER_MODES, map_leaves
from .cases import first_of_each_op
from .ops import all_cases

CASES = all_cases()
DIFFERENTIABLE = [case for case in CASES if case.wrt]


def compiled_cases(cases):
    """One case of each op, because compiling takes most of the time.

    `get_controls` and `get_signal` of a processor are compiled as parts of its call, unless they differentiate an
    argument that the case of the call lacks. Their own cases run eagerly, and compiled in JAX by test_value and
    test_gradient.
    """
    first = first_of_each_op([case for case in cases if case.inputs])
    calls = {case.path.removesuffix(".__call__"): set(case.wrt) for case in first if case.path.endswith(".__call__")}

    def is_part(case):
        owner, _, method = case.path.rpartition(".")
        return method in ("get_controls", "get_signal") and owner in calls and set(case.wrt) <= calls[owner]

    return [case for case in first if not is_part(case)]


COMPILED = compiled_cases(CASES)

#: Tolerance of the library's gradient against finite differences of the float64 oracle, relative to its norm.
SLOPE_RTOL = 2e-6


def by_case(cases):
    return pytest.mark.parametrize("case", cases, ids=lambda case: case.id)


def prepare(case, backend, dtype, inputs=None):
    """Return a function of positional arrays and the arrays; complex results become (real, imaginary)."""
    inputs = case.rounded(dtype) if inputs is None else inputs
    names = list(inputs)
    function = case.function()

    def call(*values):
        result = function(**dict(zip(names, values, strict=True)), **case.kwargs)
        return backend.real_imag(result) if "stft" in case.path else result

    return call, [backend.asarray(x, dtype) for x in inputs.values()]


def weights_of(case, backend, dtype):
    return [backend.asarray(weight, dtype) for weight in case.cotangents()]


def positions(case):
    return [list(case.inputs).index(name) for name in case.wrt]


@lru_cache
def expected_of(case, dtype):
    """Oracle for the inputs rounded to dtype, as arrays; complex results become (real, imaginary)."""
    result = case.expected(case.rounded(dtype))
    if case.path == "spectral_ops.get_framed_lengths" or isinstance(result, int):
        return result
    result = map_leaves(np.asarray, result)
    return (result.real, result.imag) if "stft" in case.path else result


#: Ops whose gradient eager JAX computes in every run. Eager JAX compiles each step separately, which takes several
#: seconds per op, and differentiates by the same rules as `jax.jit`. `--parity` measures all ops.
EAGER_GRADIENTS = {
    "core.fft_convolve", "core.harmonic_synthesis", "core.resample", "effects.Reverb.__call__",
    "spectral_ops.compute_mag",
}  # fmt: skip


def plain_mode(case, backend):
    """Mode of a plain run: eager for the first case of each op; for other cases JAX compiles, to save time."""
    return None if case in COMPILED else backend.plain_mode


def skip_slow_eager_run(request, case, backend):
    """Skip slow eager runs in JAX, which test_compiled covers."""
    slow = backend.plain_mode and case in COMPILED and case.inputs and case.path not in EAGER_GRADIENTS
    if slow and not request.config.getoption("--parity"):
        pytest.skip("by test_compiled, whose function is the same or has the same layers")


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@by_case(CASES)
def test_value(case, backend, dtype, measured, request):
    if dtype == "float64" or not case.compiled:
        skip_slow_eager_run(request, case, backend)
    with backend.scope(dtype):
        call, arrays = prepare(case, backend, dtype)
        mode = plain_mode(case, backend) if case.inputs else None
        if mode and dtype == "float64" and case.wrt:
            pytest.skip("compiled anyway by test_gradient, which looks at the value as well")
        result = (backend.compile(call, mode) if mode else call)(*arrays)
        like = arrays[0] if arrays else None
        error = check_value(case, result, backend, dtype, like)
    measured(case, backend.name, mode, dtype, error)


def check_value(case, result, backend, dtype, like):
    rtol, atol = (case.rtol32, 0.0) if dtype == "float32" else (1e-10, case.atol64)
    return assert_matches(result, expected_of(case, dtype), backend, dtype, rtol, atol, like, case.name)


@by_case(DIFFERENTIABLE)
def test_gradient(case, grad_backend, measured, request):
    """Compare float64 gradients with finite differences of the oracle, in random directions."""
    skip_slow_eager_run(request, case, grad_backend)
    backend, mode = grad_backend, plain_mode(case, grad_backend)
    with backend.scope("float64"):
        call, arrays = prepare(case, backend, "float64", case.inputs)
        weights = weights_of(case, backend, "float64")
        result, grads = backend.value_and_grad(call, arrays, positions(case), weights, mode)
        if mode:
            check_value(case, result, backend, "float64", arrays[0])
        grads = dict(zip(case.wrt, map(backend.to_numpy, grads), strict=True))
    measured(case, backend.name, mode, "gradient", check_gradient(case, grads, backend.name))


def check_gradient(case, grads, where):
    """Largest difference from finite differences, relative to the norm of the gradient."""
    worst = 0.0
    for name, directions in case.slopes().items():
        norm = np.linalg.norm(grads[name])
        for direction, expected in directions:
            slope = np.sum(grads[name] * direction)
            error, limit = abs(slope - expected), SLOPE_RTOL * norm + 1e-8
            assert error <= limit, (
                f"{case.name} d/d{name} on {where}: slope {slope}, finite differences {expected}, limit {limit}"
            )
            worst = max(worst, error / max(norm, 1e-2))
    return worst


@pytest.fixture
def freed_memory_returned():
    """Return freed memory to the system after the test. glibc keeps up to 1 GB after a compilation of CREPE."""
    yield
    if trim := getattr(ctypes.CDLL(None), "malloc_trim", None) if platform.system() == "Linux" else None:
        trim(0)


@pytest.mark.usefixtures("freed_memory_returned")
@by_case([case for case in COMPILED if case.compiled])
def test_compiled(case, compiler, measured):
    """Compiled values and gradients are correct in float64, and float32 gradients have the same direction.

    The same compiled function also runs with silence and with frequencies above Nyquist. float32 is compiled in
    the mode itself, float64 in the cheaper mode of the same compiler.
    """
    backend, mode = compiler
    exact = {}
    for dtype, how in (("float64", CHEAPER_MODES.get(mode, mode)), ("float32", mode)):
        with backend.scope(dtype):
            call, arrays = prepare(case, backend, dtype)
            if case.wrt:
                weights = weights_of(case, backend, dtype)
                run = backend.grad_function(call, positions(case), weights, how)
                result, grads = run(*arrays)
            else:
                run = backend.compile(call, how)
                result, grads = run(*arrays), []
            if dtype == "float32":
                check_finite(case, backend, run, {**silent(case), **above_nyquist(case)})
            error = check_value(case, result, backend, dtype, arrays[0])
            assert all(backend.dtype_name(grad) == dtype for grad in grads)
            grads = dict(zip(case.wrt, map(backend.to_numpy, grads), strict=True))
        measured(case, backend.name, mode, dtype, error)
        if case.wrt and dtype == "float64":
            exact = grads
            measured(case, backend.name, mode, "gradient", check_gradient(case, grads, f"{backend.name} {mode}"))
    for name, grad in grads.items():
        assert np.all(np.isfinite(grad)), f"{case.name} d/d{name} on {backend.name}: not finite"
        distance = np.linalg.norm(grad - exact[name]) / max(np.linalg.norm(exact[name]), 1e-30)
        assert distance < 1e-3, f"{case.name} d/d{name} on {backend.name} {mode}: {distance:.3g} from float64"


#: Factors for silence (or a frequency of 0), and for signals so quiet that squares underflow or float32 numbers are
#: denormal: the gradient of a magnitude may divide by them.
LEVELS = (0.0, 1e-40, 1e-30, 1e-12)
#: Arguments in Hz.
FREQUENCIES = {"f0_hz", "frequencies", "frequency", "frequency_envelopes", "sin_freqs", "hz", "cutoff_frequency"}


#: Plain forms, whose gradients by autodiff are not finite near silence, as their docstrings say.
AUTODIFF_ALONE = {"losses.plain_spectral_loss"}


#: What to do about it.
NOT_FINITE = "Limit the argument of the log, root or quotient: CONTRIBUTING.md, Rules for portable code."


def silent(case):
    """Inputs at each level by label."""
    if case.path in AUTODIFF_ALONE:
        return {}
    return {
        f"times {level}": {name: level * x if name in case.wrt else x for name, x in case.inputs.items()}
        for level in LEVELS
    }


def above_nyquist(case):
    """Inputs with all frequencies above Nyquist by label."""
    if not FREQUENCIES & set(case.inputs):
        return {}
    high = {name: 1e3 * x if name in FREQUENCIES else x for name, x in case.inputs.items()}
    return {"all above half the sample rate": high}


def check_finite(case, backend, run, variants):
    """Assert finite values and gradients for other inputs, {label: inputs by name}."""
    for label, inputs in variants.items():
        _, arrays = prepare(case, backend, "float32", inputs)
        try:
            assert_finite(run(*arrays), backend, f"{case.name} {label}: value, gradients")
        except Exception as error:
            error.add_note(f"{case.name} with inputs {label}. {NOT_FINITE}")
            raise


@by_case([case for case in CASES if case.inputs])
def test_silence_and_above_nyquist(case, backend):
    if backend.plain_mode:
        pytest.skip("by test_compiled, for the first case of each op: each case would be compiled again")
    call, _ = prepare(case, backend, "float32")
    if backend.differentiable and case.wrt:
        run = backend.grad_function(call, positions(case), weights_of(case, backend, "float32"))
    else:
        run = call
    check_finite(case, backend, run, {**silent(case), **above_nyquist(case)})
