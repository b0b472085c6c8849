"""Figure of docs/streaming.md."""

from __future__ import annotations

from collections.abc import Callable

import matplotlib.pyplot as plt
import numpy as np

import ddsp

from .style import BLACK, BLUE, ORANGE, figure

RATE, HOP = 48000, 128
PROCESSORS = {
    "Add, Reverb": ddsp.effects.Reverb(),
    "Harmonic": ddsp.synths.Harmonic(),
    "Sinusoidal, 'cubic'": ddsp.synths.Sinusoidal(amp_resample_method="cubic"),
    "FilteredNoise": ddsp.synths.FilteredNoise(),
    "FIRFilter": ddsp.effects.FIRFilter(),
    "YinPitch": ddsp.streaming.YinPitch(RATE, HOP),
    "Loudness": ddsp.streaming.Loudness(RATE, HOP),
    "CrepePitch": ddsp.streaming.CrepePitch(RATE, HOP),
}


@figure
def latency():
    fig, (left, right) = plt.subplots(1, 2, figsize=(8.0, 2.9), width_ratios=(1.4, 1.0))
    show_what_is_needed(left)
    ms = [1000.0 * processor.latency_samples(HOP) / RATE for processor in PROCESSORS.values()]
    right.bar_label(right.barh(list(PROCESSORS), ms, color=ORANGE), fmt="%.1f", padding=2)
    right.invert_yaxis()
    right.set(
        title="Latency", xlabel=f"ms, with hops of {HOP} samples at {RATE // 1000} kHz", xlim=(0.0, 1.2 * max(ms))
    )
    right.grid(visible=False)
    return fig


def show_what_is_needed(ax) -> None:
    """Weights of the inputs around one sample of the output; those that have not come yet in another color."""
    hops = np.linspace(-4.0, 3.0, 1401)
    weights: dict[str, Callable] = {
        "reverb: the past": lambda t: np.where(t <= 0.0, np.exp(0.9 * t), 0.0),
        "synthesizer: the next frame": lambda t: np.interp(t, [-0.5, 0.5], [1.0, 1.0], left=0.0, right=0.0),
        "filter: half of its taps": lambda t: np.where(np.abs(t) < 1.5, np.cos(np.pi * t / 3.0) ** 2, 0.0),
        "pitch: half of its window": lambda t: np.where(np.abs(t) < 2.6, np.cos(np.pi * t / 5.2) ** 2, 0.0),
    }
    for lane, (name, weight) in enumerate(weights.items()):
        base, height = -1.5 * lane, weight(hops)
        ax.fill_between(hops, base, base + height, where=hops <= 0.0, color=BLUE, alpha=0.5, lw=0)
        ax.fill_between(hops, base, base + height, where=hops >= 0.0, color=ORANGE, alpha=0.9, lw=0)
        ax.text(3.1, base + 0.2, name)
    ax.axvline(0.0, color=BLACK, lw=0.8, ls="--")
    ax.set(title="Inputs of one sample: those still to come make it late", xlabel="Time (hops)", xlim=(-4.0, 7.0))
    ax.set(yticks=[], xticks=range(-4, 4))
    ax.grid(visible=False)
