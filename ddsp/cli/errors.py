"""Errors that the user can correct, and loading of frameworks without their messages."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..backends import Adapter, load

__all__ = ["UserError", "load_quietly", "quiet_stderr", "reason_of", "unwritable"]


class UserError(Exception):
    """Bad input or a missing package. The message is one line with the argument, its value, and the expected value."""


def reason_of(error: BaseException) -> str:
    """Summarize an exception on one line.

    Parameters
    ----------
    error
        Any exception.

    Returns
    -------
    reason : str
        Message of the operating system if there is one; otherwise the first line of the exception's message, or the
        name of its class.
    """
    text = (getattr(error, "strerror", None) or str(error)).strip()
    return text.splitlines()[0] if text else type(error).__name__


def unwritable(folder: str | Path, error: Exception) -> UserError:
    """Error for a folder that cannot be written to.

    Parameters
    ----------
    folder
        The folder.
    error
        The error of the system.

    Returns
    -------
    error : UserError
        The same in one line, with the option.
    """
    return UserError(f"--out: cannot write to folder {str(folder)!r}: {reason_of(error)}")


def load_quietly(backend: str) -> Adapter:
    """Load the adapter of a backend, discarding what its framework writes to stderr during import.

    Parameters
    ----------
    backend
        Name of the backend.

    Returns
    -------
    adapter : Adapter
        Adapter of the backend, whose devices have been initialized.

    Raises
    ------
    ImportError
        The framework is missing or broken, as in `ddsp.backends.load`. Errors of the devices pass through unchanged.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with quiet_stderr():
        adapter = load(backend)
        adapter.xp.asarray([0.0])  # the first array initializes the devices
    return adapter


@contextmanager
def quiet_stderr() -> Iterator[None]:
    """Discard what is written to stderr inside the context, also by C++ code. Exceptions pass through."""
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
