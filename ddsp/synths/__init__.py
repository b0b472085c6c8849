"""Synthesizers: audio from the outputs of a network."""

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
