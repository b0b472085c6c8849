"""The picture of a run: waveform, spectrograms, pitch and loudness of the original and of the result."""

from __future__ import annotations

import io
import logging
import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from .columns import COLUMNS, SoundColumns
from .console import plain

__all__ = ["draw", "figure_classes"]

#: Ranges of the spectrograms and of the loudness below their maximum, in dB.
RANGE_DB, LOUDNESS_RANGE_DB = 90.0, 70.0
#: Highest frequency of the spectrograms in Hz, the limit of hearing.
TOP_HZ = 20000.0
ORIGINAL, RESYNTHESIS, VOICED = "#4c566a", "#d0603a", "#a3be8c"
#: Largest number of characters of the title and of a warning.
TITLE, WARNING = 100, 130
NOTES = ("C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B")
#: Notes of an octave with a tick, for a range of one octave, two, four, and more.
TICKS = ((0, 2, 4, 5, 7, 9, 11), (0, 4, 7, 9), (0, 7), (0,))


def draw(
    original: SoundColumns,
    result: SoundColumns,
    tracks: dict[str, Any],
    scratch: Path,
    names: tuple[str, str] = ("original", "resynthesis"),
) -> bytes:
    """Draw a sound and what was made of it.

    Parameters
    ----------
    original, result
        The sounds.
    tracks
        Dictionary of title, warnings (a list of lines), frame_rate, and f0_hz, confidence, voiced, loudness_db and
        loudness_result_db, each [frames]; and f0_result_hz, [frames], if the pitch has been changed.
    scratch
        Writable folder for matplotlib's caches if there is no temporary folder.
    names
        Names of the sounds.

    Returns
    -------
    png : bytes
        Content of a PNG file.
    """
    with figure_classes(scratch) as (figure_class, canvas):
        # pyplot would choose a window system and keep the figure in memory.
        figure = figure_class(figsize=(12, 13.5), dpi=110, layout="constrained")
        canvas(figure)
        axes = figure.subplots(5, 1, sharex=True, height_ratios=[1.0, 1.7, 1.7, 1.5, 1.1])
        _title(figure, tracks)
        sample_rate = original.sample_rate
        seconds = max(original.n_samples / sample_rate, 1e-3)
        _waveforms(axes[0], original, result, names)
        spectra = [x.spectrogram() for x in (original, result)]
        top = max(float(spectra[0].max()), -100.0)
        for axis, db, title in zip(axes[1:3], spectra, names, strict=True):
            extent = (0.0, seconds, 0.0, sample_rate / 2000.0)
            image = axis.imshow(db.T, origin="lower", aspect="auto", interpolation="nearest", extent=extent,
                                cmap="magma", vmin=top - RANGE_DB, vmax=top)  # fmt: skip
            axis.set(
                title=f"spectrogram, {title}",
                ylabel="frequency (kHz)",
                ylim=(0.0, min(0.5 * sample_rate, TOP_HZ) / 1000.0),
            )
        figure.colorbar(image, ax=axes[1:3], label="magnitude (dB)", pad=0.01, aspect=40)
        _pitch(figure, axes[3], tracks)
        _loudness(axes[4], tracks, names)
        axes[4].set(xlabel="time (s)", xlim=(0.0, seconds))
        figure.align_ylabels(axes)
        png = io.BytesIO()
        figure.savefig(png, format="png", metadata={"Software": None})
        return png.getvalue()


@contextmanager
def figure_classes(scratch: Path) -> Iterator[tuple[Any, Any]]:
    """Provide matplotlib's `Figure` and a canvas in memory, independent of the user's backend and style.

    Parameters
    ----------
    scratch
        Writable folder for matplotlib's caches if there is no temporary folder.

    Returns
    -------
    classes : Iterator
        Context manager of both classes.
    """
    with ExitStack() as stack:
        kept = os.environ.pop("MPLBACKEND", None)  # set by notebooks to a module that may be missing
        if kept is not None:
            stack.callback(os.environ.__setitem__, "MPLBACKEND", kept)
        stack.enter_context(warnings.catch_warnings(action="ignore"))  # of missing glyphs
        logging.getLogger("matplotlib").setLevel(logging.CRITICAL)  # messages about font caches and settings
        try:
            tempfile.gettempdir()
        except FileNotFoundError:  # which matplotlib needs for its caches without a home folder
            stack.callback(os.environ.__setitem__, "MPLCONFIGDIR", os.environ.get("MPLCONFIGDIR", ""))
            os.environ["MPLCONFIGDIR"] = str(scratch)
        import matplotlib
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        stack.enter_context(matplotlib.rc_context())
        matplotlib.rcParams.update({k: v for k, v in matplotlib.rcParamsDefault.items() if "backend" not in k})
        yield Figure, FigureCanvasAgg


def _title(figure: Any, tracks: dict[str, Any]) -> None:
    """Title and warnings as text, in which a dollar sign does not start mathematics."""
    lines = [_shortened(tracks["title"], TITLE)]
    lines += [_shortened(f"warning: {line}", WARNING) for line in tracks["warnings"]]
    figure.suptitle(lines[0], parse_math=False, fontsize=12)
    if lines[1:]:
        figure.supxlabel("\n".join(lines[1:]), parse_math=False, fontsize=10, color="#bf2c34")


def _shortened(text: str, length: int) -> str:
    text = plain(text)
    return text if len(text) <= length else f"{text[: length // 2]}…{text[len(text) - length // 2 :]}"


def _waveforms(axis: Any, original: SoundColumns, result: SoundColumns, names: tuple[str, str]) -> None:
    for sound, color, name in zip((original, result), (ORIGINAL, RESYNTHESIS), names, strict=True):
        low, high, seconds = sound.envelope()
        axis.fill_between(seconds, low, high, color=color, alpha=0.6, linewidth=0.4, label=name)
    axis.set(title="waveform (phases differ)", ylabel="amplitude")
    _legend(axis)


def _legend(axis: Any) -> None:
    """Put the legend above the axes on the right, where it hides no curve."""
    axis.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=3, frameon=False, borderaxespad=0.1)


def _pitch(figure: Any, axis: Any, tracks: dict[str, Any]) -> None:
    f0, voiced = tracks["f0_hz"], tracks["voiced"]
    step = max(len(f0) // (4 * COLUMNS), 1)
    seconds = np.arange(len(f0)) / tracks["frame_rate"]
    _shade(axis, seconds, voiced)
    dots = axis.scatter(seconds[::step], f0[::step], c=tracks["confidence"][::step], s=5, cmap="viridis", vmin=0.0,
                        vmax=1.0, linewidths=0, zorder=3)  # fmt: skip
    figure.colorbar(dots, ax=axis, label="confidence", pad=0.01)
    shown = f0[voiced] if np.any(voiced) else f0
    if "f0_result_hz" in tracks:
        played = np.where(voiced, tracks["f0_result_hz"], np.nan)
        axis.plot(seconds[::step], played[::step], color=RESYNTHESIS, linewidth=1.2, zorder=2, label="played")
        shown = np.concatenate([shown, tracks["f0_result_hz"][voiced]])
        _legend(axis)
    low, high = (float(np.quantile(shown, q)) for q in (0.002, 0.998))
    low, high = low / 1.15, high * 1.15
    axis.set(title="fundamental frequency f0, voiced parts shaded", ylabel="f0 (note, Hz)", yscale="log",
             ylim=(low, high))  # fmt: skip
    notes = _notes(low, high)
    hertz = [440.0 * 2.0 ** ((note - 69) / 12.0) for note in notes]
    axis.set_yticks(hertz, [f"{NOTES[n % 12]}{n // 12 - 1}  {f:.0f}" for n, f in zip(notes, hertz, strict=True)])
    axis.set_yticks([], minor=True)
    axis.grid(alpha=0.3)


def _notes(low: float, high: float) -> list[int]:
    """MIDI numbers of the notes with a tick between two frequencies: about ten at most, at least two if possible."""
    first, last = (69.0 + 12.0 * float(np.log2(f / 440.0)) for f in (low, high))
    all_notes = range(int(np.ceil(first)), int(np.floor(last)) + 1)
    octaves = (last - first) / 12.0
    for wanted in TICKS[(octaves > 1.2) + (octaves > 2.5) + (octaves > 4.5) :]:
        notes = [n for n in all_notes if n % 12 in wanted]
        if len(notes) >= 2:
            return notes
    return list(all_notes)


def _shade(axis: Any, seconds: np.ndarray, voiced: np.ndarray) -> None:
    """Shade the voiced parts."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], voiced, [False]])))
    frame = seconds[1] if len(seconds) > 1 else 1.0
    spans = [(a * frame, (b - a) * frame) for a, b in zip(edges[::2], edges[1::2], strict=True)]
    axis.broken_barh(spans, (0.0, 1.0), transform=axis.get_xaxis_transform(), color=VOICED, alpha=0.3, linewidth=0)


def _loudness(axis: Any, tracks: dict[str, Any], names: tuple[str, str]) -> None:
    n = len(tracks["loudness_db"])
    seconds, step = np.arange(n) / tracks["frame_rate"], max(n // (4 * COLUMNS), 1)
    _shade(axis, seconds, tracks["voiced"])
    curves = [tracks[name] for name in ("loudness_db", "loudness_result_db")]
    styles = ((ORIGINAL, 3.5, 0.45), (RESYNTHESIS, 1.2, 1.0))
    for curve, name, (color, width, alpha) in zip(curves, names, styles, strict=True):
        axis.plot(seconds[::step], curve[::step], color=color, linewidth=width, alpha=alpha, label=name)
    top = max(float(np.max(curve)) for curve in curves)
    axis.set(title="A-weighted loudness", ylabel="loudness (dB)", ylim=(top - LOUDNESS_RANGE_DB, top + 6.0))
    _legend(axis)
    axis.grid(alpha=0.3)
