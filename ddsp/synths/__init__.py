"""Synthesizers: audio from a network's outputs."""

from .harmonic import Additive, Harmonic
from .noise import FilteredNoise

__all__ = ["Additive", "FilteredNoise", "Harmonic"]
