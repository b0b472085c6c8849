"""`import ddsp.numpy as ddsp`: the plain processors, as `import ddsp` gives them."""

from . import (
    Processor,
    ProcessorGroup,
    __version__,
    core,
    effects,
    losses,
    pretrained_models,
    processors,
    spectral_ops,
    synths,
)

__all__ = [
    "Processor",
    "ProcessorGroup",
    "__version__",
    "core",
    "effects",
    "losses",
    "pretrained_models",
    "processors",
    "spectral_ops",
    "synths",
]
