"""Folders of arrays (safetensors) and settings (JSON) that exist whole or not at all."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

__all__: list[str] = []


def to_bytes(content: Any) -> bytes:
    """Content of a file: safetensors for a dict of NumPy arrays, otherwise JSON.

    Parameters
    ----------
    content
        Dict of arrays, or what JSON can hold.

    Returns
    -------
    content : bytes
        The file's bytes, the same for equal contents.
    """
    if isinstance(content, Mapping) and content and all(isinstance(x, np.ndarray) for x in content.values()):
        from safetensors.numpy import save

        return save({name: np.ascontiguousarray(x) for name, x in sorted(content.items())})
    return (json.dumps(content, indent=2, allow_nan=False) + "\n").encode()


def write_folder(path: Path, contents: Mapping[str, Any]) -> None:
    """Write a new folder of files at once: a process that is killed leaves either the folder or nothing of its name.

    The files are written into a neighbor, whose name begins with a dot, and reach the disk before it is renamed. A
    folder of the same name is replaced.

    Parameters
    ----------
    path
        The folder.
    contents
        Content of each file by its name, as for `to_bytes`.

    See Also
    --------
    read_json, read_arrays : Read the files.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    neighbor, old = (path.with_name(f".{path.name}.{kind}-{os.getpid()}") for kind in ("new", "old"))
    shutil.rmtree(neighbor, ignore_errors=True)
    neighbor.mkdir()
    try:
        for name, content in contents.items():
            with open(neighbor / name, "wb") as file:
                file.write(to_bytes(content))
                file.flush()
                os.fsync(file.fileno())
        _flush_folder(neighbor)
        if path.exists():
            path.rename(old)
        neighbor.rename(path)
        _flush_folder(path.parent)
    finally:
        shutil.rmtree(neighbor, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def _flush_folder(path: Path) -> None:
    """Make the entries of a folder reach the disk, on systems that can open a folder."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


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
    except ValueError as error:
        raise ValueError(f"{path}: not a JSON file ({error})") from error
    if not isinstance(content, dict):
        raise ValueError(f"{path}: got a JSON {type(content).__name__}, expected an object")
    return content


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """Read a safetensors file.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    arrays : dict
        NumPy arrays by name.

    Raises
    ------
    FileNotFoundError
        There is no such file.
    ValueError
        The file is truncated, or of another format. The message names it.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        return load(path.read_bytes())
    except (SafetensorError, ValueError, KeyError) as error:
        raise ValueError(f"{path}: not a whole safetensors file ({error})") from error
