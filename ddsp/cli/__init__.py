"""The `ddsp` command. It needs the extra `cli`; without it, `main` says so."""

from __future__ import annotations

import sys

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> None:
    """Run the command and exit: 0 done, 2 for what the user can put right, in one line on stderr."""
    try:
        from .app import run
    except ImportError as error:
        needed = (error.name or "").partition(".")[0]
        if needed not in ("typer", "rich", "soundfile", "soxr", "matplotlib", "click"):
            raise
        print(
            f'ddsp: the command needs {needed}, which is not installed: pip install "ddsp-array[cli]"', file=sys.stderr
        )
        sys.exit(2)
    sys.exit(run(arguments))
