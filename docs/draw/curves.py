"""Figures of small functions and processors: limits, cross-fades, framing, a loss of errors and a learning rate."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np

import ddsp

from .style import BLACK, SKY, figure


@figure
def limits():
    fig, axes = plt.subplots(1, 2, figsize=(8.0, 2.4))
    x = np.linspace(-10.0, 20.0, 301)
    axes[0].plot(x, ddsp.core.soft_limit(x, 0.0, 10.0), label="soft_limit(x, 0, 10)")
    axes[0].plot(x, np.clip(x, 0.0, 10.0), color=BLACK, lw=0.8, ls="--", label="clip(x, 0, 10)")
    axes[0].set(title="soft_limit", xlabel="x", ylabel="y")
    axes[0].legend(loc="lower right")
    unit = np.linspace(-1.0, 1.0, 201)
    axes[1].semilogy(unit, ddsp.core.log_scale(unit, 20.0, 8000.0), label="log_scale(x, 20, 8000)")
    axes[1].semilogy(unit, ddsp.core.unit_to_hz(0.5 + 0.5 * unit, 20.0, 8000.0), ls=":", lw=3, label="unit_to_hz")
    axes[1].set(
        title="Scales from 20 to 8000 Hz", xlabel="x, or 2 unit - 1", ylabel="Frequency (Hz)", xticks=(-1, 0, 1)
    )
    axes[1].legend(loc="lower right")
    return fig


@figure
def cross_fade():
    level = np.linspace(0.0, 1.0, 101)
    one, zero = np.ones((1, 101, 1)), np.zeros((1, 101, 1))
    gains = [
        ddsp.processors.Mix().get_signal(*pair, level[None, :, None])[0, :, 0] for pair in ((one, zero), (zero, one))
    ]
    fig, ax = plt.subplots(figsize=(8.0, 2.2))
    ax.plot(level, gains[0], label="gain of the first signal")
    ax.plot(level, gains[1], label="gain of the second signal")
    ax.plot(level, gains[0] ** 2 + gains[1] ** 2, color=BLACK, lw=0.8, ls="--", label="sum of squares")
    ax.set(xlabel="Level", ylabel="Gain", ylim=(0.0, 1.1))
    ax.legend(loc="lower center")
    return fig


@figure
def overlap():
    size, hop, n_frames = 400, 200, 5
    window = ddsp.design.hann(size)
    frames = np.broadcast_to(window, (1, n_frames, size))
    total = ddsp.core.overlap_and_add(frames, hop)[0]
    fig, ax = plt.subplots(figsize=(8.0, 2.2))
    for k in range(n_frames):
        ax.plot(k * hop + np.arange(size), window, color=SKY, lw=0.9, label="windows" if k == 0 else None)
    ax.plot(total, color=BLACK, lw=1.5, label="overlap_and_add")
    ax.set(title=f"Hann windows of {size} samples, hop {hop}", xlabel="Time (samples)", ylabel="Value", ylim=(0.0, 1.4))
    ax.legend(loc="upper center", ncols=2)
    return fig


@figure
def log_cosh():
    error = np.linspace(-2.0, 2.0, 401)
    fig, ax = plt.subplots(figsize=(8.0, 2.2))
    for a in (1.0, 5.0):
        loss = ddsp.losses.LogCoshLoss(a=a)
        ax.plot(
            error, [float(loss(np.zeros((1, 1)), np.full((1, 1), e))) for e in error], label=f"LogCoshLoss(a={a:g})"
        )
    ax.plot(error, np.abs(error), color=BLACK, lw=0.8, ls="--", label="absolute value")
    ax.set(xlabel="Error", ylabel="Loss")
    ax.legend(loc="upper center")
    return fig


@figure
def learning_rate():
    fig, ax = plt.subplots(figsize=(8.0, 2.0))
    schedule = ddsp.training.cosine_schedule(0.01, steps=200, warm_up=10)
    ax.plot([schedule(count) for count in range(200)])
    ax.set(xlabel="Step", ylabel="Learning rate", xlim=(0, 200), ylim=(0.0, 0.011))
    ax.set_title("cosine_schedule(0.01, steps=200, warm_up=10)")
    return fig
