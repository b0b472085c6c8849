"""Audio input: everything that libsndfile decodes, pipes, and files that are truncated or were never finished."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import soxr

from .decoding import Part, decode, mono_blocks, open_file
from .errors import UserError
from .headers import Claim, Patched, claim_of, ogg_is_cut, unaccounted

__all__ = [
    "Recording",
    "Stream",
    "bundled_phrase",
    "open_recording",
    "read_recording",
    "resample_blocks",
    "resample_on_host",
]

#: Power of the mean of the channels relative to the mean of uncorrelated channels; below this, the channels cancel.
CANCELLED = 0.05
#: Difference in seconds between the length and the header that causes no warning.
TOLERANCE = 0.02


@dataclass(frozen=True)
class Recording:
    """Samples of a recording, with warnings.

    Parameters
    ----------
    audio
        Mean of the channels, or the loudest channel if they cancel, [time], float32.
    sample_rate
        Sample rate of the file in Hz.
    n_channels
        Number of channels of the file.
    channels
        All channels, [channels, time], float32; None unless requested.
    start
        Time of the first sample in the file, in seconds.
    warnings
        Lines of text.
    """

    audio: np.ndarray
    sample_rate: int
    n_channels: int
    channels: np.ndarray | None = None
    start: float = 0.0
    warnings: list[str] = field(default_factory=list)


@contextmanager
def bundled_phrase() -> Iterator[Path]:
    """Provide the bundled flute phrase as a file."""
    with as_file(files("ddsp") / "data" / "flute_phrase.wav") as path:
        yield path


def read_recording(
    source: str | Path, start: float = 0.0, duration: float | None = None, keep_channels: bool = False
) -> Recording:
    """Read a recording or a part of it.

    Parameters
    ----------
    source
        Path of a file; `-` is stdin.
    start
        Start of the part in seconds, >= 0.
    duration
        Length of the part in seconds, > 0; None for all to the end.
    keep_channels
        If True, return all channels beside their mean.

    Returns
    -------
    recording : Recording
        Samples and warnings.

    Raises
    ------
    UserError
        The file does not exist, is a folder, is not audio, has no samples in this part, has NaN or infinite samples, or
        its sample rate is out of range.
    """
    with _examined(source, start, duration, keep_channels) as (_, part):
        began = part.first / part.rate
        return Recording(part.audio, part.rate, len(part.energies), part.channels, began, part.warnings)


@dataclass(frozen=True)
class Stream:
    """A recording that is read in blocks, each time from its beginning.

    Parameters
    ----------
    raw
        The open file.
    part
        Measurements of its samples.
    """

    raw: Any
    part: Part

    @property
    def n_samples(self) -> int:
        """Number of samples."""
        return self.part.total

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        return self.part.total / self.part.rate

    def blocks(self, sample_rate: int) -> Iterator[np.ndarray]:
        """Read the recording.

        Parameters
        ----------
        sample_rate
            Sample rate of the blocks in Hz.

        Yields
        ------
        audio : array
            Mean of the channels, or the loudest channel if they cancel, [time], float32.
        """
        return resample_blocks(mono_blocks(self.raw, self.part), self.part.rate, sample_rate)


@contextmanager
def open_recording(source: str | Path) -> Iterator[Stream]:
    """Open a recording of any length. It is decoded once for its levels, and is not in memory.

    Parameters
    ----------
    source
        Path of a file; `-` is stdin, which is read into memory in its compressed form.

    Returns
    -------
    stream : Iterator
        Context manager of the stream.

    Raises
    ------
    UserError
        As `read_recording`.
    """
    with _examined(source, samples=False) as (raw, part):
        yield Stream(raw, part)


@contextmanager
def _examined(
    source: str | Path,
    start: float = 0.0,
    duration: float | None = None,
    channels: bool = False,
    samples: bool = True,
) -> Iterator[tuple[Any, Part]]:
    """Open and decode a file, and collect warnings about it."""
    shown = repr(str(source))
    file, size = open_file(source, shown)
    with file:
        if not size:
            raise UserError(f"INPUT: cannot read {shown} as audio: the file is empty")
        claim = claim_of(file, size)
        raw: Any = Patched(file, claim.repair) if claim and claim.needs_repair else file
        part = decode(raw, shown, start, duration, channels, samples=samples)
        if _cancelled(part):
            loudest = int(np.argmax(part.energies))
            where = " to track the pitch" if channels else ""
            warning = f"the channels cancel in their mean (opposite polarity): channel {loudest + 1} is used{where}"
            if part.channels is not None:
                part = replace(part, audio=part.channels[loudest])
            else:
                part = decode(raw, shown, start, duration, only=loudest, samples=samples)
            part.warnings.append(warning)
        if claim is not None and claim.unfinished:
            part.warnings.append(
                "the header says that there are no samples, as after a crash: all data after it are read"
            )
        elif part.ended:
            part.warnings.extend(_length(part, file, size, claim))
        if part.error and not part.warnings:
            part.warnings.append(f"decoding fails after {part.total / part.rate:.2f} s: {part.error}")
        _check(part, shown, start)
        yield raw, part


def _cancelled(part: Part) -> bool:
    """Test whether the channels have nearly opposite phases, so that their mean almost vanishes."""
    n = len(part.energies)
    with np.errstate(all="ignore"):
        total = float(np.sum(part.energies)) / n**2
        return n > 1 and 0.0 < total < np.inf and part.mono_energy < CANCELLED * total


def _length(part: Part, file: BinaryIO, size: int, claim: Claim | None) -> list[str]:
    """Warn if the length of a file, which was read to its end, disagrees with its header."""
    seconds = part.total / part.rate
    promised = None
    if claim and claim.promised and claim.there > 0:
        promised = seconds * claim.promised / claim.there
        more = seconds * unaccounted(file, claim) / claim.promised
        if more > TOLERANCE and part.format != "W64":  # libsndfile ignores the sizes of Wave64
            return [f"the header says {seconds:.2f} s; the data after that ({more:.2f} s) are not read"]
    elif part.promised < 2**62 and (part.format != "MP3" or _counts_frames(file)):
        promised = part.promised / part.rate
    if promised is not None and promised > seconds + TOLERANCE:
        what = "truncated or damaged" if part.error else "truncated"
        return [f"the file is {what}: it has {seconds:.2f} s of the {promised:.2f} s in its header"]
    if ogg_is_cut(file, size):
        return [f"the file is truncated after {seconds:.2f} s: its end-of-stream marker is missing"]
    return []


def _counts_frames(file: BinaryIO) -> bool:
    """Test whether an MP3 file has a header that counts its frames (Xing, VBRI); without it, lengths are estimates."""
    file.seek(0)
    head = file.read(10)
    if head[:3] == b"ID3" and len(head) == 10:
        file.seek(sum(byte << 7 * (3 - i) for i, byte in enumerate(head[6:10])) + 10)
    else:
        file.seek(0)
    head = file.read(4096)
    return any(mark in head for mark in (b"Xing", b"Info", b"VBRI"))


def _check(part: Part, shown: str, start: float) -> None:
    """Raise UserError unless there are samples and all are finite."""
    if part.total <= part.first:
        if start and part.total:
            raise UserError(
                f"--start: got {start:g}, expected less than {part.total / part.rate:.2f} s, the length of {shown}"
            )
        raise UserError(f"INPUT: {shown} has no samples, expected at least one")
    if part.n_bad:
        raise UserError(
            f"INPUT: {shown} has {part.n_bad} NaN or infinite samples, the first at index "
            f"{part.first + part.first_bad}, expected finite samples"
        )


def resample_on_host(audio: np.ndarray, rate: int, new_rate: int) -> np.ndarray:
    """Convert the sample rate with soxr's high quality.

    Parameters
    ----------
    audio
        Audio, [time].
    rate
        Sample rate in Hz.
    new_rate
        New sample rate in Hz.

    Returns
    -------
    resampled : array
        Audio, [time], float32.
    """
    return audio if rate == new_rate else soxr.resample(audio, rate, new_rate).astype(np.float32)


def resample_blocks(blocks: Iterable[np.ndarray], rate: int, new_rate: int) -> Iterator[np.ndarray]:
    """Convert the sample rate of audio that arrives in blocks, as `resample_on_host` does for the whole.

    Parameters
    ----------
    blocks
        Consecutive pieces of audio, [time], float32.
    rate
        Sample rate in Hz.
    new_rate
        New sample rate in Hz.

    Yields
    ------
    audio : array
        Consecutive pieces, [time], float32.
    """
    if rate == new_rate:
        yield from blocks
        return
    converter = soxr.ResampleStream(rate, new_rate, 1, dtype="float32")
    for block in blocks:
        yield converter.resample_chunk(block)
    yield converter.resample_chunk(np.zeros(0, np.float32), last=True)
