"""The same training on one device and on several, in processes of its own: frameworks fix their devices at import.

    torchrun --nproc-per-node 2 -m tests.distributed torch 4,6 3 DATA
    python -m tests.distributed jax 4,8 3 DATA          # 4 virtual devices
    python -m tests.distributed tensorflow 4,6 3 DATA   # 2 logical CPUs

The numbers are batch sizes and steps. Prints a JSON object: losses by batch size and by way of training, `one` for one
device. Training is gradient descent in float64, without Adam, whose steps do not show a wrong scale of the gradient.
Then runs the script of examples/ on a data set.
"""

from __future__ import annotations

import json
import os
import sys
from importlib import import_module
from pathlib import Path

import numpy as np

from ddsp.training import draw_windows, training_noise
from tests.tiny_runs import HOP, RATE, note

N_FRAMES, LEARNING_RATE = 16, 0.003
#: Number of frames of a window in the scripts of examples/, and here in its place.
EXAMPLE_FRAMES, SHORT_FRAMES = 250, 32
SPLITS = (("amplitudes", 1), ("harmonic_distribution", 4), ("noise_magnitudes", 5))
EXAMPLES = {
    "torch": "train_torch_distributed.py",
    "jax": "train_jax_distributed.py",
    "tensorflow": "train_keras_distributed.py",
}
#: Losses of the steps, by the batch size and the way of training.
Curves = dict[int, dict[str, list[float]]]


def batch_of(size: int, step: int, part: slice = slice(None)) -> dict[str, np.ndarray]:
    """Windows and noise of a step, or this part of them, float64."""
    windows = draw_windows([note(220.0, 40), note(330.0, 25, seed=1)], size, N_FRAMES, 0, step, part=part)
    noise = training_noise((size, N_FRAMES * HOP), 0, step)[part]
    names = ("f0_hz", "loudness_db", "audio")
    return {name: x.astype(np.float64) for name, x in [*((n, windows[n]) for n in names), ("noise", noise)]}


def make_instrument(ddsp):
    reverb = ddsp.effects.DecayingReverb(reverb_length=100)
    return ddsp.instruments.Instrument(
        ddsp.nn.DilatedConvDecoder(SPLITS, channels=4, layers_per_stack=1, stacks=1), reverb, RATE, HOP
    )


def make_loss(ddsp):
    return ddsp.losses.SpectralLoss(fft_sizes=(64,), logmag_weight=1.0)


def in_torch(sizes: list[int], steps: int) -> Curves:
    """In each process: all of the batch without the others, and a part of it by DistributedDataParallel."""
    import torch
    from torch import distributed

    import ddsp.torch as ddsp

    rank, n = distributed.get_rank(), distributed.get_world_size()
    loss_fn = make_loss(ddsp)

    def curve(model, size, part):
        optimizer, losses = torch.optim.SGD(model.parameters(), LEARNING_RATE), []
        for step in range(steps):
            x = {name: torch.tensor(array) for name, array in batch_of(size, step, part).items()}
            loss = loss_fn(x["audio"], model(x["f0_hz"], x["loudness_db"], noise=x["noise"]))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.detach())
        return torch.stack(losses)

    def both(size):
        one = curve(make_instrument(ddsp), size, slice(None))
        model = torch.nn.parallel.DistributedDataParallel(make_instrument(ddsp))
        several = curve(model, size, slice(rank, None, n))
        distributed.all_reduce(several)
        return {"one": one.tolist(), "DistributedDataParallel": (several / n).tolist()}

    torch.set_default_dtype(torch.float64)
    return {size: both(size) for size in sizes}


def in_jax(sizes: list[int], steps: int) -> Curves:
    """One device, and some of the ways to use shard_map, for each size others, since each takes seconds to compile."""
    import jax
    from jax.sharding import NamedSharding, PartitionSpec

    import ddsp.jax as ddsp

    jax.config.update("jax_enable_x64", True)
    mesh = jax.make_mesh((jax.device_count(),), ("batch",))
    split, whole = PartitionSpec("batch"), PartitionSpec()
    loss_fn, instrument = make_loss(ddsp), make_instrument(ddsp)

    def loss(model, x):
        return loss_fn(x["audio"], model(x["f0_hz"], x["loudness_db"], noise=x["noise"]))

    def mapped(f, **options):
        return jax.shard_map(f, mesh=mesh, in_specs=(whole, split), out_specs=whole, **options)

    def summed(model, x):  # by JAX, since the values are the same on all devices
        value, gradient = jax.value_and_grad(loss)(model, x)
        return jax.lax.pmean(value, "batch"), jax.tree.map(lambda g: g / jax.lax.axis_size("batch"), gradient)

    def unchecked(model, x):
        return jax.lax.pmean(jax.value_and_grad(loss)(model, x), "batch")

    mean_loss = mapped(lambda model, x: jax.lax.pmean(loss(model, x), "batch"))
    ways = {
        "shard_map of the loss": jax.value_and_grad(mean_loss),
        "shard_map of the gradient, check_vma=False": mapped(unchecked, check_vma=False),
        "shard_map of the gradient": mapped(summed),
    }

    def curve(size, value_and_grad, *shardings):
        @jax.jit
        def train_step(model, x):
            value, gradient = value_and_grad(model, x)
            return value, jax.tree.map(lambda x, g: x - LEARNING_RATE * g, model, gradient)

        model, losses = instrument, []
        for step in range(steps):
            x = batch_of(size, step)
            if shardings:
                model, x = (jax.device_put(tree, s) for tree, s in zip((model, x), shardings, strict=True))
            value, model = train_step(model, x)
            losses.append(float(value))
        return losses

    shardings = (NamedSharding(mesh, whole), NamedSharding(mesh, split))
    return {
        size: {"one": curve(size, jax.value_and_grad(loss))}
        | {name: curve(size, ways[name], *shardings) for name in list(ways)[turn % 2 :: 2]}
        for turn, size in enumerate(sizes)
    }


def in_tensorflow(sizes: list[int], steps: int) -> Curves:
    """`model.fit` of Keras on one device, and by MirroredStrategy."""
    import keras
    import tensorflow as tf

    import ddsp.tensorflow as ddsp

    keras.backend.set_floatx("float64")
    names = ("f0_hz", "loudness_db", "noise")

    def curves(strategy):
        with strategy.scope():
            inputs = [keras.Input(batch_of(2, 0)[name].shape[1:]) for name in names]
            model = keras.Model(inputs, make_instrument(ddsp)(inputs[0], inputs[1], noise=inputs[2]))
            optimizer = keras.optimizers.SGD(LEARNING_RATE)
            model.compile(optimizer, make_loss(ddsp), jit_compile=False, run_eagerly=True)
        initial, found = model.get_weights(), {}
        for size in sizes:
            model.set_weights(initial)
            batches = [batch_of(size, step) for step in range(steps)]
            x, y = ([np.stack([batch[name] for batch in batches]) for name in kind] for kind in (names, ["audio"]))
            data = tf.data.Dataset.from_tensor_slices((tuple(x), *y))
            found[size] = model.fit(data, steps_per_epoch=1, epochs=steps, verbose=0).history["loss"]
        return found

    devices = [device.name for device in tf.config.list_logical_devices("CPU")]
    mirrored = tf.distribute.MirroredStrategy(devices, tf.distribute.ReductionToOneDevice())  # eager, as this is
    one, several = curves(tf.distribute.get_strategy()), curves(mirrored)
    return {size: {"one": one[size], "MirroredStrategy": several[size]} for size in sizes}


def make_small(ddsp, setattr=setattr):
    """Give a script of examples/ the small network and loss of this file."""
    loss_fn = make_loss(ddsp)
    setattr(ddsp.losses, "SpectralLoss", lambda logmag_weight: loss_fn)
    setattr(ddsp.nn, "make_decoder", lambda preset: make_instrument(ddsp).decoder)


def run_example(framework: str, data: str) -> None:
    """Run the script of examples/ for two steps, with a small network and loss, and short windows."""
    make_small(import_module(f"ddsp.{framework}"))
    name = EXAMPLES[framework]
    source = (Path(__file__).parents[1] / "examples" / name).read_text()
    assert str(EXAMPLE_FRAMES) in source
    sys.argv = [name, data, "--steps", "2"]
    exec(compile(source.replace(str(EXAMPLE_FRAMES), str(SHORT_FRAMES)), name, "exec"), {"__name__": "__main__"})


def main(framework: str, sizes: str, steps: str, data: str) -> None:
    ways = {"torch": in_torch, "jax": in_jax, "tensorflow": in_tensorflow}
    is_first = True
    if framework == "torch":
        from torch import distributed

        distributed.init_process_group("gloo")
        is_first = distributed.get_rank() == 0
    if framework == "jax":
        os.environ["XLA_FLAGS"] = "--xla_force_host_platform_device_count=4"
        os.environ["JAX_DISABLE_MOST_OPTIMIZATIONS"] = "1"  # compiling takes most of the time
    if framework == "tensorflow":
        import tensorflow as tf

        two = [tf.config.LogicalDeviceConfiguration()] * 2
        tf.config.set_logical_device_configuration(tf.config.list_physical_devices("CPU")[0], two)
    curves = ways[framework]([int(size) for size in sizes.split(",")], int(steps))
    if is_first:
        print(json.dumps(curves), flush=True)
    single_precision(framework)
    run_example(framework, data)


def single_precision(framework: str) -> None:
    """Return to the defaults of a new process."""
    if framework == "torch":
        import torch

        torch.set_default_dtype(torch.float32)
        torch.distributed.init_process_group = lambda backend: None  # the processes have met already
    elif framework == "jax":
        import jax

        jax.config.update("jax_enable_x64", False)
    else:
        import keras

        keras.backend.set_floatx("float32")


if __name__ == "__main__":
    main(*sys.argv[1:])
