"""Figures of docs/processors.md."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np

import ddsp

from .style import BLACK, BLUE, GREEN, ORANGE, PINK, RATE, figure


@figure
def controls():
    rng = np.random.default_rng(4)
    n_frames, n_samples = 100, 6400
    time = np.arange(n_frames) * n_samples / n_frames / RATE
    walk = np.cumsum(rng.normal(0.0, 0.25, (1, n_frames, 3)), axis=1)
    inputs = {
        "amplitudes": walk[:, :, :1] - 1.0,
        "harmonic_distribution": np.concatenate([walk[:, :, 1:], rng.normal(-2.0, 0.1, (1, n_frames, 2))], axis=2),
        "f0_hz": 220.0 + 10.0 * np.sin(2 * np.pi * 6.0 * time)[None, :, None],
    }
    outputs = ddsp.synths.Harmonic(n_samples=n_samples)(**inputs, return_outputs_dict=True)
    fig, axes = plt.subplots(1, 3, figsize=(8.0, 2.5))
    for ax, arrays, title in (
        (axes[0], inputs, "Inputs: real numbers"),
        (axes[1], outputs["controls"], "Controls: amplitude >= 0,\nharmonics that sum to 1"),
    ):
        ax.plot(time, arrays["amplitudes"][0], color=BLACK, lw=1.8, label="amplitude")
        for h, color in enumerate((BLUE, ORANGE, GREEN, PINK)):
            ax.plot(time, arrays["harmonic_distribution"][0, :, h], color=color, lw=0.9, label=f"harmonic {h + 1}")
        ax.set(title=title, xlabel="Time (s)", ylabel="Value")
    axes[0].set_ylim(top=9.0)
    axes[0].legend(loc="upper left", labelspacing=0.2)
    axes[2].plot(np.arange(n_samples) / RATE, outputs["signal"][0], lw=0.4, color=BLUE)
    axes[2].set(title="Signal", xlabel="Time (s)", ylabel="Sample value")
    return fig


def layout(edges: list[tuple[str, str, str]]) -> dict[str, tuple[float, float]]:
    """(column, row) of each node and input: nodes to the right of their sources, inputs one column before a reader."""
    nodes = list(dict.fromkeys(target for _, target, _ in edges))
    column: dict[str, int] = {}
    for node in nodes:  # in the order of the graph, so the sources of a node already have a column
        column[node] = 1 + max([column.get(source, 0) for source, target, _ in edges if target == node])
    for source, target, _ in reversed(edges):
        if source not in nodes:
            column[source] = min(column.get(source, column[target]), column[target] - 1)
    order = list(dict.fromkeys(name for source, target, _ in edges for name in (source, target)))
    places = {}
    for x in sorted(set(column.values())):
        names = [name for name in order if column[name] == x]
        for i, name in enumerate(names):
            places[name] = (x, 0.5 * (len(names) - 1) - i)
    return places


@figure
def group():
    n = 1600
    flute = ddsp.ProcessorGroup(
        dag=[
            (ddsp.synths.Harmonic(n_samples=n), ["amplitudes", "harmonic_distribution", "f0_hz"]),
            (ddsp.synths.FilteredNoise(n_samples=n), ["magnitudes"]),
            (ddsp.processors.Add(), ["harmonic/signal", "filtered_noise/signal"]),
            (ddsp.effects.TrainableReverb(reverb_length=800), ["add/signal"]),
        ],
        name="flute",
    )
    edges, nodes = flute.edges(), flute.nodes
    places = {name: (2.2 * x, 0.9 * y) for name, (x, y) in layout(edges).items()}
    fig, ax = plt.subplots(figsize=(8.0, 2.5))
    texts = {}
    for name, (x, y) in places.items():
        if name in nodes:
            label, style, color = f"{name}\n{type(nodes[name]).__name__}", "round,pad=0.5", "#CDE8F8"
        else:
            label, style, color = name.replace("harmonic_", "harmonic_\n"), "ellipse,pad=0.2", "white"
        box = {"boxstyle": style, "fc": color, "ec": BLACK, "lw": 0.8}
        texts[name] = ax.text(x, y, label, ha="center", va="center", bbox=box, zorder=3)
    for source, target, what in edges:
        ends = {"patchA": texts[source].get_bbox_patch(), "patchB": texts[target].get_bbox_patch()}
        arrow = {"arrowstyle": "-|>", "color": BLACK, "lw": 0.8, "shrinkA": 0, "shrinkB": 0, **ends}
        ax.annotate("", places[target], places[source], arrowprops=arrow, zorder=2)
        if what:
            middle = np.mean([places[source], places[target]], axis=0)
            ax.text(*middle, what, ha="center", va="center", fontsize=8, bbox={"fc": "white", "ec": "none", "pad": 1})
    xs, ys = zip(*places.values(), strict=True)
    ax.set(xlim=(min(xs) - 1.0, max(xs) + 0.7), ylim=(min(ys) - 0.35, max(ys) + 0.35))
    ax.axis("off")
    return fig
