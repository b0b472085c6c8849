"""`import ddsp.numpy as ddsp`: the plain processors, as `import ddsp` gives them."""

from . import *
from . import __all__ as __all__
