"""Pretrained models of `ddsp.pretrained_models` as pytrees; typed in `pretrained_models.pyi`."""

from .. import pretrained_models as plain
from .._modules import furnish
from ._module import wrap

furnish(globals(), plain, wrap)
