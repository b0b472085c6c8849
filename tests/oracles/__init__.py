"""Slow, obvious NumPy float64 definitions of every op, written without the library: what its results are held against.

Each oracle takes the parameters of the op of the same name. Where the library departs from the original DDSP on
purpose, the oracle departs as well, and says so.
"""

from . import audio_losses, filters, losses, oscillators, processors, resample, spectral, units, voices

#: Oracles by the dotted name of the public op, methods of processors included. A file has functions, whose room the
#: list tells, in `OPS`, and methods, which take the settings of their class first, in `METHODS`.
ORACLES = {
    **{f"core.{f.__name__}": f for file in (units, resample, oscillators, filters, voices) for f in file.OPS},
    **{f"spectral_ops.{f.__name__}": f for f in spectral.OPS},
    **{f"losses.{f.__name__}": f for file in (losses, audio_losses) for f in file.OPS},
    **{path: f for file in (processors, voices, losses, audio_losses) for path, f in file.METHODS.items()},
}
