"""W9, real time: steps of one hop of 128 samples at 48 kHz, batch 1, through synthesizers and effects.

Each step must be done before the next block is due, 2.7 ms. So the slow steps count, not the mean.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from ddsp.effects import FIRFilter, Reverb
from ddsp.processors import Add, ProcessorGroup
from ddsp.synths import FilteredNoise, Harmonic

from .modes import Mode

__all__ = ["CHAINS", "REALTIME_MODES", "measure_steps", "realtime_table"]

RATE, HOP = 48000, 128
#: Modes that are measured unless others are asked for.
REALTIME_MODES = ("numpy", "torch", "jax.jit")
#: Number of steps before the clock starts: compilers, and memory that is touched for the first time.
WARM_UP = 100

_HARMONIC = (Harmonic(sample_rate=RATE), ["amplitudes", "harmonic_distribution", "f0_hz"])
_NOISE = (FilteredNoise(window_size=128), ["magnitudes"])
_SUM = (Add(), ["harmonic/signal", "filtered_noise/signal"])
_REVERB = (Reverb(), ["add/signal", "ir"])
_FILTER = (FIRFilter(window_size=128), ["reverb/signal", "gains"])
#: What is measured: 60 harmonics, noise of 65 bands, a reverb of 1 s, and a filter of 65 bands.
CHAINS = {
    "harmonics": ProcessorGroup(dag=[_HARMONIC]),
    "harmonics and noise": ProcessorGroup(dag=[_HARMONIC, _NOISE, _SUM]),
    "with reverb and filter": ProcessorGroup(dag=[_HARMONIC, _NOISE, _SUM, _REVERB, _FILTER]),
}


def inputs_of(group: ProcessorGroup) -> dict[str, np.ndarray]:
    """Inputs of one frame, and the impulse response."""
    rng = np.random.default_rng(0)
    every = {
        "amplitudes": np.zeros((1, 1, 1)),
        "harmonic_distribution": rng.standard_normal((1, 1, 60)),
        "f0_hz": np.full((1, 1, 1), 220.0),
        "magnitudes": rng.standard_normal((1, 1, 65)),
        "gains": rng.standard_normal((1, 1, 65)),
        "ir": rng.standard_normal((1, RATE)) * np.exp(-np.arange(RATE) / 8000.0),
    }
    read = {key for _, keys in group.dag for key in keys}
    return {name: x for name, x in every.items() if name in read}


def measure_steps(group: ProcessorGroup, mode: Mode, n_steps: int) -> dict[str, float]:
    """Times of steps in microseconds, and how many times real time they are on average."""
    inputs = {name: mode.array(x) for name, x in inputs_of(group).items()}
    state = group.init_state(like=inputs, hop_size=HOP, key=0)
    step: Callable = mode.compiled(group.step)
    times = []
    for _ in range(WARM_UP + n_steps):
        start = time.perf_counter()
        audio, state = step(state, inputs)
        np.asarray(audio)  # a host needs the samples
        times.append(time.perf_counter() - start)
    counted = np.asarray(times[WARM_UP:]) * 1e6
    return {
        "times_real_time": HOP / RATE * 1e6 / counted.mean(),
        "median_us": float(np.median(counted)),
        "p99_9_us": float(np.percentile(counted, 99.9)),
        "worst_us": counted.max(),
    }


def realtime_table(results: list[dict[str, Any]]) -> str:
    """Table in Markdown."""
    lines = [
        "| | mode | times real time | median, us | 99.9th percentile, us | worst, us |",
        "|---|---|---|---|---|---|",
    ]
    for r in results:
        figures = " | ".join(f"{r[name]:.0f}" for name in ("median_us", "p99_9_us", "worst_us"))
        lines.append(f"| {r['chain']} | {r['mode']} | {r['times_real_time']:.1f} | {figures} |")
    return "\n".join(lines) + "\n"
