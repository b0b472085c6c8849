"""What the user can put right, and quiet loading of frameworks that talk."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from ..backends import Adapter, load

__all__ = ["UserError", "load_quietly", "quiet_stderr", "reason_of"]


class UserError(Exception):
    """Bad input or a missing package. The message is one line: the argument, its value, what is expected."""


def reason_of(error: BaseException) -> str:
    """Why something failed, on one line: what the system says, or the first line of the message, or the class."""
    text = (getattr(error, "strerror", None) or str(error)).strip()
    return text.splitlines()[0] if text else type(error).__name__


def load_quietly(backend: str) -> Adapter:
    """The adapter of a backend, without what its framework writes to stderr while it is imported.

    ImportError, as of `ddsp.backends.load`, passes; so does whatever starting the framework's devices raises.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with quiet_stderr():
        adapter = load(backend)
        adapter.xp.asarray([0.0])  # the first array starts the devices
    return adapter


@contextmanager
def quiet_stderr() -> Iterator[None]:
    """Keep the process's stderr, C++ included, from the terminal; Python's own exceptions are none of it."""
    if sys.stderr is not None:
        with suppress(OSError, ValueError):
            sys.stderr.flush()
    try:
        kept = os.dup(2)
    except OSError:  # no stderr at all
        yield
        return
    try:
        with open(os.devnull, "wb") as sink:
            os.dup2(sink.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
