"""`import ddsp.torch as ddsp`: processors and losses are `torch.nn.Module`s with trainable values as `Parameter`s."""

from .._modules import needs

needs("torch")

from .. import Processor, __version__
from ..backends._torch_outline import compile_less
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
    "compile_less",
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
