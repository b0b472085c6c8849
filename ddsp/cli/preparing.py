"""Preparation of one recording: reading, resampling, features, and a file in the data set."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from .. import analysis
from ..training.dataset import RECORDINGS, key_of, open_prepared, save_prepared, settings_of
from ..training.recordings import clipped_places, inspect_recording, prepare_recording
from . import findings
from .decoding import FORMATS
from .errors import UserError, reason_of, unwritable
from .inputs import read_recording, resample_on_host
from .job import ABSURD, SILENT
from .progress import OnProgress

__all__ = ["Prepared", "Source", "find_sources", "prepare_source"]

#: Extensions of the files in a folder that are recordings. A file that is named itself may have any.
EXTENSIONS = frozenset(
    f".{name}"
    for name in "aif aifc aiff au caf flac mp3 oga ogg opus rf64 snd w64 wav wave".split()  # noqa: SIM905
)


@dataclass(frozen=True)
class Source:
    """A recording to prepare, and its name in the data set."""

    path: str
    name: str


@dataclass(frozen=True)
class Prepared:
    """What came of a recording.

    Parameters
    ----------
    source
        The recording.
    facts
        Facts about the prepared recording; None if it is left out.
    file
        Name of its file in the data set.
    error
        Why the recording is left out.
    is_new
        False if the file was there.
    note
        Line of text about a damaged file that was replaced.
    """

    source: Source
    facts: dict[str, Any] | None = None
    file: str = ""
    error: str = ""
    is_new: bool = False
    note: str = ""


def find_sources(given: list[str]) -> tuple[list[Source], list[str]]:
    """List the recordings in folders, sorted by name.

    Parameters
    ----------
    given
        Folders, which are searched with all folders in them, and files.

    Returns
    -------
    sources : list
        The recordings.
    others : list
        Names of other files in the folders.

    Raises
    ------
    UserError
        A folder does not exist or cannot be read, or there is no recording at all.
    """
    found = _Found()
    for folder in dict.fromkeys(given):
        if not folder or "\0" in folder:
            raise UserError(f"FOLDER: got {folder!r}, expected the name of a folder")
        root = Path(folder)
        try:
            if root.is_dir():
                _search(root, f"{root.resolve().name}/" if len(given) > 1 else "", found)
            elif root.exists():
                found.sources[str(root.resolve())] = Source(folder, root.name)
            else:
                raise UserError(f"FOLDER: no such folder: {folder!r}")
        except (OSError, ValueError) as error:
            raise UserError(f"FOLDER: cannot read {folder!r}: {reason_of(error)}") from error
    if not found.sources:
        others = f", only other files such as {found.others[0]!r}" if found.others else ""
        raise UserError(f"FOLDER: no recordings in {', '.join(map(repr, given))}{others}; {FORMATS}")
    return sorted(found.sources.values(), key=lambda source: (source.name, source.path)), found.others


@dataclass
class _Found:
    """Recordings by their real path, so that each is taken once, and the names of other files."""

    sources: dict[str, Source] = field(default_factory=dict)
    others: list[str] = field(default_factory=list)


def _search(root: Path, prefix: str, found: _Found) -> None:
    for path in _files(root):
        name = path.relative_to(root).as_posix()
        if path.suffix.lower() in EXTENSIONS:
            found.sources.setdefault(str(path.resolve()), Source(str(path), f"{prefix}{name}"))
        else:
            found.others.append(name)


def _files(folder: Path) -> Iterator[Path]:
    """Files of a folder and the folders in it, in order, without hidden ones and without data sets."""
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        if path.is_dir() and not path.is_symlink():
            yield from _files(path)
        elif path.is_file():
            yield path


def prepare_source(
    source: Source, data: str, sample_rate: int, hop_size: int, on_progress: OnProgress = lambda stage, share: None
) -> Prepared:
    """Prepare a recording, unless a whole file of it is in the data set already.

    Parameters
    ----------
    source
        The recording.
    data
        Folder of the data set, with the folder of recordings.
    sample_rate
        Sample rate of the data set in Hz.
    hop_size
        Samples per frame.
    on_progress
        Called with the stage and the share of the work.

    Returns
    -------
    prepared : Prepared
        What came of it; a recording that cannot be read is left out.

    Raises
    ------
    UserError
        The data set cannot be written, or a package is missing.
    """
    note = ""
    try:
        key = key_of(Path(source.path), settings_of(sample_rate, hop_size))
    except OSError as error:
        return Prepared(source, error=f"cannot be read: {reason_of(error)}")
    file = f"{RECORDINGS}/{key}.safetensors"
    path = Path(data, file)
    try:
        _, facts = open_prepared(path)
        if facts["key"] == key:
            return Prepared(source, facts, file)
        note = f"{path}: the file of another recording, computed again"
    except FileNotFoundError:
        pass
    except (OSError, ValueError, KeyError) as error:
        note = f"{reason_of(error)}; computed again"
    try:
        arrays, facts = _compute(source, sample_rate, hop_size, on_progress)
    except UserError as error:
        return Prepared(source, error=" ".join(str(error).removeprefix("INPUT: ").split()), note=note)
    except ImportError as error:
        raise UserError(str(error)) from error
    except MemoryError:
        return Prepared(source, error="out of memory", note=note)
    try:
        save_prepared(path, arrays, {**facts, "key": key})
    except OSError as error:
        raise unwritable(data, error) from error
    return Prepared(source, facts, file, is_new=True, note=note)


def need(*packages: str) -> None:
    """Raise UserError, which says what to install, unless packages of the extra `train` can be imported."""
    for name in packages:
        try:
            import_module(name)
        except ImportError as error:
            install = 'pip install "ddsp-array[cli,train]"'
            raise UserError(f"preparing recordings needs {name}, which is not installed: {install}") from error


def _compute(
    source: Source, sample_rate: int, hop_size: int, on_progress: OnProgress
) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Arrays of a prepared recording, and facts with its warnings."""
    on_progress("reading", 0.0)
    recording = read_recording(source.path)
    warnings, rate = list(recording.warnings), recording.sample_rate
    peak = float(np.max(np.abs(recording.audio)))
    if peak > ABSURD:
        raise UserError(f"has a peak of {peak:.3g}, expected samples between about -1 and 1")
    places = clipped_places(recording.audio)
    if places:
        warnings.append(f"clipped at {places} places: record it again at a lower level")
    seconds = len(recording.audio) / rate
    raw = resample_on_host(recording.audio, rate, sample_rate) if peak > SILENT else np.zeros(1, np.float32)
    raw = raw if len(raw) else np.zeros(1, np.float32)
    audio = analysis.remove_offset(raw, sample_rate)
    warnings += findings.about_samples(audio, raw - audio)
    arrays = prepare_recording(
        audio, sample_rate, hop_size, progress=lambda share: on_progress("pitch and loudness", share)
    )
    if len(arrays["lengths"]):
        warnings += inspect_recording(
            arrays["audio"], arrays["f0_hz"], arrays["confidence"], arrays["loudness_db"], sample_rate
        )
    elif np.any(audio):
        warnings.append("no sound above -70 dB: record it again at a higher level")
    facts = {
        **settings_of(sample_rate, hop_size),
        "passages": len(arrays["lengths"]),
        "seconds": len(arrays["audio"]) / sample_rate,
        "source_seconds": seconds,
        "channels": recording.n_channels,
        "source_rate": rate,
        "warnings": warnings,
    }
    return arrays, facts
