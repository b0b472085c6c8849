"""Slow, simple definitions of every op in NumPy and float64, independent of the library, whose results they check.

Each oracle has the parameters of the op with its name. If the library differs from the original DDSP on purpose, so
does the oracle, and its docstring says so.
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
