"""Train an instrument in Keras with `model.fit`.

python examples/train_keras.py [--epochs N]    writes flute.keras and keras_flute.wav
"""

import argparse
from importlib.resources import files

import keras
import numpy as np
import soundfile

import ddsp.tensorflow as ddsp
from ddsp.instruments import compute_features

parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int, default=60)

samples, rate = soundfile.read(files("ddsp") / "data" / "flute_phrase.wav", dtype="float32")
f0_hz, _, loudness_db = (x[0] for x in compute_features(samples[None], rate).values())
starts = range(0, len(f0_hz) - 250, 50)  # of windows of 1 s
windows = [np.stack([x[i : i + 250] for i in starts]) for x in (f0_hz, loudness_db)]
targets = np.stack([samples[i * rate // 250 :][:rate] for i in starts])

instrument = ddsp.instruments.Instrument(ddsp.nn.make_decoder("small"), sample_rate=rate, hop_size=rate // 250)
inputs = [keras.Input((250, 1), name=name) for name in ("f0_hz", "loudness_db")]
model = keras.Model(inputs, instrument(*inputs))
loss_fn = ddsp.losses.SpectralLoss(logmag_weight=1.0)
model.compile(keras.optimizers.Adam(3e-3), loss_fn, jit_compile=False)  # XLA pays only after hundreds of steps
model.optimizer.build(model.trainable_variables)  # without this line, Keras traces the step twice
history = model.fit(windows, targets, batch_size=8, epochs=parser.parse_args().epochs, verbose=0).history["loss"]
print(f"loss {history[0]:.3f} -> {history[-1]:.3f}")

model.save("flute.keras")
soundfile.write("keras_flute.wav", instrument(f0_hz[None], loudness_db[None])[0], rate)
print("wrote flute.keras\nwrote keras_flute.wav")
