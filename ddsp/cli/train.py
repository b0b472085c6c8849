"""`ddsp train`: from recordings to an instrument."""

from __future__ import annotations

import math
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import typer

from ..backends import BACKENDS
from ..nn import PRESETS
from .console import say
from .errors import UserError
from .training import Options, train_instrument

__all__ = ["train"]

#: Backends with gradients, in the order of preference.
TRAINED_BY = ("jax", "tensorflow", "torch")
#: Largest values of options.
MOST_STEPS, MOST_MINUTES, MOST_WINDOWS, MOST_SECONDS = 10**8, 10**6, 4096, 60.0


def train(
    sources: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="FOLDER...|DATA",
            help="Folders with recordings of one instrument, or a data set of `ddsp prepare`. --resume needs none.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        str, typer.Option("--out", "-o", metavar="RUN", help="Folder of the training run.", show_default=False)
    ] = "",
    backend: Annotated[
        str | None,
        typer.Option(
            help="Array library: jax, tensorflow or torch; by default the first of them that is installed.",
            show_default=False,
        ),
    ] = None,
    preset: Annotated[
        str | None, typer.Option(help=f"Network: {', '.join(PRESETS)}; by default dilated.", show_default=False)
    ] = None,
    steps: Annotated[int | None, typer.Option(help="Length of the run in steps.", show_default=False)] = None,
    minutes: Annotated[
        float | None, typer.Option(help="Length of the run in minutes, by default 10.", show_default=False)
    ] = None,
    sample_rate: Annotated[
        int | None,
        typer.Option(help="Sample rate of the instrument in Hz, by default 16000 or that of DATA.", show_default=False),
    ] = None,
    batch_size: Annotated[
        int | None, typer.Option(help="Number of windows of a step, by default 8.", show_default=False)
    ] = None,
    window: Annotated[
        float | None, typer.Option(help="Length of a window in seconds, by default 1.", show_default=False)
    ] = None,
    learning_rate: Annotated[
        float | None,
        typer.Option(
            help="Highest learning rate, by default 0.003, or 0.001 for original and original-tiny.", show_default=False
        ),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="Seed of initial values, windows and noise, by default 0.", show_default=False)
    ] = None,
    hold_out: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Recording that is not learned, by which the best checkpoint is chosen; by default parts of several "
            "recordings, about a tenth of the sound.",
            show_default=False,
        ),
    ] = None,
    every: Annotated[
        int | None, typer.Option(help="Steps between checkpoints, by default 200.", show_default=False)
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Continue the run from its last checkpoint.")] = False,
) -> None:
    """Train an instrument on recordings.

    Recordings are prepared first, as by `ddsp prepare`. Writes run.json, metrics.jsonl, loss.png, previews of a passage
    that is not learned, the last three checkpoints, and the best one, which `ddsp transfer --instrument RUN` plays.
    """
    learned = {
        "backend": backend,
        "preset": preset,
        "sample_rate": sample_rate,
        "batch_size": batch_size,
        "window": window,
        "learning_rate": learning_rate,
        "seed": seed,
        "hold_out": hold_out,
    }
    _check(learned, {"steps": steps, "minutes": minutes, "every": every})
    if not out or "\0" in out:
        raise UserError(f"--out: got {out!r}, expected the name of a folder")
    for source in sources or ():
        if not source or "\0" in source:
            raise UserError(f"FOLDER: got {source!r}, expected the name of a folder")
    if not sources and not resume:
        raise UserError("FOLDER: got none, expected a folder with recordings, or --resume")
    if backend is None and not resume:
        learned["backend"] = next((name for name in TRAINED_BY if find_spec(name) is not None), TRAINED_BY[0])
    given = {name: value for name, value in learned.items() if value is not None}
    for path in train_instrument(Options(list(sources or ()), Path(out), given, steps, minutes, every, resume)):
        say(path)


def _check(learned: dict[str, Any], length: dict[str, Any]) -> None:
    """Raise UserError unless the options are valid; None stands for the default."""
    backend, preset = learned["backend"], learned["preset"]
    if backend == "numpy":
        raise UserError("--backend: got 'numpy', which plays instruments but has no gradients to train them; "
                        f"expected one of {', '.join(TRAINED_BY)}")  # fmt: skip
    if backend is not None and backend not in BACKENDS:
        raise UserError(f"--backend: got {backend!r}, expected one of {', '.join(TRAINED_BY)}")
    if preset is not None and preset not in PRESETS:
        raise UserError(f"--preset: got {preset!r}, expected one of {', '.join(PRESETS)}")
    if length["steps"] is not None and length["minutes"] is not None:
        raise UserError(f"--minutes: got {length['minutes']:g} together with --steps, expected one of them")
    ranges = {
        "steps": (1, MOST_STEPS),
        "every": (1, MOST_STEPS),
        "sample_rate": (8000, 96000),
        "batch_size": (1, MOST_WINDOWS),
        "seed": (0, 2**32 - 1),
    }
    for name, (least, most) in ranges.items():
        value = {**learned, **length}[name]
        if value is not None and not least <= value <= most:
            raise UserError(f"--{name.replace('_', '-')}: got {value}, expected {least} to {most}")
    limits = {"minutes": MOST_MINUTES, "window": MOST_SECONDS, "learning_rate": 1.0}
    for name, limit in limits.items():
        value = {**learned, **length}[name]
        if value is not None and not (0.0 < value <= limit and math.isfinite(value)):
            raise UserError(f"--{name.replace('_', '-')}: got {value:g}, expected a number above 0, at most {limit:g}")
