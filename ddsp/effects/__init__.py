"""Effects: audio in, audio out."""

from .filters import FIRFilter
from .noise_reverbs import ExpDecayReverb, FilteredNoiseReverb
from .reverb import Reverb, TrainableReverb

__all__ = ["ExpDecayReverb", "FIRFilter", "FilteredNoiseReverb", "Reverb", "TrainableReverb"]
