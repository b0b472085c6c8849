"""A training run of the command: its folder, its settings and its data."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import __version__
from ..effects import DecayingReverb
from ..instruments import Instrument
from ..instruments.storage import read_json
from ..nn import make_decoder
from ..training import (
    Checkpoint,
    Dataset,
    Fit,
    FitSettings,
    Passage,
    Run,
    load_checkpoint,
    load_dataset,
    read_run_settings,
    split_passages,
    write_run_settings,
)
from ..training.splitting import beginning, names_of
from .console import say, warn
from .errors import UserError, reason_of, unwritable
from .prepare import prepare_dataset
from .rendering import COMPILED, load_backend
from .training_loop import take_steps

__all__ = ["Options", "train_instrument"]

#: What a run learns with unless options say otherwise. A run is resumed only with the same.
DEFAULTS: dict[str, Any] = {
    "preset": "dilated",
    "batch_size": 8,
    "window": 1.0,
    "learning_rate": None,
    "seed": 0,
    "hold_out": None,
}
#: Learning rates of networks with a recurrent layer, which a higher one makes unstable.
RECURRENT_RATES = {"original": 1e-3, "original-tiny": 1e-3}
#: Minutes of a run, and steps between checkpoints.
MINUTES, EVERY = 10.0, 200
#: Length of the reverb, and the largest length of the unseen passages that are played at a checkpoint, in seconds.
REVERB_SECONDS, UNSEEN_SECONDS = 0.5, 60.0


@dataclass(frozen=True)
class Options:
    """Options of `ddsp train`; `given` has those that decide what is learned, without those left at their default."""

    sources: list[str]
    folder: Path
    given: dict[str, Any]
    steps: int | None = None
    minutes: float | None = None
    every: int | None = None
    resume: bool = False


def train_instrument(options: Options) -> Iterator[Path]:
    """Train an instrument, and write the files of the run.

    Parameters
    ----------
    options
        Options of the command.

    Returns
    -------
    paths : Iterator
        Files to name at the end.

    Raises
    ------
    UserError
        An error that the user can correct. The last checkpoint is then whole.
    """
    folder = options.folder
    settings = _resumed(options) if options.resume else _begun(options)
    with _only_one(folder):
        adapter = load_backend(settings["learning"]["backend"])
        dataset = _dataset(options, settings)
        settings = _complete(settings, dataset)
        checkpoint = _checkpoint(folder) if options.resume else None
        learned, unseen = _split(dataset, settings["learning"]["hold_out"])
        fit = _fit(settings, dataset, learned, adapter, checkpoint)
        try:
            write_run_settings(folder, settings)
            length = {"minutes": settings["minutes"], "every": settings["every"]}
            more = None if checkpoint is None else checkpoint.more
            run = Run(folder, fit, unseen, dataset.statistics, resumed=more, **length)
        except OSError as error:
            raise unwritable(folder, error) from error
        parts = "parts of " if settings["learning"]["hold_out"] is None else ""
        say(f"{dataset.seconds:.0f} s of sound, unseen: {parts}{names_of(unseen)}")
        if run.is_done:
            say(f"the run has all of its {fit.count} steps; --resume with --steps or --minutes makes it longer")
        take_steps(run)
    yield from (path for path in sorted(folder.glob("best-*")) if path.is_dir())


def _begun(options: Options) -> dict[str, Any]:
    """Settings of a new run, whose folder is created."""
    folder = options.folder
    try:
        if (folder / "run.json").exists() or any(folder.glob("step-*")):
            raise UserError(f"--out: {str(folder)!r} has a training run: --resume continues it; or name another folder")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ".writable").touch()
        (folder / ".writable").unlink()
    except (OSError, ValueError) as error:
        raise unwritable(folder, error) from error
    minutes = MINUTES if options.minutes is None and options.steps is None else options.minutes
    every = EVERY if options.every is None else options.every
    length = {"steps": options.steps, "minutes": minutes, "every": every}
    learning = {**DEFAULTS, **options.given}
    if learning["learning_rate"] is None:
        learning["learning_rate"] = RECURRENT_RATES.get(learning["preset"], FitSettings.learning_rate)
    return {"learning": learning, **length, "sources": options.sources}


def _resumed(options: Options) -> dict[str, Any]:
    """Settings of the run to continue, with its new length. What it learns with must be what it began with."""
    try:
        settings = read_run_settings(options.folder)
        learning = settings["learning"]
    except FileNotFoundError as error:
        where = repr(str(options.folder))
        raise UserError(f"--resume: no training run in {where}; without --resume, one begins") from error
    except (OSError, ValueError, KeyError) as error:
        raise UserError(f"--resume: {reason_of(error)}") from error
    for name, value in options.given.items():
        if learning.get(name) != value:
            raise UserError(
                f"--{name.replace('_', '-')}: got {value!r}, but the run began with {learning.get(name)!r}; leave the "
                "option out, or choose another folder for a new run"
            )
    if options.steps is not None or options.minutes is not None:
        settings |= {"steps": options.steps, "minutes": options.minutes}
    if options.every is not None:
        settings["every"] = options.every
    return settings


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    """Hold a lock on the folder of a run, where the system has such locks. It ends with the process."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    path = folder / ".lock"
    try:
        path.touch()
    except OSError as error:
        raise unwritable(folder, error) from error
    with path.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise UserError(f"--out: another process is training in {str(folder)!r}") from error
        yield


def _dataset(options: Options, settings: dict[str, Any]) -> Dataset:
    """Load the data set, which is prepared first if the sources are recordings."""
    sources, rate = options.sources, settings["learning"].get("sample_rate")
    if not sources and options.resume:
        sources = settings["sources"]
    is_data = len(sources) == 1 and (Path(sources[0]) / "dataset.json").exists()
    data = Path(sources[0]) if is_data else options.folder / "data"
    if not is_data and not (options.resume and (data / "dataset.json").exists()):
        try:
            prepare_dataset(sources, data, 16000 if rate is None else rate)
        except BaseException:
            (options.folder / ".lock").unlink(missing_ok=True)
            for path in (data / "recordings", data, options.folder):
                with suppress(OSError):  # a folder that is not empty stays
                    path.rmdir()
            raise
    settings["sources"] = [str(Path(source).resolve()) for source in sources]
    try:
        dataset = load_dataset(data)
    except (OSError, ValueError) as error:
        raise UserError(f"DATA: {error}") from error
    if rate is not None and rate != dataset.sample_rate:
        raise UserError(f"--sample-rate: got {rate}, expected that of the data set, {dataset.sample_rate}")
    return dataset


def _complete(settings: dict[str, Any], dataset: Dataset) -> dict[str, Any]:
    """Settings with those of the data, which must not have changed since the run began."""
    content = read_json(dataset.path / "dataset.json")
    known = [(recording["name"], recording["file"]) for recording in content["recordings"]]  # named by their content
    digest = hashlib.sha256(json.dumps(known).encode()).hexdigest()
    if settings.get("data", digest) != digest:
        raise UserError("--resume: the recordings are not those that the run began with; expected a new run")
    learning = {**settings["learning"], "sample_rate": dataset.sample_rate, "hop_size": dataset.hop_size}
    return {**settings, "learning": learning, "data": digest, "ddsp": __version__}


def _checkpoint(folder: Path) -> Checkpoint | None:
    try:
        checkpoint = load_checkpoint(folder)
    except (OSError, ValueError) as error:
        raise UserError(f"--resume: {error}") from error
    if checkpoint is not None:
        for line in checkpoint.errors:
            warn(f"warning: {line}; continuing from step {checkpoint.state.step}")
    return checkpoint


def _split(dataset: Dataset, hold_out: str | None) -> tuple[tuple[Passage, ...], tuple[Passage, ...]]:
    try:
        learned, unseen = split_passages(dataset.passages, hold_out)
    except ValueError as error:
        option = "FOLDER" if hold_out is None else "--hold-out"
        raise UserError(f"{option}: {str(error).partition(': ')[2]}") from error
    return learned, beginning(unseen, round(UNSEEN_SECONDS * dataset.sample_rate / dataset.hop_size))


def _fit(
    settings: dict[str, Any],
    dataset: Dataset,
    learned: tuple[Passage, ...],
    adapter: Any,
    checkpoint: Checkpoint | None,
) -> Fit:
    learning, rate = settings["learning"], dataset.sample_rate
    reverb = DecayingReverb(round(REVERB_SECONDS * rate))
    instrument = Instrument(make_decoder(learning["preset"]), reverb, rate, dataset.hop_size)
    chosen = FitSettings(learning["batch_size"], learning["window"], learning["learning_rate"], seed=learning["seed"])
    if settings["steps"] is not None:
        chosen = FitSettings(**{**vars(chosen), "steps": settings["steps"]})
    state = None if checkpoint is None else checkpoint.state
    try:
        return Fit(instrument, learned, adapter, chosen, state, compiled=adapter.name in COMPILED)
    except ValueError as error:  # values of another network
        raise UserError(f"--resume: the checkpoint does not fit the run: {error}") from error
