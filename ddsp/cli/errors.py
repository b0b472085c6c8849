"""What the user can put right, and quiet loading of frameworks that talk."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from ..backends import Adapter, load

__all__ = ["UserError", "load_quietly"]


class UserError(Exception):
    """Bad input or a missing package. The message is one line: the argument, its value, what is expected."""


def load_quietly(backend: str) -> Adapter:
    """The adapter of a backend, without what its framework writes to stderr while it is imported.

    ImportError, as of `ddsp.backends.load`, passes.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with _silent_stderr():
        adapter = load(backend)
        adapter.xp.asarray([0.0])  # the first array starts the devices
    return adapter


@contextmanager
def _silent_stderr() -> Iterator[None]:
    """Keep the process's stderr, C++ included, from the terminal; Python's own exceptions are none of it."""
    sys.stderr.flush()
    try:
        kept = os.dup(2)
    except OSError:  # no stderr at all
        yield
        return
    with tempfile.TemporaryFile() as sink:
        os.dup2(sink.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
