"""Learn the frequency response of a filter from what goes in and what comes out.

python examples/learn_a_filter.py [--steps N]
"""

import argparse

import jax
import numpy as np
import optax
from scipy import signal

import ddsp.jax as ddsp

parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int, default=300)
steps = parser.parse_args().steps

# In place of two recordings: noise, and the same behind the filter that is to be found.
rate = 16000
noise = np.random.default_rng(0).uniform(-0.5, 0.5, rate)
unknown = signal.butter(2, (500, 3000), "bandpass", fs=rate, output="sos")
before, after = (jax.numpy.asarray(x[None], jax.numpy.float32) for x in (noise, signal.sosfilt(unknown, noise)))

fir = ddsp.effects.FIRFilter()
loss_fn = ddsp.losses.SpectralLoss(fft_sizes=(1024, 256), logmag_weight=1.0)
magnitudes = jax.numpy.zeros((1, 65))  # one gain every 125 Hz, before `scale_fn`
optimizer = optax.adam(0.1)
state = optimizer.init(magnitudes)
value_and_grad = jax.jit(jax.value_and_grad(lambda m: loss_fn(after, fir(before, m))))
for step in range(steps + 1):
    loss, gradient = value_and_grad(magnitudes)
    if step in (0, steps):
        print(f"step {step}: loss {loss:.3f}")
    updates, state = optimizer.update(gradient, state)
    magnitudes = optax.apply_updates(magnitudes, updates)

gains = np.asarray(fir.get_controls(before, magnitudes)["magnitudes"])[0, 2::8]
true = abs(signal.freqz_sos(unknown, 250 + 1000 * np.arange(8), fs=rate)[1])
print("gains at 250, 1250 ... 7250 Hz:", gains.round(2), "found,", true.round(2), "true")
