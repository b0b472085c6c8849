"""Synthesis of audio from controls on a backend."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from .. import analysis
from ..backends import Adapter, load
from ..core.noise import uniform_noise
from ..extend import Array
from .errors import UserError, load_quietly, reason_of

__all__ = ["COMPILED", "host_noise", "load_backend", "renderer"]


#: Backends that compile within seconds. PyTorch needs a C++ compiler and a minute or more for a resynthesis, and then
#: saves less time than that over some hundred steps.
COMPILED = ("jax", "tensorflow")


def load_backend(name: str) -> Adapter:
    """Load the adapter of a backend.

    Parameters
    ----------
    name
        Name of the backend.

    Returns
    -------
    adapter : Adapter
        Adapter of the backend.

    Raises
    ------
    UserError
        The framework is missing or broken.
    """
    try:
        return load_quietly(name)
    except ImportError as error:
        raise UserError(f"--backend: {error}") from error
    except Exception as error:  # from devices that cannot be initialized
        raise UserError(f"--backend: backend {name!r} cannot be initialized: {reason_of(error)}") from error


def host_noise(seed: int, n_samples: int) -> np.ndarray:
    """Draw the noise of a seed on the host, so that it does not depend on the backend.

    Parameters
    ----------
    seed
        Seed, an integer >= 0.
    n_samples
        Number of samples.

    Returns
    -------
    noise : array
        NumPy array, [1, n_samples], float32: the noise of `FilteredNoise` on NumPy.
    """
    return uniform_noise(load("numpy"), seed, (1, n_samples), np.zeros(0, np.float32))


def renderer(
    adapter: Adapter, sample_rate: int, progress: Callable[[float], None] | None = None
) -> Callable[[dict[str, Any], Array, float], Array]:
    """Make a function that synthesizes audio from controls, compiled if the backend compiles within seconds.

    Parameters
    ----------
    adapter
        Adapter of the backend.
    sample_rate
        Sample rate in Hz.
    progress
        Called with the share of the work that is done, from 0 to 1.

    Returns
    -------
    render : Callable
        `render(controls, noise, semitones)`, which returns the transposed audio.
    """
    render = partial(analysis.render_controls, sample_rate=sample_rate)
    compiled = adapter.jit(render) if adapter.name in COMPILED else None

    def transposed(controls: dict[str, Any], noise: Array, semitones: float = 0.0) -> Array:
        controls = {**controls, "f0_hz": controls["f0_hz"] * 2.0 ** (semitones / 12.0)}
        return analysis.render_in_chunks(controls, noise, sample_rate, compiled, progress)

    return transposed
