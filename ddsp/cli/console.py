"""Console output that is escaped and works with any state of the streams.

External text, such as file names and error messages, is never passed to rich as a string, because rich interprets
brackets as markup and `:bell:` as an emoji. It is printed by `say` and `warn`, or wrapped in `rich.text.Text`.
"""

from __future__ import annotations

import os
import sys
from typing import TextIO

__all__ = ["plain", "prepare_streams", "say", "warn"]


def plain(text: object) -> str:
    r"""Escape control characters and lone surrogates, so that text is one line on any terminal.

    Parameters
    ----------
    text
        Any object; its `str` is used.

    Returns
    -------
    line : str
        Printable text.

    Examples
    --------
    >>> plain("a\x1b[2Jb\n" + chr(0xDC80))
    'a\\x1b[2Jb\\n\\udc80'
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in str(text))


def say(text: object = "") -> None:
    """Print a line on stdout, ignoring errors: results are in files, so printing must not fail a run.

    Parameters
    ----------
    text
        Text of the line, which is escaped by `plain`.
    """
    _print(text, sys.stdout)


def warn(text: object) -> None:
    """Print a line on stderr after the name of the command, ignoring errors.

    Parameters
    ----------
    text
        Text of the line, which is escaped by `plain`.
    """
    _print(f"ddsp: {text}", sys.stderr)


def _print(text: object, stream: TextIO | None) -> None:
    if stream is None:
        return
    line = plain(text)
    try:
        encoding = getattr(stream, "encoding", None) or "utf-8"
        stream.write(line.encode(encoding, "backslashreplace").decode(encoding) + "\n")
        stream.flush()
    except (OSError, ValueError) as error:
        _silence(stream)
        if stream is sys.stdout is not sys.stderr and not isinstance(error, BrokenPipeError):
            warn(f"stdout: cannot write: {getattr(error, 'strerror', None) or error}")


def _silence(stream: TextIO) -> None:
    """Redirect a failed stream to the null device; otherwise Python fails again when it flushes the stream at exit."""
    try:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), stream.fileno())
    except (OSError, ValueError):
        pass


def prepare_streams() -> None:
    """Open the null device for a missing stdin, stdout or stderr.

    If descriptor 2 is closed, the next file opened becomes descriptor 2, and messages are written into it.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # uses the lowest free descriptor, which is this one
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 (open until exit)
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
