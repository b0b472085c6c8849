"""`ddsp evaluate`: how near an instrument comes to recordings, and how fast it plays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..backends import BACKENDS
from .console import plain, say, warn
from .errors import UserError
from .evaluating import EvaluationOptions, evaluate_recordings
from .progress import bar

__all__ = ["evaluate"]

#: Columns of the table: heading, figure and number of decimals.
COLUMNS = (
    ("s", "seconds", 1),
    ("spectral loss", "spectral_loss", 2),
    ("spectral distance", "spectral_distance", 3),
    ("loudness L1, dB", "loudness_l1_db", 2),
    ("f0 L1, cents", "f0_l1_cents", 1),
    ("f0 outliers, %", "f0_outliers", 1),
    ("frames with f0", "f0_frames", 0),
)
#: Name of all installed backends together.
ALL = "all"


def evaluate(
    instrument: Annotated[
        str,
        typer.Argument(
            metavar="RUN|NAME",
            help="Folder of a training run or of an instrument, or the name of a bundled one.",
            show_default=False,
        ),
    ],
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="FOLDER...|DATA",
            help="Folders with recordings, or single files, or a data set of `ddsp prepare`.",
            show_default=False,
        ),
    ],
    out: Annotated[
        str | None,
        typer.Option("--out", "-o", metavar="FILE", help="JSON file for all figures.", show_default=False),
    ] = None,
    audio: Annotated[
        str | None,
        typer.Option(metavar="DIR", help="Folder for what the instrument plays, a WAV file each.", show_default=False),
    ] = None,
    backend: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Array library whose speed is measured, several times for several, or all; by default numpy. The "
            "other figures are computed on NumPy.",
            show_default=False,
        ),
    ] = None,
    analysis: Annotated[
        bool, typer.Option("--analysis", help="Evaluate the direct analysis of the recordings, too, for comparison.")
    ] = False,
    no_reverb: Annotated[bool, typer.Option("--no-reverb", help="Play without the reverb of the instrument.")] = False,
    seed: Annotated[int, typer.Option(help="Seed of the noise.")] = 0,
) -> None:
    """Measure how near an instrument comes to recordings whose pitch and loudness it plays.

    Prints the distances of spectra, loudness and pitch for each recording, the speed, and the size of the instrument.
    """
    for name, value in (("--out", out), ("--audio", audio), ("RUN", instrument)):
        if value is not None and (not value or "\0" in value):
            raise UserError(f"{name}: got {value!r}, expected the name of a {'file' if name == '--out' else 'folder'}")
    if not 0 <= seed < 2**32:
        raise UserError(f"--seed: got {seed}, expected 0 to {2**32 - 1}")
    options = EvaluationOptions(
        instrument,
        sources,
        None if out is None else Path(out),
        None if audio is None else Path(audio),
        _backends(backend or ["numpy"]),
        analysis,
        not no_reverb,
        seed,
    )
    with bar("evaluation") as on_progress:
        report = evaluate_recordings(options, on_progress)
    for warning in report["warnings"]:
        warn(f"warning: {warning}")
    _print(report)
    for path in (out, audio):
        if path is not None:
            say(path)


def _backends(names: list[str]) -> tuple[str, ...]:
    """Names of backends, each once, in place of `all` those that are installed."""
    for name in names:
        if name not in (*BACKENDS, ALL):
            raise UserError(f"--backend: got {name!r}, expected one of {', '.join(BACKENDS)}, or {ALL}")
    if ALL in names:
        return tuple(name for name in BACKENDS if find_spec(name) is not None)
    return tuple(dict.fromkeys(names))


def _print(report: Mapping[str, Any]) -> None:
    """The table, and what does not depend on the recordings."""
    is_known = any(recording["learned"] for recording in report["recordings"])
    table = Table(title=Text(plain(report["instrument"])))
    table.add_column("recording", overflow="fold")
    if is_known:
        table.add_column("")
    for heading, _, _ in COLUMNS:
        table.add_column(heading, justify="right")
    for title, known, figures in _rows(report):
        cells = [title, known or ""] if is_known else [title]
        cells += [_cell(figures[name], name, digits) for _, name, digits in COLUMNS]
        table.add_row(*map(Text, cells), end_section=figures is report["recordings"][-1])
    console = Console()
    # A pipe has no width, so rich would fold the headings at 80 columns.
    Console(width=None if console.is_terminal else 160).print(table)
    say(f"{report['parameters']:,} trainable values, {report['file_bytes'] / 1000.0:.0f} kB")
    speeds = [f"{1.0 / factor:.0f} on {name}" for name, factor in report["real_time_factor"].items()]
    say(f"times real time: {', '.join(speeds)}")


def _rows(report: Mapping[str, Any]) -> Iterator[tuple[str, str | None, Mapping[str, Any]]]:
    """Title, learned or unseen, and figures of each row."""
    recordings = report["recordings"]
    for recording in recordings:
        yield plain(recording["name"]), recording["learned"], recording
    for known in ("learned", "partly learned", "unseen"):
        if report.get(known):
            count = sum(recording["learned"] == known for recording in recordings)
            yield f"{count} recording{'' if count == 1 else 's'}", known, report[known]
    yield "all", None, report["total"]
    if report.get("analysis"):
        yield "all, direct analysis", None, report["analysis"]


def _cell(value: float | None, name: str, digits: int) -> str:
    if value is None:
        return "-"
    return f"{100.0 * value if name == 'f0_outliers' else value:.{digits}f}"
