"""`ddsp transfer`: an instrument plays the melody and the dynamics of recordings."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from .. import instruments
from ..backends import BACKENDS
from .batch import Task, run_all
from .console import say, warn
from .errors import UserError, reason_of
from .inputs import bundled_phrase
from .naming import folders_of
from .outputs import FORMATS
from .progress import bar
from .resynth import check_names, check_semitones
from .transferring import TransferOptions, transfer_recording

__all__ = ["FLUTE", "load_trained", "octaves_of", "transfer"]

#: The instrument that comes with the library.
FLUTE = "flute"
#: Largest number of octaves up or down, and largest change of the loudness in dB.
MAX_OCTAVES, MAX_DB = 5, 60.0


def transfer(
    sources: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="INPUT",
            help="Audio files in any format that libsndfile reads, of any length, with any number of channels; - is "
            "stdin. By default, the flute phrase that is bundled with ddsp, an octave down.",
            show_default=False,
        ),
    ] = None,
    instrument: Annotated[
        str,
        typer.Option(
            metavar="RUN|NAME", help="Folder of a training run or of an instrument, or the name of a bundled one."
        ),
    ] = FLUTE,
    out: Annotated[
        str | None,
        typer.Option(
            "--out",
            "-o",
            metavar="OUT",
            help="Folder for the results, ./transfer-NAME by default, with the name of the input; with several inputs, "
            "results are written to OUT/NAME. For one input, OUT may be an audio file that ends with .wav or .flac; "
            "picture and report are written beside it.",
            show_default=False,
        ),
    ] = None,
    backend: Annotated[str, typer.Option(help="Array library: numpy, torch, jax or tensorflow.")] = "numpy",
    transpose: Annotated[
        float, typer.Option(metavar="SEMITONES", help="Transposition in semitones, besides the octaves.")
    ] = 0.0,
    octave: Annotated[
        str,
        typer.Option(
            metavar="auto|N",
            help="Octaves by which the melody moves; auto: such that it lies in the range of the instrument.",
        ),
    ] = "auto",
    loudness_shift: Annotated[
        float, typer.Option(metavar="DB", help="Change of the loudness in dB, after matching.")
    ] = 0.0,
    match: Annotated[
        str,
        typer.Option(
            metavar="auto|off",
            help="Matching of octave and loudness to the recordings that the instrument was trained on.",
        ),
    ] = "auto",
    tune: Annotated[
        float,
        typer.Option(
            metavar="STRENGTH", help="Correction of the pitch to the nearest note, from 0 (none) to 1 (full)."
        ),
    ] = 0.0,
    no_reverb: Annotated[bool, typer.Option("--no-reverb", help="Play without the reverb of the instrument.")] = False,
    mix: Annotated[float, typer.Option(metavar="SHARE", help="Share of the input in the result, from 0 to 1.")] = 0.0,
    seed: Annotated[int, typer.Option(help="Seed of the noise.")] = 0,
) -> None:
    """Play the melody and the dynamics of recordings on an instrument.

    Octave and loudness are matched to the instrument. It rests where a recording is silent or has no pitch. Writes
    transfer.wav, transfer.png and report.json.
    """
    check_names(sources, out)
    if backend not in BACKENDS:
        raise UserError(f"--backend: got {backend!r}, expected one of {', '.join(BACKENDS)}")
    octaves = octaves_of(octave)
    if not sources and instrument == FLUTE and octaves is None:
        octaves = -1
    check_semitones(transpose)
    _check_range("--loudness-shift", loudness_shift, -MAX_DB, MAX_DB)
    _check_range("--tune", tune, 0.0, 1.0)
    _check_range("--mix", mix, 0.0, 1.0)
    if match not in ("auto", "off"):
        raise UserError(f"--match: got {match!r}, expected auto or off")
    if not 0 <= seed < 2**32:
        raise UserError(f"--seed: got {seed}, expected 0 to {2**32 - 1}")
    fitting = instruments.TransferSettings(transpose, octaves, loudness_shift, match == "auto", tune)
    options = TransferOptions(load_trained(instrument), fitting, backend, not no_reverb, mix, seed)
    _run(sources, out, options)


def octaves_of(text: str) -> int | None:
    """Read the value of `--octave`.

    Parameters
    ----------
    text
        'auto' or a number.

    Returns
    -------
    octaves : int or None
        Number of octaves; None for auto.

    Raises
    ------
    UserError
        Another text, or too many octaves.
    """
    if text == "auto":
        return None
    if text.removeprefix("-").removeprefix("+").isdecimal() and abs(int(text)) <= MAX_OCTAVES:
        return int(text)
    raise UserError(f"--octave: got {text!r}, expected auto, or a whole number from -{MAX_OCTAVES} to {MAX_OCTAVES}")


def _check_range(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise UserError(f"{name}: got {value:g}, expected {low:g} to {high:g}")


def load_trained(name: str, option: str = "--instrument") -> instruments.TrainedInstrument:
    """Load an instrument.

    Parameters
    ----------
    name
        Folder of a training run or of an instrument, or the name of a bundled one.
    option
        Option that error messages name.

    Returns
    -------
    trained : TrainedInstrument
        The instrument.

    Raises
    ------
    UserError
        There is no such instrument, or its files are damaged.
    """
    try:
        if not name:
            raise ValueError(f"got {name!r}, expected the name of a folder or of an instrument")
        return instruments.load_instrument(name)
    except ImportError as error:
        raise UserError(
            f'{option} needs {error.name}, which is not installed: pip install "ddsp-array[cli]"'
        ) from error
    except (OSError, ValueError) as error:
        known = str(error) if isinstance(error, ValueError) or error.errno is None else f"{name!r}: {reason_of(error)}"
        raise UserError(f"{option}: {known}") from error


def _run(sources: list[str] | None, out: str | None, options: TransferOptions) -> None:
    """Transfer all inputs; several of them as a batch."""
    if len(sources or ()) > 1:
        assert sources is not None
        folders = folders_of(sources, out, "transfer")
        tasks = [Task(source, Path(source).name, folder) for source, folder in zip(sources, folders, strict=True)]
        run_all(tasks, partial(transfer_recording, options=options), _line)
        return
    if sources:
        name = "stdin" if sources[0] == "-" else Path(sources[0]).name
        _one(sources[0], name, *_place(sources, out, options))
        return
    with bundled_phrase() as path:
        _one(path, f"{path.name} (bundled)", *_place([path.name], out, options))


def _place(sources: list[str], out: str | None, options: TransferOptions) -> tuple[Path, TransferOptions]:
    """Folder of the results of one input, and options with their names."""
    path = Path(out or "")
    if out is None or path.suffix.lower() not in [f".{name}" for name in FORMATS] or path.is_dir():
        return folders_of(sources, out, "transfer")[0], options
    names = (path.name, f"{path.stem}.png", f"{path.stem}.json")
    return path.parent, replace(options, files=names)


def _one(source: str | Path, name: str, folder: Path, options: TransferOptions) -> None:
    """Transfer one recording: print warnings on stderr, a summary and the names of the files on stdout."""
    with bar(name) as on_progress:
        report = transfer_recording(source, name, folder, options, on_progress)
    for warning in report["warnings"]:
        warn(f"warning: {warning}")
    for key, value in _summary(report):
        say(f"{key:<21} {value}")
    for file in options.files:
        if (folder / file).exists():
            say(folder / file)


def _line(report: dict[str, Any]) -> str:
    """What was done to the recording."""
    moved = f"moved by {report['semitones']:+g} semitones and {report['loudness_moved_db']:+.1f} dB"
    return f"{moved}, {100.0 * report['voiced_share']:.0f} % with a pitch"


def _summary(report: dict[str, Any]) -> list[tuple[str, str]]:
    def faster(factor: float) -> str:
        return f"{1.0 / factor:.1f} times real time"

    took = f"{report['seconds']['total']:.1f} s for {report['duration_seconds']:.1f} s of audio"
    speed = f"pitch {faster(report['pitch_real_time_factor'])}, playing {faster(report['playing_real_time_factor'])}"
    rows = [
        ("instrument", report["instrument"]),
        ("recording", _line(report)),
        ("time", f"{took} ({speed})"),
        ("backend", f"{report['backend']} on {report['device']}"),
    ]
    return rows + [("warning", warning) for warning in report["warnings"]]
