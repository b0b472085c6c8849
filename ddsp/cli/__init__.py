"""The `ddsp` command. It needs the extra `cli`; without it, `main` says so."""

from __future__ import annotations

import sys

from .console import prepare_streams, warn

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> None:
    """Run the command and exit: 0 done, 2 for what the user can put right, in one line on stderr.

    A signal ends it with 128 + its number.
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
    except OSError as error:  # soundfile, without its C library
        warn(f"the command cannot load a library it needs: {error}")
        sys.exit(2)
    sys.exit(run(arguments))
