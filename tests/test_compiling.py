"""The whole chain compiles once: other values, and other batch sizes if the library supports it, need no new trace."""

from __future__ import annotations

from contextlib import nullcontext

import numpy as np
import pytest

from benchmarks.workloads import WORKLOADS
from conftest import require_backend
from ddsp.backends import load
from ddsp.core.harmonic.rows import phase_in_rows

CHAIN = WORKLOADS["W5"]  # harmonic synth + filtered noise, reverb, spectral loss
SMALL = {"n_samples": 2560, "n_frames": 40, "n_harmonics": 5, "n_bands": 9, "ir_length": 100, "fft_sizes": (256, 64)}


def chain(xp, batch, seed):
    """Trained and fixed inputs of the chain as float32 arrays, drawn from a seed."""
    size = CHAIN.sized({**SMALL, "batch": batch})
    rng = np.random.default_rng(seed)
    drawn = {name: x * rng.uniform(0.9, 1.1, x.shape) for name, x in CHAIN.inputs(size).items()}
    arrays = {name: xp.asarray(x.astype(np.float32)) for name, x in drawn.items()}
    return {name: arrays.pop(name) for name in CHAIN.trained}, arrays


def loss(params, fixed, key=None):
    # Only lengths of the size are used, not the batch.
    return CHAIN.compute(CHAIN.sized(SMALL), key, **params, **fixed)


@pytest.fixture
def torch_backend():
    require_backend("torch")
    import torch

    torch._dynamo.reset()
    yield torch
    torch._dynamo.reset()


@pytest.mark.parametrize(("dynamic", "gradient"), [(False, False), (True, True)])
def test_torch_compiles_the_chain_once(torch_backend, gradient, dynamic):
    torch, graphs = torch_backend, []

    def count(graph, example_inputs):
        graphs.append(graph)
        return graph.forward

    compiled = torch.compile(loss, fullgraph=True, dynamic=False, backend=count)
    for call, batch in enumerate((2, 3, 5) if dynamic else (2, 2, 2)):
        params, fixed = chain(load("torch").xp, batch, seed=call)
        for x in (*params.values(), *fixed.values()):
            x.requires_grad_(gradient)
            if dynamic and x.ndim > 1:
                torch._dynamo.mark_dynamic(x, 0)
        value = compiled(params, fixed)
        if gradient:
            value.backward()
            assert all(torch.isfinite(x.grad).all() for x in params.values())
        torch.manual_seed(call)
        expected = loss(params, fixed)
        torch.manual_seed(call)
        assert compiled(params, fixed).item() == pytest.approx(expected.item(), rel=1e-4)
    assert len(graphs) == 1


def test_autograph_converts_none_of_the_ops(monkeypatch):
    require_backend("tensorflow")
    import tensorflow as tf
    from tensorflow.python.autograph.impl import api

    converted, convert = [], api._convert_actual
    monkeypatch.setattr(api, "_convert_actual", lambda f, context: (converted.append(f), convert(f, context))[1])
    params, fixed = chain(load("tensorflow").xp, 2, seed=0)
    assert np.isfinite(float(tf.function(lambda: loss(params, fixed, 0))()))
    names = {f"{f.__module__}.{f.__qualname__}" for f in converted}
    # A group may hold a processor of a user, who may branch on tensors.
    assert {name for name in names if name.startswith("ddsp.")} == {"ddsp.processors.base.Processor.__call__"}


def test_jax_traces_the_chain_once():
    require_backend("jax")
    import jax

    traces = []

    def counted(params, fixed, key):
        traces.append(1)
        return loss(params, fixed, key)

    compiled = jax.jit(jax.value_and_grad(counted))
    values = [compiled(*chain(load("jax").xp, 2, seed), jax.random.key(seed))[0] for seed in range(3)]
    assert len(traces) == 1
    assert len({float(value) for value in values}) == 3


@pytest.mark.parametrize("xla", [False, True])
def test_tensorflow_traces_the_chain_once_for_any_batch(xla):
    require_backend("tensorflow")
    import tensorflow as tf

    backend = load("tensorflow")
    signature = [
        {name: tf.TensorSpec([None, *x.shape[1:]] if len(x.shape) > 1 else x.shape) for name, x in arrays.items()}
        for arrays in chain(backend.xp, 2, seed=0)
    ]
    f = backend.value_and_grad(loss)
    traced = tf.function(f, autograph=False, jit_compile=xla, input_signature=signature)
    for batch in (2, 3):
        value, gradient = traced(*chain(backend.xp, batch, seed=batch))
        assert np.isfinite(value) and all(np.all(np.isfinite(x)) for x in gradient.values())
    assert traced.experimental_get_tracing_count() == 1


def test_a_long_gradient_goes_chunk_by_chunk_in_a_compiled_loop(torch_backend, monkeypatch):
    """The loop rejects results that are views of one array, as both gradients of the amplitudes would be."""
    torch = torch_backend
    from ddsp.backends import torch as adapter

    def gradients():
        params = chain(load("torch").xp, 1, seed=0)[0]
        params = {name: params[name].requires_grad_() for name in ("amplitudes", "harmonic_distribution", "f0_hz")}
        torch._dynamo.reset()
        synth = torch.compile(synthesize, fullgraph=True, backend="aot_eager")
        synth(**params).square().sum().backward()
        return [x.grad for x in params.values()]

    def synthesize(**controls):
        return WORKLOADS["W1"].compute(CHAIN.sized(SMALL), None, **controls)

    at_once = gradients()
    monkeypatch.setattr(adapter, "LARGE_CHUNK", 500)
    for chunked, whole in zip(gradients(), at_once, strict=True):
        torch.testing.assert_close(chunked, whole, rtol=1e-4, atol=1e-5 * float(whole.abs().max()))


VIEWS = {
    "all": lambda x: x,
    "slice": lambda x: 2.0 * x[1:, :, 1:],
    "permuted": lambda x: (x + 1.0).permute(2, 0, 1),
    "expanded": lambda x: x[:, :1].expand(3, 4, 5),
    "one": lambda x: x[..., :1],
    "scalar": lambda x: x.sum(),
}


@pytest.mark.parametrize("view", VIEWS)
def test_what_torch_compile_keeps_in_memory_is_the_same_and_differentiable(torch_backend, view):
    from ddsp.backends._inductor import in_memory

    torch, x = torch_backend, np.random.default_rng(0).standard_normal((3, 4, 5))

    def run(f):
        leaf = torch.tensor(x, requires_grad=True)
        value = f(leaf)
        (value * value).sum().backward()
        return value.detach(), leaf.grad

    compiled = torch.compile(lambda x: in_memory(VIEWS[view](x)), fullgraph=True, backend="aot_eager")
    for found, expected in zip(run(compiled), run(VIEWS[view]), strict=True):
        torch.testing.assert_close(found, expected, rtol=0, atol=0)


def test_torch_compile_calls_the_work_at_frame_rate_as_it_is(torch_backend):
    from torch._dynamo.backends.common import aot_autograd
    from torch._functorch.aot_autograd import make_boxed_func

    torch, graphs = torch_backend, []
    size = CHAIN.sized({**SMALL, "batch": 2})
    tone = WORKLOADS["W1"]
    controls = {k: torch.as_tensor(x.astype(np.float32)) for k, x in tone.inputs(size).items()}

    def value(**controls):
        return tone.compute(size, None, **controls)

    def keep(graph, example_inputs):
        graphs.append(graph)
        return make_boxed_func(graph.forward)

    compiled = torch.compile(value, fullgraph=True, backend=aot_autograd(fw_compiler=keep))
    torch.testing.assert_close(compiled(**controls), value(**controls), rtol=1e-4, atol=1e-4)
    targets = [str(node.target) for graph in graphs for node in graph.graph.nodes]
    assert sum("outlined" in target for target in targets) == 2  # phase and muting
    assert not any("cumsum" in target for target in targets)

    # A transform needs a rule for each operation, so it sees all of them.
    def total(f0_hz):
        return value(**{**controls, "f0_hz": f0_hz}).sum()

    found, expected = (
        f(controls["f0_hz"])
        for f in (torch.compile(torch.func.grad(total), backend="aot_eager"), torch.func.grad(total))
    )
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4 * float(expected.abs().max()))


def calls_of(graph):
    """Number of operations of a graph that PyTorch calls as they are."""
    return sum("ddsp.outlined" in str(node.target) for node in graph.graph.nodes)


def test_compile_less_has_the_same_values_and_gradients(torch_backend):
    """Harmonic synthesis, filter, reverb and loss are one call each."""
    import ddsp.torch

    torch, calls = torch_backend, []
    aot_eager = torch._dynamo.lookup_backend("aot_eager")

    def count(graph, example_inputs):
        calls.append(calls_of(graph))
        return aot_eager(graph, example_inputs)

    def value_and_gradients(f, seed):
        params, fixed = ({k: x.double() for k, x in arrays.items()} for arrays in chain(load("torch").xp, 2, seed))
        for x in params.values():
            x.requires_grad_()
        torch.manual_seed(0)
        value = f(params, fixed)
        return value.detach(), torch.autograd.grad(value, list(params.values()))

    compiled = torch.compile(loss, fullgraph=True, backend=count)
    with ddsp.torch.compile_less():
        for seed in range(2):
            found, expected = (value_and_gradients(f, seed) for f in (compiled, loss))
            torch.testing.assert_close(found, expected, rtol=1e-10, atol=1e-10)
    assert calls == [4]


def test_compile_less_ends_with_its_context(torch_backend):
    import ddsp.torch

    torch, calls = torch_backend, []
    size = CHAIN.sized({**SMALL, "batch": 2})

    def count(graph, example_inputs):
        calls.append(calls_of(graph))
        return graph.forward

    reverb = torch.compile(WORKLOADS["W3"].compute, fullgraph=True, backend=count)
    inputs = {k: torch.as_tensor(x) for k, x in WORKLOADS["W3"].inputs(size).items()}
    for less in (True, False, True):
        with ddsp.torch.compile_less() if less else nullcontext():
            reverb(size, None, **inputs)
    assert calls == [1, 0]  # the third call runs the code of the first


def stopped(backend, x):
    """A function for `outline` whose results have no gradient, and share the memory of x and of each other."""
    y = backend.stop_gradient(x)
    return y, y


def test_an_outlined_function_may_stop_the_gradient_and_return_its_argument(torch_backend):
    torch, adapter = torch_backend, load("torch")
    x = torch.arange(3.0, requires_grad=True)

    def total(x):
        y, z = adapter.outline(stopped, x)
        return torch.sum(x * y + z)

    value = torch.compile(total, fullgraph=True, backend="aot_eager")(x)
    value.backward()
    assert value.item() == 8.0
    assert x.grad.tolist() == [0.0, 1.0, 2.0]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_gradients_of_outlined_functions(torch_backend, dtype):
    torch = torch_backend
    start, change = (np.random.default_rng(seed).uniform(100.0, 300.0, (2, 7, 1)) for seed in (0, 1))

    def run(compile):
        adapter, arrays = (
            load("torch"),
            [torch.tensor(x, dtype=getattr(torch, dtype), requires_grad=True) for x in (start, change)],
        )

        def cosine(start, change):
            phase, *_ = adapter.outline(phase_in_rows, start, change, n_samples=154, sample_rate=8000)
            return torch.cos(phase).sum()

        compile(cosine)(*arrays).backward()
        return [x.grad for x in arrays]

    found = run(lambda f: torch.compile(f, fullgraph=True, backend="aot_eager"))
    for gradient, expected in zip(found, run(lambda f: f), strict=True):
        torch.testing.assert_close(gradient, expected, rtol=1e-6, atol=1e-6 * float(expected.abs().max()))
