"""Audio input: everything that libsndfile decodes, pipes, and files that are truncated or were never finished."""

from __future__ import annotations

import io
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import soundfile
import soxr

from .errors import UserError, quiet_stderr, reason_of
from .headers import Claim, Patched, claim_of, ogg_is_cut, unaccounted
from .signals import shielded

__all__ = ["Recording", "bundled_phrase", "read_recording", "resample_on_host"]

#: Range of sample rates in Hz that frames of 2 ms and their filters are designed for.
LOWEST_RATE, HIGHEST_RATE = 2000, 384000
#: Number of samples read at a time, so that a long recording with many channels is never in memory as a whole. After
#: a decoding error, the file is read again in small blocks, to get all samples before the error.
BLOCK, SMALL_BLOCK = 2**18, 2**9
#: Largest number of bytes read from a pipe.
LARGEST_PIPE = 2**31
#: Power of the mean of the channels relative to the mean of uncorrelated channels; below this, the channels cancel.
CANCELLED = 0.05
#: Difference in seconds between the length and the header that causes no warning.
TOLERANCE = 0.02
#: libsndfile's error code for an unknown format, and the message.
UNRECOGNISED = 1
FORMATS = (
    "expected WAV, FLAC, Ogg, MP3, AIFF or another format that libsndfile reads; convert other formats with ffmpeg"
)


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
    shown = repr(str(source))
    file, size = _open(source, shown)
    with file:
        if not size:
            raise UserError(f"INPUT: cannot read {shown} as audio: the file is empty")
        claim = claim_of(file, size)
        unfinished = claim is not None and claim.unfinished
        raw: Any = Patched(file, claim.repair) if claim and claim.needs_repair else file
        part = _decode(raw, shown, start, duration, keep_channels)
        if _cancelled(part):
            loudest = int(np.argmax(part.energies))
            where = " to track the pitch" if keep_channels else ""
            warning = f"the channels cancel in their mean (opposite polarity): channel {loudest + 1} is used{where}"
            if part.channels is not None:
                part = replace(part, audio=part.channels[loudest])
            else:
                part = replace(_decode(raw, shown, start, duration, False, loudest), warnings=part.warnings)
            part.warnings.append(warning)
        if unfinished:
            part.warnings.append(
                "the header says that there are no samples, as after a crash: all data after it are read"
            )
        elif part.ended:
            part.warnings.extend(_length(part, file, size, claim))
        if part.error and not part.warnings:
            part.warnings.append(f"decoding fails after {part.total / part.rate:.2f} s: {part.error}")
    _check(part, shown, start)
    return Recording(part.audio, part.rate, len(part.energies), part.channels, part.first / part.rate, part.warnings)


def _open(source: str | Path, shown: str) -> tuple[BinaryIO, int]:
    """Open a file; return it with its size. A pipe is read into memory, so that it can be seeked."""
    try:
        if str(source) == "-" and sys.stdin is None:
            raise UserError("INPUT: stdin is closed, expected audio")
        if str(source) == "-":
            return _whole(sys.stdin.buffer, shown)
        path = Path(source)
        if path.is_dir():
            raise UserError(f"INPUT: {shown} is a folder, expected an audio file")
        if not path.exists():
            raise UserError(f"INPUT: no such file: {shown}")
        file = path.open("rb")
        status = os.fstat(file.fileno())
        if stat.S_ISREG(status.st_mode):
            return file, status.st_size
        with file:
            return _whole(file, shown)
    except (OSError, ValueError) as error:  # ValueError: a null byte in the name
        raise UserError(f"INPUT: cannot read {shown}: {reason_of(error)}") from error


def _whole(file: BinaryIO, shown: str) -> tuple[BinaryIO, int]:
    data = file.read(LARGEST_PIPE + 1)
    if len(data) > LARGEST_PIPE:
        raise UserError(f"INPUT: {shown} has more than {LARGEST_PIPE} bytes, the limit for a pipe; expected a file")
    return io.BytesIO(data), len(data)


@dataclass(frozen=True)
class _Part:
    """Decoded samples `first` to `total` of a file whose header counts `promised`; `ended` if the file ends there."""

    audio: np.ndarray
    channels: np.ndarray | None
    energies: np.ndarray
    rate: int
    format: str
    first: int
    total: int
    promised: int
    ended: bool
    error: str
    warnings: list[str] = field(default_factory=list)


@dataclass
class _Seen:
    """State of decoding: number of samples read, whether the file has ended, and the error that ended it."""

    total: int = 0
    ended: bool = False
    error: str = ""


def _decode(
    raw: Any, shown: str, start: float, duration: float | None, keep: bool, only: int | None = None, size: int = BLOCK
) -> _Part:
    """Decode a part of a file: the mean of the channels or channel `only`, and all channels if `keep`."""
    try:
        raw.seek(0)
        with quiet_stderr(), _sound_file(raw) as file:  # libmpg123 prints messages
            rate, seen = file.samplerate, _Seen()
            if not LOWEST_RATE <= rate <= HIGHEST_RATE:
                raise UserError(f"INPUT: sample rate {rate} Hz, expected {LOWEST_RATE} to {HIGHEST_RATE} Hz")
            first = round(start * rate)
            last = None if duration is None else first + max(round(duration * rate), 1)
            means, kept, energies = [], [], np.zeros(file.channels)
            for block in _blocks(file, first, last, size, seen):
                means.append(block.mean(axis=1) if only is None else block[:, only].copy())
                with np.errstate(all="ignore"):  # infinite samples are detected later
                    energies += np.einsum("tc,tc->c", block, block, dtype=np.float64)
                if keep:
                    kept.append(np.ascontiguousarray(block.T))
            kind, promised = file.format, file.frames
    except (soundfile.SoundFileError, OSError, RuntimeError, TypeError) as error:
        hint = f"; {FORMATS}" if getattr(error, "code", 0) == UNRECOGNISED else ""
        raise UserError(f"INPUT: cannot read {shown} as audio: {_said(error).rstrip('.')}{hint}") from error
    if seen.error and size > SMALL_BLOCK:  # again, to get all samples before the error
        return _decode(raw, shown, start, duration, keep, only, SMALL_BLOCK)
    if seen.error and not means:
        raise UserError(f"INPUT: cannot read {shown} as audio: {seen.error}")
    audio = np.concatenate(means) if means else np.zeros(0, np.float32)
    channels = np.concatenate(kept, axis=1) if kept else None
    return _Part(audio, channels, energies, rate, kind, first, seen.total, promised, seen.ended, seen.error)


@contextmanager
def _sound_file(raw: Any) -> Iterator[soundfile.SoundFile]:
    with shielded():  # libsndfile reads by Python callbacks, which must not raise
        file = soundfile.SoundFile(raw)
    with file:
        yield file


def _blocks(file: soundfile.SoundFile, first: int, last: int | None, size: int, seen: _Seen) -> Iterator[np.ndarray]:
    """Yield blocks, [time, channels], from sample `first` to `last`, or to the end of the data if `last` is None."""
    if first and file.seekable() and file.subtype.startswith(("PCM_", "FLOAT", "DOUBLE")):
        seen.total = file.seek(min(first, file.frames))
    while last is None or seen.total < last:
        wanted = min(
            size, first - seen.total if seen.total < first else size, size if last is None else last - seen.total
        )
        try:
            with shielded():
                block = file.read(wanted, dtype="float32", always_2d=True)
        except soundfile.SoundFileError as error:
            seen.ended, seen.error = True, _said(error)
            return
        if not len(block):
            seen.ended = True
            return
        seen.total += len(block)
        if seen.total > first:
            yield block


def _said(error: BaseException) -> str:
    return reason_of(error) if isinstance(error, OSError) else (getattr(error, "error_string", "") or reason_of(error))


def _cancelled(part: _Part) -> bool:
    """Test whether the channels have nearly opposite phases, so that their mean almost vanishes."""
    n = len(part.energies)
    with np.errstate(all="ignore"):
        total = float(np.sum(part.energies)) / n**2
        return n > 1 and 0.0 < total < np.inf and float(np.vdot(part.audio, part.audio)) < CANCELLED * total


def _length(part: _Part, file: BinaryIO, size: int, claim: Claim | None) -> list[str]:
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


def _check(part: _Part, shown: str, start: float) -> None:
    """Raise UserError unless there are samples and all are finite."""
    if not len(part.audio):
        if start and part.total:
            raise UserError(
                f"--start: got {start:g}, expected less than {part.total / part.rate:.2f} s, the length of {shown}"
            )
        raise UserError(f"INPUT: {shown} has no samples, expected at least one")
    samples = part.audio if part.channels is None else part.channels.sum(axis=0)
    bad = np.flatnonzero(~np.isfinite(samples))
    if len(bad):
        raise UserError(
            f"INPUT: {shown} has {len(bad)} NaN or infinite samples, the first at index {part.first + bad[0]}, "
            "expected finite samples"
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
