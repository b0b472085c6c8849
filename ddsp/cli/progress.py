"""Progress bar on a terminal, with the stage, the share of the work done and the remaining time."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from .console import plain

__all__ = ["STAGES", "OnProgress", "Stages", "bar", "on_a_terminal"]

#: `on_progress(stage, share)`: the current stage, and the share of all the work that is done, from 0 to 1.
OnProgress = Callable[[str, float], None]
#: Relative costs of the stages, measured on recordings of 10 s to 10 min. A step of refinement costs REFINEMENT.
STAGES = {"pitch": 0.22, "analysis": 0.45, "synthesis": 0.11, "evaluation": 0.12, "picture": 0.1}
REFINEMENT = 0.1


class Stages:
    """Progress of a run, reported to `on_progress`.

    Parameters
    ----------
    on_progress
        Called with the stage and the share of all the work.
    steps
        Number of steps of refinement.
    channels
        Number of channels.
    stages
        Relative cost of each stage.
    """

    def __init__(
        self, on_progress: OnProgress, steps: int = 0, channels: int = 1, stages: dict[str, float] | None = None
    ):
        stages = STAGES if stages is None else stages
        costs = {name: cost * (1 if name in ("pitch", "picture") else channels) for name, cost in stages.items()}
        if steps:
            costs["refinement"] = REFINEMENT * steps * channels
        self.costs, self.total = costs, sum(costs.values())
        self.on_progress, self.done, self.stage = on_progress, 0.0, ""

    def begin(self, stage: str) -> None:
        """Finish the current stage and begin the next.

        Parameters
        ----------
        stage
            Name of the stage.
        """
        self.done += self.costs.get(self.stage, 0.0)
        self.stage = stage
        self.within(0.0)

    def within(self, share: float, note: str = "") -> None:
        """Report progress within the current stage.

        Parameters
        ----------
        share
            Share of the stage that is done, from 0 to 1.
        note
            Text to show after the name of the stage.
        """
        cost = self.costs.get(self.stage, 0.0)
        self.on_progress(f"{self.stage} {note}".strip(), min((self.done + cost * share) / self.total, 1.0))


def on_a_terminal() -> bool:
    """Test whether stderr is a terminal.

    Returns
    -------
    is_terminal : bool
        False as well if stderr is missing or closed.
    """
    try:
        return sys.stderr.isatty()
    except (AttributeError, ValueError):  # stderr is missing or closed
        return False


@contextmanager
def bar(name: str) -> Iterator[OnProgress]:
    """Show a progress bar on stderr if it is a terminal.

    Parameters
    ----------
    name
        Name of the sound.

    Returns
    -------
    on_progress : Iterator
        Context manager of a function that updates the bar.
    """
    if not on_a_terminal():
        yield lambda stage, share: None
        return
    columns = (
        TextColumn("{task.fields[name]}", markup=False),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        TaskProgressColumn(),
        TextColumn("remaining"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=1.0, name=plain(name))

        def on_progress(stage: str, share: float) -> None:
            progress.update(task, description=stage, completed=share)

        yield on_progress
