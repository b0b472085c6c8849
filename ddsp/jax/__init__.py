"""`import ddsp.jax as ddsp`: processors and losses are pytrees whose leaves are their trainable values.

They can be arguments of functions under `jax.jit`, `jax.grad` and `jax.vmap`, optax updates them, and they can be
attributes of Equinox modules. In a Flax NNX module, write `nnx.data(ddsp.effects.TrainableReverb())`.
"""

from .._modules import needs

needs("jax")

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
