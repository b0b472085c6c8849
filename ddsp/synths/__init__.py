"""Synthesizers: audio from a network's outputs."""

from .harmonic import Additive, Harmonic
from .noise import FilteredNoise
from .wavetable import Wavetable

__all__ = ["Additive", "FilteredNoise", "Harmonic", "Wavetable"]
