"""Synthesizers of `ddsp.synths` as pytrees; typed in `synths.pyi`."""

from .. import synths as plain
from .._modules import wrap_subpackage
from ._module import wrap

wrap_subpackage(globals(), plain, wrap)
