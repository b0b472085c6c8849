"""Instruments: a decoder network, synthesizers and a reverb, trained on recordings; their features and files."""

from .features import compute_features
from .files import TrainedInstrument, instrument_config, instrument_files, load_instrument, save_instrument
from .instrument import Instrument
from .matching import hold_pitch, hush, match_loudness, match_octave, tune
from .playing import play
from .transfer import Score, TransferSettings, play_score, score_of
from .values import flatten_values, nest_values

__all__ = [
    "Instrument",
    "Score",
    "TrainedInstrument",
    "TransferSettings",
    "compute_features",
    "flatten_values",
    "hold_pitch",
    "hush",
    "instrument_config",
    "instrument_files",
    "load_instrument",
    "match_loudness",
    "match_octave",
    "nest_values",
    "play",
    "play_score",
    "save_instrument",
    "score_of",
    "tune",
]
