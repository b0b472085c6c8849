"""Checkpoints of a training run: folders that appear whole or not at all, the last ones and the best one."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np

from ..instruments import Instrument, instrument_files
from ..instruments.storage import read_arrays, read_json, write_folder
from .fit import FitState

__all__ = ["load_checkpoint", "save_best", "save_checkpoint"]

#: Number of checkpoints that are kept.
KEPT = 3
#: Name of the folder of a checkpoint.
NAME = re.compile(r"(?:step|best)-(\d{8})")


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
    files = instrument_files(instrument, state.values, statistics)
    files |= {"optimizer.safetensors": optimizer, "state.json": {"step": state.step, **more}}
    path = run / f"step-{state.step:08d}"
    write_folder(path, files)
    for old in checkpoints(run, "step")[:-KEPT]:
        shutil.rmtree(old, ignore_errors=True)
    return path


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
    files = instrument_files(instrument, state.values, statistics) | {"state.json": {"step": state.step, **more}}
    path = run / f"best-{state.step:08d}"
    write_folder(path, files)
    for old in checkpoints(run, "best")[:-1]:
        shutil.rmtree(old, ignore_errors=True)
    return path


def load_checkpoint(run: Path) -> tuple[FitState, dict[str, Any]] | None:
    """Load the last checkpoint of a run.

    Parameters
    ----------
    run
        Folder of the training run.

    Returns
    -------
    checkpoint : tuple
        The state, and the content of `state.json`; None if the run has no checkpoint.

    Raises
    ------
    ValueError
        A file is damaged. The message names it.

    See Also
    --------
    save_checkpoint : The inverse.
    """
    found = checkpoints(run, "step")
    if not found:
        return None
    folder = found[-1]
    values, optimizer = (read_arrays(folder / f"{name}.safetensors") for name in ("model", "optimizer"))
    more = read_json(folder / "state.json")
    moments: dict[str, dict[str, np.ndarray]] = {"mean": {}, "square": {}}
    for path, x in optimizer.items():
        kind, _, name = path.partition(".")
        moments[kind][name] = x
    return FitState(values, moments["mean"], moments["square"], int(more["step"])), more


def checkpoints(run: Path, kind: str) -> list[Path]:
    """Folders of one kind, 'step' or 'best', in the order of their steps."""
    return sorted(path for path in run.glob(f"{kind}-*") if path.is_dir() and NAME.fullmatch(path.name))
