"""SIGINT, SIGTERM and SIGHUP as an exception, so that partial files are removed."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["Stopped", "shielded", "stoppable"]

#: Signals that end a run: Ctrl-C, the time limit of a batch system, a closed terminal.
NAMES = ("SIGINT", "SIGTERM", "SIGHUP")

_shields = 0
_waiting: list[int] = []


class Stopped(BaseException):
    """A signal asked the command to end. Like `KeyboardInterrupt`, it is not an `Exception`, so it is not caught."""

    def __init__(self, number: int):
        super().__init__(number)
        self.number = number
        #: What has become of the results.
        self.outcome = "no partial results were written"

    def __str__(self) -> str:
        what = "interrupted" if self.number == signal.SIGINT else f"stopped by {signal.Signals(self.number).name}"
        return f"{what}; {self.outcome}"

    @property
    def exit_code(self) -> int:
        """128 + the number of the signal, as in shells."""
        return 128 + self.number


def _handle(number: int, frame: FrameType | None) -> None:
    if _shields:
        _waiting.append(number)
    else:
        raise Stopped(number)


@contextmanager
def stoppable() -> Iterator[None]:
    """Raise `Stopped` on signals inside the context. Signals that the parent ignores (`nohup`) stay ignored.

    Returns
    -------
    context : Iterator
        Context manager.
    """
    if threading.current_thread() is not threading.main_thread():  # only the main thread can set handlers
        yield
        return
    kept = {}
    for name in NAMES:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
            kept[number] = signal.signal(number, _handle)
    try:
        yield
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)


@contextmanager
def shielded() -> Iterator[None]:
    """Defer signals inside the context, for steps that belong together and C code that would discard an exception.

    Returns
    -------
    context : Iterator
        Context manager.
    """
    global _shields
    _shields += 1
    try:
        yield
    finally:
        _shields -= 1
    if _waiting and not _shields:
        number = _waiting[0]
        _waiting.clear()
        raise Stopped(number)
