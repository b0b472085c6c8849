"""The same as `ddsp.training`: gradient descent over arrays."""

from ..training import *
from ..training import __all__ as __all__
