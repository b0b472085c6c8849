"""States of streams: saving, loading, and moving to another array library."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ..core.streaming import State, example_array
from ..extend import Adapter, Array, adapter_of
from .array_files import read_arrays, write_arrays

__all__ = ["load_state", "move_state", "save_state"]


def save_state(path: str | Path, state: State) -> None:
    """Save the state of a stream, which another process continues with the same bits.

    The file is replaced atomically: a process that is killed leaves either the old or the new state.

    Parameters
    ----------
    path
        File, usually with the ending `.safetensors`. The names of nested arrays in it are joined by slashes.
    state
        State of `init_state` or of a step, of any backend.

    Raises
    ------
    ValueError
        A name in the state contains a slash.

    See Also
    --------
    load_state : The inverse.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from ddsp.effects import Reverb
    >>> path, reverb = tempfile.mkdtemp() + "/reverb.safetensors", Reverb()
    >>> state = reverb.init_state(like=np.zeros(1), ir=np.asarray([[0.0, 0.5]]))
    >>> _, state = reverb.step(state, np.ones((1, 100)))
    >>> save_state(path, state)
    >>> reverb.step(load_state(path), np.zeros((1, 2)))[0].round(6)
    array([[0.5, 0. ]])
    """
    write_arrays(Path(path), _flat(state))


def load_state(path: str | Path, like: Any = None) -> State:
    """Load the state of a stream.

    Parameters
    ----------
    path
        File of `save_state`.
    like
        Array that gives backend and device; None for NumPy.

    Returns
    -------
    state : dict
        Arrays by name, nested, with the dtypes that were saved.

    Raises
    ------
    FileNotFoundError
        There is no such file.
    ValueError
        The file is truncated, or of another format. The message names it.

    See Also
    --------
    save_state : The inverse, with an example.
    """
    state: State = {}
    for name, x in read_arrays(Path(path)).items():
        *owners, last = name.split("/")
        place = state
        for owner in owners:
            place = place.setdefault(owner, {})
        place[last] = x
    return state if like is None else move_state(state, like)


def move_state(state: State, like: Any) -> State:
    """Move the state of a stream to another array library or device, where the stream continues.

    Parameters
    ----------
    state
        State of `init_state` or of a step.
    like
        Array that gives backend and device.

    Returns
    -------
    state : dict
        The same values and dtypes.

    See Also
    --------
    save_state : Moves a state to another process.

    Examples
    --------
    >>> import numpy as np
    >>> from ddsp.processors import Crop
    >>> state = Crop(frame_size=2).init_state(like=np.zeros(1))
    >>> move_state(state, np.zeros(1))["count"]
    array([[0]], dtype=int32)
    """
    like = example_array(like)
    target = adapter_of(like, names=("like",))
    return _moved(state, target, like)


def _moved(state: State, target: Adapter, like: Array) -> State:
    return {
        name: _moved(x, target, like) if isinstance(x, dict) else _converted(adapter_of(x).to_numpy(x), target, like)
        for name, x in state.items()
    }


def _converted(x: np.ndarray, target: Adapter, like: Array) -> Array:
    """An array of the host in another library, with its own dtype."""
    return target.constant(x, target.xp.zeros_like(like, dtype=getattr(target.xp, x.dtype.name)))


def _flat(state: State, before: str = "") -> dict[str, np.ndarray]:
    """Arrays of the host by their path."""
    flat: dict[str, np.ndarray] = {}
    for name, x in state.items():
        if "/" in name:
            raise ValueError(f"state: got the name {before + name!r}, expected names without slashes")
        flat |= _flat(x, f"{before}{name}/") if isinstance(x, dict) else {before + name: adapter_of(x).to_numpy(x)}
    return flat
