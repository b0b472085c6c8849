"""Train an instrument in JAX on all devices of one or several machines, by shard_map over the batch.

python examples/train_jax_distributed.py DATA [--steps N] [--cluster ADDRESS PROCESSES NUMBER]

DATA is a data set of `ddsp prepare`. Writes the folder jax_distributed, an instrument for `ddsp transfer`.
"""

import argparse

import jax
import optax
from jax.sharding import NamedSharding, PartitionSpec

import ddsp.jax as ddsp
from ddsp.training import draw_windows, load_dataset, training_noise

parser = argparse.ArgumentParser()
parser.add_argument("data")
parser.add_argument("--steps", type=int, default=300)
parser.add_argument("--cluster", nargs=3, help="address of process 0, number of processes, number of this process")
options = parser.parse_args()
if options.cluster:
    address, count, number = options.cluster
    jax.distributed.initialize(address, int(count), int(number))
mesh = jax.make_mesh((jax.device_count(),), ("batch",))
split, whole = NamedSharding(mesh, PartitionSpec("batch")), NamedSharding(mesh, PartitionSpec())
rank, mine = jax.process_index(), slice(jax.process_index(), None, jax.process_count())  # this process's windows
data, batch_size, loss_fn = load_dataset(options.data), 16, ddsp.losses.SpectralLoss(logmag_weight=1.0)
rate, hop, optimizer = data.sample_rate, data.hop_size, optax.adam(3e-3)
instrument = ddsp.instruments.Instrument(ddsp.nn.make_decoder("small"), sample_rate=rate, hop_size=hop)
instrument, state = jax.device_put((instrument, optimizer.init(instrument)), whole)


def mean_loss(model, x):
    return jax.lax.pmean(loss_fn(x["audio"], model(x["f0_hz"], x["loudness_db"], noise=x["noise"])), "batch")


mapped = jax.shard_map(mean_loss, mesh=mesh, in_specs=(whole.spec, split.spec), out_specs=whole.spec)
value_and_grad, update = jax.jit(jax.value_and_grad(mapped)), jax.jit(optimizer.update)
for step in range(options.steps):
    windows = draw_windows(data.passages, batch_size, 250, seed=0, step=step, part=mine)  # of 1 s
    windows["noise"] = training_noise((batch_size, 250 * hop), seed=0, step=step)[mine]
    x = {name: jax.make_array_from_process_local_data(split, array) for name, array in windows.items()}
    loss, gradient = value_and_grad(instrument, x)
    updates, state = update(gradient, state)
    instrument = optax.apply_updates(instrument, updates)
    if rank == 0:
        print(f"step {step}: loss {loss:.5f}")
if rank == 0:
    ddsp.instruments.save_instrument("jax_distributed", instrument.plain, instrument.trainable_values, data.statistics)
