"""Style, spectrograms and signals that the figures share, and the list of all figures."""

from __future__ import annotations

import io
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
from PIL import Image

import ddsp

FOLDER = Path(__file__).parents[1] / "figures"
#: Function that draws each figure, by name; filled by `figure`.
FIGURES: dict[str, Callable] = {}
#: Colors of Okabe and Ito, which color-blind readers can distinguish.
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
    "figure.dpi": 110,
    "font.size": 9,
    "grid.alpha": 0.3,
    "legend.fontsize": 8,
    "legend.frameon": False,
    "lines.linewidth": 1.3,
    "savefig.dpi": 110,
}
RATE = 16000


def figure(function: Callable) -> Callable:
    """Register a function that returns a figure under its name."""
    FIGURES[function.__name__] = function
    return function


def load_figures() -> dict[str, Callable]:
    """Import all scripts and return their figures by name."""
    for path in sorted(Path(__file__).parent.glob("[a-z]*.py")):
        import_module(f"{__package__}.{path.stem}")
    return FIGURES


def draw(name: str, folder: Path = FOLDER) -> None:
    """Write one figure as PNG with a palette of 64 colors, which makes the file several times smaller."""
    with plt.rc_context(STYLE):
        fig = FIGURES[name]()
        fig.savefig(drawn := io.BytesIO(), format="png")
        plt.close(fig)
    colors = Image.open(drawn).convert("RGB").quantize(64, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    colors.save(folder / f"{name}.png", optimize=True)


def spectrogram(
    ax, audio: np.ndarray, top_khz: float = 8.0, size: int = 512, range_db: float = 80.0, rate: int = RATE
) -> None:
    """Draw magnitudes of [1, time] audio in dB relative to the largest one; each frame is drawn at its center."""
    mag = ddsp.spectral_ops.compute_mag(audio, size=size, pad_end=False)[0].T
    db = decibels(mag / mag.max(), -range_db)
    start = 0.5 * (size - size / 4) / rate
    extent = (start, start + mag.shape[1] * size / 4 / rate, 0.0, rate / 2000.0)
    ax.imshow(db, origin="lower", aspect="auto", extent=extent, cmap="magma", vmin=-range_db, vmax=0.0)
    ax.set_facecolor(plt.colormaps["magma"](0.0))
    ax.set(xlabel="Time (s)", ylabel="Frequency (kHz)", ylim=(0.0, top_khz), xlim=(0.0, audio.shape[1] / rate))
    ax.grid(False)


def decibels(amplitude: np.ndarray, least: float = -120.0) -> np.ndarray:
    """Levels of linear amplitudes in dB, at least `least`."""
    return 20.0 * np.log10(np.maximum(np.abs(amplitude), 10.0 ** (least / 20.0)))


def response(taps: np.ndarray, n_fft: int = 4096) -> tuple[np.ndarray, np.ndarray]:
    """Frequencies in kHz and levels in dB of the frequency response of an impulse response, [taps]."""
    spectrum = np.fft.rfft(taps, n_fft)
    return np.arange(len(spectrum)) * RATE / n_fft / 1000.0, decibels(spectrum)


def frames(values) -> np.ndarray:
    """One value per frame, as [1, frames, 1]."""
    return np.asarray(values, dtype=float)[None, :, None]


def sawtooth(n_harmonics: int, n_frames: int) -> np.ndarray:
    """Harmonic amplitudes 1/h of a sawtooth, [1, frames, harmonics]."""
    return np.ones((1, n_frames, 1)) / np.arange(1, n_harmonics + 1)


def cosines(hz, n_samples: int) -> np.ndarray:
    """One cosine per frequency in Hz, [frequencies, n_samples]."""
    return np.cos(2 * np.pi * np.reshape(hz, (-1, 1)) * np.arange(n_samples) / RATE)
