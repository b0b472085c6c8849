"""Folders of arrays (safetensors) and settings (JSON) that exist whole or not at all."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..streaming.array_files import arrays_to_bytes, flush_folder, write_flushed

__all__: list[str] = []


def to_bytes(name: str, content: Any) -> bytes:
    """Content of a file: arrays if its name ends in `.safetensors`, otherwise JSON.

    Parameters
    ----------
    name
        Name of the file.
    content
        Dict of NumPy arrays, or what JSON can hold.

    Returns
    -------
    content : bytes
        The file's bytes, the same for equal contents.
    """
    if name.endswith(".safetensors"):
        return arrays_to_bytes(content)
    return to_json(content)


def to_json(content: Any) -> bytes:
    """Strict JSON as the content of a file."""
    return (json.dumps(content, indent=2, allow_nan=False) + "\n").encode()


def write_folder(path: Path, contents: Mapping[str, Any]) -> None:
    """Write a folder of files at once: a process that is killed leaves the new folder or what was there before.

    The files are written into a neighbor, whose name begins with a dot, and reach the disk before it is renamed. A
    folder of the same name is replaced. Between the two renames it has the name `.NAME.old`, under which
    `load_instrument` finds it, and the next `write_folder` renames it back.

    Parameters
    ----------
    path
        The folder.
    contents
        Content of each file by its name: a dict of NumPy arrays for a name that ends in `.safetensors`, otherwise what
        JSON can hold.

    See Also
    --------
    read_json, read_arrays : Read the files.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    neighbor, old = path.with_name(f".{path.name}.new-{os.getpid()}"), replaced(path)
    shutil.rmtree(neighbor, ignore_errors=True)
    neighbor.mkdir()
    try:
        if old.exists() and not path.exists():
            old.rename(path)
        for name, content in contents.items():
            write_flushed(neighbor / name, to_bytes(name, content))
        flush_folder(neighbor)
        if path.exists():
            shutil.rmtree(old, ignore_errors=True)
            path.rename(old)
        neighbor.rename(path)
        flush_folder(path.parent)
        shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(neighbor, ignore_errors=True)


def replaced(path: Path) -> Path:
    """Name of a folder while `write_folder` replaces it."""
    return path.with_name(f".{path.name}.old")


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON file that holds an object.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    content : dict
        The object.

    Raises
    ------
    FileNotFoundError
        There is no such file.
    ValueError
        The file holds something else. The message names it.
    """
    try:
        content = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path}: not a JSON file ({error})") from error
    if not isinstance(content, dict):
        raise ValueError(f"{path}: got a JSON {type(content).__name__}, expected an object")
    return content
