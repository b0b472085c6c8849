"""Networks: steps of a few frames, initial values, modules of frameworks, and errors."""

from __future__ import annotations

import inspect
from functools import partial
from importlib import import_module

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import require_backend
from ddsp import nn
from ddsp.extend import adapter_of

from .assertions import assert_matches
from .backends import map_leaves
from .cases import normal, uniform
from .streams import cuts_of, stream
from .test_framework_modules import by_framework

SPLITS = (("amplitudes", 1), ("harmonic_distribution", 3))
#: A small network of each class.
NETWORKS = {
    "convolutions": nn.DilatedConvDecoder(SPLITS, channels=4, layers_per_stack=2, stacks=2, kernel_size=3),
    "recurrent": nn.RnnFcDecoder(SPLITS, z_channels=2, channels=4, rnn_channels=3, layers_per_stack=1),
    "encoder": nn.MfccTimeDistributedRnnEncoder(mfcc_channels=5, rnn_channels=3, z_channels=2),
}
by_network = pytest.mark.parametrize("name", NETWORKS)
FRAMES = 12


def inputs_of(network, batch=2):
    return [normal(name, batch, FRAMES, size) for name, size in network.input_sizes.items()]


def values_of(network):
    """Values other than the initial ones, which have scales of 1 and offsets of 0."""
    return {spec.name: normal(spec.name, *spec.shape, scale=0.5) for spec in network.params}


def module_of(network, backend, **seed):
    """The module of a framework with the settings of a network."""
    return import_module(f"ddsp.{backend.name}").wrap(type(network))(**vars(network), **seed)


def in_parts(step, state, inputs, ends):
    """Outputs of steps that end before these frames, joined along the frames; and the last state."""
    found = []
    for start, end in zip([0, *ends], [*ends, inputs[0].shape[1]], strict=True):
        outputs, state = step(state, *(x[:, start:end, :] for x in inputs))
        found.append(outputs)
    xp = adapter_of(inputs[0]).xp
    return {name: xp.concat([outputs[name] for outputs in found], axis=1) for name in found[0]}, state


# Steps ----------------------------------------------------------------------------------------------------------


@by_network
@settings(max_examples=10, deadline=None, derandomize=True)
@given(cuts=cuts_of(FRAMES))
def test_steps_equal_the_whole(name, cuts):
    network, inputs, values = NETWORKS[name], inputs_of(NETWORKS[name]), values_of(NETWORKS[name])
    state = network.init_state(2, like=inputs[0], hop_size=5)
    whole, last = network.step(state, *inputs, **values)
    found, state = in_parts(lambda *args: network.step(*args, **values), state, inputs, cuts)
    rest, ended = network.flush(state)
    found = {key: np.concatenate([x, rest[key]], axis=1) for key, x in found.items()}
    assert ended is state and state["hop"].shape == (2, 5, 0) and network.latency_samples(5) == 0
    for part, expected in ((found, whole), (state, last), (whole, network(*inputs, **values))):
        assert part.keys() == expected.keys()
        for key in part:
            np.testing.assert_allclose(part[key], expected[key], rtol=1e-12, atol=1e-13)


LAYERS = {
    "causal_convolution": (partial(nn.causal_convolution, dilation=2), {"weight": (3, 4, 2), "bias": (2,)}),
    "gru": (nn.gru, {"weight": (4, 6), "recurrent_weight": (2, 6), "bias": (6,), "recurrent_bias": (6,)}),
}  # fmt: skip


@pytest.mark.parametrize("name", LAYERS)
@settings(max_examples=10, deadline=None, derandomize=True)
@given(ends=st.sets(st.integers(1, FRAMES - 1)))
def test_layers_join(name, ends):
    layer, shapes = LAYERS[name]
    values = {key: normal(key, *shape) for key, shape in shapes.items()}
    x, state, found = normal("x", 2, FRAMES, 4), None, []
    for part in np.split(x, sorted(ends), axis=1):
        y, state = layer(part, state=state, **values)
        found.append(y)
    whole, last = layer(x, **values)
    np.testing.assert_allclose(np.concatenate(found, axis=1), whole, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(state, last, rtol=1e-12, atol=1e-13)


@by_network
def test_steps_on_every_backend(name, backend):
    """One frame, one frame, several, and the rest; in a framework by a module, whose own values `step` uses."""
    network, inputs = NETWORKS[name], inputs_of(NETWORKS[name])
    values = network.initial_params(1)
    whole, last = network.step(network.init_state(2, like=inputs[0]), *inputs, **values)
    if backend.differentiable:
        step = module_of(network, backend, seed=1).step
    else:
        step = partial(network.step, **{key: backend.asarray(x, "float32") for key, x in values.items()})
    inputs = [backend.asarray(x, "float32") for x in inputs]
    state = network.init_state(2, like=inputs[0])
    found, state = backend.run(lambda state, *inputs: in_parts(step, state, inputs, (1, 2, 7)))(state, *inputs)
    assert_matches(found, whole, backend, "float32", 2e-5)
    assert_matches(state, last, backend, "float32", 2e-5)


@by_network
def test_states_are_zeros(name, backend):
    network, x = NETWORKS[name], backend.asarray(np.ones((3, 2, 1)), "float32")
    state = network.init_state(3, like=x)
    expected = {key: np.zeros((3, *shape)) for key, shape in (network.state_shapes | {"hop": (64, 0)}).items()}
    assert_matches(state, expected, backend, "float32", like=x)
    assert network.init_state(like=x).keys() == state.keys() != {}


@by_network
def test_scan_of_frames(name):
    """A frame at a time under `jax.lax.scan`."""
    backend = require_backend("jax")
    jax, module = backend.jax, module_of(NETWORKS[name], backend)
    inputs = [backend.asarray(x, "float32") for x in inputs_of(module)]

    def frame(state, inputs):
        outputs, state = module.step(state, *(x[:, None] for x in inputs))
        return state, outputs

    def run(*inputs):
        frames = [jax.numpy.moveaxis(x, 1, 0) for x in inputs]
        _, outputs = jax.lax.scan(frame, module.init_state(2, like=inputs[0]), frames)
        return {key: jax.numpy.moveaxis(x[:, :, 0], 0, 1) for key, x in outputs.items()}

    whole, _ = NETWORKS[name].step({}, *inputs_of(module), **NETWORKS[name].initial_params())
    assert_matches(backend.run(run)(*inputs), whole, backend, "float32", 2e-5)


# Other implementations ------------------------------------------------------------------------------------------


def as_torch(x):
    import torch

    return torch.nn.Parameter(torch.from_numpy(np.ascontiguousarray(x)))


def test_gru_of_pytorch():
    torch = require_backend("torch").torch
    values = {name: normal(name, *shape) for name, shape in LAYERS["gru"][1].items()}
    x, state = normal("x", 2, FRAMES, 4), normal("state", 2, 2)
    theirs = torch.nn.GRU(4, 2, batch_first=True, dtype=torch.float64)
    theirs.weight_ih_l0, theirs.bias_ih_l0 = as_torch(values["weight"].T), as_torch(values["bias"])
    theirs.weight_hh_l0, theirs.bias_hh_l0 = as_torch(values["recurrent_weight"].T), as_torch(values["recurrent_bias"])
    expected, last = theirs(as_torch(x), as_torch(state[None]))
    y, state = nn.gru(x, state=state, **values)
    np.testing.assert_allclose(y, expected.detach(), rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(state, last[0].detach(), rtol=1e-12, atol=1e-13)


def test_convolution_of_pytorch():
    torch = require_backend("torch").torch
    x, weight, bias = normal("x", 2, FRAMES, 4), normal("weight", 3, 4, 2), normal("bias", 2)
    theirs = torch.nn.Conv1d(4, 2, 3, dilation=2, padding=4, dtype=torch.float64)
    theirs.weight, theirs.bias = as_torch(weight.transpose(2, 1, 0)), as_torch(bias)
    expected = theirs(as_torch(x.transpose(0, 2, 1))).detach().numpy().transpose(0, 2, 1)
    y, _ = nn.causal_convolution(x, weight, bias, dilation=2)
    np.testing.assert_allclose(y, expected[:, :FRAMES], rtol=1e-12, atol=1e-13)


# Properties -----------------------------------------------------------------------------------------------------


@by_network
def test_outputs_do_not_depend_on_later_frames(name):
    network, inputs, values = NETWORKS[name], inputs_of(NETWORKS[name]), values_of(NETWORKS[name])
    changed = [np.concatenate([x[:, :7], -x[:, 7:]], axis=1) for x in inputs]
    one, two = network(*inputs, **values), network(*changed, **values)
    for key in one:
        np.testing.assert_array_equal(one[key][:, :7], two[key][:, :7])
        assert np.all(np.any(one[key][:, 7:] != two[key][:, 7:], axis=-1))


def test_layer_norm_of_frames():
    """Each frame has mean 0 and variance 1, at any level, and the values of scale and offset after that."""
    x = normal("x", 3, 5, 64) * np.asarray([1e-2, 1.0, 1e3])[:, None, None] + 3.0
    y = nn.layer_norm(x, np.ones(64), np.zeros(64), eps=1e-9)
    np.testing.assert_allclose(np.mean(y, axis=-1), 0.0, atol=1e-12)
    np.testing.assert_allclose(np.var(y, axis=-1), 1.0, rtol=1e-4)


@pytest.mark.parametrize(
    ("preset", "count"),
    [("original", 4801150), ("original-tiny", 232314), ("dilated", 133310), ("small", 6302), ("least", 2254)],
)
def test_presets(preset, count):
    assert sum(int(np.prod(spec.shape)) for spec in nn.PRESETS[preset].params) == count
    assert nn.make_decoder(preset) == nn.PRESETS[preset]
    assert len({spec.name for spec in nn.PRESETS[preset].params}) == len(nn.PRESETS[preset].params)


def test_decoders_of_other_outputs():
    decoder = nn.make_decoder("least", SPLITS, z_channels=2)
    assert (decoder.output_splits, decoder.z_channels, decoder.channels) == (SPLITS, 2, 8)
    assert nn.make_decoder().channels == 64 and set(nn.PRESETS) == {
        "original",
        "original-tiny",
        "dilated",
        "small",
        "least",
    }
    assert nn.DilatedConvDecoder([["a", np.int64(3)]]).output_splits == (("a", 3),)  # as JSON has it
    assert nn.DilatedConvDecoder().dilations == (1, 2, 4, 8, 16) * 2


@pytest.mark.parametrize("layer, params", [
    (nn.dense, nn.dense_params("a", 2, 5)),
    (nn.layer_norm, nn.norm_params("a", 2)),
    (nn.causal_convolution, nn.convolution_params("a", 3, 2, 5)),
    (nn.gru, nn.gru_params("a", 2, 5)),
])  # fmt: skip
def test_params_of_a_layer_are_its_arguments_in_order(layer, params):
    rng = np.random.default_rng(0)
    assert [param.name for param in params] == [f"a_{name}" for name in list(inspect.signature(layer).parameters)[
        1 : 1 + len(params)]]  # fmt: skip
    y = layer(rng.standard_normal((1, 4, 2)), *(param.init(rng, param.shape) for param in params))
    y = y[0] if isinstance(y, tuple) else y
    assert y.shape[:2] == (1, 4) and np.isfinite(y).all() and np.any(y != 0.0)


def test_initial_values():
    """Weights keep the level of a signal: their variances are Glorot's, and recurrent matrices are orthogonal."""
    values = nn.RnnFcDecoder(rnn_channels=64, channels=128).initial_params(3)
    recurrent = values["rnn_recurrent_weight"]
    np.testing.assert_allclose(recurrent @ recurrent.T, np.eye(64), atol=1e-12)
    inputs, outputs = values["last_1_weight"].shape
    limit = np.sqrt(6.0 / (inputs + outputs))
    assert 0.95 * limit < np.max(np.abs(values["last_1_weight"])) < limit
    kernel = nn.DilatedConvDecoder().initial_params()["layer_0_weight"]
    assert 0.95 < np.max(np.abs(kernel)) / np.sqrt(6.0 / (3 * 128)) < 1.0
    for name, value in values.items():
        if name.endswith(("bias", "offset")):
            assert not np.any(value)
        if name.endswith("scale"):
            assert np.all(value == 1.0)


# Modules of frameworks ------------------------------------------------------------------------------------------


def group_of(library, **seed):
    """Decoder and synthesizer."""
    decoder = library.nn.DilatedConvDecoder(SPLITS, channels=4, layers_per_stack=1, stacks=1, **seed)
    keys = ["decoder/controls/amplitudes", "decoder/controls/harmonic_distribution", "f0_hz"]
    return library.ProcessorGroup(
        dag=[(decoder, ["f0_scaled", "loudness_scaled"]), (library.synths.Harmonic(n_samples=60), keys)]
    )


GROUP_INPUTS = {
    "f0_scaled": uniform("f0", 0.3, 0.7, 2, 5, 1), "loudness_scaled": uniform("loudness", 0.2, 1.0, 2, 5, 1),
    "f0_hz": uniform("hz", 100.0, 900.0, 2, 5, 1),
}  # fmt: skip


def audio_and_gradients(backend, group, inputs):
    """Audio of a group, and gradients of its energy for the values of its decoder, by name."""
    if backend.name == "jax":
        jax = backend.jax

        def energy(group):
            audio = group(inputs)
            return jax.numpy.sum(audio**2), audio

        grads, audio = backend.compile(jax.grad(energy, has_aux=True), "quick")(group)
        return audio, grads.trainable_values["decoder"]
    if backend.name == "torch":
        audio = group(inputs)
        audio.square().sum().backward()
        return audio, {name: p.grad for name, p in group.decoder.named_parameters()}
    with backend.tf.GradientTape() as tape:
        audio = group(inputs)
        energy = backend.tf.reduce_sum(audio**2)
    weights = group.decoder.trainable_weights
    return audio, dict(zip([w.name for w in weights], tape.gradient(energy, weights), strict=True))


def test_a_decoder_in_a_group(grad_backend):
    """Audio as from the plain processors, and gradients that reach every value of the decoder."""
    import ddsp

    backend, plain = grad_backend, group_of(ddsp)
    group = group_of(import_module(f"ddsp.{backend.name}"), seed=5)
    values = plain.decoder.initial_params(5)
    inputs = {name: backend.asarray(x, "float32") for name, x in GROUP_INPUTS.items()}
    audio, grads = audio_and_gradients(backend, group, inputs)
    assert_matches(audio, plain(GROUP_INPUTS, decoder=values), backend, "float32", 1e-4)
    assert set(grads) == set(values)
    for name, grad in grads.items():
        assert np.any(backend.to_numpy(grad)) and np.all(np.isfinite(backend.to_numpy(grad))), name


@pytest.mark.parametrize("cuts", [[], [0, 1, 1, 4]], ids=["whole", "cut"])
def test_a_decoder_in_a_stream(cuts):
    import ddsp

    group = group_of(ddsp)
    found = stream(group, GROUP_INPUTS, cuts, hop_size=12)
    np.testing.assert_allclose(found, group(GROUP_INPUTS), atol=1e-14)  # measured: 3e-16


def test_a_decoder_module_in_a_stream():
    """Steps of a group of modules, which supply the values of the decoder."""
    import ddsp

    def group_of(library, **seed):
        dag = [(library.nn.DilatedConvDecoder(SPLITS, channels=4, layers_per_stack=1, **seed), ["pitch", "loudness"])]
        dag += [(library.processors.Mix(), ["one", "two", "decoder/controls/amplitudes"])]
        return library.ProcessorGroup(dag=dag)

    backend, plain = require_backend("torch"), group_of(ddsp)
    inputs = {name: normal(name, 2, 6, 1) for name in ("pitch", "loudness")}
    inputs |= {name: normal(name, 2, 6) for name in ("one", "two")}  # a sample for each frame
    expected = plain(inputs, decoder=plain.decoder.initial_params(5))
    inputs = {name: backend.asarray(x, "float32") for name, x in inputs.items()}
    group = group_of(import_module(f"ddsp.{backend.name}"), seed=5)
    assert_matches(stream(group, inputs, [3], hop_size=1), expected, backend, "float32", 1e-5)


@by_framework
def test_make_decoder_makes_modules(framework):
    require_backend(framework)
    library = import_module(f"ddsp.{framework}")
    decoder = library.nn.make_decoder("least", seed=2)
    assert type(decoder) is library.nn.DilatedConvDecoder and decoder.plain == nn.make_decoder("least")
    assert list(inspect.signature(library.nn.make_decoder).parameters) == [
        "preset",
        "output_splits",
        "z_channels",
        "seed",
    ]


def test_torch_traces_a_network_as_one_graph():
    torch = require_backend("torch").torch
    decoder = import_module("ddsp.torch").nn.DilatedConvDecoder(SPLITS, channels=4, layers_per_stack=1, stacks=1)
    frames = torch.ones((2, 3, 1))
    torch._dynamo.reset()
    found = torch.compile(decoder, fullgraph=True, backend="eager")(frames, frames)
    torch.testing.assert_close(found, decoder(frames, frames))


# Errors ---------------------------------------------------------------------------------------------------------

ONES, DECODER = np.ones((2, 3, 1)), nn.make_decoder("least", SPLITS)
MISUSES = {
    "a network without z": ("inputs: got 3 arrays, expected 2: f0_scaled, loudness_scaled",
                            lambda: DECODER(ONES, ONES, ONES)),
    "z is missing": ("inputs: got 2 arrays, expected 3: f0_scaled, loudness_scaled, z",
                     lambda: nn.make_decoder("least", z_channels=2)(ONES, ONES)),
    "another number of channels": (r"z: got shape \(2, 3, 1\), expected \[batch, frames, 2\]",
                                   lambda: nn.make_decoder("least", z_channels=2)(ONES, ONES, ONES)),
    "coefficients": (r"mfcc: got shape \(2, 3, 1\), expected \[batch, frames, 30\]",
                     lambda: nn.MfccTimeDistributedRnnEncoder()(ONES)),
    "a state of another network": ("state: got .*rnn.*, expected a dict with names among .*layer_0",
                                   lambda: DECODER.step({"rnn": ONES}, ONES, ONES)),
    "no state": ("state: got None, expected a dict", lambda: DECODER.step(None, ONES, ONES)),
    "a state of the wrong length": ("state: got 3 frames, expected .* = 2",
                                    lambda: DECODER.step({"layer_0": np.ones((2, 3, 8))}, ONES, ONES)),
    "a value of the wrong shape": (r"output_bias: got shape \(3,\), expected an array of shape \(4,\)",
                                   lambda: DECODER(ONES, ONES, output_bias=np.ones(3))),
    "a value that is a number": ("output_bias: got 1.0, expected an array",
                                 lambda: DECODER(ONES, ONES, output_bias=1.0)),
    "an unknown value": ("weight: got a value of this name, expected names among .*'input_weight'",
                         lambda: DECODER(ONES, ONES, weight=np.ones(3))),
    "no outputs": ("output_splits: got .* expected pairs", lambda: nn.DilatedConvDecoder(())),
    "outputs without sizes": ("output_splits: got .* expected pairs", lambda: nn.DilatedConvDecoder(("a", "b"))),
    "two outputs of one name": ("output_splits: got .* its own name",
                                lambda: nn.DilatedConvDecoder((("a", 1), ("a", 2)))),
    "an output of no channels": ("output_splits: got .* expected pairs", lambda: nn.DilatedConvDecoder((("a", 0),))),
    "an unknown preset": ("preset: got 'huge', expected .*'dilated'", lambda: nn.make_decoder("huge")),
    "no channels": ("channels: got 0", lambda: nn.DilatedConvDecoder(channels=0)),
    "no layers": ("layers_per_stack: got 0", lambda: nn.DilatedConvDecoder(layers_per_stack=0)),
    "fewer than no layers": ("layers_per_stack: got -1", lambda: nn.RnnFcDecoder(layers_per_stack=-1)),
    "no coefficients": ("mfcc_channels: got 0", lambda: nn.MfccTimeDistributedRnnEncoder(mfcc_channels=0)),
    "fewer than no latents": ("z_channels: got -1", lambda: nn.DilatedConvDecoder(z_channels=-1)),
    "other frames": ("loudness_scaled: got 2 frames, expected 3, those of f0_scaled",
                     lambda: DECODER.step({}, ONES, ONES[:, 1:])),
    "a hop of no samples": ("hop_size: got 0", lambda: DECODER.init_state(like=ONES, hop_size=0)),
    "a negative batch": ("batch: got -1", lambda: DECODER.init_state(-1, like=ONES)),
    "no array": ("like: got a list", lambda: DECODER.init_state(like=[1.0])),
    "gates": (r"recurrent_weight: got shape \(1, 4\), expected \[units, 3 \* units\]",
              lambda: nn.gru(ONES, ONES[0, :1].repeat(4, 1), np.ones((1, 4)), np.ones(4), np.ones(4))),
    "a slope above 1": (r"slope: got 2.0, expected a number in \[0, 1\]", lambda: nn.leaky_relu(ONES, slope=2.0)),
    "no epsilon": ("eps: got 0.0, expected", lambda: nn.layer_norm(ONES, np.ones(1), np.ones(1), eps=0.0)),
    "no dilation": ("dilation: got 0", lambda: nn.causal_convolution(ONES, ONES[:1, :1], np.ones(1), dilation=0)),
    "a network without compute": ("Network: a network must define compute", lambda: nn.Network().compute({}, [], {})),
}  # fmt: skip


@pytest.mark.parametrize("slip", MISUSES)
def test_misuses_are_named(slip):
    message, call = MISUSES[slip]
    with pytest.raises((TypeError, ValueError), match=f"^({message})"):
        call()


@by_network
def test_an_empty_batch(name):
    network = NETWORKS[name]
    found, state = network.step({}, *inputs_of(network, batch=0), **values_of(network))
    expected = network.step({}, *inputs_of(network), **values_of(network))
    assert map_leaves(np.shape, (found, state)) == map_leaves(lambda x: (0, *x.shape[1:]), expected)
