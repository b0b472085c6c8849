"""Pictures of a training run: the curve of the loss, and an unseen passage beside what the instrument plays."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..analysis.tracking import loudness_in_chunks
from ..instruments.features import LOUDNESS_SECONDS
from ..training import Passage
from ..training.recordings import VOICED
from .columns import SoundColumns
from .picture import draw, figure_classes

__all__ = ["draw_curve", "draw_preview"]

#: Largest number of points of a curve.
POINTS = 2000
LEARNED, UNSEEN = "#4c566a", "#d0603a"


def draw_curve(curve: Sequence[tuple[int, float, float | None]], scratch: Path) -> bytes:
    """Draw the loss over the steps.

    Parameters
    ----------
    curve
        Step, loss, and the loss of what is held out or None.
    scratch
        Writable folder for matplotlib's caches if there is no temporary folder.

    Returns
    -------
    png : bytes
        Content of a PNG file.
    """
    steps, losses = (np.asarray([row[i] for row in curve], np.float64) for i in (0, 1))
    unseen = np.asarray([(row[0], row[2]) for row in curve if row[2] is not None], np.float64).reshape(-1, 2)
    size = max(len(steps) // 100, 1)  # of a running mean over a hundredth of the run
    totals = np.cumsum(np.concatenate([[0.0], losses]))
    smooth = (totals[size:] - totals[:-size]) / size
    thinned = slice(None, None, max(len(steps) // POINTS, 1))
    with figure_classes(scratch) as (figure_class, canvas):
        figure = figure_class(figsize=(9, 4.5), dpi=110, layout="constrained")
        canvas(figure)
        axis = figure.subplots()
        axis.plot(steps[thinned], losses[thinned], color=LEARNED, alpha=0.25, linewidth=0.8)
        axis.plot(steps[size - 1 :][thinned], smooth[thinned], color=LEARNED, linewidth=1.8, label="learned")
        axis.plot(*unseen.T, color=UNSEEN, marker="o", markersize=4, label="unseen")
        axis.set(xlabel="step", ylabel="spectral loss", ylim=limits_of(losses, unseen[:, 1]))
        axis.grid(alpha=0.3)
        axis.legend(frameon=False)
        png = io.BytesIO()
        figure.savefig(png, format="png", metadata={"Software": None})
        return png.getvalue()


def limits_of(losses: np.ndarray, unseen: np.ndarray) -> tuple[float, float]:
    """Limits of the axis: all unseen losses, and the learned ones without the first steps and single high ones."""
    later = losses[len(losses) // 20 :]
    lowest = min(float(x) for x in (*later, *unseen))
    highest = max(float(x) for x in (np.quantile(later, 0.98), *unseen))
    return lowest - 0.3, max(highest, lowest + 1.0) + 0.3


def draw_preview(passage: Passage, played: np.ndarray, sample_rate: int, title: str, scratch: Path) -> bytes:
    """Draw an unseen passage and what the instrument plays for its pitch and loudness.

    Parameters
    ----------
    passage
        The passage.
    played
        Audio of the instrument, [time].
    sample_rate
        Sample rate in Hz.
    title
        Title of the picture.
    scratch
        Writable folder for matplotlib's caches if there is no temporary folder.

    Returns
    -------
    png : bytes
        Content of a PNG file.
    """
    n_frames = len(passage.f0_hz)
    hop, n_fft = len(passage.audio) // n_frames, round(LOUDNESS_SECONDS * sample_rate)
    confidence = passage.confidence if len(passage.confidence) else np.ones(n_frames, np.float32)
    loudness_db = loudness_in_chunks(played[np.newaxis], sample_rate, hop, n_frames, n_fft, normalize=True)[0]
    tracks = {
        "title": title,
        "warnings": [],
        "frame_rate": sample_rate / hop,
        "f0_hz": passage.f0_hz,
        "confidence": np.clip(confidence, 0.0, 1.0),
        "voiced": confidence > VOICED,
        "loudness_db": passage.loudness_db,
        "loudness_result_db": loudness_db,
    }
    recording, instrument = (SoundColumns.of(audio, sample_rate) for audio in (passage.audio, played))
    return draw(recording, instrument, tracks, scratch, ("recording", "instrument"))
