"""`import ddsp.tensorflow as ddsp`: processors and losses are `keras.layers.Layer`s with trainable weights."""

from .._modules import needs

needs("tensorflow", "keras")

from .. import Processor, __version__
from . import (
    analysis,
    core,
    effects,
    instruments,
    losses,
    nn,
    pretrained_models,
    processors,
    spectral_ops,
    streaming,
    synths,
    training,
)
from ._module import wrap
from .processors import ProcessorGroup

__all__ = [
    "Processor",
    "ProcessorGroup",
    "__version__",
    "analysis",
    "core",
    "effects",
    "instruments",
    "losses",
    "nn",
    "pretrained_models",
    "processors",
    "spectral_ops",
    "streaming",
    "synths",
    "training",
    "wrap",
]
