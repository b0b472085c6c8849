"""Dispatch by input, errors for invalid inputs, and methods of every adapter."""

from __future__ import annotations

import numpy as np
import pytest

from ddsp import core
from ddsp.backends import BACKENDS, Adapter, adapter_of, load
from ddsp.losses import mean_difference

from .assertions import assert_is_array_of, assert_matches
from .cases import normal

MEMBERS = {
    "Array", "concrete_nonzero", "constant", "frame_view", "from_host", "host_for", "host_setting", "is_dense", "jit",
    "leading_bits", "materialize", "may_replay", "mean_over_chunks", "name", "next_uniform", "normal", "outline",
    "outline_op", "result_to_host", "scalar", "scan", "skip_unless", "split", "stop_gradient", "takes_gradient",
    "to_host", "to_numpy", "traits", "uniform", "value_and_grad", "with_gradient", "xp",
}  # fmt: skip


def adapter_for(backend):
    return adapter_of(backend.asarray(np.ones(2), "float32"))


# Errors ---------------------------------------------------------------------------------------------------------


def test_mixed_backends(backend):
    if backend.name.startswith("numpy"):
        other, names = require("torch"), ("numpy", "torch")
    else:
        other, names = require("numpy"), ("numpy", adapter_for(backend).name)
    one, two = backend.asarray(np.ones(3), "float32"), other.asarray(np.ones(3), "float32")
    for pair in ((one, two), (two, one)):
        with pytest.raises(TypeError) as error:
            core.safe_divide(*pair)
        assert all(name in str(error.value) for name in names), error.value


def require(name):
    from conftest import require_backend

    return require_backend(name)


@pytest.mark.parametrize("value", [[440.0, 441.0], (440.0,), "440", {"f0": 1.0}, 440.0, None])
def test_no_array(value):
    with pytest.raises(TypeError, match="array"):
        core.midi_to_hz(value)


def test_integer_frequencies(backend):
    f0 = backend.asarray(np.full((1, 5, 1), 440), "int32")
    amplitudes = backend.asarray(np.ones((1, 5, 1)), "float32")
    with pytest.raises(ValueError, match="frequencies.*int32"):
        core.harmonic_synthesis(f0, amplitudes, n_samples=50)


def test_mixed_floats(backend):
    with backend.scope("float64"):
        f0 = backend.asarray(np.full((1, 5, 1), 440.0), "float32")
        amplitudes = backend.asarray(np.ones((1, 5, 1)), "float64")
        with pytest.raises(ValueError) as error:
            core.harmonic_synthesis(f0, amplitudes, n_samples=50)
    for word in ("frequencies", "amplitudes", "float32", "float64"):
        assert word in str(error.value)


def test_unknown_backend():
    with pytest.raises(ValueError, match="numpy, torch, jax, tensorflow"):
        load("mxnet")


# Array types ----------------------------------------------------------------------------------------------------


def test_generic_namespace():
    """With an array API library without an adapter, pure functions work, and autodiff raises a clear error."""
    backend = require("strict")
    x = backend.asarray(normal("strict", 2, 9), "float32")
    assert_is_array_of(core.midi_to_hz(x), backend, "float32", (2, 9), like=x)
    adapter = adapter_of(x)
    assert "array_api_strict" in adapter.name
    with pytest.raises(RuntimeError, match="PyTorch, JAX or TensorFlow"):
        adapter.value_and_grad(core.midi_to_hz)


def test_numpy_scalar_and_subclass():
    assert adapter_of(np.float32(440.0)).name == "numpy"
    assert adapter_of(np.ones(2).view(np.recarray)).name == "numpy"


def test_tensorflow_variable():
    tf = require("tensorflow").tf
    variable = tf.Variable(np.full((2, 3), 69.0, np.float32))
    with tf.GradientTape() as tape:
        hz = core.midi_to_hz(variable)
    np.testing.assert_allclose(hz.numpy(), 440.0, rtol=1e-6)
    np.testing.assert_allclose(tape.gradient(hz, variable).numpy(), 440.0 * np.log(2.0) / 12.0, rtol=1e-6)


def test_torch_parameter():
    torch = require("torch").torch
    parameter = torch.nn.Parameter(torch.full((2, 3), 69.0))
    core.midi_to_hz(parameter).sum().backward()
    np.testing.assert_allclose(parameter.grad.numpy(), 440.0 * np.log(2.0) / 12.0, rtol=1e-6)


def test_jax_tracer():
    jax = require("jax").jax
    assert float(jax.jit(core.midi_to_hz)(jax.numpy.float32(69.0))) == pytest.approx(440.0)


# Adapters -------------------------------------------------------------------------------------------------------


def test_members(backend):
    """An adapter has the members of the base class and no other public name."""
    adapter = adapter_for(backend)
    assert isinstance(adapter, Adapter)
    assert {name for name in dir(Adapter) if not name.startswith("_")} | set(Adapter.__annotations__) == MEMBERS
    assert {name for name in dir(adapter) if not name.startswith("_")} == MEMBERS
    assert adapter.name not in BACKENDS or load(adapter.name) is adapter


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_constant(backend, dtype):
    with backend.scope(dtype):
        adapter = adapter_for(backend)
        like = backend.asarray(np.ones(2), dtype)
        host = normal("constant", 3, 2)
        assert_matches(adapter.constant(host, like), host.astype(dtype), backend, dtype, 0.0, like=like)
        indices = adapter.constant(np.asarray([2, 0], np.int64), like)
        assert "int" in backend.dtype_name(indices)
        assert_matches(adapter.xp.take(adapter.constant(host, like), indices, axis=0), host[[2, 0]].astype(dtype),
                       backend, dtype, 0.0, like=like)  # fmt: skip


@pytest.mark.parametrize(("dtype", "dropped"), [("float32", 12), ("float64", 27)])
def test_leading_bits(backend, dtype, dropped):
    """Squares of the leading bits, and products with the rest, are exact."""
    host = np.append(normal("leading bits", 50), [0.0, 1e9, -1e-9]).astype(dtype)
    with backend.scope(dtype):
        x = backend.asarray(host, dtype)
        high = backend.to_numpy(adapter_for(backend).leading_bits(x, dropped))
    assert high.dtype == dtype
    low = host - high
    for part in (high, low):
        assert np.array_equal(part.astype(np.longdouble) * high, part * high)
    assert np.array_equal(high.astype(np.longdouble) + low, host)
    assert np.abs(low).max() > 0.0


def test_to_numpy(backend):
    adapter = adapter_for(backend)
    host = normal("to numpy", 3, 2).astype(np.float32)
    array = backend.asarray(host)
    copy = adapter.to_numpy(array)
    assert type(copy) is np.ndarray and copy.dtype == np.float32 and np.array_equal(copy, host)
    copy[0] = 0.0  # a writable copy; the array does not change
    assert np.array_equal(backend.to_numpy(array), host)


def test_to_numpy_drops_the_gradient():
    torch = require("torch").torch
    assert load("torch").to_numpy(torch.ones(2, requires_grad=True)).tolist() == [1.0, 1.0]


@pytest.mark.parametrize("draw", ["uniform", "normal"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_noise(backend, draw, dtype):
    with backend.scope(dtype):
        adapter = adapter_for(backend)
        like = backend.asarray(np.ones(2), dtype)
        noise = getattr(adapter, draw)(3, (5, 1000), like)
        assert_is_array_of(noise, backend, dtype, (5, 1000), like)
        again, other = (backend.to_numpy(getattr(adapter, draw)(key, (5, 1000), like)) for key in (3, 4))
        noise = backend.to_numpy(noise)
    assert np.array_equal(noise, again), "the same key must give the same noise"
    assert not np.array_equal(noise, other)
    low, mean, deviation = (0.0, 0.5, 12**-0.5) if draw == "uniform" else (-6.0, 0.0, 1.0)
    assert noise.min() >= low and abs(noise.mean() - mean) < 0.06 and abs(noise.std() - deviation) < 0.06
    assert draw == "normal" or noise.max() < 1.0


def test_noise_without_key(backend):
    adapter = adapter_for(backend)
    like = backend.asarray(np.ones(2), "float32")
    if adapter.name == "jax":
        with pytest.raises(ValueError, match="key"):
            adapter.uniform(None, (3,), like)
    else:
        one, two = (backend.to_numpy(adapter.uniform(None, (50,), like)) for _ in range(2))
        assert not np.array_equal(one, two)


def test_split(backend):
    adapter = adapter_for(backend)
    keys = adapter.split(7, 3)
    assert len(keys) == 3 and adapter.split(7, 3) == keys
    like = backend.asarray(np.ones(2), "float32")
    draws = [backend.to_numpy(adapter.uniform(key, (9,), like)) for key in keys]
    assert not np.array_equal(draws[0], draws[1]) and not np.array_equal(draws[1], draws[2])
    assert adapter.split(None, 2) == [None, None]


def test_scan(backend):
    """Cumulative sum and product of nested arrays agree on all backends."""
    adapter = adapter_for(backend)
    xs = {"a": backend.asarray(np.arange(1.0, 6.0), "float32"), "b": backend.asarray(normal("scan", 5, 2), "float32")}
    zero = {"sum": backend.asarray(np.zeros(()), "float32"), "b": backend.asarray(np.zeros(2), "float32")}

    def step(carry, x):
        carry = {"sum": carry["sum"] + x["a"], "b": carry["b"] * 0.5 + x["b"]}
        return carry, (carry["sum"], carry["b"])

    last, (sums, smooth) = adapter.scan(step, zero, xs)
    expected, state = [], np.zeros(2)
    for row in normal("scan", 5, 2).astype(np.float32):
        state = 0.5 * state + row
        expected.append(state)
    assert_matches(sums, np.asarray([1.0, 3.0, 6.0, 10.0, 15.0]), backend, "float32", 1e-6)
    assert_matches(smooth, np.asarray(expected), backend, "float32", 1e-6)
    assert_matches(last["b"], np.asarray(expected[-1]), backend, "float32", 1e-6)


def test_skip_unless(compiler):
    """The result where it is needed, in a program that is compiled once."""
    backend, mode = compiler
    adapter, x = adapter_for(backend), backend.asarray([1.0, 2.0], "float32")

    def double_if_positive(x):
        needed = adapter.xp.any(x > 0.0)
        return adapter.skip_unless(needed, lambda y: 2.0 * y, adapter.xp.zeros_like(x), x)

    run = backend.compile(double_if_positive, mode)
    assert_matches(run(x), np.asarray([2.0, 4.0]), backend, "float32", 1e-6)
    skipped = backend.to_numpy(run(-x)).tolist()
    assert skipped == ([-2.0, -4.0] if backend.name == "torch" else [0.0, 0.0])


def test_value_and_grad(grad_backend):
    backend = grad_backend
    adapter = adapter_for(backend)
    params = {"a": backend.asarray([1.0, 2.0], "float32"), "b": [backend.asarray(3.0, "float32")]}

    def f(p, scale):
        return scale * adapter.xp.sum(p["a"] * p["a"]) * p["b"][0]

    value, grads = adapter.value_and_grad(f)(params, 2.0)
    assert_matches(value, np.asarray(30.0), backend, "float32")
    assert_matches(grads, {"a": np.asarray([12.0, 24.0]), "b": [np.asarray(10.0)]}, backend, "float32")


def test_value_and_grad_of_what_does_not_depend(grad_backend):
    adapter = adapter_for(grad_backend)
    params = {"a": grad_backend.asarray([1.0], "float32"), "unused": grad_backend.asarray([5.0], "float32")}
    _, grads = adapter.value_and_grad(lambda p: adapter.xp.sum(p["a"]))(params)
    assert_matches(grads["unused"], np.asarray([0.0]), grad_backend, "float32")


def test_numpy_has_no_gradient():
    with pytest.raises(RuntimeError, match=r"ddsp-array\[torch\]"):
        load("numpy").value_and_grad(lambda x: x)(np.ones(2))


def test_stop_gradient(grad_backend):
    adapter = adapter_for(grad_backend)
    x = grad_backend.asarray([2.0], "float32")
    (grad,) = grad_backend.grad(lambda v: adapter.xp.sum(v * adapter.stop_gradient(v)), x)
    assert_matches(grad, np.asarray([2.0]), grad_backend, "float32")


def test_jit(backend):
    adapter = adapter_for(backend)
    x = backend.asarray(normal("jit", 4), "float32")
    compiled = adapter.jit(core.exp_sigmoid) if backend.name != "torch" else core.exp_sigmoid  # Inductor: a minute
    assert_matches(compiled(x), backend.to_numpy(core.exp_sigmoid(x)), backend, "float32", 1e-6)


def test_numpy_scalars_are_arrays():
    """Arrays without axes become NumPy scalars. float64 scalars derive from Python's float, but are arrays."""
    assert type(core.midi_to_hz(np.float64(69.0))) is np.float64
    assert core.exp_sigmoid(np.asarray(0.0)) == pytest.approx(2.0 * 0.5 ** np.log(10.0))
    with pytest.raises(ValueError, match="weights: got dtype float64 beside target of float32"):
        mean_difference(np.ones(2, np.float32), np.ones(2, np.float32), weights=np.float64(2.0))
