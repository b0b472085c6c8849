"""Effects: audio in, audio out."""

from .reverb import Reverb, TrainableReverb

__all__ = ["Reverb", "TrainableReverb"]
