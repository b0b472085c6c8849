"""The same as `ddsp.analysis`: controls from audio."""

from ..analysis import *
from ..analysis import __all__ as __all__
