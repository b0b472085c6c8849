"""Decoding of audio files block by block: everything that libsndfile reads, pipes, and files with errors."""

from __future__ import annotations

import io
import os
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import soundfile

from .errors import UserError, quiet_stderr, reason_of
from .signals import shielded

__all__ = ["Part", "decode", "mono_blocks", "open_file"]

#: Range of sample rates in Hz that frames of 2 ms and their filters are designed for.
LOWEST_RATE, HIGHEST_RATE = 2000, 384000
#: Number of samples read at a time, so that a long recording with many channels is never in memory as a whole. After
#: a decoding error, the file is read again in small blocks, to get all samples before the error.
BLOCK, SMALL_BLOCK = 2**18, 2**9
#: Largest number of bytes read from a pipe.
LARGEST_PIPE = 2**31
#: libsndfile's error code for an unknown format, and the message.
UNRECOGNISED = 1
FORMATS = (
    "expected WAV, FLAC, Ogg, MP3, AIFF or another format that libsndfile reads; convert other formats with ffmpeg"
)


def open_file(source: str | Path, shown: str) -> tuple[BinaryIO, int]:
    """Open a file. A pipe is read into memory, so that it can be seeked.

    Parameters
    ----------
    source
        Path of a file; `-` is stdin.
    shown
        Its name for messages.

    Returns
    -------
    file : BinaryIO
        The file.
    size : int
        Its size in bytes.

    Raises
    ------
    UserError
        The file does not exist, is a folder, or cannot be read.
    """
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
class Part:
    """Decoded part of a file.

    Parameters
    ----------
    audio
        Mean of the channels, or channel `only`, [time]; empty if only the measurements were wanted.
    channels
        All channels, [channels, time]; None unless wanted.
    energies
        Sum of squares of each channel.
    mono_energy, peak
        Sum of squares, and the largest magnitude, of what `audio` holds.
    n_bad, first_bad
        Number of NaN and infinite samples, and the index of the first one.
    rate, format
        Sample rate in Hz, and libsndfile's name of the format.
    first, total
        The part begins at sample `first` and ends before sample `total`.
    promised
        Number of samples that the header counts.
    ended
        True if the file ends there.
    error
        What ended the decoding; empty at the end of the data.
    only
        The channel of `audio`; None for the mean.
    size
        Number of samples that were read at a time.
    warnings
        Lines of text.
    """

    audio: np.ndarray
    channels: np.ndarray | None
    energies: np.ndarray
    mono_energy: float
    peak: float
    n_bad: int
    first_bad: int
    rate: int
    format: str
    first: int
    total: int
    promised: int
    ended: bool
    error: str
    only: int | None
    size: int
    warnings: list[str] = field(default_factory=list)


@dataclass
class _Seen:
    """State of decoding: number of samples read, whether the file has ended, and the error that ended it."""

    total: int = 0
    ended: bool = False
    error: str = ""


class _Levels:
    """Measurements of mono audio that arrives in blocks."""

    def __init__(self) -> None:
        self.energy, self.peak, self.n_bad, self.first_bad, self.n_samples = 0.0, 0.0, 0, 0, 0

    def add(self, audio: np.ndarray) -> None:
        with np.errstate(all="ignore"):  # infinite samples are an error later
            self.energy += float(np.vdot(audio, audio))
            self.peak = max(self.peak, float(np.max(np.abs(audio), initial=0.0)))
        bad = np.flatnonzero(~np.isfinite(audio))
        if len(bad) and not self.n_bad:
            self.first_bad = self.n_samples + int(bad[0])
        self.n_bad += len(bad)
        self.n_samples += len(audio)


def decode(
    raw: Any,
    shown: str,
    start: float = 0.0,
    duration: float | None = None,
    channels: bool = False,
    only: int | None = None,
    samples: bool = True,
    size: int | None = None,
) -> Part:
    """Decode a part of a file.

    Parameters
    ----------
    raw
        The open file.
    shown
        Its name for messages.
    start, duration
        Start and length of the part in seconds; None for all to the end.
    channels
        If True, keep all channels.
    only
        Channel to keep in place of the mean.
    samples
        If False, keep no audio, only measurements.
    size
        Number of samples to read at a time; None for `BLOCK`.

    Returns
    -------
    part : Part
        The samples, up to the first error.

    Raises
    ------
    UserError
        The file is not audio.
    """
    size = BLOCK if size is None else size
    try:
        raw.seek(0)
        with quiet_stderr(), _sound_file(raw) as file:  # libmpg123 prints messages
            rate, seen, levels = file.samplerate, _Seen(), _Levels()
            if not LOWEST_RATE <= rate <= HIGHEST_RATE:
                raise UserError(f"INPUT: sample rate {rate} Hz, expected {LOWEST_RATE} to {HIGHEST_RATE} Hz")
            first = round(start * rate)
            last = None if duration is None else first + max(round(duration * rate), 1)
            kept_mono, kept, energies = [], [], np.zeros(file.channels)
            for block in _blocks(file, first, last, size, seen):
                audio = _mono(block, only)
                levels.add(audio)
                with np.errstate(all="ignore"):  # infinite samples are detected later
                    energies += np.einsum("tc,tc->c", block, block, dtype=np.float64)
                if samples:
                    kept_mono.append(audio)
                if channels:
                    kept.append(np.ascontiguousarray(block.T))
            kind, promised = file.format, file.frames
    except (soundfile.SoundFileError, OSError, RuntimeError, TypeError) as error:
        hint = f"; {FORMATS}" if getattr(error, "code", 0) == UNRECOGNISED else ""
        raise UserError(f"INPUT: cannot read {shown} as audio: {_said(error).rstrip('.')}{hint}") from error
    if seen.error and size > SMALL_BLOCK:  # again, to get all samples before the error
        return decode(raw, shown, start, duration, channels, only, samples, SMALL_BLOCK)
    if seen.error and not levels.n_samples:
        raise UserError(f"INPUT: cannot read {shown} as audio: {seen.error}")
    mono = np.concatenate(kept_mono) if kept_mono else np.zeros(0, np.float32)
    every = np.concatenate(kept, axis=1) if kept else None
    measured = (levels.energy, levels.peak, levels.n_bad, levels.first_bad)
    read = (rate, kind, first, first + levels.n_samples if levels.n_samples else seen.total, promised)
    return Part(mono, every, energies, *measured, *read, seen.ended, seen.error, only, size)


def mono_blocks(raw: Any, part: Part) -> Iterator[np.ndarray]:
    """Decode the samples of a part again, block by block.

    Parameters
    ----------
    raw
        The open file.
    part
        What `decode` returned for it.

    Yields
    ------
    audio : array
        The mean of the channels, or the part's own channel, [time], float32.
    """
    raw.seek(0)
    with quiet_stderr():
        file = _sound_file(raw)
    with file:
        blocks = _blocks(file, part.first, part.total, part.size, _Seen())
        while True:
            with quiet_stderr():  # not around the yield: what is printed between two blocks is seen
                block = next(blocks, None)
            if block is None:
                return
            yield _mono(block, part.only)


def _mono(block: np.ndarray, only: int | None) -> np.ndarray:
    return block.mean(axis=1) if only is None else block[:, only].copy()


def _sound_file(raw: Any) -> soundfile.SoundFile:
    with shielded():  # libsndfile reads by Python callbacks, which must not raise
        return soundfile.SoundFile(raw)


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
