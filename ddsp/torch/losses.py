"""Losses of `ddsp.losses` as `torch.nn.Module`s; typed in `losses.pyi`."""

from .. import losses as plain
from .._modules import wrap_subpackage
from ._module import wrap

wrap_subpackage(globals(), plain, wrap)
