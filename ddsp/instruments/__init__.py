"""Instruments: a decoder network, synthesizers and a reverb, trained on recordings; their features and files."""

from .features import compute_features
from .files import TrainedInstrument, instrument_config, instrument_files, load_instrument, save_instrument
from .instrument import Instrument
from .keyboard import KeyboardInstrument
from .listener import Listener
from .live import LiveInstrument
from .long_features import compute_long_features
from .matching import match_loudness, match_octave, split_level, tune
from .playing import play
from .synth import Patch, make_synth
from .transfer import Score, TransferSettings, play_score, score_of
from .values import flatten_values, nest_values
from .voicing import find_voiced, hold_pitch, hush

__all__ = [
    "Instrument",
    "KeyboardInstrument",
    "Listener",
    "LiveInstrument",
    "Patch",
    "Score",
    "TrainedInstrument",
    "TransferSettings",
    "compute_features",
    "compute_long_features",
    "find_voiced",
    "flatten_values",
    "hold_pitch",
    "hush",
    "instrument_config",
    "instrument_files",
    "load_instrument",
    "make_synth",
    "match_loudness",
    "match_octave",
    "nest_values",
    "play",
    "play_score",
    "save_instrument",
    "score_of",
    "split_level",
    "tune",
]
