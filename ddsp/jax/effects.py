"""Effects of `ddsp.effects` as pytrees; typed in `effects.pyi`."""

from .. import effects as plain
from .._modules import furnish
from ._module import wrap

furnish(globals(), plain, wrap)
