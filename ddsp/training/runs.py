"""A training run in a folder: its curve, its checkpoints, and its length in steps or in minutes."""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..instruments.storage import read_json, to_json
from .checkpoints import remove_unfinished, save_best, save_checkpoint
from .dataset import Passage, write_whole
from .fit import Fit

__all__ = ["Run", "read_run_settings", "write_run_settings"]

#: Names of the files of the settings and of the curve, which has a line for each step.
SETTINGS, METRICS = "run.json", "metrics.jsonl"
#: What the first entries of the settings say; a change that old runs cannot continue with increases the version.
FORMAT, VERSION = "ddsp training run", 1
#: Number of steps of a run in minutes before there is an estimate, and the step at which it is first estimated.
FIRST_GUESS, FIRST_ESTIMATE = 2000, 30


class Run:
    """Training run in a folder, from which it continues after any interruption.

    Every `every` steps, the loss of the passages that are held out is computed, the checkpoint is saved, and beside it
    the best one by this loss. A process that is killed loses what came after the last checkpoint, and nothing else: a
    run that is resumed from it has the curve of one that was never stopped.

    Parameters
    ----------
    folder
        Folder of the run.
    fit
        The training, from the state of the last checkpoint.
    held_out
        Passages that are not learned.
    statistics
        Statistics of the recordings, saved with the instrument.
    every
        Number of steps between checkpoints.
    minutes
        Duration of the run in minutes: its number of steps is estimated from the speed, again at each checkpoint. None
        for `fit.settings.steps` steps.
    resumed
        Content of the `state.json` of the checkpoint; None to begin.
    clock
        Function that returns a time in seconds.

    See Also
    --------
    load_checkpoint : The state and the `state.json` of the last checkpoint.
    """

    def __init__(
        self,
        folder: Path,
        fit: Fit,
        held_out: Sequence[Passage],
        statistics: Mapping[str, Any],
        every: int = 200,
        minutes: float | None = None,
        resumed: Mapping[str, Any] | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        resumed = {} if resumed is None else resumed
        self.folder, self.fit, self.held_out, self.statistics = folder, fit, held_out, dict(statistics)
        self.every, self.minutes, self.clock = every, minutes, clock
        self.best: float | None = resumed.get("best")
        self.curve: list[tuple[int, float, float | None]] = []  # step, loss, loss of what is held out
        self._rows: list[str] = []
        self._before, self._started = float(resumed.get("seconds", 0.0)), clock()
        self._mark: tuple[int, float] | None = None
        if minutes is not None:
            self._plan(int(resumed.get("planned", FIRST_GUESS)))
        self._is_done = self._is_over()
        remove_unfinished(folder)
        self._truncate()

    @property
    def seconds(self) -> float:
        """Duration of the run so far, with that of the runs it continues."""
        return self._before + self.clock() - self._started

    @property
    def steps(self) -> int:
        """Number of steps of the whole run, an estimate if it is given in minutes."""
        return self.fit.settings.steps

    @property
    def is_done(self) -> bool:
        """True after the last step."""
        return self._is_done

    def step(self) -> dict[str, float]:
        """Take a step; every `every` steps and after the last one, evaluate and save.

        Returns
        -------
        row : dict
            `step` and `loss`, and after an evaluation `held_out_loss` and `steps_per_second`.

        Raises
        ------
        OSError
            The folder cannot be written to. The last checkpoint is whole.
        FloatingPointError
            The loss is not a finite number. The last checkpoint is from before.
        """
        row = {"step": self.fit.count + 1, "loss": self.fit.step()}
        count = self.fit.count
        if not math.isfinite(row["loss"]):
            raise FloatingPointError(f"the loss of step {count} is {row['loss']}, expected a finite number")
        if self._mark is None:  # the first step compiles
            self._mark = (count, self.clock())
        elif count == FIRST_ESTIMATE:
            self._estimate()
        self._is_done = self._is_over()
        due = count % self.every == 0 or self.is_done
        if due:
            row["held_out_loss"] = self.fit.evaluate(self.held_out)
            row["steps_per_second"] = round(self._estimate(), 3)
        self._append(row)
        if due:
            self._save_all(row["held_out_loss"])
        return row

    def save(self) -> Path:
        """Save a checkpoint of the present state.

        Returns
        -------
        path : Path
            Its folder.
        """
        self._write_rows()
        return save_checkpoint(self.folder, self.fit.state(), self.fit.instrument, self.statistics, self._more())

    def _save_all(self, loss: float) -> None:
        # The best one first: after a kill between the two, it is saved again.
        if self.best is None or loss < self.best:
            self.best = loss
            save_best(self.folder, self.fit.state(), self.fit.instrument, self.statistics, self._more())
        self.save()

    def _more(self) -> dict[str, Any]:
        return {"best": self.best, "seconds": round(self.seconds, 3), "planned": self.steps}

    def _estimate(self) -> float:
        """Steps per second since the last estimate; plans the number of steps of a run that is given in minutes."""
        now = self.clock()
        count, then = self._mark or (0, self._started)
        rate = (self.fit.count - count) / max(now - then, 1e-9)
        if self.minutes is not None and rate > 0.0:
            left = max(60.0 * self.minutes - self.seconds, 0.0)
            self._plan(self.fit.count + math.floor(left * rate))
        self._mark = (self.fit.count, now)
        return rate

    def _plan(self, steps: int) -> None:
        self.fit.settings = replace(self.fit.settings, steps=max(steps, self.fit.count))

    def _is_over(self) -> bool:
        late = self.minutes is not None and self.seconds >= 60.0 * self.minutes
        return late or self.fit.count >= self.steps

    def _append(self, row: dict[str, float]) -> None:
        self._add(row)
        self._rows.append(json.dumps(row, allow_nan=False) + "\n")

    def _add(self, row: Mapping[str, float]) -> None:
        self.curve.append((int(row["step"]), row["loss"], row.get("held_out_loss")))

    def _write_rows(self) -> None:
        """Append the rows since the last checkpoint to the file."""
        with open(self.folder / METRICS, "a") as file:
            file.writelines(self._rows)
            file.flush()
            os.fsync(file.fileno())
        self._rows = []

    def _truncate(self) -> None:
        """Read the curve up to the step of the checkpoint, and cut off what was written after it."""
        path = self.folder / METRICS
        whole = 0
        if path.exists():
            with open(path, "rb") as file:
                for line in file:
                    try:
                        row = json.loads(line)
                        if not line.endswith(b"\n") or row["step"] > self.fit.count:
                            break
                        self._add(row)
                    except (ValueError, KeyError, TypeError):
                        break
                    whole += len(line)
            os.truncate(path, whole)


def write_run_settings(folder: Path, settings: Mapping[str, Any]) -> None:
    """Write the settings of a run into its folder, as `run.json`.

    Parameters
    ----------
    folder
        Folder of the run.
    settings
        What JSON can hold.

    See Also
    --------
    read_run_settings : The inverse.
    """
    content = {"format": FORMAT, "version": VERSION, **settings}
    write_whole(folder / SETTINGS, to_json(content))


def read_run_settings(folder: Path) -> dict[str, Any]:
    """Read the settings of a run.

    Parameters
    ----------
    folder
        Folder of the run.

    Returns
    -------
    settings : dict
        Content of `run.json`.

    Raises
    ------
    FileNotFoundError
        The folder has no run.
    ValueError
        The run is of another version. The message names the file.

    See Also
    --------
    write_run_settings : The inverse.
    """
    path = folder / SETTINGS
    settings = read_json(path)
    if (settings.pop("format", None), version := settings.pop("version", None)) != (FORMAT, VERSION):
        raise ValueError(f"{path}: got version {version!r}, expected a {FORMAT} of version {VERSION}; begin a new run")
    return settings
