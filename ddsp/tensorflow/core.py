"""The same as `ddsp.core`: functions of arrays."""

from ..core import *
from ..core import __all__ as __all__
