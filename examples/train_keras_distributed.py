"""Train an instrument in Keras on all GPUs of a machine, by `model.fit` and MirroredStrategy.

python examples/train_keras_distributed.py DATA [--steps N]    writes distributed.keras

DATA is a data set of `ddsp prepare`.
"""

import argparse

import keras
import tensorflow as tf

import ddsp.tensorflow as ddsp
from ddsp.training import draw_windows, load_dataset, training_noise

parser = argparse.ArgumentParser()
parser.add_argument("data")
parser.add_argument("--steps", type=int, default=300)
options = parser.parse_args()
strategy = tf.distribute.MirroredStrategy()  # all GPUs
data, batch_size = load_dataset(options.data), 16  # of all devices together
rate, hop = data.sample_rate, data.hop_size
shapes = {"f0_hz": (250, 1), "loudness_db": (250, 1), "noise": (250 * hop,)}  # of 1 s


def batches():
    for step in range(options.steps):
        windows = draw_windows(data.passages, batch_size, 250, seed=0, step=step)
        windows["noise"] = training_noise(windows["audio"].shape, seed=0, step=step)
        yield {name: windows[name] for name in shapes}, windows["audio"]


specs = {name: tf.TensorSpec((batch_size, *shape)) for name, shape in shapes.items()}
dataset = tf.data.Dataset.from_generator(batches, output_signature=(specs, specs["noise"]))
with strategy.scope():
    instrument = ddsp.instruments.Instrument(ddsp.nn.make_decoder("small"), sample_rate=rate, hop_size=hop)
    inputs = {name: keras.Input(shape, name=name) for name, shape in shapes.items()}
    model = keras.Model(inputs, instrument(**inputs))
    model.compile(keras.optimizers.Adam(3e-3), ddsp.losses.SpectralLoss(logmag_weight=1.0), jit_compile=False)
history = model.fit(dataset, steps_per_epoch=1, epochs=options.steps, verbose=0).history["loss"]
print(f"loss {history[0]:.5f} -> {history[-1]:.5f}")
model.save("distributed.keras")
