"""Sound in real time: features of audio, streams of processors, MIDI notes, and blocks for audio callbacks."""

from .at_rate import AtRate
from .audio_loop import AudioLoop, LoopFigures
from .frames import Frames
from .notes import Notes
from .pitch import CrepePitch, YinPitch
from .rebuffer import Rebuffer
from .resample import Resample
from .resampler import Resampler
from .spectra import Loudness, MelSpectrogram, Spectrogram
from .states import load_state, move_state, save_state
from .stream import Stream

__all__ = [
    "AtRate",
    "AudioLoop",
    "CrepePitch",
    "Frames",
    "LoopFigures",
    "Loudness",
    "MelSpectrogram",
    "Notes",
    "Rebuffer",
    "Resample",
    "Resampler",
    "Spectrogram",
    "Stream",
    "YinPitch",
    "load_state",
    "move_state",
    "save_state",
]
