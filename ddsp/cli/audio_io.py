"""Audio in from any file that libsndfile reads; results out, all of them or none."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np
import soundfile
import soxr

from .errors import UserError

__all__ = ["bundled_phrase", "read_mono", "resample", "staged", "write_wav"]

#: Sample rates for which frames of 4 ms and their filters make sense.
LOWEST_RATE, HIGHEST_RATE = 2000, 384000
#: Samples that are read at a time, so that a long recording in many channels is never in memory whole.
BLOCK = 2**20


@contextmanager
def bundled_phrase() -> Iterator[Path]:
    """The flute phrase shipped with the package, as a file."""
    with as_file(files("ddsp") / "data" / "flute_phrase.wav") as path:
        yield path


def read_mono(path: Path) -> tuple[np.ndarray, int, int]:
    """Samples as float32, the mean of the channels; the sample rate; the number of channels.

    Raises
    ------
    UserError : no such file, a folder, not audio, no samples, NaN or infinite samples, or an odd sample rate.
    """
    if path.is_dir():
        raise UserError(f"INPUT: {str(path)!r} is a folder, expected an audio file")
    if not path.exists():
        raise UserError(f"INPUT: no such file: {str(path)!r}")
    try:
        with soundfile.SoundFile(path) as file:
            rate, channels = file.samplerate, file.channels
            blocks = [block.mean(axis=1) for block in file.blocks(BLOCK, dtype="float32", always_2d=True)]
    except (soundfile.SoundFileError, OSError, RuntimeError, TypeError) as error:
        raise UserError(f"INPUT: cannot read {str(path)!r} as audio: {error}") from error
    audio = np.concatenate(blocks) if blocks else np.zeros(0, np.float32)
    if not len(audio):
        raise UserError(f"INPUT: {str(path)!r} has no samples, expected at least one")
    bad = np.flatnonzero(~np.isfinite(audio))
    if len(bad):
        raise UserError(
            f"INPUT: {str(path)!r} has {len(bad)} NaN or infinite samples, the first is sample {bad[0]}, "
            "expected finite samples"
        )
    if not LOWEST_RATE <= rate <= HIGHEST_RATE:
        raise UserError(f"INPUT: sample rate {rate} Hz, expected {LOWEST_RATE} to {HIGHEST_RATE} Hz")
    return audio, rate, channels


def resample(audio: np.ndarray, rate: int, new_rate: int) -> np.ndarray:
    """Another sample rate, by soxr's high quality."""
    return audio if rate == new_rate else soxr.resample(audio, rate, new_rate).astype(np.float32)


def write_wav(path: Path, audio: np.ndarray, rate: int) -> None:
    """A WAV file of 32-bit floats: what is louder than full scale stays as it is, nothing clips."""
    soundfile.write(path, audio, rate, subtype="FLOAT", format="WAV")


@contextmanager
def staged(folder: Path, names: list[str]) -> Iterator[Path]:
    """A temporary folder inside `folder`; the files of these names move from it to `folder` if all goes well.

    A move within a file system replaces a file at once, so nobody ever sees half of one, and a run that fails leaves
    what was there before.

    Raises
    ------
    UserError : the folder cannot be made or written to.
    """
    new = [parent for parent in (folder, *folder.parents) if not parent.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        stage = Path(tempfile.mkdtemp(prefix=".resynth-", dir=folder))
    except OSError as error:
        raise UserError(f"--out: cannot write to folder {str(folder)!r}: {error.strerror or error}") from error
    try:
        yield stage
        for name in names:
            os.replace(stage / name, folder / name)
    except OSError as error:
        raise UserError(f"--out: cannot write to folder {str(folder)!r}: {error.strerror or error}") from error
    finally:
        shutil.rmtree(stage, ignore_errors=True)
        for parent in new:  # folders made for a run that failed; those with something in them stay
            try:
                parent.rmdir()
            except OSError:
                break
