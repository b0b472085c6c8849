"""The `ddsp` command, which needs the extra `cli`."""

from __future__ import annotations

import sys

from .console import prepare_streams, warn

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> None:
    """Run the command and exit.

    The exit code is 0 for success, 2 for an error that the user can correct, and 128 + n after signal n. An error
    message is one line on stderr.

    Parameters
    ----------
    arguments
        Command-line arguments; None for those of the process.
    """
    prepare_streams()
    try:
        from .app import run
    except ImportError as error:
        needed = (error.name or "").partition(".")[0]
        if needed not in ("typer", "rich", "soundfile", "soxr", "matplotlib", "click"):
            raise
        warn(f'the command needs {needed}, which is not installed: pip install "ddsp-array[cli]"')
        sys.exit(2)
    except OSError as error:  # soundfile without its C library
        warn(f"a library that the command needs cannot be loaded: {error}")
        sys.exit(2)
    sys.exit(run(arguments))
