"""Losses of `ddsp.losses` as pytrees; typed in `losses.pyi`."""

from .. import losses as plain
from .._modules import furnish
from ._module import wrap

furnish(globals(), plain, wrap)
