"""`resynth.png`: waveform, spectrograms, pitch and loudness of the original and of its resynthesis."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ..spectral_ops import compute_mag

__all__ = ["draw"]

#: Columns of pixels of a spectrogram, and points of a curve; longer sounds are thinned out.
COLUMNS = 1600
#: Range of the spectrograms below their loudest point, in dB.
RANGE_DB = 90.0
ORIGINAL, RESYNTHESIS = "#4c566a", "#d08770"
VOICED = 0.5


def draw(path: Path, original: np.ndarray, resynthesis: np.ndarray, sample_rate: int, tracks: dict[str, Any]) -> None:
    """Draw a sound and its resynthesis.

    Parameters
    ----------
    path : of the PNG file.
    original, resynthesis : [time].
    sample_rate : in Hz.
    tracks : title; frame_rate; f0_hz, confidence, loudness_db, loudness_resynthesis_db: [frames].
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    # Not pyplot: it would choose a window system, and keep the figure.
    figure = Figure(figsize=(12, 13), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(5, 1, sharex=True, height_ratios=[1.0, 1.7, 1.7, 1.2, 1.0])
    figure.suptitle(tracks["title"])
    seconds = max(len(original) / sample_rate, 1e-3)
    _waveforms(axes[0], original, resynthesis, sample_rate)
    spectra = [_spectrogram(x, sample_rate) for x in (original, resynthesis)]
    top = max(float(spectra[0].max()), -100.0)
    for axis, db, title in zip(axes[1:3], spectra, ("original", "resynthesis"), strict=True):
        extent = (0.0, seconds, 0.0, sample_rate / 2000.0)
        image = axis.imshow(db.T, origin="lower", aspect="auto", interpolation="nearest", extent=extent, cmap="magma",
                            vmin=top - RANGE_DB, vmax=top)  # fmt: skip
        axis.set(title=f"spectrogram, {title}", ylabel="frequency (kHz)")
    figure.colorbar(image, ax=axes[1:3], label="magnitude (dB)", pad=0.01, aspect=40)
    _pitch(figure, axes[3], tracks)
    _loudness(axes[4], tracks)
    axes[4].set(xlabel="time (s)", xlim=(0.0, seconds))
    figure.savefig(path, format="png", metadata={"Software": None})


def _waveforms(axis: Any, original: np.ndarray, resynthesis: np.ndarray, sample_rate: int) -> None:
    for audio, colour, name in ((original, ORIGINAL, "original"), (resynthesis, RESYNTHESIS, "resynthesis")):
        low, high, seconds = _envelope(audio, sample_rate)
        axis.fill_between(seconds, low, high, color=colour, alpha=0.65, linewidth=0.4, label=name)
    axis.set(title="waveform (resynthesis keeps no phases)", ylabel="amplitude")
    axis.legend(loc="upper right", ncols=2)


def _envelope(audio: np.ndarray, sample_rate: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Least and largest sample of each column of pixels."""
    size = max(-(-len(audio) // COLUMNS), 1)
    columns = np.pad(audio, (0, -len(audio) % size), mode="edge").reshape(-1, size)
    return columns.min(axis=1), columns.max(axis=1), (np.arange(len(columns)) + 0.5) * size / sample_rate


def _spectrogram(audio: np.ndarray, sample_rate: int) -> np.ndarray:
    """Levels [columns, bins] in dB, a full-scale sine being 0; the loudest frame of each column of pixels.

    Sounds are analysed part by part, so that memory does not grow with the length.
    """
    size = 1 << round(np.log2(0.05 * sample_rate))
    hop = size // 4
    n_frames = -(-len(audio) // hop)
    thinned = max(n_frames // COLUMNS, 1)
    part = thinned * max(2**20 // (thinned * size), 1)
    padded = np.pad(audio, (size // 2, size)).astype(np.float32)  # frames stand around their time
    columns = []
    for first in range(0, n_frames, part):
        n = min(part, n_frames - first)
        chunk = padded[first * hop : (first + n - 1) * hop + size]
        mag = compute_mag(chunk[np.newaxis], size, pad_end=False)[0]
        mag = np.pad(mag, ((0, -n % thinned), (0, 0))).reshape(-1, thinned, mag.shape[1]).max(axis=1)
        columns.append(20.0 * np.log10(np.maximum(mag * (4.0 / size), 1e-10)))
    return np.concatenate(columns)


def _pitch(figure: Any, axis: Any, tracks: dict[str, Any]) -> None:
    f0, confidence = tracks["f0_hz"], tracks["confidence"]
    step = max(len(f0) // (4 * COLUMNS), 1)
    seconds = np.arange(len(f0))[::step] / tracks["frame_rate"]
    dots = axis.scatter(
        seconds, f0[::step], c=confidence[::step], s=5, cmap="viridis", vmin=0.0, vmax=1.0, linewidths=0
    )
    figure.colorbar(dots, ax=axis, label="confidence", pad=0.01)
    shown = f0[confidence > VOICED] if np.any(confidence > VOICED) else f0
    low, high = float(shown.min()), float(shown.max())
    axis.set(title="fundamental frequency f0", ylabel="f0 (Hz)", yscale="log", ylim=(low / 1.2, high * 1.2))
    ticks = [f for f in (25, 50, 100, 150, 200, 300, 400, 500, 700, 1000, 1500, 2000) if low / 1.2 <= f <= high * 1.2]
    ticks = ticks if len(ticks) > 1 else [round(low / 1.1), round(high * 1.1)]
    axis.set_yticks(ticks, [str(f) for f in ticks])
    axis.set_yticks([], minor=True)
    axis.grid(alpha=0.3)


def _loudness(axis: Any, tracks: dict[str, Any]) -> None:
    seconds = np.arange(len(tracks["loudness_db"])) / tracks["frame_rate"]
    step = max(len(seconds) // (4 * COLUMNS), 1)
    axis.plot(seconds[::step], tracks["loudness_db"][::step], color=ORIGINAL, linewidth=1.6, label="original")
    axis.plot(
        seconds[::step],
        tracks["loudness_resynthesis_db"][::step],
        color=RESYNTHESIS,
        linewidth=1.0,
        label="resynthesis",
    )
    axis.set(title="A-weighted loudness", ylabel="loudness (dB)")
    axis.legend(loc="lower right", ncols=2)
    axis.grid(alpha=0.3)
