"""The same as `ddsp.streaming`: streams take processors and modules."""

from ..streaming import *
from ..streaming import __all__ as __all__
