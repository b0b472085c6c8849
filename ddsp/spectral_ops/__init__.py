"""Spectra and features of audio: STFT, mel spectrograms, levels and pitch."""

from ..core.frame_padding import get_framed_lengths, pad, pad_or_trim_to_expected_length
from ..pretrained_models.f0 import compute_f0
from .levels import compute_loudness, compute_power, compute_rms_energy
from .mel import compute_logmel, compute_mel, compute_mfcc
from .spectra import compute_logmag, compute_mag, stft
from .yin import compute_yin

__all__ = [
    "compute_f0",
    "compute_logmag",
    "compute_logmel",
    "compute_loudness",
    "compute_mag",
    "compute_mel",
    "compute_mfcc",
    "compute_power",
    "compute_rms_energy",
    "compute_yin",
    "get_framed_lengths",
    "pad",
    "pad_or_trim_to_expected_length",
    "stft",
]
