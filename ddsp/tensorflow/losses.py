"""Losses of `ddsp.losses` as Keras layers; typed in `losses.pyi`."""

from .. import losses as plain
from .._modules import furnish
from ._module import wrap

furnish(globals(), plain, wrap)
