"""Checkpoints of a training run: folders that appear whole or not at all, the last ones and the best one."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..instruments import Instrument, instrument_files
from ..instruments.storage import read_json, write_folder
from ..streaming.array_files import read_arrays
from .fit import FitState

__all__ = ["Checkpoint", "load_checkpoint", "save_best", "save_checkpoint"]

#: Number of checkpoints that are kept.
KEPT = 3
#: Name of the folder of a checkpoint.
NAME = re.compile(r"(?:step|best)-\d{8,}")


class Checkpoint(NamedTuple):
    """Checkpoint of a training run, on the host.

    Attributes
    ----------
    state
        State from which `Fit` continues.
    more
        Content of `state.json`.
    errors
        What is wrong with later checkpoints, which were passed over.

    See Also
    --------
    load_checkpoint : Reads it.
    """

    state: FitState
    more: dict[str, Any]
    errors: tuple[str, ...] = ()


def save_checkpoint(run: Path, state: FitState, instrument: Instrument, statistics: dict[str, Any], more: dict) -> Path:
    """Save a checkpoint from which training continues, and delete all but the last three.

    Parameters
    ----------
    run
        Folder of the training run.
    state
        State of the run.
    instrument
        The instrument.
    statistics
        Statistics of the recordings.
    more
        Further entries of `state.json`.

    Returns
    -------
    path : Path
        Folder of the checkpoint, `step-00000100` after 100 steps. It is a folder of an instrument as well.

    See Also
    --------
    load_checkpoint : The inverse.
    """
    optimizer = {f"{kind}.{name}": x for kind in ("mean", "square") for name, x in getattr(state, kind).items()}
    return _write(run, "step", state, instrument, statistics, more, {"optimizer.safetensors": optimizer})


def save_best(run: Path, state: FitState, instrument: Instrument, statistics: dict[str, Any], more: dict) -> Path:
    """Save the best state so far as a folder of an instrument, and delete the previous one.

    Parameters
    ----------
    run
        Folder of the training run.
    state
        State of the run.
    instrument
        The instrument.
    statistics
        Statistics of the recordings.
    more
        Further entries of `state.json`.

    Returns
    -------
    path : Path
        The folder, `best-00000100` after 100 steps.

    See Also
    --------
    ddsp.instruments.load_instrument : Loads it.
    """
    return _write(run, "best", state, instrument, statistics, more, {})


def _write(
    run: Path,
    kind: str,
    state: FitState,
    instrument: Instrument,
    statistics: dict[str, Any],
    more: dict[str, Any],
    files: dict[str, Any],
) -> Path:
    """Write the folder of an instrument with `state.json` and further files, and delete old ones."""
    path = run / f"{kind}-{state.step:08d}"
    own = {"state.json": {"step": state.step, **more}}
    write_folder(path, instrument_files(instrument, state.values, statistics) | files | own)
    remove_old(run)
    return path


def load_checkpoint(run: Path) -> Checkpoint | None:
    """Load the last checkpoint of a run that is whole.

    Parameters
    ----------
    run
        Folder of the training run.

    Returns
    -------
    checkpoint : Checkpoint
        The state, the content of `state.json`, and what is wrong with later checkpoints; None if the run has none.

    Raises
    ------
    ValueError
        No checkpoint is whole. The message names the file of the last one.

    See Also
    --------
    save_checkpoint : The inverse.
    """
    errors: list[str] = []
    for folder in reversed(checkpoints(run, "step")):
        try:
            return Checkpoint(*_read(folder), tuple(errors))
        except (ValueError, FileNotFoundError) as error:
            errors.append(str(error) if isinstance(error, ValueError) else f"{error.filename}: missing")
    if errors:
        raise ValueError(errors[0])
    return None


def _read(folder: Path) -> tuple[FitState, dict[str, Any]]:
    more = read_json(folder / "state.json")
    values, optimizer = (read_arrays(folder / f"{name}.safetensors") for name in ("model", "optimizer"))
    moments: dict[str, dict[str, np.ndarray]] = {kind: {} for kind in ("mean", "square")}
    try:
        for path, x in optimizer.items():
            kind, _, name = path.partition(".")
            moments[kind][name] = x
        return FitState(values, moments["mean"], moments["square"], int(more["step"])), more
    except (KeyError, TypeError) as error:
        raise ValueError(f"{folder}: not a checkpoint of this version ({error})") from error


def checkpoints(run: Path, kind: str) -> list[Path]:
    """Folders of one kind, 'step' or 'best', in the order of their steps."""
    found = [path for path in run.glob(f"{kind}-*") if path.is_dir() and NAME.fullmatch(path.name)]
    return sorted(found, key=lambda path: int(path.name.partition("-")[2]))


def remove_old(run: Path) -> None:
    """Delete all but the last checkpoints and the last best one."""
    for old in checkpoints(run, "step")[:-KEPT] + checkpoints(run, "best")[:-1]:
        shutil.rmtree(old, ignore_errors=True)


def remove_unfinished(run: Path) -> None:
    """Delete what a process has left that was killed while it saved: old checkpoints, and folders with a dot."""
    remove_old(run)
    for kind in ("step", "best"):
        for path in run.glob(f".{kind}-*"):
            shutil.rmtree(path, ignore_errors=True)
