"""Uses of layers in TensorFlow and Keras: rows of docs/habits.md."""

from __future__ import annotations

import copy
import json
import pickle
import tempfile
import warnings

import numpy as np

from .habits import habit
from .policies import policy

#: Modules with trainable values.
TRAINED = ("TrainableReverb", "ProcessorGroup")
#: One module of each family, for habits that trace or compile for long.
SOME = (
    "Harmonic", "Wavetable", "FilteredNoise", "Mix", "FIRFilter", "TrainableReverb", "ProcessorGroup", "SpectralLoss",
    "SISDRLoss", "KDEConsistencyLoss", "PretrainedCREPE",
)  # fmt: skip
#: Losses of a target and a value, for `compile(loss=...)`.
PAIRS = (
    "SpectralLoss", "MultiScaleEnvelopeLoss", "SISDRLoss", "ESRLoss", "DCLoss", "LogCoshLoss", "ParamLoss",
    "FilteredNoiseConsistencyLoss",
)  # fmt: skip
UNNAMED = {"EmbeddingLoss": ("Keras cannot save its model, a plain function", "cannot save the function")}


def functional(use, module=None, batch=None):
    """Functional model that contains only the module, with inputs by name."""
    import keras

    inputs = {
        name: keras.Input(x.shape[1:], name=name, batch_size=batch or None if x.shape[0] > 1 else 1)
        for name, x in use.inputs.items()
    }
    return keras.Model(inputs, use.call(module, inputs))


def half_of_a_network(use, name: str) -> None:
    """Check that results are float32 if only the outputs of the network have half precision."""
    half = name.removeprefix("mixed_")
    first, *others = use.inputs
    inputs = {n: use.backend.tf.cast(use.inputs[n], half) for n in others} | {first: use.inputs[first]}
    with policy(name):
        layer = use.made()
        use.check(use.call(layer))
        found = use.call(layer, inputs)
    wide = {n: use.backend.tf.cast(x, "float32") for n, x in inputs.items()}
    assert found.dtype == "float32"
    np.testing.assert_array_equal(found, use.call(use.made(), wide))


@habit("tensorflow", "call in float32")
def call(use):
    use.check(use.call())


@habit("tensorflow", "policy `mixed_float16`")
def mixed_float16(use):
    half_of_a_network(use, "mixed_float16")


@habit("tensorflow", "policy `mixed_bfloat16`")
def mixed_bfloat16(use):
    half_of_a_network(use, "mixed_bfloat16")


@habit("tensorflow", '`set_floatx("float64")`')
def set_floatx(use):
    with policy("float64", floatx="float64"):
        found = use.call(use.made(), use.arrays("float64"))
    assert found.dtype == "float64"
    use.check(found, 1e-7)


@habit("tensorflow", '`dtype="float64"` of a layer')
def dtype(use):
    layer = type(use.module)(**ddsp_settings(use.module), dtype="float64")
    found = use.call(layer)
    assert found.dtype == "float64"
    use.check(found)
    use.check(use.call(layer, use.arrays("float64")), 1e-7)


def ddsp_settings(layer):
    from ddsp._modules import settings_of

    return settings_of(layer.plain)


@habit("tensorflow", "`get_config` and `from_config`, through JSON", refused=UNNAMED)
def config(use):
    layer = use.made()
    again = type(layer).from_config(json.loads(json.dumps(layer.get_config())))
    assert again.plain == layer.plain
    np.testing.assert_array_equal(use.call(again), use.call(layer))


@habit("tensorflow", "save and load as `.keras`, without `custom_objects`", refused=UNNAMED)
def saved(use):
    import keras

    model = functional(use)
    for weight in model.weights:
        weight.assign(0.5 * weight)
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.filterwarnings("ignore", "__array__ implementation", DeprecationWarning)
        model.save(f"{folder}/model.keras")
        again = keras.saving.load_model(f"{folder}/model.keras")
    np.testing.assert_array_equal(again(use.inputs), model(use.inputs))


@habit("tensorflow", "`keras.models.clone_model`", subjects=SOME)
def clone_model(use):
    import keras

    use.check(keras.models.clone_model(functional(use))(use.inputs))


@habit("tensorflow", "`pickle` and `copy.deepcopy`")
def copies(use):
    for again in (pickle.loads(pickle.dumps(use.module)), copy.deepcopy(use.module)):
        np.testing.assert_array_equal(use.call(again), use.call())


@habit("tensorflow", "`trainable = False`, kept by copies", subjects=TRAINED)
def frozen(use):
    use.module.trainable = False
    assert not use.module.trainable_weights
    for again in (type(use.module).from_config(use.module.get_config()), copy.deepcopy(use.module)):
        assert len(again.weights) == 1 and not again.trainable_weights


@habit("tensorflow", "`tf.train.Checkpoint`", subjects=TRAINED)
def checkpoint(use):
    tf, other = use.backend.tf, use.made()
    other.weights[0].assign(0.0 * other.weights[0])
    with tempfile.TemporaryDirectory() as folder:
        path = tf.train.Checkpoint(model=use.module).save(f"{folder}/c")
        tf.train.Checkpoint(model=other).restore(path).assert_consumed()
    use.check(use.call(other))


@habit("tensorflow", "assign a setting", refused={"all": ("make a changed copy by `from_config`", "from_config")})
def assigned(use):
    setattr(use.module, next(name for name in ddsp_settings(use.module) if name != "trainable"), 1)


@habit(
    "tensorflow", "`fit` in a functional model", subjects=("Harmonic", "FilteredNoise", "Mix", "FIRFilter", *TRAINED)
)
def fit(use):
    """Train a weight of a network before the module, and the weights of the module."""
    import keras

    class Gain(keras.layers.Layer):
        def build(self, shape):
            self.gain = self.add_weight(shape=(), initializer="ones")

        def call(self, x):
            return self.gain * x

    inputs = {name: keras.Input(x.shape[1:], name=name) for name, x in use.inputs.items()}
    first = next(iter(inputs))
    model = keras.Model(inputs, use.call(use.module, inputs | {first: Gain()(inputs[first])}))
    use.check(model(use.inputs))
    before = [weight.numpy() for weight in model.trainable_weights]
    model.compile(keras.optimizers.Adam(0.1), "mse", jit_compile=False)
    history = model.fit(use.inputs, np.ones(use.subject.expected.shape, "float32"), verbose=0, batch_size=2)
    assert np.isfinite(history.history["loss"][0])
    assert all(np.any(old != new) for old, new in zip(before, model.trainable_weights, strict=True))


@habit("tensorflow", "`compile(loss=...)`, with sample weights", subjects=PAIRS)
def compiled_loss(use):
    import keras

    target, value = use.inputs.values()
    x = keras.Input(value.shape[1:])
    model = keras.Model(x, keras.layers.Identity()(x))
    model.compile(loss=use.module, run_eagerly=True)
    use.check(np.float64(model.evaluate(value, target, verbose=0)))
    weighted = model.evaluate(value, target, sample_weight=np.asarray([0.0, 3.0]), verbose=0)
    np.testing.assert_allclose(weighted, 1.5 * use.module(target[1:], value[1:]), rtol=1e-4)


@habit("tensorflow", "`tf.function`, batch of any size", subjects=(*SOME, "RnnFcDecoder"))
def unknown_batch(use):
    tf = use.backend.tf
    signature = {n: tf.TensorSpec([None if x.shape[0] > 1 else 1, *x.shape[1:]]) for n, x in use.inputs.items()}
    use.check(tf.function(lambda inputs: use.call(None, inputs), [signature])(use.inputs))


OPEN = ("KDEConsistencyLoss", "SISDRLoss", "Add")
STATIC = {name: ("lengths are static", "unknown length|got None samples") for name in SOME if name not in OPEN}


@habit("tensorflow", "`tf.function`, unknown length", subjects=(*SOME, "Add"), refused=STATIC)
def unknown_length(use):
    tf = use.backend.tf
    shapes = {n: [x.shape[0], None, *x.shape[2:]] for n, x in use.inputs.items()}
    signature = {n: tf.TensorSpec(shape) for n, shape in shapes.items()}
    use.check(tf.function(lambda inputs: use.call(None, inputs), [signature])(use.inputs))


@habit("tensorflow", "`GradientTape.jacobian`", subjects=SOME[:-1])
def jacobian(use):
    """Compare the first rows with the gradients of single samples."""
    tf, first = use.backend.tf, next(iter(use.inputs))
    x = use.inputs[first]
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        some = tf.reshape(use.call(), [-1])[:3]
        last = some[-1]
    rows = tape.jacobian(some, x)
    gradient = tape.gradient(last, x)
    np.testing.assert_allclose(rows[-1], gradient, rtol=1e-3, atol=1e-4 * float(np.abs(gradient).max()) + 1e-12)


@habit("tensorflow", "`tf.function(jit_compile=True)`", subjects=SOME)
def xla(use):
    inputs = use.inputs  # made before tracing
    use.check(use.backend.tf.function(lambda: use.call(None, inputs), jit_compile=True)())
