"""Figure of docs/write_your_own.md."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np

from .style import BLUE, RATE, RED, figure


@figure
def saturation():
    x = np.linspace(-1.0, 1.0, 201)
    n_samples, f0_hz = 16000, 1100.0
    sine = np.sin(2 * np.pi * f0_hz * np.arange(n_samples) / RATE)
    fig, axes = plt.subplots(1, 2, figsize=(8.0, 2.8))
    for drive in (0.0, 2.0, 5.0):
        axes[0].plot(x, np.tanh(drive * x) / np.tanh(drive) if drive else x, label=f"drive {drive:g}")
    axes[0].set(title="Input and output", xlabel="Input x", ylabel="Output y")
    axes[0].legend()
    spectrum = np.abs(np.fft.rfft(np.tanh(5.0 * sine) / np.tanh(5.0))) * 2 / n_samples
    db = 20.0 * np.log10(np.maximum(spectrum, 1e-6))
    labels = {False: "harmonics", True: "aliases"}
    for h in range(1, 14, 2):
        folded = h * f0_hz > RATE / 2
        hz = abs(h * f0_hz - RATE * round(h * f0_hz / RATE))
        level = db[round(hz * n_samples / RATE)]
        axes[1].vlines(hz / 1000.0, -90.0, level, color=RED if folded else BLUE, lw=2, label=labels.pop(folded, None))
        axes[1].text(hz / 1000.0, level + 2.0, str(h), ha="center", color=RED if folded else BLUE)
    axes[1].set(title="Spectrum of a sine of 1.1 kHz, drive 5", ylim=(-90.0, 25.0))
    axes[1].set(xlabel="Frequency (kHz)", ylabel="Level (dB)", xlim=(0.0, 8.0))
    axes[1].legend(loc="upper right", ncols=2)
    return fig
