"""Train a tiny network through a synthesizer: from pitch and loudness to the sound of a flute.

python examples/train_a_network.py [--steps N]    writes network.wav
"""

import argparse
from importlib.resources import files

import soundfile
import torch

import ddsp.torch as ddsp

parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int, default=200)
steps = parser.parse_args().steps

samples, rate = soundfile.read(files("ddsp") / "data" / "flute_phrase.wav", dtype="float32")
audio = torch.tensor(samples[None, : 2 * rate])
f0_hz = ddsp.analysis.track_pitch(audio, rate)[0][:, ::4, :]  # every 8 ms
loudness_db = ddsp.analysis.track_loudness(audio, rate)[:, ::4, None]
features = torch.cat([ddsp.core.hz_to_midi(f0_hz) / 127.0, loudness_db / 80.0 + 1.0], dim=2)

torch.manual_seed(0)
network = torch.nn.Sequential(torch.nn.Linear(2, 64), torch.nn.Tanh(), torch.nn.Linear(64, 1 + 30 + 33))
harmonic = ddsp.synths.Harmonic(n_samples=audio.shape[1], sample_rate=rate)
noise = ddsp.synths.FilteredNoise(n_samples=audio.shape[1])
loss_fn = ddsp.losses.SpectralLoss(logmag_weight=1.0)
optimizer = torch.optim.Adam(network.parameters(), lr=0.01)
for step in range(steps + 1):
    amplitudes, distribution, magnitudes = network(features).split([1, 30, 33], dim=2)
    output = harmonic(amplitudes, distribution, f0_hz) + noise(magnitudes)
    loss = loss_fn(audio, output)
    if step in (0, steps):
        print(f"step {step}: loss {loss.item():.3f}")
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
soundfile.write("network.wav", output.detach().numpy()[0], rate)
print("wrote network.wav")
