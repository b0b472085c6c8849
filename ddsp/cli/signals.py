"""SIGINT, SIGTERM and SIGHUP as an exception, so that nothing half written stays behind."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["Stopped", "shielded", "stoppable"]

#: What ends a run: Ctrl-C, the time limit of a batch system, a terminal that is closed.
NAMES = ("SIGINT", "SIGTERM", "SIGHUP")

_shields = 0
_waiting: list[int] = []


class Stopped(BaseException):
    """A signal asked the command to end. Not an `Exception`, as `KeyboardInterrupt` is none: nobody catches it."""

    def __init__(self, number: int):
        super().__init__(number)
        self.number = number

    def __str__(self) -> str:
        what = "interrupted" if self.number == signal.SIGINT else f"stopped by {signal.Signals(self.number).name}"
        return f"{what}; nothing half written is left behind"

    @property
    def exit_code(self) -> int:
        """128 + the signal's number, as shells have it."""
        return 128 + self.number


def _handle(number: int, frame: FrameType | None) -> None:
    if _shields:
        _waiting.append(number)
    else:
        raise Stopped(number)


@contextmanager
def stoppable() -> Iterator[None]:
    """Inside, the signals raise `Stopped`; those that the parent ignores (`nohup`) stay ignored."""
    if threading.current_thread() is not threading.main_thread():  # handlers belong to the main thread
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
    """Inside, signals wait: for steps that must be done together, and for C code that would swallow an exception."""
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
