"""Slow, obvious NumPy float64 definitions of every op, written without the library: what its results are held against.

Each oracle takes the parameters of the op of the same name. Where the library departs from the original DDSP on
purpose, the oracle departs as well, and says so.
"""

from . import filters, losses, oscillators, pitch, processors, resample, spectral, units

#: Oracles by the dotted name of the public op, methods of processors included.
ORACLES = {
    **{f"core.{f.__name__}": f for f in (*units.OPS, *resample.OPS, *oscillators.OPS, *filters.OPS, *pitch.OPS)},
    **{f"spectral_ops.{f.__name__}": f for f in spectral.OPS},
    **{f"losses.{f.__name__}": f for f in losses.OPS},
    **processors.METHODS,
    **losses.METHODS,
    **pitch.METHODS,
}
