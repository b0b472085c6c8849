"""The same as `ddsp.spectral_ops`: spectra and features."""

from ..spectral_ops import *
from ..spectral_ops import __all__ as __all__
