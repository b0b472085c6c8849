"""Synthesizers: audio from a network's outputs."""

from .harmonic import Additive, Harmonic
from .noise import FilteredNoise
from .samples import TensorToAudio
from .sinusoidal import Sinusoidal

__all__ = ["Additive", "FilteredNoise", "Harmonic", "Sinusoidal", "TensorToAudio"]
