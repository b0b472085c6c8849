"""Audio in, from whatever libsndfile decodes: files, pipes, and files that are cut off or were never finished."""

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

__all__ = ["Recording", "bundled_phrase", "read_recording", "resample"]

#: Sample rates for which frames of 2 ms and their filters make sense.
LOWEST_RATE, HIGHEST_RATE = 2000, 384000
#: Samples that are read at a time, so that a long recording in many channels is never in memory whole;
#: and where decoding fails, to get what comes before.
BLOCK, SMALL_BLOCK = 2**18, 2**9
#: Bytes that are taken from a pipe.
LARGEST_PIPE = 2**31
#: Power of the mean of the channels over that of as many channels that have nothing in common: below, they cancel.
CANCELLED = 0.05
#: Seconds by which a length may differ from what the header says without a word.
TOLERANCE = 0.02
#: libsndfile's number for a format that it does not know, and what to say then.
UNRECOGNISED = 1
FORMATS = "expected WAV, FLAC, Ogg, MP3, AIFF or another format that libsndfile reads; ffmpeg converts the rest"


@dataclass(frozen=True)
class Recording:
    """Samples, and what there is to say about them.

    audio : [time], float32: the mean of the channels, or the loudest of channels that cancel.
    channels : [channels, time], float32, if they were asked for.
    n_channels, sample_rate : of the file; start : of the samples in the file, in seconds.
    warnings : one line each.
    """

    audio: np.ndarray
    sample_rate: int
    n_channels: int
    channels: np.ndarray | None = None
    start: float = 0.0
    warnings: list[str] = field(default_factory=list)


@contextmanager
def bundled_phrase() -> Iterator[Path]:
    """The flute phrase shipped with the package, as a file."""
    with as_file(files("ddsp") / "data" / "flute_phrase.wav") as path:
        yield path


def read_recording(
    source: str | Path, start: float = 0.0, duration: float | None = None, keep_channels: bool = False
) -> Recording:
    """Read a file, or a part of it; `-` is stdin.

    Raises
    ------
    UserError : no such file, a folder, not audio, no samples in this part, NaN or infinite samples, or an odd sample
        rate.
    """
    shown = repr(str(source))
    file, size = _open(source, shown)
    with file:
        if not size:
            raise UserError(f"INPUT: cannot read {shown} as audio: it is empty")
        claim = claim_of(file, size)
        unfinished = claim is not None and claim.unfinished
        raw: Any = Patched(file, claim.repair) if claim and claim.needs_repair else file
        part = _decode(raw, shown, start, duration, keep_channels)
        if _cancelled(part):
            loudest = int(np.argmax(part.energies))
            where = " for the pitch" if keep_channels else ""
            warning = f"the channels cancel in their mean (opposite phase): channel {loudest + 1} is taken{where}"
            if part.channels is not None:
                part = replace(part, audio=part.channels[loudest])
            else:
                part = replace(_decode(raw, shown, start, duration, False, loudest), warnings=part.warnings)
            part.warnings.append(warning)
        if unfinished:
            part.warnings.append("the header tells of no samples, as after a crash: all that follow it are taken")
        elif part.ended:
            part.warnings.extend(_length(part, file, size, claim))
        if part.error and not part.warnings:
            part.warnings.append(f"decoding fails after {part.total / part.rate:.2f} s: {part.error}")
    _check(part, shown, start)
    return Recording(part.audio, part.rate, len(part.energies), part.channels, part.first / part.rate, part.warnings)


def _open(source: str | Path, shown: str) -> tuple[BinaryIO, int]:
    """An open file that can be seeked, and its size; what comes from a pipe is read into memory."""
    try:
        if str(source) == "-" and sys.stdin is None:
            raise UserError("INPUT: there is no stdin")
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
        raise UserError(f"INPUT: {shown} gives more than {LARGEST_PIPE} bytes, expected an end, or a file on a disk")
    return io.BytesIO(data), len(data)


@dataclass(frozen=True)
class _Part:
    """What was decoded: samples `first` to `total` of a file that promises so many; `ended`: nothing follows them."""

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
    """How far a file was decoded, whether it ends there, and the error that ended it."""

    total: int = 0
    ended: bool = False
    error: str = ""


def _decode(
    raw: Any, shown: str, start: float, duration: float | None, keep: bool, only: int | None = None, size: int = BLOCK
) -> _Part:
    """Decode a part: the mean of the channels, or `only` one of them; and each channel, if they are to be kept."""
    try:
        raw.seek(0)
        with quiet_stderr(), _sound_file(raw) as file:  # libmpg123 talks
            rate, seen = file.samplerate, _Seen()
            if not LOWEST_RATE <= rate <= HIGHEST_RATE:
                raise UserError(f"INPUT: sample rate {rate} Hz, expected {LOWEST_RATE} to {HIGHEST_RATE} Hz")
            first = round(start * rate)
            last = None if duration is None else first + max(round(duration * rate), 1)
            means, kept, energies = [], [], np.zeros(file.channels)
            for block in _blocks(file, first, last, size, seen):
                means.append(block.mean(axis=1) if only is None else block[:, only].copy())
                with np.errstate(all="ignore"):  # infinite samples are found later
                    energies += np.einsum("tc,tc->c", block, block, dtype=np.float64)
                if keep:
                    kept.append(np.ascontiguousarray(block.T))
            kind, promised = file.format, file.frames
    except (soundfile.SoundFileError, OSError, RuntimeError, TypeError) as error:
        hint = f"; {FORMATS}" if getattr(error, "code", 0) == UNRECOGNISED else ""
        raise UserError(f"INPUT: cannot read {shown} as audio: {_said(error).rstrip('.')}{hint}") from error
    if seen.error and size > SMALL_BLOCK:  # once more, to get what comes before the error
        return _decode(raw, shown, start, duration, keep, only, SMALL_BLOCK)
    if seen.error and not means:
        raise UserError(f"INPUT: cannot read {shown} as audio: {seen.error}")
    audio = np.concatenate(means) if means else np.zeros(0, np.float32)
    channels = np.concatenate(kept, axis=1) if kept else None
    return _Part(audio, channels, energies, rate, kind, first, seen.total, promised, seen.ended, seen.error)


@contextmanager
def _sound_file(raw: Any) -> Iterator[soundfile.SoundFile]:
    with shielded():  # libsndfile calls Python code to read, which must not raise
        file = soundfile.SoundFile(raw)
    with file:
        yield file


def _blocks(file: soundfile.SoundFile, first: int, last: int | None, size: int, seen: _Seen) -> Iterator[np.ndarray]:
    """Blocks [time, channels] of the samples from `first` on; to `last`, or all that decode, whatever was promised."""
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
    """Whether the channels are nearly each other's opposites, so that their mean is next to nothing."""
    n = len(part.energies)
    with np.errstate(all="ignore"):
        total = float(np.sum(part.energies)) / n**2
        return n > 1 and 0.0 < total < np.inf and float(np.vdot(part.audio, part.audio)) < CANCELLED * total


def _length(part: _Part, file: BinaryIO, size: int, claim: Claim | None) -> list[str]:
    """What there is to say about a file that was read to its end, and what its header says of it."""
    seconds = part.total / part.rate
    promised = None
    if claim and claim.promised and claim.there > 0:
        promised = seconds * claim.promised / claim.there
        more = seconds * unaccounted(file, claim) / claim.promised
        if more > TOLERANCE and part.format != "W64":  # whose sizes libsndfile does not heed
            return [f"the header tells of {seconds:.2f} s, bytes for {more:.2f} s more follow: not read"]
    elif part.promised < 2**62 and (part.format != "MP3" or _counts_frames(file)):
        promised = part.promised / part.rate
    if promised is not None and promised > seconds + TOLERANCE:
        what = "cut off or damaged" if part.error else "cut off"
        return [f"the file is {what}: {seconds:.2f} s are there of the {promised:.2f} s that its header tells of"]
    if ogg_is_cut(file, size):
        return [f"the file is cut off after {seconds:.2f} s: it lacks the mark that ends its stream"]
    return []


def _counts_frames(file: BinaryIO) -> bool:
    """Whether an MP3 file has a header that counts its frames (Xing, VBRI); without, its length is an estimate."""
    file.seek(0)
    head = file.read(10)
    if head[:3] == b"ID3" and len(head) == 10:
        file.seek(sum(byte << 7 * (3 - i) for i, byte in enumerate(head[6:10])) + 10)
    else:
        file.seek(0)
    head = file.read(4096)
    return any(mark in head for mark in (b"Xing", b"Info", b"VBRI"))


def _check(part: _Part, shown: str, start: float) -> None:
    """Samples there must be, and finite ones."""
    if not len(part.audio):
        if start and part.total:
            raise UserError(f"--start: got {start:g}, expected less than the {part.total / part.rate:.2f} s of {shown}")
        raise UserError(f"INPUT: {shown} has no samples, expected at least one")
    samples = part.audio if part.channels is None else part.channels.sum(axis=0)
    bad = np.flatnonzero(~np.isfinite(samples))
    if len(bad):
        raise UserError(
            f"INPUT: {shown} has {len(bad)} NaN or infinite samples, the first is sample {part.first + bad[0]}, "
            "expected finite samples"
        )


def resample(audio: np.ndarray, rate: int, new_rate: int) -> np.ndarray:
    """Another sample rate, by soxr's high quality."""
    return audio if rate == new_rate else soxr.resample(audio, rate, new_rate).astype(np.float32)
