"""Train an instrument in PyTorch: a decoder of your own, a DataLoader and an optimizer of torch.optim.

python examples/train_torch.py [--epochs N]    writes torch_flute.wav
"""

import argparse
from importlib.resources import files

import soundfile
import torch

import ddsp.torch as ddsp


class Decoder(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.gru, self.output = torch.nn.GRU(2, 64, batch_first=True), torch.nn.Linear(64, 1 + 60 + 65)

    def forward(self, f0_scaled, loudness_scaled):
        outputs = self.output(self.gru(torch.cat([f0_scaled, loudness_scaled], dim=2))[0]).split([1, 60, 65], dim=2)
        return dict(zip(("amplitudes", "harmonic_distribution", "noise_magnitudes"), outputs, strict=True))


parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int, default=60)
samples, rate = soundfile.read(files("ddsp") / "data" / "flute_phrase.wav", dtype="float32")
f0_hz, _, loudness_db = ddsp.instruments.compute_features(audio := torch.tensor(samples[None]), rate).values()
windows = [x[0].unfold(0, 250, 50).mT for x in (f0_hz, loudness_db)] + [audio[0].unfold(0, rate, rate // 5)]  # of 1 s
loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(*windows), batch_size=8, shuffle=True)
instrument = ddsp.instruments.Instrument(Decoder(), sample_rate=rate, hop_size=rate // 250)
loss_fn, optimizer = ddsp.losses.SpectralLoss(logmag_weight=1.0), torch.optim.Adam(instrument.parameters(), lr=3e-3)
for epoch in range(parser.parse_args().epochs):
    for pitch, loudness, target in loader:
        optimizer.zero_grad()
        loss = loss_fn(target, instrument(pitch, loudness))
        loss.backward()
        optimizer.step()
    print(f"epoch {epoch}: loss {loss.item():.3f}")
soundfile.write("torch_flute.wav", instrument(f0_hz, loudness_db).detach()[0], rate)
