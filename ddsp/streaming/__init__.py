"""Streams for loops in real time: processors that remember, notes of a keyboard, and blocks for audio callbacks."""

from .audio_loop import AudioLoop, LoopFigures
from .notes import Notes
from .rebuffer import Rebuffer
from .resampler import Resampler
from .stream import Stream

__all__ = ["AudioLoop", "LoopFigures", "Notes", "Rebuffer", "Resampler", "Stream"]
