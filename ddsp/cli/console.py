"""Text for people: escaped where it comes from outside, printed whatever the streams are.

Text from outside (file names, reasons of errors) never reaches rich as a string: rich takes brackets for markup and
`:bell:` for a picture. It is printed by `say` and `warn`, or wrapped in `rich.text.Text`.
"""

from __future__ import annotations

import os
import sys
from typing import TextIO

__all__ = ["plain", "prepare_streams", "say", "warn"]


def plain(text: object) -> str:
    r"""Text on one line that any terminal shows: control characters and lone surrogates escaped.

    Examples
    --------
    >>> plain("a\x1b[2Jb\n" + chr(0xDC80))
    'a\\x1b[2Jb\\n\\udc80'
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in str(text))


def say(text: object = "") -> None:
    """A line on stdout. It never fails: what was asked for is in files, not in what is printed."""
    _print(text, sys.stdout)


def warn(text: object) -> None:
    """A line on stderr, after the command's name. It never fails."""
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
            warn(f"stdout: cannot be written to: {getattr(error, 'strerror', None) or error}")


def _silence(stream: TextIO) -> None:
    """Send a stream that cannot be written to nowhere, or Python would fail again when it flushes it at the end."""
    try:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), stream.fileno())
    except (OSError, ValueError):
        pass


def prepare_streams() -> None:
    """Give a process whose stdin, stdout or stderr is missing some that lead nowhere.

    With descriptor 2 closed, the next file that is opened would be descriptor 2, and get every message in its middle.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest descriptor that is free: this one
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 (as long as the process)
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
