"""Processors and groups of them of `ddsp.processors` as pytrees; typed in `processors.pyi`."""

from .. import processors as plain
from .._modules import wrap_subpackage
from ._module import wrap

wrap_subpackage(globals(), plain, wrap)
