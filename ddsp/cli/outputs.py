"""Results out, all of them or none."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
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


def write_audio(path: Path, audio: np.ndarray, sample_rate: int) -> str | None:
    """Write audio, [time] or [time, channels], in the format that the name of the file ends with.

    WAV has 32-bit floats: what is louder than full scale stays as it is. FLAC has 24-bit integers, and louder audio is
    turned down.

    Returns
    -------
    A warning if the audio was turned down.

    Raises
    ------
    OSError : the file cannot be written; soundfile.SoundFileError : likewise.
    """
    warning = None
    name = (
        str(path) if os.name == "nt" else os.fsencode(path)
    )  # soundfile's own encoding refuses names of other locales
    if path.suffix == ".flac":
        peak = float(np.max(np.abs(audio), initial=0.0))
        if peak > 1.0:
            audio = audio * np.float32((1.0 - 2.0**-23) / peak)
            warning = f"the result is turned down by {20.0 * np.log10(peak):.2f} dB: FLAC has nothing above full scale"
        soundfile.write(name, audio, sample_rate, subtype="PCM_24", format="FLAC")
    else:
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
    new = [parent for parent in (folder, *folder.parents) if not parent.exists()]
    stage = None
    try:
        with shielded():
            folder.mkdir(parents=True, exist_ok=True)
            stage = Path(tempfile.mkdtemp(prefix=STAGE, dir=folder))
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


def remove_stages(folder: Path) -> None:
    """Remove the temporary folders of a process that was killed, and the folder itself if nothing else is in it."""
    for stage in folder.glob(f"{STAGE}*"):
        shutil.rmtree(stage, ignore_errors=True)
    with suppress(OSError):
        folder.rmdir()
