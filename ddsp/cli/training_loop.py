"""The loop of a training run: progress, signals, and previews of a passage that is not learned."""

from __future__ import annotations

import shlex
import time
from collections import deque
from pathlib import Path

from ..training import Run
from ..training.splitting import beginning, join
from .console import say, warn
from .errors import UserError, reason_of, unwritable
from .outputs import staged, write_audio
from .progress import bar
from .signals import Stopped, shielded
from .training_pictures import draw_curve, draw_preview

__all__ = ["take_steps"]

#: Largest length of a preview in seconds.
PREVIEW_SECONDS = 20.0


def take_steps(run: Run) -> None:
    """Take all steps of a run, with progress and previews. After a signal, save, and say how to go on.

    Parameters
    ----------
    run
        The run.

    Raises
    ------
    UserError
        The loss is not a finite number, or the folder cannot be written to. The last checkpoint is then whole.
    """
    again = f"ddsp train -o {shlex.quote(str(run.folder))} --resume"
    try:
        with bar("training") as on_progress:
            speed = _Speed(run)
            while not run.is_done:
                with shielded():
                    row = run.step()
                on_progress(f"loss {speed.loss(row['loss']):.2f}, {speed.rate():.1f} steps/s", speed.share())
                if "held_out_loss" in row:
                    _tell(run, row, speed)
                    _preview(run)
    except Stopped as error:
        with shielded():
            path = _saved(run)
        error.outcome = f"{path} is saved; go on with: {again}"
        raise
    except FloatingPointError as error:
        raise UserError(f"--learning-rate: {error}; try a lower one in a new run") from error
    except OSError as error:
        raise UserError(f"{unwritable(run.folder, error)}; make room, and go on with: {again}") from error


def _saved(run: Run) -> Path:
    try:
        return run.save()
    except OSError as error:
        raise unwritable(run.folder, error) from error


class _Speed:
    """Mean loss and speed over the last steps, and the share of the run that is done."""

    def __init__(self, run: Run):
        self.run = run
        self.recent: deque[tuple[float, float]] = deque(maxlen=30)

    def loss(self, loss: float) -> float:
        """Add a step, and return the mean loss."""
        self.recent.append((time.perf_counter(), loss))
        return self.mean_loss()

    def mean_loss(self) -> float:
        return sum(x for _, x in self.recent) / len(self.recent)

    def rate(self) -> float:
        """Steps per second."""
        seconds = self.recent[-1][0] - self.recent[0][0]
        return (len(self.recent) - 1) / seconds if seconds > 0.0 else 0.0

    def share(self) -> float:
        """Share of the run, from 0 to 1."""
        done = self.run.fit.count / max(self.run.steps, 1)
        return min(done if self.run.minutes is None else self.run.seconds / (60.0 * self.run.minutes), 1.0)

    def left(self) -> str:
        """Time left, as minutes and seconds."""
        rate = self.rate()
        if rate == 0.0:
            return "-"
        seconds = round((self.run.steps - self.run.fit.count) / rate)
        return f"{seconds // 60}:{seconds % 60:02d}"


def _tell(run: Run, row: dict[str, float], speed: _Speed) -> None:
    say(
        f"step {row['step']} of {run.steps}: loss {speed.mean_loss():.3f}, unseen {row['held_out_loss']:.3f}, "
        f"{row['steps_per_second']:.2f} steps/s, {speed.left()} left"
    )


def _preview(run: Run) -> None:
    """Write the curve, and what the instrument plays for the unseen passages. Of earlier previews, those at 1, 2, 4, 8
    and so on times `every` steps stay.
    """
    folder, count, instrument = run.folder, run.fit.count, run.fit.instrument
    rate = round(instrument.sample_rate)
    part = join(beginning(run.held_out, round(PREVIEW_SECONDS * rate / instrument.hop_size)))
    name = f"preview-{count:08d}"
    with staged(folder, ["loss.png", "preview-recording.wav", f"{name}.wav", f"{name}.png"]) as stage:
        played = run.fit.play(part)
        write_audio(stage / "preview-recording.wav", part.audio, rate)
        write_audio(stage / f"{name}.wav", played, rate)
        title = f"{part.name}, not learned, after {count} steps"
        try:
            pictures = {
                f"{name}.png": draw_preview(part, played, rate, title, stage),
                "loss.png": draw_curve(run.curve, stage),
            }
        except Exception as error:  # matplotlib depends on settings and fonts of the system
            warn(f"warning: the pictures cannot be drawn: {reason_of(error)}")
            pictures = {}
        for file, png in pictures.items():
            (stage / file).write_bytes(png)
    for path in folder.glob("preview-*.wav"):
        number = path.stem.partition("-")[2]
        if number.isdecimal() and int(number) != count:
            times = int(number) / run.every
            if times != int(times) or int(times) & (int(times) - 1):
                path.unlink(missing_ok=True)
                path.with_suffix(".png").unlink(missing_ok=True)
