"""The command with its subcommands. An error is one line on stderr and exit code 2."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any

import typer

from .. import __version__
from .backends import backends
from .console import warn
from .errors import UserError
from .evaluate import evaluate
from .live import live
from .play import play
from .prepare import prepare
from .resynth import resynth
from .signals import Stopped, stoppable
from .train import train
from .transfer import transfer

__all__ = ["app", "run"]

app = typer.Typer(
    help="Differentiable DSP with NumPy, PyTorch, JAX and TensorFlow.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command()(resynth)
app.command()(play)
app.command()(transfer)
app.command()(live)
app.command()(prepare)
app.command()(train)
app.command()(evaluate)
app.command()(backends)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"ddsp {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Options of the command itself."""


@cache
def _command() -> Any:
    """The command, which takes longer to build from the annotations than many calls take."""
    return typer.main.get_command(app)


def run(arguments: list[str] | None = None) -> int:
    """Run the command.

    Parameters
    ----------
    arguments
        Command-line arguments; None for those of the process.

    Returns
    -------
    code : int
        Exit code.
    """
    try:
        with stoppable():
            code = _command()(args=arguments, standalone_mode=False, prog_name="ddsp")
    except UserError as error:
        return _fail(str(error))
    except Stopped as error:
        return _fail(str(error), error.exit_code)
    except MemoryError:
        return _fail("out of memory")
    except (typer.Abort, KeyboardInterrupt):  # outside the main thread
        return _fail("interrupted", 130)
    except Exception as error:
        # Errors in options are exceptions of the command-line library, whose module depends on the version of typer.
        if hasattr(error, "format_message") and hasattr(error, "exit_code"):
            return _fail(error.format_message()) if error.format_message() else int(error.exit_code)
        raise
    return code if isinstance(code, int) else 0


def _fail(message: str, code: int = 2) -> int:
    warn(" ".join(message.split()))
    return code
