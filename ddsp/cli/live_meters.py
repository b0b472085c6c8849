"""Meters of `ddsp live`: levels, pitch, load and drop-outs."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.live import Live
from rich.text import Text

from ..streaming import LoopFigures
from .console import plain, say

__all__ = ["Meters", "meters"]

#: Range of the level meters in dB, and their width.
LOWEST_DB, WIDTH = -60.0, 24
#: Seconds between two updates on a terminal, and between two lines elsewhere.
INTERVAL, LINE_INTERVAL = 0.08, 2.0


class Meters:
    """Shows the figures of a loop, on a terminal as bars, otherwise as lines.

    Parameters
    ----------
    live
        Display of a terminal; None for lines.
    has_input
        Whether there is a level of an input.
    """

    def __init__(self, live: Live | None, has_input: bool = True):
        self.live, self.shown = live, -math.inf
        self.names = ("in", "out") if has_input else ("out",)
        self.peaks = [0.0, 0.0]

    def show(self, figures: LoopFigures, pitch: str) -> None:
        """Show figures, if some time has passed since they were shown.

        Parameters
        ----------
        figures
            Figures of the loop; the peaks are those since the last call.
        pitch
            Notes that sound.
        """
        self.peaks = [max(pair) for pair in zip(self.peaks, (figures.input_peak, figures.output_peak), strict=True)]
        now = time.monotonic()
        if now - self.shown < (LINE_INTERVAL if self.live is None else INTERVAL):
            return
        levels = dict(zip(("in", "out"), map(decibels, self.peaks), strict=True))
        self.shown, self.peaks = now, [0.0, 0.0]
        load = f"load {100.0 * figures.mean_load:3.0f} %, at most {100.0 * figures.worst_load:.0f} %"
        dropouts = f"drop-outs {figures.dropouts}"
        if self.live is None:
            found = [f"{name} {levels[name]:6.1f} dB" for name in self.names]
            say(", ".join([*found, f"pitch {pitch or '-'}", load, dropouts]))
            return
        bars = [f"{name:<4}{bar(levels[name])} {levels[name]:6.1f} dB" for name in self.names]
        self.live.update(Text("\n".join([*bars, f"{plain(pitch) or '-':<34}", f"{load}, {dropouts}"])), refresh=True)


@contextmanager
def meters(has_input: bool = True) -> Iterator[Meters]:
    """Show meters on stdout.

    Parameters
    ----------
    has_input
        Whether there is a level of an input.

    Returns
    -------
    meters : Iterator
        Context manager of the meters.
    """
    if not sys.stdout.isatty():
        yield Meters(None, has_input)
        return
    with Live(console=Console(), auto_refresh=False, transient=True) as live:
        yield Meters(live, has_input)


def bar(level_db: float) -> str:
    """Draw a level from -60 to 0 dB."""
    full = round(WIDTH * min(max(1.0 - level_db / LOWEST_DB, 0.0), 1.0))
    return "#" * full + "." * (WIDTH - full)


def decibels(peak: float) -> float:
    """Level of a peak in dB; -120 for silence."""
    return 20.0 * math.log10(max(peak, 1e-6))
