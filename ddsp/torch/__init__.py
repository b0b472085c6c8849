"""`import ddsp.torch as ddsp`: processors and losses are `torch.nn.Module`s with trainable values as `Parameter`s."""

from .._modules import needs

needs("torch")

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
