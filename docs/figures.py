"""Draws the figures of the guide: `python docs/figures.py` writes docs/figures/*.png, one for each function in FIGURES.

`python docs/figures.py group landscapes` draws some of them.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
from PIL import Image

import ddsp

FOLDER = Path(__file__).parent / "figures"
FIGURES: dict[str, Callable] = {}
#: Okabe and Ito's colours, which colour-blind readers can tell apart.
BLACK, ORANGE, SKY, GREEN, BLUE, RED, PINK = (
    "#000000", "#E69F00", "#56B4E9", "#009E73", "#0072B2", "#D55E00", "#CC79A7",
)  # fmt: skip
STYLE = {
    "axes.grid": True,
    "axes.prop_cycle": plt.cycler(color=[BLUE, ORANGE, GREEN, PINK, RED, SKY, BLACK]),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 10,
    "figure.constrained_layout.use": True,
    "figure.dpi": 100,
    "font.size": 9,
    "grid.alpha": 0.3,
    "legend.fontsize": 8,
    "legend.frameon": False,
    "lines.linewidth": 1.3,
    "savefig.dpi": 100,
}
RATE = 16000


def figure(function: Callable) -> Callable:
    """Keep a function that returns a figure, under its name."""
    FIGURES[function.__name__] = function
    return function


def draw(name: str, folder: Path = FOLDER) -> None:
    """Write one figure."""
    with plt.rc_context(STYLE):
        fig = FIGURES[name]()
        fig.savefig(drawn := io.BytesIO(), format="png")
        plt.close(fig)
    # A palette of 256 colours makes the file three times smaller.
    colours = Image.open(drawn).convert("RGB").quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    colours.save(folder / f"{name}.png", optimize=True)


def spectrogram(ax, audio: np.ndarray, top_khz: float = 8.0, size: int = 512, range_db: float = 80.0) -> None:
    """Magnitudes of [1, time] audio in dB below the loudest bin."""
    mag = ddsp.spectral_ops.compute_mag(audio, size=size)[0].T
    db = 20.0 * np.log10(np.maximum(mag / mag.max(), 10.0 ** (-range_db / 20.0)))
    extent = (0.0, audio.shape[1] / RATE, 0.0, RATE / 2000.0)
    ax.imshow(db, origin="lower", aspect="auto", extent=extent, cmap="magma", vmin=-range_db, vmax=0.0)
    ax.set(xlabel="time (s)", ylabel="frequency (kHz)", ylim=(0.0, top_khz))
    ax.grid(False)


# Processors -----------------------------------------------------------------------------------------------------


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
    fig, axes = plt.subplots(1, 3, figsize=(8.0, 2.4))
    for ax, arrays, title in (
        (axes[0], inputs, "inputs: any numbers"),
        (axes[1], outputs["controls"], "controls: level, weights (sum 1)"),
    ):
        ax.plot(time, arrays["amplitudes"][0], color=BLACK, lw=1.8, label="amplitude")
        for h, color in enumerate((BLUE, ORANGE, GREEN, PINK)):
            ax.plot(time, arrays["harmonic_distribution"][0, :, h], color=color, lw=0.9, label=f"harmonic {h + 1}")
        ax.set(title=title, xlabel="time (s)")
    axes[0].set_ylim(top=9.0)
    axes[0].legend(loc="upper left", labelspacing=0.2)
    axes[2].plot(np.arange(n_samples) / RATE, outputs["signal"][0], lw=0.4, color=BLUE)
    axes[2].set(title="signal", xlabel="time (s)", ylabel="amplitude")
    return fig


def layout(edges: list[tuple[str, str, str]]) -> dict[str, tuple[float, float]]:
    """(column, row) of everything in a graph: nodes right of what they read, inputs one column before their reader."""
    nodes = list(dict.fromkeys(target for _, target, _ in edges))
    column: dict[str, int] = {}
    for node in nodes:  # in the graph's own order: what a node reads has its column already
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


# Backends -------------------------------------------------------------------------------------------------------


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
    ax.axhline(0.5, color=BLACK, lw=0.8, ls="--", label="the worst there is: half a cycle")
    ax.set(title=f"a sine of {f0_hz} Hz at {RATE // 1000} kHz", xlabel="time (s)", ylabel="phase error (cycles)")
    ax.set(ylim=(1e-9, 10.0))
    ax.legend(loc="center right")
    return fig


# Write your own -------------------------------------------------------------------------------------------------


@figure
def saturation():
    x = np.linspace(-1.0, 1.0, 201)
    n_samples, f0_hz = 16000, 1100.0
    sine = np.sin(2 * np.pi * f0_hz * np.arange(n_samples) / RATE)
    fig, axes = plt.subplots(1, 2, figsize=(8.0, 2.8))
    for drive in (0.0, 2.0, 5.0):
        axes[0].plot(x, np.tanh(drive * x) / np.tanh(drive) if drive else x, label=f"drive {drive:g}")
    axes[0].set(title="output over input", xlabel="x", ylabel="y")
    axes[0].legend()
    spectrum = np.abs(np.fft.rfft(np.tanh(5.0 * sine) / np.tanh(5.0))) * 2 / n_samples
    db = 20.0 * np.log10(np.maximum(spectrum, 1e-6))
    for h in range(1, 14, 2):
        folded = h * f0_hz > RATE / 2
        hz = abs(h * f0_hz - RATE * round(h * f0_hz / RATE))
        level = db[round(hz * n_samples / RATE)]
        axes[1].vlines(hz / 1000.0, -90.0, level, color=RED if folded else BLUE, lw=2)
        axes[1].text(hz / 1000.0, level + 2.0, str(h), ha="center", color=RED if folded else BLUE)
    axes[1].set(title="a sine of 1.1 kHz, drive 5: harmonics, and those that alias (red)", ylim=(-90.0, 12.0))
    axes[1].set(xlabel="frequency (kHz)", ylabel="level (dB)", xlim=(0.0, 8.0))
    return fig


def main(names: list[str]) -> None:
    FOLDER.mkdir(exist_ok=True)
    for name in names or FIGURES:
        draw(name)
        print(f"{FOLDER / name}.png: {(FOLDER / f'{name}.png').stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main(sys.argv[1:])
