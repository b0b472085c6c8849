"""Figures of docs/train_an_instrument.md: the parts of an instrument, and the curves of a training run."""

from __future__ import annotations

import json
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import ddsp

from .analysis import flute
from .style import BLACK, BLUE, ORANGE, figure, spectrogram

#: Losses of a run, with the command that made them.
CURVES = Path(__file__).with_name("training_curve.json")
#: Label, position, and what is trained.
BOXES = {
    "pitch": ("pitch", 0.0, 0.5, False),
    "loudness": ("loudness", 0.0, -0.5, False),
    "decoder": ("decoder\n(network)", 1.9, 0.0, True),
    "harmonic": ("Harmonic", 4.6, 0.6, False),
    "noise": ("FilteredNoise", 4.6, -0.6, False),
    "add": ("+", 6.2, 0.0, False),
    "reverb": ("DecayingReverb", 7.6, 0.0, True),
    "audio": ("audio", 9.3, 0.0, False),
}
ARROWS = {
    ("pitch", "decoder"): "",
    ("loudness", "decoder"): "",
    ("decoder", "harmonic"): "amplitudes of\nharmonics",
    ("decoder", "noise"): "magnitudes\nof bands",
    ("harmonic", "add"): "",
    ("noise", "add"): "",
    ("add", "reverb"): "",
    ("reverb", "audio"): "",
}


@figure
def instrument():
    fig, ax = plt.subplots(figsize=(8.0, 2.4))
    texts = {}
    for name, (label, x, y, trained) in BOXES.items():
        style = "ellipse,pad=0.2" if name in ("pitch", "loudness", "audio", "add") else "round,pad=0.5"
        color = "#FBE3B5" if trained else "white" if "ellipse" in style else "#CDE8F8"
        box = {"boxstyle": style, "fc": color, "ec": BLACK, "lw": 0.8}
        texts[name] = ax.text(x, y, label, ha="center", va="center", bbox=box, zorder=3)
    for (source, target), what in ARROWS.items():
        places = [BOXES[name][1:3] for name in (source, target)]
        _arrow(ax, texts, source, target, places)
        if what:
            (x0, y0), (x1, y1) = places
            ax.text(0.5 * (x0 + x1), 0.5 * (y0 + y1), what, ha="center", va="center", fontsize=8,
                    bbox={"fc": "white", "ec": "none", "pad": 1})  # fmt: skip
    ends = {"patchA": texts["pitch"].get_bbox_patch(), "patchB": texts["harmonic"].get_bbox_patch()}
    bent = {"arrowstyle": "-|>", "color": BLACK, "lw": 0.8, "connectionstyle": "arc3,rad=-0.25", **ends}
    ax.annotate("", BOXES["harmonic"][1:3], BOXES["pitch"][1:3], arrowprops={**bent, "shrinkA": 0, "shrinkB": 0})
    ax.text(2.3, 1.18, "pitch", ha="center", fontsize=8)
    ax.text(7.6, -1.05, "orange: trained", ha="center", fontsize=8)
    ax.set(xlim=(-0.7, 9.9), ylim=(-1.2, 1.35))
    ax.axis("off")
    return fig


def _arrow(ax, texts, source: str, target: str, places) -> None:
    ends = {"patchA": texts[source].get_bbox_patch(), "patchB": texts[target].get_bbox_patch()}
    arrow = {"arrowstyle": "-|>", "color": BLACK, "lw": 0.8, "shrinkA": 0, "shrinkB": 0, **ends}
    ax.annotate("", places[1], places[0], arrowprops=arrow, zorder=2)


@figure
def training_curve():
    curves = json.loads(CURVES.read_text())
    fig, ax = plt.subplots(figsize=(8.0, 2.8))
    ax.plot(*zip(*curves["training"], strict=True), color=BLUE, label="learned notes, mean of 20 steps")
    ax.plot(*zip(*curves["held_out"], strict=True), color=ORANGE, marker="o", ms=4, label="held-out note")
    best = min(curves["held_out"], key=lambda point: point[1])
    ax.annotate("best checkpoint", best, (best[0], 8.2), ha="center", arrowprops={"arrowstyle": "->", "lw": 0.8})
    ax.set(xlabel="Step", ylabel="Spectral loss", ylim=(4.5, 12.0), xlim=(0, curves["training"][-1][0] + 20))
    ax.legend(loc="upper right")
    return fig


@figure
def flute_played():
    recording, rate = flute()
    trained = ddsp.instruments.load_instrument("flute")
    score = ddsp.instruments.score_of(ddsp.instruments.compute_features(recording, rate), trained.statistics)
    played = np.concatenate(list(ddsp.instruments.play_score(trained, score)))[np.newaxis]
    fig, axes = plt.subplots(2, 1, figsize=(8.0, 4.2), sharex=True, sharey=True)
    for ax, audio, what in zip(axes, (recording, played), ("Recording", "Played by the flute"), strict=True):
        spectrogram(ax, audio, size=1024, rate=rate)
        ax.set(title=what, xlabel="" if ax is axes[0] else "Time (s)")
    return fig
