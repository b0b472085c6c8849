"""`ddsp prepare`: from folders of recordings to a data set of passages with their features."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import typer

from .. import __version__
from ..instruments.storage import to_json
from ..training.dataset import (
    DATASET,
    FORMAT,
    RECORDINGS,
    open_prepared,
    part_prefix,
    read_dataset_json,
    settings_of,
    statistics_of,
    write_whole,
)
from .console import say, warn
from .errors import UserError, reason_of, unwritable
from .outputs import is_running
from .preparing import Prepared, Source, find_sources, need, prepare_source
from .progress import OnProgress, bar
from .signals import Stopped

__all__ = ["prepare"]

#: Sample rates in Hz that instruments can have.
LOWEST_RATE, HIGHEST_RATE = 8000, 96000
#: Seconds of sound that a data set needs, and below which there is a warning.
LEAST_SECONDS, FEW_SECONDS = 1.0, 10.0
MAX_WORKERS = 256


def prepare(
    folders: Annotated[
        list[str],
        typer.Argument(
            metavar="FOLDER...",
            help="Folders with recordings of one instrument, or single files, in any format that libsndfile reads.",
            show_default=False,
        ),
    ],
    out: Annotated[
        str, typer.Option("--out", "-o", metavar="DATA", help="Folder of the data set.", show_default=False)
    ],
    sample_rate: Annotated[int, typer.Option(help="Sample rate of the data set and its instruments in Hz.")] = 16000,
    workers: Annotated[int, typer.Option(help="Number of recordings that are prepared in parallel.")] = 1,
    scheduler: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="Address of a Dask scheduler, whose workers prepare the recordings. They must see the folders under "
            "the same names.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Prepare recordings for training: cut the silence, track pitch and loudness.

    Writes dataset.json and a file for each recording. A second run computes only what is new.
    """
    if not LOWEST_RATE <= sample_rate <= HIGHEST_RATE:
        raise UserError(f"--sample-rate: got {sample_rate}, expected {LOWEST_RATE} to {HIGHEST_RATE} Hz")
    if not 1 <= workers <= MAX_WORKERS:
        raise UserError(f"--workers: got {workers}, expected 1 to {MAX_WORKERS}")
    if scheduler is not None and workers > 1:
        raise UserError(f"--workers: got {workers} together with --scheduler, whose workers are used")
    for name, value in (("--out", out), ("--scheduler", scheduler)):
        if value is not None and (not value or "\0" in value):
            raise UserError(f"{name}: got {value!r}, expected {'a folder' if name == '--out' else 'an address'}")
    prepare_dataset(folders, Path(out), sample_rate, workers, scheduler)


def prepare_dataset(
    folders: list[str], data: Path, sample_rate: int = 16000, workers: int = 1, scheduler: str | None = None
) -> None:
    """Prepare the recordings of folders, print warnings and a summary, and write `dataset.json`.

    Parameters
    ----------
    folders
        Folders with recordings, and files.
    data
        Folder of the data set, which is created if necessary.
    sample_rate
        Sample rate in Hz.
    workers
        Number of processes.
    scheduler
        Address of a Dask scheduler, or None.

    Raises
    ------
    UserError
        An error that the user can correct. An existing `dataset.json` is then unchanged.
    """
    need("safetensors")
    sources, others = find_sources(folders)
    _open_folder(data)
    settings = settings_of(sample_rate, round(sample_rate / 250))
    results: list[Prepared] = []
    try:
        with bar(counted(len(sources), "recording")) as on_progress:
            for result in _results(sources, data, settings, workers, scheduler, on_progress):
                _tell(result, data)
                results.append(result)
    except Stopped as error:
        error.outcome = f"{len(results)} of {len(sources)} recordings are prepared, and the same command continues"
        raise
    if others:
        more = f" and {len(others) - 1} more" if len(others) > 1 else ""
        warn(f"ignored, since the name is not that of a recording: {others[0]}{more}")
    content = _content(sorted(results, key=lambda result: sources.index(result.source)), data, settings)
    try:
        write_whole(data / DATASET, to_json(content))
    except OSError as error:
        raise unwritable(data, error) from error
    _summary(content, data, sum(result.is_new for result in results))


def _open_folder(data: Path) -> None:
    """Create the folder of a data set, and remove what killed processes have left in it."""
    try:
        read_dataset_json(data)
    except FileNotFoundError:
        pass
    except ValueError as error:
        raise UserError(f"--out: {reason_of(error)}") from error
    except OSError as error:
        raise unwritable(data, error) from error
    try:
        (data / RECORDINGS).mkdir(parents=True, exist_ok=True)
        for part in [*data.glob(f"{part_prefix()}*"), *(data / RECORDINGS).glob(f"{part_prefix()}*")]:
            number = part.name.removeprefix(part_prefix()).partition("-")[0]
            if number.isdecimal() and not is_running(int(number)):
                part.unlink(missing_ok=True)
        if not os.access(data / RECORDINGS, os.W_OK | os.X_OK) or not os.access(data, os.W_OK | os.X_OK):
            raise PermissionError(13, "Permission denied")
    except (OSError, ValueError) as error:
        with suppress(OSError):
            data.rmdir()
        raise unwritable(data, error) from error


def _results(
    sources: list[Source],
    data: Path,
    settings: dict[str, Any],
    workers: int,
    scheduler: str | None,
    on_progress: OnProgress,
) -> Iterator[Prepared]:
    """Prepare all recordings in this process or by workers, with progress."""
    rates, n = (settings["sample_rate"], settings["hop_size"]), len(sources)
    if scheduler is None and min(workers, n) == 1:
        for i, source in enumerate(sources):

            def within(stage: str, share: float, i: int = i, source: Source = source) -> None:
                on_progress(f"{source.name}: {stage}", (i + share) / n)

            yield prepare_source(source, str(data), *rates, within)
        return
    from .cluster import prepare_on_cluster

    absolute = [Source(str(Path(source.path).resolve()), source.name) for source in sources]
    given = {(a.path, a.name): source for a, source in zip(absolute, sources, strict=True)}
    results = prepare_on_cluster(absolute, str(data.resolve()), *rates, min(workers, n), scheduler)
    for i, result in enumerate(results, 1):
        on_progress(f"{i} of {n} finished", i / n)
        source = given[result.source.path, result.source.name]
        yield Prepared(source, result.facts, result.file, result.error, result.is_new, result.note)


def _tell(result: Prepared, data: Path) -> None:
    """Print what the user should know about a recording."""
    if result.note:
        warn(result.note)
    if result.facts is None:
        warn(f"warning: {result.source.path}: left out: {result.error}")
        return
    for warning in result.facts["warnings"]:
        warn(f"warning: {result.source.path}: {warning}")


def _content(results: list[Prepared], data: Path, settings: dict[str, Any]) -> dict[str, Any]:
    """Content of `dataset.json`. A recording that is there twice counts once, and one without sound not at all."""
    recordings: list[dict[str, Any]] = []
    skipped: list[dict[str, str]] = []
    first: dict[str, str] = {}
    for result in results:
        name, reason = result.source.name, result.error
        if result.facts is not None and result.file in first:
            reason = f"the same recording as {first[result.file]!r}"
            warn(f"warning: {result.source.path}: {reason}, counts once")
        elif result.facts is not None and not result.facts["passages"]:
            reason = "no sound"
        if result.facts is None or reason:
            skipped.append({"name": name, "reason": reason})
            continue
        first[result.file] = name
        facts = {key: value for key, value in result.facts.items() if key not in (*settings, "key")}
        recordings.append({"name": name, "file": result.file, **facts})
    seconds = sum(recording["seconds"] for recording in recordings)
    warnings = _about(results, recordings, skipped, seconds)
    for warning in warnings:
        warn(f"warning: {warning}")
    return {
        "format": FORMAT,
        **settings,
        "ddsp": __version__,
        "seconds": round(seconds, 3),
        "passages": sum(recording["passages"] for recording in recordings),
        "statistics": statistics_of(open_prepared(data / recording["file"])[0] for recording in recordings),
        "warnings": warnings,
        "recordings": recordings,
        "skipped": skipped,
    }


def _about(results: list[Prepared], recordings: list, skipped: list, seconds: float) -> list[str]:
    """Collect warnings about all recordings together. Raises UserError if there is too little sound to learn from."""
    if all(result.facts is None for result in results):
        more = f" (and {len(skipped) - 1} more)" if len(skipped) > 1 else ""
        raise UserError(f"FOLDER: no recording can be read: {skipped[0]['name']}: {skipped[0]['reason']}{more}")
    if seconds < LEAST_SECONDS:
        what = f"only {seconds:.2f} s of sound" if recordings else "no sound"
        read = counted(sum(result.facts is not None for result in results), "recording")
        raise UserError(f"FOLDER: {what} in {read}, expected at least {LEAST_SECONDS:g} s, better some minutes")
    warnings = []
    if seconds < FEW_SECONDS:
        warnings.append(
            f"only {seconds:.1f} s of sound: record at least {FEW_SECONDS:g} s, better some minutes, with all notes, "
            "soft and loud"
        )
    several = [recording["name"] for recording in recordings if recording["channels"] > 1]
    if several:
        more = f" and {counted(len(several) - 1, 'more recording')}" if len(several) > 1 else ""
        warnings.append(f"{several[0]}{more}: the channels are mixed to one")
    return warnings


def counted(number: int, what: str) -> str:
    """Number and noun, in the plural unless the number is 1."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def _summary(content: dict[str, Any], data: Path, n_new: int) -> None:
    statistics = content["statistics"]
    count = len(content["recordings"])
    rows = [("recordings", f"{count}, new: {min(n_new, count)}")]
    rows.append(("sound", f"{content['seconds']:.1f} s in {counted(content['passages'], 'passage')}"))
    for name, unit, title in (("pitch_midi", "MIDI", "pitch"), ("loudness_db", "dB", "loudness")):
        known = statistics[name]
        if known is not None:
            rows.append((title, f"{known['5']:.1f} to {known['95']:.1f} {unit} (5 to 95 % of the voiced frames)"))
    rows.append(("voiced", f"{100.0 * statistics['voiced']:.0f} %"))
    for name, value in rows:
        say(f"{name:<11} {value}")
    say(data / DATASET)
