"""Files of arrays (safetensors), written atomically."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np

__all__: list[str] = []


def arrays_to_bytes(arrays: Mapping[str, np.ndarray]) -> bytes:
    """Content of a safetensors file, the same for equal arrays."""
    from safetensors.numpy import save

    return save({name: np.ascontiguousarray(x) for name, x in sorted(arrays.items())})


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """Read a safetensors file.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    arrays : dict
        NumPy arrays by name, in the order of the names.

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
        # `load` gives another order at each call, and compiled programs depend on the order of a dict.
        return dict(sorted(load(path.read_bytes()).items()))
    except (SafetensorError, ValueError, KeyError) as error:
        raise ValueError(f"{path}: not a whole safetensors file ({error})") from error


def write_arrays(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write a safetensors file atomically: a process that is killed leaves either the old or the new file."""
    neighbor = path.with_name(f".{path.name}.new-{os.getpid()}")
    neighbor.unlink(missing_ok=True)
    try:
        write_flushed(neighbor, arrays_to_bytes(arrays))
        neighbor.replace(path)
        flush_folder(path.parent)
    finally:
        neighbor.unlink(missing_ok=True)


def write_flushed(path: Path, data: bytes) -> None:
    """Write a new file whose content reaches the disk."""
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def flush_folder(path: Path) -> None:
    """Make the entries of a folder reach the disk, on systems that can open a folder."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
