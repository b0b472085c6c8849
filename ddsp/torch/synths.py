"""Synthesizers of `ddsp.synths` as `torch.nn.Module`s; typed in `synths.pyi`."""

from .. import synths as plain
from .._doors import furnish
from ._module import wrap

furnish(globals(), plain, wrap)
