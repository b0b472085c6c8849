"""Synthesizers of `ddsp.synths` as Keras layers; typed in `synths.pyi`."""

from .. import synths as plain
from .._modules import furnish
from ._module import wrap

furnish(globals(), plain, wrap)
