"""Effects: processors that take audio and return audio."""

from .decaying_reverb import DecayingReverb
from .delay import ModDelay
from .filters import FIRFilter
from .noise_reverbs import ExpDecayReverb, FilteredNoiseReverb
from .reverb import Reverb, TrainableReverb

__all__ = [
    "DecayingReverb",
    "ExpDecayReverb",
    "FIRFilter",
    "FilteredNoiseReverb",
    "ModDelay",
    "Reverb",
    "TrainableReverb",
]
