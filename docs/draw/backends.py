"""Figure of docs/backends.md."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np

import ddsp

from .style import BLACK, RATE, figure


@figure
def phase():
    n_samples, f0_hz, hop = 60 * RATE, 440.3, 160
    omega = np.full((1, n_samples), 2 * np.pi * f0_hz / RATE, np.float32)
    exact = np.cumsum(omega.astype(np.float64))
    seconds = np.arange(n_samples)[::hop] / RATE
    fig, ax = plt.subplots(figsize=(8.0, 2.8))
    for found, label in (
        (np.cumsum(omega[0]), "running sum in float32 (NumPy)"),
        (ddsp.core.angular_cumsum(omega)[0], "ddsp.core.angular_cumsum in float32"),
    ):
        error = (found - exact) / (2 * np.pi)
        error = np.abs(error - np.round(error))[: n_samples // hop * hop].reshape(-1, hop).max(axis=1)
        ax.semilogy(seconds, np.maximum(error, 1e-9), label=label)
    ax.axhline(0.5, color=BLACK, lw=0.8, ls="--", label="largest possible error: half a cycle")
    ax.set(
        title=f"Phase of a sine of {f0_hz} Hz at a sample rate of {RATE // 1000} kHz",
        xlabel="Time (s)",
        ylabel="Phase error (cycles)",
    )
    ax.set(ylim=(1e-9, 10.0))
    ax.legend(loc="center right")
    return fig
