"""Write a decoder once, for arrays of any library: train it with one framework, and play it with NumPy.

python examples/own_decoder.py [--backend torch|jax|tensorflow] [--steps N]    writes own_decoder.wav
"""

import argparse
from importlib.resources import files

import soundfile

import ddsp


class Decoder(ddsp.Processor):
    params = (*ddsp.nn.dense_params("first", 2, 64), *ddsp.nn.dense_params("second", 64, 126))

    def get_controls(self, f0_scaled, loudness_scaled, first_weight, first_bias, second_weight, second_bias):
        xp = ddsp.extend.common_backend(f0_scaled=f0_scaled).xp
        x = ddsp.nn.dense(xp.concat([10.0 * f0_scaled, loudness_scaled], axis=2), first_weight, first_bias)
        x = ddsp.nn.dense(xp.tanh(x), second_weight, second_bias)
        return {"amplitudes": x[..., :1], "harmonic_distribution": x[..., 1:61], "noise_magnitudes": x[..., 61:]}

    get_signal = ddsp.nn.Network.get_signal  # returns the outputs under their names


parser = argparse.ArgumentParser()
parser.add_argument("--backend", default="torch", choices=("torch", "jax", "tensorflow"))
parser.add_argument("--steps", type=int, default=200)
options = parser.parse_args()
samples, rate = soundfile.read(files("ddsp") / "data" / "flute_phrase.wav", frames=32000, dtype="float32")
f0_hz, _, loudness_db = ddsp.instruments.compute_features(samples[None], rate).values()
instrument, loss_fn = ddsp.instruments.Instrument(Decoder(), None, rate), ddsp.losses.SpectralLoss(logmag_weight=1.0)
backend = ddsp.backends.load(options.backend)
f0, db, audio = (backend.xp.asarray(x) for x in (f0_hz, loudness_db, samples[None]))
values = {name: backend.xp.asarray(x.astype("f4")) for name, x in Decoder().initial_params().items()}
loss = lambda values: loss_fn(audio, instrument(f0, db, key=0, decoder=values))  # noqa: E731
fit = {"steps": options.steps, "learning_rate": 0.03, "on_step": lambda x: print(f"loss {x:.3f}")}
values = ddsp.training.minimize(loss, values, **fit)
trained = {name: backend.to_numpy(x) for name, x in values.items()}
soundfile.write("own_decoder.wav", instrument(f0_hz, loudness_db, key=0, decoder=trained)[0], rate)  # by NumPy
