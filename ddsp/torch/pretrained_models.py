"""Pretrained models of `ddsp.pretrained_models` as `torch.nn.Module`s; typed in `pretrained_models.pyi`."""

from .. import pretrained_models as plain
from .._modules import wrap_subpackage
from ._module import wrap

wrap_subpackage(globals(), plain, wrap)
