"""Data sets of prepared recordings: a folder with `dataset.json` and a safetensors file for each recording."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import secrets
import zlib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..core import hz_to_midi
from ..streaming.array_files import flush_folder, write_flushed
from .recordings import VOICED

__all__ = ["Dataset", "Passage", "load_dataset"]

#: Version of both files. A change of what is computed increases it, so that old files are computed again.
VERSION = 1
#: Names in a data set.
DATASET, RECORDINGS = "dataset.json", "recordings"
FORMAT = "ddsp dataset"
#: Arrays of a prepared recording, and their types in safetensors files and in NumPy.
ARRAYS = {"audio": "F32", "f0_hz": "F32", "confidence": "F32", "loudness_db": "F32", "starts": "I64", "lengths": "I64"}
DTYPES: dict[str, np.dtype[Any]] = {"F32": np.dtype("<f4"), "I64": np.dtype("<i8")}
#: What is known about a prepared recording; see `ddsp.cli.preparing`.
FACTS = {"version", "sample_rate", "hop_size", "key", "passages", "seconds", "channels", "warnings"}
#: Number of files that a process may open besides those of a data set.
OTHER_FILES = 512
#: Quantiles of the statistics in percent.
PERCENT = (1, 5, 10, 25, 50, 75, 90, 95, 99)
#: Widths of the bins from which quantiles are computed, in semitones and dB, and the lowest values.
BINS = {"pitch_midi": (0.02, 0.0, 140.0), "loudness_db": (0.05, -80.0, 40.0)}


class Passage(NamedTuple):
    """A stretch of a recording with its features, on the host.

    Attributes
    ----------
    name
        Name of the recording.
    audio
        Samples, [frames * hop_size].
    f0_hz
        Pitch in Hz, [frames].
    loudness_db
        Loudness in dB, [frames].
    confidence
        Confidence of the pitch, [frames]; empty if it is unknown.

    See Also
    --------
    load_dataset : Reads passages from a folder.
    """

    name: str
    audio: np.ndarray
    f0_hz: np.ndarray
    loudness_db: np.ndarray
    confidence: np.ndarray = np.zeros(0, np.float32)


@dataclass(frozen=True)
class Dataset:
    """Passages of recordings, with the settings and statistics of their data set.

    Parameters
    ----------
    path
        Folder of the data set.
    sample_rate
        Sample rate in Hz.
    hop_size
        Samples per frame.
    passages
        The passages, whose arrays are views of memory-mapped files.
    statistics
        `pitch_midi` and `loudness_db` of the voiced frames: quantiles by percent, '5' to '95' and others, or None
        without voiced frames; and `voiced`, the share of the voiced frames.

    See Also
    --------
    load_dataset : Reads one.
    """

    path: Path
    sample_rate: int
    hop_size: int
    passages: tuple[Passage, ...]
    statistics: dict[str, Any]

    @property
    def seconds(self) -> float:
        """Length of all passages in seconds."""
        return sum(len(passage.audio) for passage in self.passages) / self.sample_rate


def load_dataset(path: str | Path) -> Dataset:
    """Load a data set that `ddsp prepare` has written.

    Parameters
    ----------
    path
        Folder of the data set.

    Returns
    -------
    dataset : Dataset
        Passages and statistics. Audio and features are read from the files when they are used.

    Raises
    ------
    FileNotFoundError
        The folder has no `dataset.json`, or lacks one of the files in it.
    ValueError
        A file is damaged, or of another format or version. The message names it.

    See Also
    --------
    prepare_recording : The arrays of a recording.
    """
    folder = Path(path)
    content = read_dataset_json(folder)
    _allow_open_files(len(content["recordings"]))
    passages: list[Passage] = []
    for recording in content["recordings"]:
        arrays, facts = open_prepared(folder / recording["file"])
        if (facts["sample_rate"], facts["hop_size"]) != (content["sample_rate"], content["hop_size"]):
            raise ValueError(f"{folder / recording['file']}: got other settings than those of {DATASET}")
        passages += passages_of(recording["name"], arrays, content["hop_size"])
    return Dataset(folder, content["sample_rate"], content["hop_size"], tuple(passages), content["statistics"])


def _allow_open_files(more: int) -> None:
    """Raise this process's limit of open files, as far as the system allows, since a mapped file stays open."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = more + OTHER_FILES if hard == resource.RLIM_INFINITY else min(more + OTHER_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def passages_of(name: str, arrays: Mapping[str, np.ndarray], hop: int) -> list[Passage]:
    """Passages of a prepared recording, as views of its arrays."""
    stops = np.cumsum(arrays["lengths"]).tolist()
    frames = [slice(stop - length, stop) for stop, length in zip(stops, arrays["lengths"].tolist(), strict=True)]
    return [
        Passage(
            name,
            arrays["audio"][part.start * hop : part.stop * hop],
            *(arrays[key][part] for key in ("f0_hz", "loudness_db", "confidence")),
        )
        for part in frames
    ]


def read_dataset_json(folder: Path) -> dict[str, Any]:
    """Read `dataset.json`. Raises FileNotFoundError, or ValueError for another format or version."""
    path = folder / DATASET
    try:
        content = json.loads(path.read_bytes())
    except ValueError as error:
        raise ValueError(f"{path}: not a JSON file ({error})") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise ValueError(f"{path}: not a data set of ddsp")
    if content.get("version") != VERSION:
        raise ValueError(
            f"{path}: a data set of version {content.get('version')}, expected version {VERSION}; "
            "run `ddsp prepare` again into another folder"
        )
    return content


def settings_of(sample_rate: int, hop_size: int) -> dict[str, Any]:
    """Settings that decide the content of a prepared recording, for `dataset.json` and for the names of the files."""
    return {"version": VERSION, "sample_rate": sample_rate, "hop_size": hop_size, "pitch": "crepe-tiny"}


def key_of(source: Path, settings: Mapping[str, Any]) -> str:
    """Hash of the bytes of a file and of the settings, which names the prepared recording."""
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
    with source.open("rb") as file:
        while block := file.read(2**20):
            digest.update(block)
    return digest.hexdigest()[:40]


def save_prepared(path: Path, arrays: Mapping[str, np.ndarray], facts: Mapping[str, Any]) -> None:
    """Write the arrays of `prepare_recording` with facts about the recording into a safetensors file."""
    from safetensors.numpy import save

    host = {name: np.asarray(arrays[name]).astype(DTYPES[kind], order="C") for name, kind in ARRAYS.items()}
    write_whole(path, save(host, {"ddsp": json.dumps(facts, allow_nan=False)}))


def open_prepared(path: Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Arrays of a prepared recording, as views of the memory-mapped file, and the facts about it.

    Raises FileNotFoundError, or ValueError if the file is truncated, damaged or of another kind.
    """
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        length = int.from_bytes(file.read(8), "little")
        head = file.read(length) if length <= size - 8 else b""
    try:
        header = json.loads(head)
        facts = json.loads(header["__metadata__"]["ddsp"])
        spans = {name: header[name]["data_offsets"] for name in ARRAYS}
        end = max(stop for _, stop in spans.values())
        known = all(header[name]["dtype"] == kind for name, kind in ARRAYS.items()) and facts.keys() >= FACTS
        if not known or facts["version"] != VERSION or end != size - 8 - length:
            raise ValueError("its size or version does not agree with its header")
        data = np.memmap(path, np.uint8, "r", 8 + length) if end else np.zeros(0, np.uint8)
        arrays = {name: np.asarray(data[a:b]).view(DTYPES[ARRAYS[name]]) for name, (a, b) in spans.items()}
        n_frames, hop = int(arrays["lengths"].sum()), int(facts["hop_size"])
        sizes = {"audio": n_frames * hop, **dict.fromkeys(("f0_hz", "confidence", "loudness_db"), n_frames)}
        if any(len(arrays[name]) != n for name, n in sizes.items()) or np.any(arrays["lengths"] < 1):
            raise ValueError("its arrays do not fit together")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        reason = error if type(error) is ValueError else "no header of a prepared recording"
        raise ValueError(f"{path}: truncated, damaged, or not a prepared recording: {reason}") from error
    return arrays, facts


def write_whole(path: Path, data: bytes) -> None:
    """Write a file that exists whole or not at all: into a neighbor, which reaches the disk before it is renamed."""
    neighbor = path.with_name(f"{part_prefix()}{os.getpid()}-{secrets.token_hex(4)}.{path.name}")
    try:
        write_flushed(neighbor, data)
        neighbor.replace(path)
        flush_folder(path.parent)
    finally:
        neighbor.unlink(missing_ok=True)


def part_prefix() -> str:
    """Prefix of the names of this computer's unfinished files; a process id follows."""
    return f".part-{zlib.crc32(platform.node().encode()):08x}-"


def statistics_of(recordings: Iterable[Mapping[str, np.ndarray]]) -> dict[str, Any]:
    """Quantiles of pitch and loudness over the voiced frames of prepared recordings, and the share of voiced frames.

    Quantiles are interpolated in histograms, since the values of all recordings may not fit into memory.
    """
    counts = {name: np.zeros(round((high - low) / width)) for name, (width, low, high) in BINS.items()}
    n_frames = n_voiced = 0
    for arrays in recordings:
        voiced = arrays["confidence"] > VOICED
        n_frames, n_voiced = n_frames + len(voiced), n_voiced + int(voiced.sum())
        values = {"pitch_midi": hz_to_midi(arrays["f0_hz"][voiced]), "loudness_db": arrays["loudness_db"][voiced]}
        for name, (width, low, _) in BINS.items():
            bins = np.floor((values[name].astype(np.float64) - low) / width).astype(np.int64)
            counts[name] += np.bincount(bins.clip(0, len(counts[name]) - 1), minlength=len(counts[name]))
    found: dict[str, Any] = {"voiced": n_voiced / max(n_frames, 1)}
    for name, (width, low, _) in BINS.items():
        below = np.concatenate([[0.0], np.cumsum(counts[name])])
        edges = low + width * np.arange(len(below))
        rising = np.concatenate([[True], np.diff(below) > 0.0])
        rising[:-1] |= rising[1:]  # the lower edge of each bin that is not empty
        at = [float(np.interp(p / 100.0 * n_voiced, below[rising], edges[rising])) for p in PERCENT]
        found[name] = {str(p): round(x, 3) for p, x in zip(PERCENT, at, strict=True)} if n_voiced else None
    return found
