"""Effects of `ddsp.effects` as `torch.nn.Module`s; typed in `effects.pyi`."""

from .. import effects as plain
from .._modules import wrap_subpackage
from ._module import wrap

wrap_subpackage(globals(), plain, wrap)
