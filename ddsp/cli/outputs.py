"""Output files, written atomically: all of them or none."""

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

#: Audio formats, and the largest number of channels of each.
FORMATS = {"wav": 1024, "flac": 8}
#: Prefix of the names of temporary folders.
STAGE = ".resynth-"
#: Size of the samples in bytes above which a file needs the 64-bit sizes of RF64.
LARGEST_WAV = 2**32 - 2**16


def write_audio(path: Path, audio: np.ndarray, sample_rate: int, expected: float = 1.0) -> str | None:
    """Write audio in the format of the file's extension.

    WAV has 32-bit floats, which are not limited to full scale. FLAC has 24-bit integers, so louder audio is scaled down
    to full scale.

    Parameters
    ----------
    path
        Path of the file, with the extension .wav or .flac.
    audio
        Audio, [time] or [time, channels].
    sample_rate
        Sample rate in Hz.
    expected
        Linear peak up to which loud audio in a WAV file causes no warning.

    Returns
    -------
    warning : str
        A line of text if the audio was scaled down, or if its peak is above full scale and above `expected`; otherwise
        None.

    Raises
    ------
    OSError
        The file cannot be written, or only in part. Errors of libsndfile are of the class soundfile.SoundFileError.
    """
    warning = None
    # soundfile's own encoding rejects names of other locales
    name = str(path) if os.name == "nt" else os.fsencode(path)
    peak = float(np.max(np.abs(audio), initial=0.0))
    over = 20.0 * np.log10(max(peak, 1.0))
    if path.suffix.lower() == ".flac":
        if peak > 1.0:
            audio = audio * np.float32((1.0 - 2.0**-23) / peak)
            warning = f"the result is attenuated by {over:.2f} dB: FLAC cannot store samples above full scale"
        soundfile.write(name, audio, sample_rate, subtype="PCM_24", format="FLAC")
    else:
        if peak > max(expected, 1.0):
            warning = f"the result peaks {over:.2f} dB above full scale: players clip it unless you attenuate it"
        kind = "WAV" if audio.nbytes < LARGEST_WAV else "RF64"
        soundfile.write(name, audio, sample_rate, subtype="FLOAT", format=kind)
    if soundfile.info(name).frames != len(audio):  # libsndfile ignores errors when it closes a file
        raise OSError(f"{path.name} was not written completely")
    return warning


@contextmanager
def staged(folder: Path, names: list[str], option: str = "--out") -> Iterator[Path]:
    """Provide a temporary folder inside `folder`, and move its files to `folder` on success.

    A move within a file system replaces a file atomically, so a partial file is never visible. A run that fails or is
    stopped by a signal leaves existing files unchanged.

    Parameters
    ----------
    folder
        Folder of the results, created if necessary.
    names
        Names of the files to move. A missing file is ignored.
    option
        Option that error messages name.

    Returns
    -------
    stage : Iterator
        Context manager of the path of the temporary folder.

    Raises
    ------
    UserError
        The folder cannot be created or written to.
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
                raise IsADirectoryError(0, f"{name} is an existing folder")
        yield stage
        with shielded():
            for name in names:
                if (stage / name).exists():
                    os.replace(stage / name, folder / name)
    except (OSError, soundfile.SoundFileError) as error:
        reason = (getattr(error, "error_string", "") or reason_of(error)).rstrip(".")
        reason = (
            "the disk is full or the file is too large" if reason == "System error" else reason
        )  # libsndfile's message
        raise UserError(f"{option}: cannot write to folder {str(folder)!r}: {reason}") from error
    finally:
        with shielded():
            if stage is not None:
                shutil.rmtree(stage, ignore_errors=True)
            for parent in new:  # created for a run that failed; a folder that is not empty stays
                try:
                    parent.rmdir()
                except OSError:
                    break


def _stages() -> str:
    """Prefix of the names of this computer's temporary folders; a process id follows."""
    return f"{STAGE}{zlib.crc32(platform.node().encode()):08x}-"


def remove_stages(folder: Path) -> None:
    """Remove temporary folders whose process no longer runs: after SIGKILL they remain.

    Parameters
    ----------
    folder
        Folder that contains the temporary folders. Those of other computers are kept.
    """
    for stage in folder.glob(f"{_stages()}*"):
        number = stage.name.removeprefix(_stages()).partition("-")[0]
        if number.isdecimal() and not is_running(int(number)):
            shutil.rmtree(stage, ignore_errors=True)


def is_running(process: int) -> bool:
    """Test whether a process runs; True on systems where the test is not harmless."""
    if os.name != "posix":
        return True
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:  # a process of another user
        return True
    return True
