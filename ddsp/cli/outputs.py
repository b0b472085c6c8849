"""Results out, all of them or none."""

from __future__ import annotations

import os
import platform
import shutil
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import soundfile

from .errors import UserError, reason_of
from .signals import shielded

__all__ = ["FORMATS", "remove_stages", "staged", "write_audio"]

#: Formats of sound, and the most channels that each can have.
FORMATS = {"wav": 1024, "flac": 8}
#: How the names of temporary folders begin.
STAGE = ".resynth-"
#: Bytes of samples from which on a WAV file needs the 64-bit sizes of RF64.
LARGEST_WAV = 2**32 - 2**16


def write_audio(path: Path, audio: np.ndarray, sample_rate: int, expected: float = 1.0) -> str | None:
    """Write audio, [time] or [time, channels], in the format that the name of the file ends with.

    WAV has 32-bit floats: what is louder than full scale stays as it is. FLAC has 24-bit integers, and louder audio is
    turned down.

    Returns
    -------
    A warning if the audio was turned down, or if it is louder than full scale and than a peak that is `expected`.

    Raises
    ------
    OSError : the file cannot be written; soundfile.SoundFileError : likewise.
    """
    warning = None
    name = (
        str(path) if os.name == "nt" else os.fsencode(path)
    )  # soundfile's own encoding refuses names of other locales
    peak = float(np.max(np.abs(audio), initial=0.0))
    over = 20.0 * np.log10(max(peak, 1.0))
    if path.suffix.lower() == ".flac":
        if peak > 1.0:
            audio = audio * np.float32((1.0 - 2.0**-23) / peak)
            warning = f"the result is turned down by {over:.2f} dB: FLAC has nothing above full scale"
        soundfile.write(name, audio, sample_rate, subtype="PCM_24", format="FLAC")
    else:
        if peak > max(expected, 1.0):
            warning = (
                f"the result peaks {over:.2f} dB above full scale: players clip it, unless it is turned down first"
            )
        kind = "WAV" if audio.nbytes < LARGEST_WAV else "RF64"
        soundfile.write(name, audio, sample_rate, subtype="FLOAT", format=kind)
    if soundfile.info(name).frames != len(audio):  # libsndfile does not look when it closes a file
        raise OSError(f"only a part of {path.name} was written")
    return warning


@contextmanager
def staged(folder: Path, names: list[str], option: str = "--out") -> Iterator[Path]:
    """A temporary folder inside `folder`; the files of these names move from it to `folder` if all goes well.

    A move within a file system replaces a file at once, so nobody ever sees half of one, and a run that fails or is
    stopped by a signal leaves what was there before. A name without a file is passed over.

    Raises
    ------
    UserError : the folder cannot be made or written to.
    """
    new: list[Path] = []
    stage = None
    try:
        new = [parent for parent in (folder, *folder.parents) if not parent.exists()]
        with shielded():
            folder.mkdir(parents=True, exist_ok=True)
            remove_stages(folder)
            stage = Path(tempfile.mkdtemp(prefix=f"{_stages()}{os.getpid()}-", dir=folder))
        for name in names:
            if (folder / name).is_dir():
                raise IsADirectoryError(0, f"{name} is a folder there")
        yield stage
        with shielded():
            for name in names:
                if (stage / name).exists():
                    os.replace(stage / name, folder / name)
    except (OSError, soundfile.SoundFileError) as error:
        reason = (getattr(error, "error_string", "") or reason_of(error)).rstrip(".")
        reason = "the disk is full, or a file too large" if reason == "System error" else reason  # libsndfile's word
        raise UserError(f"{option}: cannot write to folder {str(folder)!r}: {reason}") from error
    finally:
        with shielded():
            if stage is not None:
                shutil.rmtree(stage, ignore_errors=True)
            for parent in new:  # folders made for a run that failed; those with something in them stay
                try:
                    parent.rmdir()
                except OSError:
                    break


def _stages() -> str:
    """How the names of this computer's temporary folders begin; the number of their process follows."""
    return f"{STAGE}{zlib.crc32(platform.node().encode()):08x}-"


def remove_stages(folder: Path) -> None:
    """Remove the temporary folders of processes of this computer that are gone: SIGKILL leaves theirs behind."""
    for stage in folder.glob(f"{_stages()}*"):
        number = stage.name.removeprefix(_stages()).partition("-")[0]
        if number.isdecimal() and not _runs(int(number)):
            shutil.rmtree(stage, ignore_errors=True)


def _runs(process: int) -> bool:
    """Whether there is a process of this number; True where that cannot be asked without harm."""
    if os.name != "posix":
        return True
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:  # it is someone else's
        return True
    return True
