"""Train an instrument in PyTorch on several devices or machines, by DistributedDataParallel.

torchrun --nproc-per-node 2 examples/train_torch_distributed.py DATA [--steps N]

DATA is a data set of `ddsp prepare`. Writes the folder torch_distributed, an instrument for `ddsp transfer`.
"""

import argparse
import gc
import os

import torch
from torch import distributed

import ddsp.torch as ddsp
from ddsp.training import draw_windows, load_dataset, training_noise

parser = argparse.ArgumentParser()
parser.add_argument("data")
parser.add_argument("--steps", type=int, default=300)
options = parser.parse_args()
device = torch.device("cuda", int(os.environ["LOCAL_RANK"])) if torch.cuda.is_available() else torch.device("cpu")
distributed.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
rank, n = distributed.get_rank(), distributed.get_world_size()
data, batch_size, mine = load_dataset(options.data), 16, slice(rank, None, n)  # this process's windows of a batch
rate, hop = data.sample_rate, data.hop_size
instrument = ddsp.instruments.Instrument(ddsp.nn.make_decoder("small"), sample_rate=rate, hop_size=hop).to(device)
model = torch.nn.parallel.DistributedDataParallel(instrument)  # averages the gradients over all processes
loss_fn, optimizer = ddsp.losses.SpectralLoss(logmag_weight=1.0), torch.optim.Adam(model.parameters(), lr=3e-3)
for step in range(options.steps):
    windows = draw_windows(data.passages, batch_size, 250, seed=0, step=step, part=mine)  # of 1 s
    windows["noise"] = training_noise((batch_size, 250 * hop), seed=0, step=step)[mine]
    x = {name: torch.tensor(array, device=device) for name, array in windows.items()}
    optimizer.zero_grad()
    loss = loss_fn(x["audio"], model(x["f0_hz"], x["loudness_db"], noise=x["noise"]))
    loss.backward()
    optimizer.step()
    distributed.all_reduce(mean := loss.detach() / n)
    if rank == 0:
        print(f"step {step}: loss {mean:.5f}")
if rank == 0:
    ddsp.instruments.save_instrument("torch_distributed", instrument.plain, instrument.state_dict(), data.statistics)
del model
gc.collect()  # or the model keeps threads of the process group, and Python sometimes aborts when it exits
distributed.destroy_process_group()
