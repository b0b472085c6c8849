"""Training runs of a second: few frames, small networks, and processes that are killed at a chosen moment."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

import numpy as np

from ddsp import nn
from ddsp.backends import load
from ddsp.effects import DecayingReverb
from ddsp.instruments import Instrument
from ddsp.losses import SpectralLoss
from ddsp.training import Fit, FitSettings, Passage, Run, load_checkpoint
from ddsp.training.dataset import DATASET, FORMAT, RECORDINGS, save_prepared, settings_of, statistics_of

HOP, RATE = 64, 16000
DECODERS = {
    "least": nn.make_decoder("least"),
    "gru": nn.RnnFcDecoder(channels=8, rnn_channels=8, layers_per_stack=1),
}
STATISTICS = {"pitch_midi": {"5": 57.0, "50": 60.0, "95": 64.0}, "loudness_db": {"5": -30.0, "50": -20.0, "95": -10.0}}


def note(hz, n_frames, name="", seed=0):
    """Passage of a tone with three harmonics and some noise."""
    n = np.arange(n_frames * HOP)
    tone = sum(0.2 / h * np.sin(2 * np.pi * h * hz * n / RATE) for h in (1, 2, 3))
    tone = tone + 0.001 * np.random.default_rng(seed).standard_normal(n.size)
    f0_hz, loudness_db = np.full(n_frames, hz, np.float32), np.linspace(-25.0, -15.0, n_frames, dtype=np.float32)
    return Passage(name or f"{hz:g}.wav", tone.astype(np.float32), f0_hz, loudness_db)


def tiny_fit(backend="numpy", state=None, steps=12, decoder="least", n_frames=16):
    instrument = Instrument(DECODERS[decoder], DecayingReverb(reverb_length=100), RATE, HOP)
    settings = FitSettings(batch_size=2, window_seconds=n_frames * HOP / RATE, steps=steps, learning_rate=0.01)
    passages = [note(220.0, 40), note(330.0, 25, seed=1)]
    loss_fn = SpectralLoss(fft_sizes=(256, 64), logmag_weight=1.0)
    return Fit(instrument, passages, load(backend), settings, state, compiled=backend == "jax", loss_fn=loss_fn)


def tiny_run(folder, backend="torch", steps=12, every=3):
    """The run in a folder, from its last checkpoint if it has one."""
    checkpoint = load_checkpoint(folder)
    state, more = (None, None) if checkpoint is None else checkpoint[:2]
    return Run(folder, tiny_fit(backend, state, steps), [note(275.0, 20)], STATISTICS, every, resumed=more)


def train_until(folder, moment, done, moments):
    """Train to the end, or until the process kills itself, after a number of steps and file operations in the folder.

    `done` and `moments` are shared numbers: of completed steps, and of moments that have passed.
    """
    import torch

    torch.set_num_threads(1)
    folder = Path(folder)

    def pass_by():
        moments.value += 1
        if moments.value == moment:
            os.kill(os.getpid(), signal.SIGKILL)

    def on_event(event, args):
        names = ("open", "os.rename", "os.mkdir", "os.rmdir", "os.remove", "os.truncate")
        if event in names and any(str(folder) in str(arg) for arg in args):
            pass_by()

    sys.addaudithook(on_event)
    run = tiny_run(folder)
    done.value = run.fit.count
    while not run.is_done:
        pass_by()
        run.step()
        done.value = run.fit.count


def write_dataset(folder, lengths=(40, 25, 30)):
    """Data set as `ddsp prepare` writes it, of tones."""
    (folder / RECORDINGS).mkdir(parents=True)
    settings, recordings, arrays = settings_of(RATE, HOP), [], []
    for i, n_frames in enumerate(lengths):
        passage, file = note(220.0 * 2 ** (i / 4), n_frames, seed=i), f"{RECORDINGS}/{i:040d}.safetensors"
        arrays.append(
            {
                "audio": passage.audio,
                "f0_hz": passage.f0_hz,
                "confidence": np.ones(n_frames, np.float32),
                "loudness_db": passage.loudness_db,
                "starts": np.zeros(1, np.int64),
                "lengths": np.full(1, n_frames),
            }
        )
        facts = {"key": f"{i:040d}", "passages": 1, "seconds": n_frames * HOP / RATE, "channels": 1, "warnings": []}
        save_prepared(folder / file, arrays[-1], {**settings, **facts})
        recordings.append({"name": f"tone-{i}.wav", "file": file})
    content = {"format": FORMAT, **settings, "statistics": statistics_of(arrays), "recordings": recordings}
    (folder / DATASET).write_text(json.dumps(content))
    return folder
