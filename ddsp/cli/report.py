"""Versions and devices for the report, and writing `report.json`."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from .. import __version__
from ..backends import Adapter
from ..instruments.storage import to_json

__all__ = ["DISTRIBUTIONS", "device_of", "versions", "write_json"]

#: Distributions that may provide the framework of each backend.
DISTRIBUTIONS = {
    "numpy": ("numpy",),
    "torch": ("torch",),
    "jax": ("jax",),
    "tensorflow": ("tensorflow", "tensorflow-cpu", "tf-nightly"),
}


def versions(backend: str) -> dict[str, str]:
    """List the versions of Python, this library and the backend.

    Parameters
    ----------
    backend
        Name of the backend.

    Returns
    -------
    versions : dict
        Versions by the name of the distribution.
    """
    found = {"ddsp": __version__, "python": platform.python_version()}
    for name in dict.fromkeys(("numpy", *DISTRIBUTIONS[backend])):
        number = version_of((name,))
        if number:
            found[name] = number
    return found


def version_of(distributions: tuple[str, ...]) -> str | None:
    """Return the version of the first distribution that is installed; None if there is none."""
    for name in distributions:
        try:
            return version(name)
        except PackageNotFoundError:
            continue
    return None


def device_of(backend: Adapter, array: Any) -> str:
    """Return the device of an array as text.

    Parameters
    ----------
    backend
        Adapter of the array.
    array
        The array.

    Returns
    -------
    device : str
        Device in the notation of its library.
    """
    device = getattr(array, "device", None)
    return str(device() if callable(device) else device or "cpu")


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write strict JSON, which has neither NaN nor infinity.

    Parameters
    ----------
    path
        Path of the file.
    content
        Dictionary of JSON values.
    """
    path.write_bytes(to_json(content))
