"""Instruments of `ddsp.instruments` as pytrees; typed in `instruments.pyi`."""

from .. import instruments as plain
from .._modules import wrap_subpackage
from ._module import wrap

wrap_subpackage(globals(), plain, wrap)
