"""The README's example with each framework module: outputs agree, and a tiny network and the reverb learn."""

from __future__ import annotations

import importlib

import numpy as np
import pytest

import ddsp as ddsp_plain
from conftest import require_backend

N_SAMPLES, N_FRAMES, N_HARMONICS = 4000, 20, 8
STEPS = 12


def target_audio():
    time = np.arange(N_SAMPLES) / 16000
    tone = sum(np.sin(2 * np.pi * 220 * h * time) / h for h in (1, 2, 3))
    return (0.2 * tone * np.exp(-4 * time))[None].astype(np.float32)


def controls():
    rng = np.random.default_rng(0)
    shapes = {"amplitudes": 1, "harmonic_distribution": N_HARMONICS}
    outputs = {name: rng.normal(size=(1, N_FRAMES, n)).astype(np.float32) for name, n in shapes.items()}
    return outputs | {"f0_hz": np.full((1, N_FRAMES, 1), 220, np.float32)}


def example(ddsp, audio_input, network):
    """The example of the README."""
    additive = ddsp.synths.Additive(n_samples=N_SAMPLES)
    reverb = ddsp.effects.TrainableReverb(reverb_length=500)
    loss_fn = ddsp.losses.SpectralLoss(fft_sizes=(512, 128))

    outputs = network(audio_input)
    audio = additive(outputs["amplitudes"], outputs["harmonic_distribution"], outputs["f0_hz"])
    audio = reverb(audio)
    return loss_fn(audio, audio_input)


@pytest.mark.parametrize("framework", ["ddsp", "ddsp.numpy", "ddsp.torch", "ddsp.jax", "ddsp.tensorflow"])
def test_example_runs_unchanged_with_one_loss(framework):
    require_backend(framework.partition(".")[2] or "numpy")
    ddsp = importlib.import_module(framework)
    from ddsp.backends import load

    xp = load(framework.partition(".")[2] or "numpy").xp
    outputs = {name: xp.asarray(x) for name, x in controls().items()}
    loss = example(ddsp, xp.asarray(target_audio()), lambda audio: outputs)
    loss = loss.detach() if hasattr(loss, "detach") else loss
    double = {name: x.astype(np.float64) for name, x in controls().items()}
    expected = example(ddsp_plain, target_audio().astype(np.float64), lambda audio: double)
    assert float(loss) == pytest.approx(float(expected), rel=1e-4)


def test_torch_learns_and_keeps_its_parameters():
    require_backend("torch")
    import torch

    import ddsp.torch as ddsp

    class Network(torch.nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(0)
            self.layer = torch.nn.Linear(N_SAMPLES // N_FRAMES, 1 + N_HARMONICS)
            self.additive = ddsp.synths.Additive(n_samples=N_SAMPLES)
            self.reverb = ddsp.effects.TrainableReverb(reverb_length=500)

        def forward(self, audio):
            out = self.layer(audio.reshape(1, N_FRAMES, -1))
            f0 = torch.full((1, N_FRAMES, 1), 220.0, dtype=audio.dtype)
            return self.reverb(self.additive(out[..., :1], out[..., 1:], f0))

    model, loss_fn = Network(), ddsp.losses.SpectralLoss(fft_sizes=(512, 128))
    target = torch.tensor(target_audio())
    optimizer = torch.optim.Adam(model.parameters(), 1e-2)
    before = model.reverb.ir.detach().clone()
    losses = []
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss = loss_fn(target, model(target))
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.8 * losses[0]
    assert not torch.equal(before, model.reverb.ir)

    assert "reverb.ir" in model.state_dict()
    reloaded = Network()
    reloaded.load_state_dict(model.state_dict())
    assert torch.equal(reloaded(target), model(target))
    assert model.to(torch.float64).reverb.ir.dtype == torch.float64
    assert model(target.double()).dtype == torch.float64
    compiled = torch.compile(model, fullgraph=True, backend="aot_eager")
    torch.testing.assert_close(compiled(target.double()), model(target.double()))


def test_jax_learns_through_a_pytree():
    require_backend("jax")
    import jax
    import jax.numpy as jnp
    import optax

    import ddsp.jax as ddsp

    additive = ddsp.synths.Additive(n_samples=N_SAMPLES)
    loss_fn = ddsp.losses.SpectralLoss(fft_sizes=(512, 128))
    target = jnp.asarray(target_audio())
    f0 = jnp.full((1, N_FRAMES, 1), 220.0)
    params = {
        "weights": 0.1 * jax.random.normal(jax.random.key(0), (N_SAMPLES // N_FRAMES, 1 + N_HARMONICS)),
        "reverb": ddsp.effects.TrainableReverb(reverb_length=500),
    }
    optimizer = optax.adam(1e-2)

    def loss(params):
        out = target.reshape(1, N_FRAMES, -1) @ params["weights"]
        return loss_fn(target, params["reverb"](additive(out[..., :1], out[..., 1:], f0)))

    @jax.jit
    def step(params, state):
        value, grads = jax.value_and_grad(loss)(params)
        updates, state = optimizer.update(grads, state)
        return value, optax.apply_updates(params, updates), state

    state, losses = optimizer.init(params), []
    before = params["reverb"].ir
    for _ in range(STEPS):
        value, params, state = step(params, state)
        losses.append(float(value))
    assert losses[-1] < 0.8 * losses[0]
    assert isinstance(params["reverb"], ddsp.effects.TrainableReverb)
    assert not jnp.array_equal(before, params["reverb"].ir)
    noise = jax.vmap(lambda key: ddsp.synths.FilteredNoise(n_samples=64)(jnp.zeros((1, 4, 9)), key=key))
    assert noise(jax.random.split(jax.random.key(0), 3)).shape == (3, 1, 64)
    with pytest.raises(ValueError, match="key"):
        ddsp.synths.FilteredNoise(n_samples=64)(jnp.zeros((1, 4, 9)))


def test_jax_modules_nest_in_equinox():
    require_backend("jax")
    import equinox as eqx
    import jax
    import jax.numpy as jnp

    import ddsp.jax as ddsp

    class Model(eqx.Module):
        reverb: ddsp.effects.TrainableReverb
        gain: jax.Array

        def __call__(self, audio):
            return self.reverb(self.gain * audio)

    model = Model(ddsp.effects.TrainableReverb(reverb_length=50), jnp.asarray(0.5))
    grads = eqx.filter_jit(eqx.filter_grad(lambda m: jnp.sum(m(jnp.ones((1, 100))) ** 2)))(model)
    assert grads.reverb.ir.shape == (50,)
    assert float(jnp.abs(grads.reverb.ir[1:]).min()) > 0


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras on TensorFlow, when saving
def test_keras_learns_saves_and_loads(tmp_path):
    require_backend("tensorflow")
    import keras
    import tensorflow as tf

    import ddsp.tensorflow as ddsp

    keras.utils.set_random_seed(0)
    audio = keras.Input((N_SAMPLES,))
    f0 = keras.Input((N_FRAMES, 1))
    out = keras.layers.Dense(1 + N_HARMONICS)(keras.layers.Reshape((N_FRAMES, N_SAMPLES // N_FRAMES))(audio))
    tone = ddsp.synths.Additive(n_samples=N_SAMPLES)(out[..., :1], out[..., 1:], f0)
    model = keras.Model([audio, f0], ddsp.effects.TrainableReverb(reverb_length=500)(tone))
    loss_fn = ddsp.losses.SpectralLoss(fft_sizes=(512, 128))
    optimizer = keras.optimizers.Adam(1e-2)
    inputs = [tf.constant(target_audio()), tf.fill((1, N_FRAMES, 1), 220.0)]

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            loss = loss_fn(inputs[0], model(inputs))
        weights = model.trainable_weights
        optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))
        return loss

    before = model.layers[-1].ir.numpy().copy()
    losses = [float(step()) for _ in range(STEPS)]
    assert losses[-1] < 0.8 * losses[0]
    assert not np.array_equal(before, model.layers[-1].ir.numpy())

    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded(inputs), model(inputs))
    assert type(loaded.layers[-1]) is ddsp.effects.TrainableReverb


@pytest.mark.parametrize("framework", ["ddsp.torch", "ddsp.jax", "ddsp.tensorflow"])
def test_groups_share_the_modules_that_they_are_built_from(framework):
    require_backend(framework.partition(".")[2])
    ddsp = importlib.import_module(framework)
    from ddsp.backends import load

    backend = load(framework.partition(".")[2])
    reverb = ddsp.effects.TrainableReverb(reverb_length=50)
    additive = ddsp.synths.Additive(n_samples=400)
    group = ddsp.processors.ProcessorGroup(
        dag=[(additive, ["amplitudes", "harmonic_distribution", "f0_hz"]), (reverb, ["harmonic/signal"])]
    )
    outputs = {name: backend.xp.asarray(x) for name, x in controls().items()}
    alone = reverb(additive(**outputs))
    np.testing.assert_array_equal(backend.to_numpy(group(outputs)), backend.to_numpy(alone))
    everything = group(outputs, return_outputs_dict=True)["controls"]
    assert set(everything) == {"inputs", "harmonic", "reverb", "out", *outputs}
