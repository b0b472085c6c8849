"""Figures of docs/losses.md: losses of changed sounds, and the two errors of a two-way mismatch."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np

import ddsp

from .style import RATE, figure, sawtooth


@figure
def hearing():
    n_frames, n_samples = 100, RATE
    rng = np.random.default_rng(0)
    envelope = ddsp.synths.ADSR(n_frames=n_frames, frame_rate=100.0, scale_fn=None)
    level = 0.5 * envelope(*[np.full((1, 1), x) for x in (0.05, 0.2, 0.6, 0.2)], note_off=np.full((1, 1), 0.7))

    def tone(f0_hz=440.0, level=level):
        synth = ddsp.synths.Harmonic(n_samples=n_samples, scale_fn=None)
        return synth(level, sawtooth(10, n_frames), np.full((1, n_frames, 1), f0_hz))

    target = tone()
    noise = rng.normal(0.0, 0.1 * np.sqrt(np.mean(target**2)), target.shape)
    changes = {
        "6 dB\nsofter": 0.5 * target,
        "inverted\npolarity": -target,
        "1 ms\nlater": np.pad(target, ((0, 0), (16, 0)))[:, :-16],
        "noise,\n-20 dB": target + noise,
        "10 cents\nsharp": tone(440.0 * 2 ** (10 / 1200)),
        "one octave\nhigher": tone(880.0),
        "no\nattack": tone(level=np.where(np.arange(n_frames)[None, :, None] < 10, level[:, 10:11], level)),
        "silence": 0.0 * target,
    }
    losses = {
        "ESRLoss": ddsp.losses.ESRLoss(),
        "SISDRLoss (dB)": ddsp.losses.SISDRLoss(),
        "SpectralLoss": ddsp.losses.SpectralLoss(),
        "SpectralLoss (logmag)": ddsp.losses.SpectralLoss(mag_weight=0.0, logmag_weight=1.0),
        "MultiScaleEnvelopeLoss": ddsp.losses.MultiScaleEnvelopeLoss(),
    }
    table = np.asarray([[float(loss(target, audio)) for audio in changes.values()] for loss in losses.values()])
    lowest, highest = table.min(axis=1, keepdims=True), table.max(axis=1, keepdims=True)
    lowest = np.where(lowest < 0, lowest, 0.0)
    fig, ax = plt.subplots(figsize=(8.0, 2.9))
    ax.imshow((table - lowest) / (highest - lowest), cmap="Blues", vmin=0.0, vmax=1.6, aspect="auto")
    for row, column in np.ndindex(*table.shape):
        ax.text(column, row, f"{table[row, column] + 0.0:.2g}", ha="center", va="center", fontsize=9)
    ax.set_xticks(range(len(changes)), list(changes))
    ax.set_yticks(range(len(losses)), list(losses))
    ax.grid(False)
    return fig


@figure
def mismatch():
    freqs = 200.0 * np.arange(1, 7)[None, None, :]
    amps = 1.0 / np.arange(1, 7)[None, None, :]
    candidates = np.geomspace(60.0, 1000.0, 600)[None, None, :]
    errors = ddsp.losses.TWMLoss(n_harmonic_points=6).get_loss_tensors(candidates, freqs, amps)
    ticks = (66.7, 100, 200, 400, 1000)
    fig, axes = plt.subplots(1, 2, figsize=(8.0, 2.5))
    titles = ("Sinusoids given harmonics", "Harmonics given sinusoids")
    for ax, error, title in zip(axes, errors, titles, strict=True):
        ax.plot(candidates[0, 0], error[0, 0])
        ax.set_xscale("log")
        ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        ax.minorticks_off()
        ax.set(xlabel="Candidate f0 (Hz)", title=title)
    axes[0].set_ylabel("-log p (nats)")
    return fig
