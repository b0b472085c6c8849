"""Output files, written atomically: all of them or none."""

from __future__ import annotations

import os
import platform
import shutil
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import soundfile

from .errors import UserError, reason_of
from .signals import shielded

__all__ = ["FORMATS", "remove_stages", "staged", "write_audio", "write_blocks"]

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
    peak = float(np.max(np.abs(audio), initial=0.0))
    if path.suffix.lower() == ".flac" and peak > 1.0:
        audio = audio * np.float32(gain_of_flac(peak))
    channels = 1 if audio.ndim == 1 else audio.shape[1]
    _write(path, [audio], len(audio), sample_rate, channels)
    return _warning(path, peak, expected)


def write_blocks(
    path: Path, blocks: Iterable[np.ndarray], n_samples: int, sample_rate: int, expected: float = 1.0
) -> str | None:
    """Write audio that arrives in blocks, as `write_audio` writes the whole.

    Parameters
    ----------
    path
        Path of the file, with the extension .wav or .flac.
    blocks
        Consecutive pieces of audio, [time].
    n_samples
        Number of samples in all.
    sample_rate
        Sample rate in Hz.
    expected
        Linear peak up to which loud audio in a WAV file causes no warning.

    Returns
    -------
    warning : str
        As of `write_audio`.

    Raises
    ------
    OSError
        As of `write_audio`.
    """
    peak = 0.0

    def measured() -> Iterator[np.ndarray]:
        nonlocal peak
        for block in blocks:
            peak = max(peak, float(np.max(np.abs(block), initial=0.0)))
            yield block

    if path.suffix.lower() != ".flac":
        _write(path, measured(), n_samples, sample_rate)
        return _warning(path, peak, expected)
    first = path.with_name(f"{path.name}.wav")  # the peak is known only at the end
    _write(first, measured(), n_samples, sample_rate)
    with soundfile.SoundFile(_encoded(first)) as file:
        gain = np.float32(gain_of_flac(peak))
        again = (block * gain for block in file.blocks(2**16, dtype="float32"))
        _write(path, again, n_samples, sample_rate)
    first.unlink()
    return _warning(path, peak, expected)


def gain_of_flac(peak: float) -> float:
    """Gain of audio in a FLAC file, which cannot store samples above full scale."""
    return (1.0 - 2.0**-23) / peak if peak > 1.0 else 1.0


def _warning(path: Path, peak: float, expected: float) -> str | None:
    over = 20.0 * np.log10(max(peak, 1.0))
    if path.suffix.lower() == ".flac":
        attenuated = f"the result is attenuated by {over:.2f} dB: FLAC cannot store samples above full scale"
        return attenuated if peak > 1.0 else None
    if peak > max(expected, 1.0):
        return f"the result peaks {over:.2f} dB above full scale: players clip it unless you attenuate it"
    return None


def _encoded(path: Path) -> str | bytes:
    """Name of a file for soundfile, whose own encoding rejects names of other locales."""
    return str(path) if os.name == "nt" else os.fsencode(path)


def _write(path: Path, blocks: Iterable[np.ndarray], n_samples: int, sample_rate: int, channels: int = 1) -> None:
    subtype, kind = "FLOAT", "WAV" if n_samples * channels * 4 < LARGEST_WAV else "RF64"
    if path.suffix.lower() == ".flac":
        subtype, kind = "PCM_24", "FLAC"
    with soundfile.SoundFile(_encoded(path), "w", sample_rate, channels, subtype, format=kind) as file:
        for block in blocks:
            file.write(block)
    if soundfile.info(_encoded(path)).frames != n_samples:  # libsndfile ignores errors when it closes a file
        raise OSError(f"{path.name} was not written completely")


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
