"""`import ddsp.jax as ddsp`: processors and losses are pytrees, their trainable values the leaves.

So `jax.jit`, `jax.grad` and `jax.vmap` take them as arguments, optax updates them, and Equinox modules hold them as
attributes; Flax NNX modules do so as `nnx.data(ddsp.effects.TrainableReverb())`.
"""

from .._modules import needs

needs("jax")

from .. import Processor, __version__
from . import analysis, core, effects, losses, pretrained_models, processors, spectral_ops, synths, training
from ._module import wrap
from .processors import ProcessorGroup

__all__ = [
    "Processor",
    "ProcessorGroup",
    "__version__",
    "analysis",
    "core",
    "effects",
    "losses",
    "pretrained_models",
    "processors",
    "spectral_ops",
    "synths",
    "training",
    "wrap",
]
