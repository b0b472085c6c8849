"""Slow, obvious NumPy float64 definitions of every op, written without the library: what its results are held against.

Each oracle takes the parameters of the op of the same name. Where the library departs from the original DDSP on
purpose, the oracle departs as well, and says so.
"""

from . import (
    audio_losses,
    crepe,
    effects,
    filters,
    losses,
    oscillators,
    parameter_losses,
    pitch,
    processors,
    resample,
    spectral,
    tables,
    units,
    voices,
)

#: Functions, `OPS`, by subpackage. `METHODS` has methods by path, whose first argument is the settings of their class.
SUBPACKAGES = {
    "core": (units, resample, oscillators, filters, tables, voices, pitch),
    "spectral_ops": (spectral,),
    "losses": (losses, parameter_losses, audio_losses),
}
FILES = (processors, effects, tables, voices, crepe, losses, parameter_losses, audio_losses, pitch)

#: Oracles by the dotted name of the public op, methods of processors included.
ORACLES = {
    f"{subpackage}.{f.__name__}": f for subpackage, files in SUBPACKAGES.items() for file in files for f in file.OPS
}
ORACLES |= {path: f for file in FILES for path, f in file.METHODS.items()}
