"""Effects: audio in, audio out."""

from .delay import ModDelay
from .reverb import Reverb, TrainableReverb

__all__ = ["ModDelay", "Reverb", "TrainableReverb"]
