"""Sounds, files and measurements for the tests of the command."""

from __future__ import annotations

import json

import numpy as np
import soundfile

from ddsp import spectral_ops


def tone(sample_rate=16000, seconds=0.5, pitch=300.0):
    n = np.arange(round(sample_rate * seconds))
    rng = np.random.default_rng(0)
    partials = sum(0.3 / h * np.sin(2 * np.pi * h * pitch * n / sample_rate + h) for h in (1, 2, 3))
    return partials + 0.003 * rng.standard_normal(n.size)


def write(path, audio, sample_rate=16000, **kwargs):
    soundfile.write(path, audio, sample_rate, **kwargs)
    return path


def read_report(folder):
    return json.loads((folder / "report.json").read_text())


def convergence(target, audio, sample_rate=16000):
    frame = round(0.064 * sample_rate)
    x, y = (spectral_ops.compute_mag(z[None].astype(np.float32), frame) for z in (target, audio))
    return float(np.linalg.norm(x - y) / np.linalg.norm(x))
