"""Processors that remember: the state of a stream in an object, for loops in real time."""

from .rebuffer import Rebuffer
from .stream import Stream

__all__ = ["Rebuffer", "Stream"]
