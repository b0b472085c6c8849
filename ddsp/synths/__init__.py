"""Synthesizers: audio from a network's outputs."""

from .envelopes import ADSR
from .harmonic import Additive, Harmonic
from .noise import FilteredNoise
from .samples import TensorToAudio
from .sinusoidal import Sinusoidal
from .surrogate import SurrogateSinusoidal
from .wavetable import Wavetable

__all__ = [
    "ADSR",
    "Additive",
    "FilteredNoise",
    "Harmonic",
    "Sinusoidal",
    "SurrogateSinusoidal",
    "TensorToAudio",
    "Wavetable",
]
