"""Networks of `ddsp.nn` as Keras layers; typed in `nn.pyi`."""

from .. import nn as plain
from .._modules import wrap_subpackage
from ._module import wrap

wrap_subpackage(globals(), plain, wrap)
