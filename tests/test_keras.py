"""Layers of `ddsp.tensorflow` in common uses of Keras: policies, freezing, copies, checkpoints, `compile`."""

from __future__ import annotations

import json
import pickle

import numpy as np
import pytest

from tests.backends import get_backend

tf = get_backend("tensorflow").tf

import keras  # noqa: E402

import ddsp.tensorflow as ddsp  # noqa: E402
from ddsp.losses import Loss  # noqa: E402

from . import policies  # noqa: E402
from .cases import first_of_each_op  # noqa: E402
from .ops import all_cases  # noqa: E402

#: Warning of Keras on TensorFlow when saving.
saves = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
N = 320


def noise(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def room(**settings):
    return ddsp.effects.TrainableReverb(reverb_length=20, **settings)


def group(reverb):
    return ddsp.ProcessorGroup(dag=[(reverb, ["audio"]), (ddsp.processors.Crop(8), ["reverb/signal"])])


# Dtypes ---------------------------------------------------------------------------------------------------------


def instrument(scale):
    """Functional model of a network, a synthesizer and a reverb; f0 is an input times a constant."""
    x = keras.Input((10, 4))
    z = keras.layers.Dense(9, kernel_initializer="ones")(x)
    f0 = scale * keras.layers.Dense(1, kernel_initializer="zeros", activation="sigmoid")(x)
    return keras.Model(x, room()(ddsp.synths.Harmonic(n_samples=N)(z[..., :1], z[..., 1:], f0)))


@pytest.fixture
def policy(request):
    with policies.policy(request.param) as name:
        yield name


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"], indirect=True)
def test_mixed_policies_compute_in_float32(policy):
    """Layers before the synthesizer round to half precision; the synthesizer does not, and the model learns."""
    model = instrument(600.0)
    x = np.round(noise(2, 10, 4))  # so that sums are exact in any precision
    found = model(x)
    assert found.dtype == tf.float32
    model.compile("adam", run_eagerly=True, loss=ddsp.losses.SpectralLoss(fft_sizes=(64,)))
    assert np.isfinite(model.fit(x, noise(2, N), verbose=0).history["loss"][0])
    keras.config.set_dtype_policy("float32")
    np.testing.assert_allclose(found, instrument(600.0)(x), atol=1e-6)


def test_weights_have_the_dtype_that_is_asked_for():
    x = noise(1, N)
    double = room(dtype="float64")(x.astype(np.float64))
    assert double.dtype == tf.float64 and room(dtype="float64")(x).dtype == tf.float64
    assert room()(x.astype(np.float64)).dtype == tf.float64  # never rounded
    np.testing.assert_allclose(double, room()(x), atol=1e-6)
    inner = group(room(dtype="float64"))
    assert inner({"audio": x}).dtype == tf.float64
    assert room()(tf.cast(x, tf.float16)).dtype == tf.float32 and room(dtype="float16").ir.dtype == "float16"


def test_floatx_is_the_dtype_of_new_weights():
    with policies.policy("float64", floatx="float64"):
        assert room()(noise(1, N)).dtype == tf.float64


# Settings and weights -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["n_samples", "sample_rate", "name", "scale_fn", "seed"])
def test_settings_cannot_be_assigned(name):
    layer = ddsp.synths.Harmonic(n_samples=N)
    with pytest.raises(AttributeError, match=rf"{name}: a setting of a Harmonic .*from_config\("):
        setattr(layer, name, 8000)
    longer = ddsp.synths.Harmonic.from_config({**layer.get_config(), "n_samples": 640})
    assert longer(noise(1, 5, 1), noise(1, 5, 3), 0.0 * noise(1, 5, 1) + 200.0).shape == (1, 640)


def test_weights_are_assigned_by_value():
    layer = room()
    with pytest.raises(AttributeError, match=r"ir: a weight cannot be replaced; .* ir\.assign"):
        layer.ir = np.zeros(20)
    layer.ir.assign(np.zeros(20))
    np.testing.assert_array_equal(layer(x := noise(1, N)), x)
    layer.own = keras.layers.Dense(3)  # an attribute of the user
    assert layer.own in layer._layers


def test_a_name_that_keras_has_already():
    node = ddsp.effects.TrainableReverb(reverb_length=20, name="losses")
    layer = ddsp.ProcessorGroup(dag=[(node, ["audio"])])
    assert layer.losses == [] and len(layer.trainable_weights) == 1
    assert layer({"audio": noise(1, N)}).shape == (1, N)


# Freezing and copies --------------------------------------------------------------------------------------------


def saved(model, tmp_path):
    model.save(tmp_path / "m.keras")
    return keras.saving.load_model(tmp_path / "m.keras")


COPIES = {
    "saved": saved,
    "cloned": lambda model, _: keras.models.clone_model(model),
    "pickled": lambda model, _: pickle.loads(pickle.dumps(model)),
}


@saves
@pytest.mark.parametrize("copy", COPIES)
@pytest.mark.parametrize("make", [lambda: room(seed=3), lambda: group(room(seed=3))], ids=["layer", "node"])
def test_frozen_layers_stay_frozen(make, copy, tmp_path):
    layer = make()
    reverb = getattr(layer, "reverb", layer)
    reverb.trainable = False
    x = keras.Input((N,))
    model = keras.Model(x, keras.layers.Dense(N)(layer(x if reverb is layer else {"audio": x})))
    model(noise(1, N))
    again = COPIES[copy](model, tmp_path)
    assert len(again.trainable_weights) == 2 and len(again.weights) == 3  # those of Dense are trainable
    np.testing.assert_array_equal(again.layers[-2].weights[0], reverb.ir)


def test_a_reverb_without_weights_is_one_that_is_not_trained():
    layer = ddsp.effects.Reverb(trainable=False)
    assert not layer.trainable and not layer.weights
    assert ddsp.effects.Reverb(trainable=True, reverb_length=20).trainable
    assert not ddsp.synths.FilteredNoise(trainable=False).trainable  # Keras's argument in other layers


@pytest.mark.parametrize("make", [room, lambda: group(room())], ids=["layer", "node"])
def test_checkpoints_hold_the_weights(make, tmp_path):
    first, second = make(), make()
    first.weights[0].assign(noise(20))
    path = tf.train.Checkpoint(model=first).save(str(tmp_path / "c"))
    tf.train.Checkpoint(model=second).restore(path).assert_consumed()
    np.testing.assert_array_equal(first.weights[0], second.weights[0])


@keras.saving.register_keras_serializable("tests")
def half_sigmoid(x):
    return 0.5 * tf.sigmoid(x)


def test_functions_and_nodes_are_saved_by_name():
    layer = ddsp.synths.FilteredNoise(n_samples=np.int64(N), scale_fn=half_sigmoid)
    outer = ddsp.ProcessorGroup(dag=[(layer, ["magnitudes"]), (room(), ["filtered_noise/signal"])])
    again = type(outer).from_config(json.loads(json.dumps(outer.get_config())))
    assert again.plain == outer.plain and isinstance(again.reverb, ddsp.effects.TrainableReverb)
    with pytest.raises(ValueError, match="register_keras_serializable"):
        ddsp.synths.FilteredNoise(scale_fn=tf.nn.softplus).get_config()


def test_classes_outside_the_library_do_not_take_its_names():
    from ddsp import processors

    class Crop(processors.Crop):
        pass

    mine = ddsp.wrap(Crop)
    assert mine is ddsp.wrap(Crop) and mine is not ddsp.processors.Crop
    assert keras.saving.get_registered_object("ddsp>Crop") is ddsp.processors.Crop
    assert keras.saving.get_registered_object("Custom>Crop") is mine


# Losses in compile ----------------------------------------------------------------------------------------------

PAIRS = [
    case for case in first_of_each_op(all_cases())
    if case.path.startswith("losses.") and case.path.endswith("__call__") and not case.make
    and issubclass(getattr(ddsp.losses, case.path.split(".")[1]).plain_class, Loss)
    and issubclass(getattr(ddsp.losses, case.path.split(".")[1]), keras.losses.Loss)
]  # fmt: skip


@pytest.mark.parametrize("case", PAIRS, ids=lambda case: case.name)
def test_losses_by_example_have_the_loss_as_their_mean(case):
    layer = getattr(ddsp.losses, case.path.split(".")[1])(**case.init)
    one, two = (tf.constant(x, tf.float32) for x in list(case.inputs.values())[:2])
    values = layer.by_example(one, two)
    np.testing.assert_allclose(values, [layer(one[i : i + 1], two[i : i + 1]) for i in range(2)], rtol=1e-5)
    np.testing.assert_allclose(tf.reduce_mean(values), layer(one, two), rtol=1e-5)
    np.testing.assert_array_equal(layer(one, two, None), layer(one, two))  # like a call by Keras
    for weight in (tf.constant([0.0, 3.0]), tf.constant([[0.0], [3.0]])):
        np.testing.assert_allclose(layer(one, two, weight), 1.5 * values[1], rtol=1e-5)


@saves
def test_compile_takes_losses_with_sample_weights(tmp_path):
    x = keras.Input((N,))
    model = keras.Model(x, room()(x))
    model.compile("sgd", loss=ddsp.losses.SpectralLoss(fft_sizes=(64,)), weighted_metrics=["mse"])
    audio, target, weights = noise(3, N), noise(3, N, seed=1), np.float32([1.0, 0.0, 0.5])
    found = model.evaluate(audio, target, sample_weight=weights, verbose=0)[0]
    by_hand = weights * ddsp.losses.SpectralLoss(fft_sizes=(64,)).by_example(target, model(audio))
    assert found == pytest.approx(float(np.mean(by_hand)), rel=1e-5)
    target[1] = 0.0
    assert model.evaluate(audio, target, sample_weight=weights, verbose=0)[0] == found
    assert np.isfinite(model.fit(audio, target, sample_weight=weights, verbose=0).history["loss"][0])
    again = saved(model, tmp_path)
    assert again.evaluate(audio, target, verbose=0)[0] == pytest.approx(model.evaluate(audio, target, verbose=0)[0])


def test_weights_of_differences_are_no_sample_weights():
    layer = ddsp.losses.SpectralLoss(fft_sizes=(64,))
    one, two = noise(2, N), noise(2, N, seed=1)
    np.testing.assert_allclose(layer(one, two, np.full((1, 1, 1), 3.0, "f")), 3.0 * layer(one, two), rtol=1e-6)
    np.testing.assert_allclose(layer(one, two, weights=3.0), 3.0 * layer(one, two), rtol=1e-6)


# Variables ------------------------------------------------------------------------------------------------------


def test_keras_variables_are_arrays_with_a_gradient():
    from ddsp import core

    variable = keras.Variable(np.float32([60.0, 69.0]))
    with tf.GradientTape() as tape:
        hz = core.midi_to_hz(variable)
    expected = np.log(2.0) / 12.0 * hz.numpy()
    np.testing.assert_allclose(tape.gradient(hz, variable.value), expected, rtol=1e-5)
    np.testing.assert_array_equal(core.safe_divide(variable, tf.ones(2)), variable.value)
    audio = keras.Variable(noise(1, N))
    np.testing.assert_array_equal(room()(audio), room()(audio.value))


def test_a_weight_is_not_an_argument():
    with pytest.raises(TypeError, match="^ir: got a value for a weight"):
        ddsp.effects.TrainableReverb(reverb_length=8)(tf.ones((1, 16)), ir=tf.ones((1, 8)))


def test_what_a_layer_refuses_is_said_in_one_line():
    """By default, Keras adds the values of all arguments to the message."""
    group = ddsp.processors.ProcessorGroup(dag=[(ddsp.effects.TrainableReverb(reverb_length=8), ["audio"])])
    for call in (ddsp.processors.Crop(4), lambda audio: group({"audio": audio})):
        with pytest.raises(ValueError, match=r"^audio: got shape \(3,\), expected .*$") as caught:
            call(tf.ones(3))
        assert "\n" not in str(caught.value)


def test_a_method_in_a_function_has_the_weights():
    """tf.function passes the defaults of a method as arguments, among them None for the weights of each node."""
    decoder = ddsp.nn.make_decoder("least", (("amplitudes", 1), ("harmonic_distribution", 3), ("noise_magnitudes", 5)))
    instrument, frames = ddsp.instruments.Instrument(decoder, None, sample_rate=4000, hop_size=16), tf.ones((1, 2, 1))
    found = tf.function(instrument.get_controls, autograph=False)(440.0 * frames, -20.0 * frames)
    expected = instrument.get_controls(440.0 * frames, -20.0 * frames)
    np.testing.assert_allclose(found["magnitudes"], expected["magnitudes"], rtol=1e-5)
    with pytest.raises(TypeError, match="decoder: got a value for a weight of the layer"):
        instrument.get_controls(frames, frames, decoder={})
