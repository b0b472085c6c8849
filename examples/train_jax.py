"""Train an instrument in JAX with optax, save it, and play it with NumPy.

python examples/train_jax.py [--steps N]    writes the folder jax_flute and jax_flute.wav
"""

import argparse
from importlib.resources import files

import jax
import numpy as np
import optax
import soundfile

import ddsp.jax as ddsp
from ddsp.instruments import compute_features, load_instrument, play

parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int, default=300)
steps = parser.parse_args().steps

samples, rate = soundfile.read(files("ddsp") / "data" / "flute_phrase.wav", dtype="float32")
f0_hz, _, loudness_db = (x[0] for x in compute_features(samples[None], rate).values())
instrument = ddsp.instruments.Instrument(ddsp.nn.make_decoder("small"), sample_rate=rate, hop_size=rate // 250)
loss_fn, optimizer = ddsp.losses.SpectralLoss(logmag_weight=1.0), optax.adam(3e-3)
state = optimizer.init(instrument)


@jax.jit
def train_step(model, state, key, f0_hz, loudness_db, target):
    loss, gradient = jax.value_and_grad(lambda model: loss_fn(target, model(f0_hz, loudness_db, key=key)))(model)
    updates, state = optimizer.update(gradient, state)
    return optax.apply_updates(model, updates), state, loss


for step in range(steps):
    starts = np.random.default_rng(step).integers(len(f0_hz) - 250, size=8)  # of windows of 1 s
    windows = [np.stack([x[i : i + 250] for i in starts]) for x in (f0_hz, loudness_db)]
    windows.append(np.stack([samples[i * rate // 250 :][:rate] for i in starts]))
    instrument, state, loss = train_step(instrument, state, jax.random.key(step), *map(jax.numpy.asarray, windows))
    if step in (0, steps - 1):
        print(f"step {step}: loss {loss:.3f}")

ddsp.instruments.save_instrument("jax_flute", instrument.plain, instrument.trainable_values, statistics={})
trained = load_instrument("jax_flute")
soundfile.write("jax_flute.wav", np.concatenate([*play(*trained[:2], f0_hz[:, 0], loudness_db[:, 0])]), rate)
