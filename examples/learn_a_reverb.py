"""Learn the impulse response of a room from a dry and a wet recording of the same sound.

python examples/learn_a_reverb.py [--steps N]    writes ir.wav
"""

import argparse

import numpy as np
import soundfile
import torch

import ddsp.torch as ddsp

parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int, default=200)
steps = parser.parse_args().steps

# In place of two recordings: hand claps, and a room of half a second that is to be found.
rate, rng = 16000, np.random.default_rng(0)
seconds = np.arange(2 * rate) / rate
claps = 0.3 * rng.standard_normal(seconds.size) * np.exp(-60.0 * (seconds % 0.4))
echoes = 0.05 * rng.standard_normal(rate // 2) * np.exp(-12.0 * seconds[: rate // 2])
dry, room = (torch.tensor(x, dtype=torch.float32)[None] for x in (claps, echoes))
wet = ddsp.effects.Reverb()(dry, room)

reverb = ddsp.effects.TrainableReverb(reverb_length=room.shape[1])
loss_fn = ddsp.losses.ESRLoss()  # energy of the error over energy of the target
optimizer = torch.optim.Adam(reverb.parameters(), lr=2e-3)
for step in range(steps + 1):
    loss = loss_fn(wet, reverb(dry))
    if step in (0, steps):
        print(f"step {step}: loss {loss.item():.2e}")
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

soundfile.write("ir.wav", reverb.ir.detach().numpy(), rate, subtype="FLOAT")
print("wrote ir.wav")
