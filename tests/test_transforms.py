"""Every op under transformations: unknown batch sizes, vmap, Inductor; arguments are not modified."""

from __future__ import annotations

import numpy as np
import pytest

from conftest import require_backend

from .assertions import assert_matches
from .cases import first_of_each_op
from .ops import all_cases
from .test_parity import by_case, expected_of, prepare

CASES = first_of_each_op([case for case in all_cases() if case.inputs])
#: Cases whose leading axis is not a batch.
NO_BATCH = ("stft 1d", "overlap_and_add")
BATCHED = [
    case for case in CASES
    if all(x.ndim > 1 and x.shape[0] == 2 for x in case.inputs.values()) and case.name not in NO_BATCH
]  # fmt: skip

#: Inductor calls the library for FFTs, which is intended.
own_warnings = pytest.mark.filterwarnings(
    "ignore:Torchinductor does not support code generation for complex operators:UserWarning",
)


@by_case(BATCHED)
def test_unknown_batch_in_tensorflow(case):
    """tf.function traces once for any batch size."""
    backend = require_backend("tensorflow")
    tf = backend.tf
    call, arrays = prepare(case, backend, "float32")
    signature = [tf.TensorSpec((None, *x.shape[1:]), x.dtype) for x in arrays]
    traced = tf.function(call, input_signature=signature)
    assert_matches(traced(*arrays), expected_of(case, "float32"), backend, "float32", case.rtol32)


@by_case([case for case in BATCHED if "losses" not in case.path])
def test_vmap_in_jax(case):
    """jax.vmap over an outer axis gives each item's result."""
    backend = require_backend("jax")
    jax = backend.jax
    call, arrays = prepare(case, backend, "float32")
    doubled = [jax.numpy.stack([x, 0.5 * x]) for x in arrays]
    together = jax.jit(jax.vmap(call))(*doubled)
    first = jax.tree.map(lambda x: x[0], together)
    assert_matches(first, expected_of(case, "float32"), backend, "float32", max(case.rtol32, 1e-5))


@pytest.mark.inductor
@own_warnings
@pytest.mark.parametrize("n_samples", [1000])
def test_phase_under_inductor(n_samples):
    """Inductor (torch 2.13, CPU) returned garbage in the last chunk of a padded, chunked phase: odd lengths matter."""
    backend = require_backend("torch")
    case = next(c for c in all_cases() if c.name == "harmonic_synthesis window")
    kwargs = {**case.kwargs, "n_samples": n_samples}
    # 1000 samples are 8e-6 from the oracle, eager NumPy as well: times 4.
    case = type(case)(f"{case.name} {n_samples}", case.path, case.inputs, kwargs, rtol32=3.2e-5)
    call, arrays = prepare(case, backend, "float32")
    result = backend.compile(call, "inductor")(*arrays)
    assert_matches(result, expected_of(case, "float32"), backend, "float32", case.rtol32)


@pytest.mark.inductor
@own_warnings
@pytest.mark.parametrize("n_samples", [131, 1031])
def test_running_sum_under_inductor(n_samples):
    backend = require_backend("torch")
    case = next(c for c in all_cases() if c.name == "angular_cumsum")
    omega = np.random.default_rng(5).uniform(0.01, 3.0, (2, n_samples, 1))
    case = type(case)(f"{case.name} {n_samples}", case.path, {"angular_frequency": omega}, rtol32=case.rtol32)
    call, arrays = prepare(case, backend, "float32")
    result = backend.compile(call, "inductor")(*arrays)
    assert_matches(result, expected_of(case, "float32"), backend, "float32", case.rtol32)


@pytest.mark.inductor
@own_warnings
def test_chain_under_inductor():
    """Graph of harmonics, noise and reverb, forward and backward."""
    backend = require_backend("torch")
    case = next(c for c in all_cases() if c.name == "ProcessorGroup")
    call, arrays = prepare(case, backend, "float32")
    weights = [backend.asarray(w, "float32") for w in case.cotangents()]
    wrt = range(len(arrays))
    result, grads = backend.value_and_grad(call, arrays, wrt, weights, "inductor")
    assert_matches(result, expected_of(case, "float32"), backend, "float32", case.rtol32)
    _, eager = backend.value_and_grad(call, arrays, wrt, weights)
    for grad, reference in zip(grads, eager, strict=True):
        assert_matches(grad, backend.to_numpy(reference), backend, "float32", 1e-3)


@pytest.mark.parametrize("name", ["strict", "torch"])
@by_case(CASES)
def test_arguments_are_left_alone(case, name):
    """No op writes into its arguments. (Read-only arrays test this for NumPy; all arrays of JAX and TensorFlow are.)"""
    backend = require_backend(name)
    call, arrays = prepare(case, backend, "float32")
    before = [backend.to_numpy(x) for x in arrays]
    call(*arrays)
    for x, old in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(backend.to_numpy(x), old)
