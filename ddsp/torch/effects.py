"""Effects of `ddsp.effects` as `torch.nn.Module`s; typed in `effects.pyi`."""

from .. import effects as plain
from .._modules import furnish
from ._module import wrap

furnish(globals(), plain, wrap)
