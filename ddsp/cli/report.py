"""What made a resynthesis, and `report.json` itself."""

from __future__ import annotations

import json
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from .. import __version__
from ..backends import Adapter

__all__ = ["DISTRIBUTIONS", "device_of", "versions", "write_json"]

#: The distributions that each backend's framework may come from.
DISTRIBUTIONS = {
    "numpy": ("numpy",),
    "torch": ("torch",),
    "jax": ("jax",),
    "tensorflow": ("tensorflow", "tensorflow-cpu", "tf-nightly"),
}


def versions(backend: str) -> dict[str, str]:
    """Versions of Python, of this library, and of what it computes with."""
    found = {"ddsp": __version__, "python": platform.python_version()}
    for name in dict.fromkeys(("numpy", *DISTRIBUTIONS[backend])):
        number = version_of((name,))
        if number:
            found[name] = number
    return found


def version_of(distributions: tuple[str, ...]) -> str | None:
    """The version of the first of some distributions that is installed."""
    for name in distributions:
        try:
            return version(name)
        except PackageNotFoundError:
            continue
    return None


def device_of(backend: Adapter, array: Any) -> str:
    """Where an array of the backend lies."""
    device = getattr(array, "device", None)
    return str(device() if callable(device) else device or "cpu")


def write_json(path: Path, content: dict[str, Any]) -> None:
    """JSON that any reader takes: no NaN or infinity."""
    path.write_text(json.dumps(content, indent=2, allow_nan=False) + "\n", encoding="utf-8")
