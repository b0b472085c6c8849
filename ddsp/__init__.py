"""Differentiable digital signal processing for NumPy, PyTorch, JAX and TensorFlow arrays.

`import ddsp` gives plain processors for arrays of any backend. `import ddsp.torch as ddsp`, `import ddsp.jax as ddsp`
and `import ddsp.tensorflow as ddsp` give the same names, with processors that are modules of that framework.
"""

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
from .processors import Processor, ProcessorGroup

__version__ = "0.1.0"

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
]
