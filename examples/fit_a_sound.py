"""Fit a sound by gradient descent: find the pitch, harmonics and noise that make one second of a recording.

python examples/fit_a_sound.py [--backend torch|jax|tensorflow] [--steps N]    writes fit.wav
"""

import argparse
from importlib.resources import files

import numpy as np
import soundfile

import ddsp

parser = argparse.ArgumentParser()
parser.add_argument("--backend", default="torch", choices=("torch", "jax", "tensorflow"))
parser.add_argument("--steps", type=int, default=200)
options = parser.parse_args()
asarray = ddsp.backends.load(options.backend).xp.asarray  # makes arrays of that framework

samples, rate = soundfile.read(files("ddsp") / "data" / "flute_phrase.wav", dtype="float32")
audio = samples[None, :rate]
f0_hz = ddsp.analysis.track_pitch(audio, rate)[0][:, ::4, :]  # every 8 ms
target, params = asarray(audio), {"f0_hz": asarray(f0_hz)}
for name, size in (("amplitudes", 1), ("harmonic_distribution", 40), ("magnitudes", 65)):
    params[name] = asarray(np.zeros((1, f0_hz.shape[1], size), np.float32))
harmonic = ddsp.synths.Harmonic(n_samples=rate, sample_rate=rate)
noise = ddsp.synths.FilteredNoise(n_samples=rate)
loss_fn = ddsp.losses.SpectralLoss(fft_sizes=(2048, 512, 128), logmag_weight=1.0)


def render(magnitudes, **controls):
    return harmonic(**controls) + noise(magnitudes, key=0)


compiled = options.backend != "torch" and options.steps > 20  # worth its 10 to 20 s
losses: list[float] = []
settings = {"steps": options.steps, "learning_rate": 0.3, "on_step": losses.append, "compiled": compiled}
params = ddsp.training.minimize(lambda p: loss_fn(target, render(**p)), params, **settings)
soundfile.write("fit.wav", render(**{name: np.asarray(x) for name, x in params.items()})[0], rate)  # by NumPy
print(f"loss {losses[0]:.3f} -> {losses[-1]:.3f}, wrote fit.wav")
