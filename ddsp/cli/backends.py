"""`ddsp backends`: list of the installed array libraries."""

from __future__ import annotations

import warnings
from importlib.util import find_spec
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..backends import BACKENDS
from .console import plain
from .errors import load_quietly, reason_of
from .report import DISTRIBUTIONS, version_of

__all__ = ["backends"]


def backends() -> None:
    """List the array libraries: installed or not, version, devices, and what to install."""
    table = Table(title="Backends")
    for heading in ("backend", "installed", "version", "devices", "gradients", "to install"):
        table.add_column(heading, overflow="fold")
    for name in BACKENDS:
        table.add_row(*(Text(cell) for cell in _row(name)))  # as text, because "[torch]" is an extra, not markup
    console = Console()
    # A pipe has no width, so rich would fold the commands at 80 columns.
    Console(width=None if console.is_terminal else 140).print(table)


def _row(name: str) -> tuple[str, ...]:
    install = 'pip install "ddsp-array"' if name == "numpy" else f'pip install "ddsp-array[{name}]"'
    gradients = "no" if name == "numpy" else "yes"
    number = version_of(DISTRIBUTIONS[name])
    if number is None and find_spec(name) is None:
        return name, "no", "-", "-", gradients, install
    try:
        devices = _devices(load_quietly(name).xp)
    except Exception as error:  # a broken installation must not hide the others
        return name, "broken", number or "?", plain(f"cannot be loaded: {reason_of(error)}"), gradients, install
    return name, "yes", number or "?", devices, gradients, "-"


def _devices(xp: Any) -> str:
    """Devices from `__array_namespace_info__`, or the device of a new array."""
    try:
        with warnings.catch_warnings(action="ignore"):  # listing devices warns of deprecated ones
            devices = xp.__array_namespace_info__().devices()
        found = [str(device) for device in devices if device is not None and str(device) != "meta"]
    except Exception:  # some namespaces lack it
        found = []
    if not found:
        device = getattr(xp.asarray([0.0]), "device", "cpu")
        found = [str(device() if callable(device) else device)]
    return ", ".join(dict.fromkeys(found))
