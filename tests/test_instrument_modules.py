"""Instruments as modules of each framework: values, gradients, saving, and decoders of the user's own."""

from __future__ import annotations

import copy
import pickle
from dataclasses import replace
from importlib import import_module

import numpy as np
import pytest

import ddsp
from conftest import require_backend
from ddsp.instruments import flatten_values, load_instrument, nest_values

from .assertions import assert_matches
from .cases import uniform
from .test_framework_modules import by_framework

#: Warning of Keras on TensorFlow when saving.
saves = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
SPLITS = (("amplitudes", 1), ("harmonic_distribution", 5), ("noise_magnitudes", 5))
SIZES = {"sample_rate": 4000, "hop_size": 16}
INPUTS = {
    "f0_hz": uniform("f0", 100.0, 900.0, 2, 6, 1), "loudness_db": uniform("loudness", -40.0, -10.0, 2, 6, 1),
    "noise": uniform("breath", -1.0, 1.0, 2, 96),
}  # fmt: skip


def instrument_of(library, seeds=None, **settings):
    """A small instrument; seeds of decoder and reverb make modules of different values."""
    seeds = [{} if seeds is None else {"seed": seed} for seed in seeds or (0, 0)]
    nodes = {"decoder": library.nn.make_decoder("least", SPLITS, **seeds[0])}
    nodes["reverb"] = library.effects.DecayingReverb(50, **seeds[1])
    return library.instruments.Instrument(**{**nodes, **SIZES, **settings})


PLAIN = instrument_of(ddsp)
VALUES = {"decoder": PLAIN.decoder.initial_params(3), "reverb": PLAIN.reverb.initial_params(4)}


def inputs_of(backend):
    return {name: backend.asarray(x, "float32") for name, x in INPUTS.items()}


@pytest.fixture
def module(grad_backend):
    return instrument_of(import_module(f"ddsp.{grad_backend.name}"), seeds=(3, 4))


def parameters_of(module, framework):
    """Trainable values as NumPy arrays by their path."""
    if framework == "torch":
        return {name: x.numpy() for name, x in module.state_dict().items()}
    values = module.trainable_values if framework == "jax" else module.trainable_values()
    return {name: np.asarray(x) for name, x in flatten_values(values).items()}


def gradients_of(backend, module, inputs):
    """Gradients of the energy of the audio by the paths of the values, from compiled code."""
    if backend.name == "jax":
        jax = backend.jax
        grads = jax.jit(jax.grad(lambda m, inputs: jax.numpy.sum(m(**inputs) ** 2)))(module, inputs)
        return flatten_values(grads.trainable_values)
    if backend.name == "torch":
        backend.torch._dynamo.reset()
        backend.torch.compile(module, fullgraph=True, backend="eager")(**inputs).square().sum().backward()
        return {name: p.grad for name, p in module.named_parameters()}
    with backend.tf.GradientTape() as tape:
        energy = backend.tf.function(lambda inputs: backend.tf.reduce_sum(module(**inputs) ** 2))(inputs)
    weights = {name: w for node in ("decoder", "reverb") for name, w in weights_of(module, node).items()}
    return dict(zip(weights, tape.gradient(energy, list(weights.values())), strict=True))


def weights_of(module, node):
    return {f"{node}.{w.name}": w for w in getattr(module, node).trainable_weights}


# Values and gradients -------------------------------------------------------------------------------------------


def test_a_module_plays_as_the_plain_instrument(module, grad_backend):
    inputs = inputs_of(grad_backend)
    assert_matches(module(**inputs), PLAIN(**INPUTS, **VALUES), grad_backend, "float32", 2e-5)
    controls = module.get_controls(inputs["f0_hz"], inputs["loudness_db"])
    expected = PLAIN.get_controls(INPUTS["f0_hz"], INPUTS["loudness_db"], **VALUES)
    assert_matches(controls, expected, grad_backend, "float32", 2e-5)
    assert module.hop_size == 16 and module.plain == PLAIN


def test_gradients_reach_decoder_and_reverb(module, grad_backend):
    grads = gradients_of(grad_backend, module, inputs_of(grad_backend))
    assert set(grads) == set(flatten_values(VALUES))
    for name, grad in grads.items():
        grad = grad_backend.to_numpy(grad)
        assert np.all(np.isfinite(grad)) and np.any(grad), name


def test_nodes_are_given_or_made(grad_backend):
    """Modules are kept, plain processors become modules with the seed of the instrument; None has no reverb."""
    library = import_module(f"ddsp.{grad_backend.name}")
    decoder = library.nn.make_decoder("least", SPLITS, seed=3)
    found = library.instruments.Instrument(decoder, PLAIN.reverb, **SIZES, seed=4)
    assert found.plain == PLAIN
    assert grad_backend.name == "jax" or found.decoder is decoder
    for name, x in parameters_of(found, grad_backend.name).items():
        np.testing.assert_allclose(x, flatten_values(VALUES)[name], rtol=1e-6)
    dry = instrument_of(library, reverb=None)
    assert {name.partition(".")[0] for name in parameters_of(dry, grad_backend.name)} == {"decoder"}


def test_a_dry_module_shares_the_values(module, grad_backend):
    dry, inputs = module.dry(), inputs_of(grad_backend)
    assert type(dry) is type(module) and dry.reverb is None
    expected = PLAIN.dry()(**INPUTS, decoder=VALUES["decoder"])
    assert_matches(dry(**inputs), expected, grad_backend, "float32", 2e-5)
    assert grad_backend.name == "jax" or dry.decoder is module.decoder


# Saving ---------------------------------------------------------------------------------------------------------


def test_copies_play_the_same(module, grad_backend):
    inputs = inputs_of(grad_backend)
    expected = grad_backend.to_numpy(module(**inputs))
    for copied in (pickle.loads(pickle.dumps(module)), copy.deepcopy(module)):
        np.testing.assert_array_equal(grad_backend.to_numpy(copied(**inputs)), expected)
        assert copied.plain == module.plain


def test_a_folder_gives_a_module(module, grad_backend, tmp_path):
    """A folder of the values of a module: each framework loads a module of the same values."""
    library = import_module(f"ddsp.{grad_backend.name}")
    values = parameters_of(module, grad_backend.name)
    library.instruments.save_instrument(tmp_path / "flute", module.plain, values, {"notes": 3})
    loaded = library.instruments.load_instrument(tmp_path / "flute")
    assert type(loaded) is library.instruments.Instrument and loaded.plain == PLAIN
    for name, x in parameters_of(loaded, grad_backend.name).items():
        np.testing.assert_array_equal(x, values[name])
    trained, inputs = load_instrument(tmp_path / "flute"), inputs_of(grad_backend)
    host = {name: x.astype(np.float32) for name, x in INPUTS.items()}
    expected = trained.instrument(**host, **trained.values)
    np.testing.assert_allclose(grad_backend.to_numpy(loaded(**inputs)), expected, atol=1e-6)


def test_state_dict():
    backend, library = require_backend("torch"), import_module("ddsp.torch")
    one, two = (instrument_of(library, seeds=seeds) for seeds in ((3, 4), (5, 6)))
    assert list(one.state_dict()) == list(flatten_values(PLAIN.initial_params()))
    two.load_state_dict(one.state_dict())
    for module in (two, one.replace(name="flute"), one.double().float()):
        backend.torch.testing.assert_close(module(**inputs_of(backend)), one(**inputs_of(backend)))
    with pytest.raises(AttributeError, match="decoder: a setting of a Instrument cannot be assigned"):
        one.decoder = two.decoder


def test_a_pytree_under_vmap():
    backend, library = require_backend("jax"), import_module("ddsp.jax")
    jax = backend.jax
    modules = [instrument_of(library, seeds=(i, i)) for i in range(2)]
    both = jax.tree.map(lambda *x: jax.numpy.stack(x), *modules)
    found = jax.vmap(lambda module, inputs: module(**inputs), in_axes=(0, None))(both, inputs_of(backend))
    for audio, module in zip(found, modules, strict=True):
        np.testing.assert_allclose(audio, module(**inputs_of(backend)), atol=1e-6)
    assert len(jax.tree.leaves(both)) == len(flatten_values(VALUES)) and "decoder" in repr(both)
    one, other = modules[0], replace(modules[0], name="other")
    assert other.name == "other" and one == replace(other, name="instrument") and one.decoder == other.decoder
    np.testing.assert_allclose(one.decoder.input_weight, one.plain.decoder.initial_params(0)["input_weight"], 1e-6)
    shorter = {"decoder": modules[0].trainable_values["decoder"]}
    with pytest.raises(ValueError, match="trainable_values: got .*, expected .*reverb/noise"):
        library.instruments.Instrument(PLAIN.decoder, PLAIN.reverb, trainable_values=shorter)


@saves
def test_a_keras_model_is_saved(tmp_path):
    backend, library = require_backend("tensorflow"), import_module("ddsp.tensorflow")
    import keras

    f0_hz, loudness_db, noise = (keras.Input(x.shape[1:]) for x in INPUTS.values())
    module = instrument_of(library, seeds=(3, 4))
    model = keras.Model([f0_hz, loudness_db, noise], module(f0_hz, loudness_db, noise=noise))
    expected = PLAIN(**INPUTS, **VALUES)
    inputs = list(inputs_of(backend).values())
    model.save(tmp_path / "instrument.keras")
    for found in (model, keras.saving.load_model(tmp_path / "instrument.keras")):
        np.testing.assert_allclose(found.predict(inputs, verbose=0), expected, atol=2e-6)
    assert len(model.trainable_weights) == len(flatten_values(VALUES))
    module.reverb.trainable = False
    assert len(model.trainable_weights) == len(VALUES["decoder"])


# Decoders of the user's own --------------------------------------------------------------------------------------


def torch_decoder():
    import torch

    class Decoder(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = torch.nn.Linear(2, 11)

        def forward(self, f0_scaled, loudness_scaled):
            x = self.layer(torch.cat([f0_scaled, loudness_scaled], dim=2))
            return dict(zip(dict(SPLITS), x.split([1, 5, 5], dim=2), strict=True))

    return Decoder()


def jax_decoder():
    import equinox as eqx
    import jax

    class Decoder(eqx.Module):
        layer: eqx.nn.Linear

        def __call__(self, f0_scaled, loudness_scaled):
            x = jax.vmap(jax.vmap(self.layer))(jax.numpy.concatenate([f0_scaled, loudness_scaled], axis=2))
            return dict(zip(dict(SPLITS), jax.numpy.split(x, [1, 6], axis=2), strict=True))

    return Decoder(eqx.nn.Linear(2, 11, key=jax.random.key(0)))


def tensorflow_decoder():
    import keras

    @keras.saving.register_keras_serializable("tests")
    class Decoder(keras.layers.Layer):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.layer = keras.layers.Dense(11)

        def build(self, shape):
            self.layer.build((*shape[:2], 2))

        def call(self, f0_scaled, loudness_scaled):
            x = self.layer(keras.ops.concatenate([f0_scaled, loudness_scaled], axis=2))
            return dict(zip(dict(SPLITS), keras.ops.split(x, [1, 6], axis=2), strict=True))

    return Decoder()


OWN = {"torch": torch_decoder, "jax": jax_decoder, "tensorflow": tensorflow_decoder}


def linear(weight, bias):
    """The same decoder as a function of arrays."""

    def decoder(f0_scaled, loudness_scaled):
        x = np.concatenate([f0_scaled, loudness_scaled], axis=2) @ weight + bias
        return dict(zip(dict(SPLITS), np.split(x, [1, 6], axis=2), strict=True))

    return decoder


@saves
@by_framework
def test_a_decoder_of_ones_own(framework):
    """A module of the framework: it is called, trained and copied as part of the instrument."""
    backend, library = require_backend(framework), import_module(f"ddsp.{framework}")
    if framework == "jax":
        pytest.importorskip("equinox")
    own, inputs = OWN[framework](), inputs_of(backend)
    module = library.instruments.Instrument(own, library.effects.DecayingReverb(50, seed=4), **SIZES)
    found = backend.to_numpy(module(**inputs))
    layer = own.layer
    weight, bias = (layer.kernel, layer.bias) if framework == "tensorflow" else (layer.weight.T, layer.bias)
    numbers = [np.asarray(x.detach() if framework == "torch" else x) for x in (weight, bias)]
    plain = ddsp.instruments.Instrument(linear(*numbers), PLAIN.reverb, **SIZES)
    np.testing.assert_allclose(found, plain(**INPUTS, reverb=VALUES["reverb"]), atol=1e-5)
    assert plain.nodes == {"reverb": PLAIN.reverb} and module.plain == ddsp.instruments.Instrument(
        None, PLAIN.reverb, **SIZES
    )
    for copied in (copy.deepcopy(module), module.dry().dry() and module):
        np.testing.assert_array_equal(backend.to_numpy(copied(**inputs)), found)
    if framework == "torch":
        module(**inputs).square().sum().backward()
        assert all(np.any(p.grad.numpy()) for p in module.parameters())
        assert {name.partition(".")[0] for name in module.state_dict()} == {"decoder", "reverb"}
        backend.torch.testing.assert_close(module.replace(name="flute")(**inputs), module(**inputs))
        assert module.replace(name="flute").decoder is not own
    elif framework == "jax":
        grads = backend.jax.grad(lambda module: backend.jax.numpy.sum(module(**inputs) ** 2))(module)
        assert np.any(grads.decoder.layer.weight) and np.any(grads.reverb.noise) and "layer" in repr(module)
    else:
        again = library.instruments.Instrument.from_config(module.get_config())
        again.decoder.layer.set_weights(own.layer.get_weights())
        again.reverb.noise.assign(module.reverb.noise)
        np.testing.assert_allclose(backend.to_numpy(again(**inputs)), found, atol=1e-6)
        assert len(module.trainable_weights) == 5


@by_framework
def test_a_function_is_a_decoder(framework):
    """A function without trainable values, and one that is given with the call."""
    backend, library = require_backend(framework), import_module(f"ddsp.{framework}")
    xp = ddsp.backends.load(framework).xp

    def decoder(f0_scaled, loudness_scaled, z=None):
        x = f0_scaled + loudness_scaled if z is None else z
        return {name: xp.concat([x] * size, axis=2) for name, size in SPLITS}

    inputs = inputs_of(backend)
    module = library.instruments.Instrument(decoder, reverb=None, **SIZES)
    expected = backend.to_numpy(module(**inputs))
    assert parameters_of(module, framework) == {} and np.any(expected)
    plain = ddsp.instruments.Instrument(None, reverb=None, **SIZES)
    np.testing.assert_allclose(backend.to_numpy(plain(**inputs, decoder=decoder)), expected, atol=1e-6)
    z = backend.asarray(np.ones((2, 6, 1)), "float32")
    assert np.any(backend.to_numpy(module(**inputs, z=z)) != expected)


# Errors ---------------------------------------------------------------------------------------------------------

FRAMES = {"f0_hz": INPUTS["f0_hz"], "loudness_db": INPUTS["loudness_db"]}
MISUSES = {
    "no decoder": (TypeError, "decoder: got None, expected a processor or a module",
                   lambda: ddsp.instruments.Instrument(None)(**FRAMES, key=0)),
    "outputs": (ValueError, r"decoder: got outputs \['amplitudes'\], expected harmonic_distribution among them",
                lambda: ddsp.instruments.Instrument(lambda f0, loudness: {"amplitudes": f0})(**FRAMES, key=0)),
    "reverb": (TypeError, "reverb: got a function, expected a reverb of ddsp.effects or a processor",
               lambda: ddsp.instruments.Instrument(reverb=lambda audio: audio)(**FRAMES, key=0)),
    "an unknown value": (TypeError, "weight: got a value of this name",
                         lambda: PLAIN(**FRAMES, key=0, decoder={"weight": np.ones(1)})),
    "frames": (ValueError, "loudness_db: got shape",
               lambda: PLAIN(FRAMES["f0_hz"], FRAMES["loudness_db"][:, 1:], key=0)),
}  # fmt: skip


@pytest.mark.parametrize("slip", MISUSES)
def test_misuses_are_named(slip):
    kind, message, call = MISUSES[slip]
    with pytest.raises(kind, match=f"^({message})"):
        call()


def test_a_reverb_with_a_call_of_its_own_is_refused(grad_backend):
    """An instrument uses the impulse response, so it would not use the call."""
    library = import_module(f"ddsp.{grad_backend.name}")
    base = library.effects.DecayingReverb
    own = type("Mine", (base,), {base.called: lambda self, audio: audio})
    module = library.instruments.Instrument(PLAIN.decoder, own(50), **SIZES)
    with pytest.raises(TypeError, match="reverb: got a Mine, expected"):
        module(**inputs_of(grad_backend))


def test_values_are_nested_by_node():
    assert nest_values(flatten_values(VALUES)) == VALUES
    assert flatten_values({}) == {} and nest_values({"x": 1}) == {"x": 1}
