"""Losses: how far audio, or what describes it, is from a target."""

from ._loss import Loss
from .differences import mean_difference
from .spectral import SpectralLoss
from .transcription import HmmTranscriber
from .two_way_mismatch import TWMLoss

__all__ = ["HmmTranscriber", "Loss", "SpectralLoss", "TWMLoss", "mean_difference"]
