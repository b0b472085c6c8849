"""Losses: how far audio, or what describes it, is from a target."""

from ._loss import Loss
from .differences import mean_difference
from .spectral import SpectralLoss

__all__ = ["Loss", "SpectralLoss", "mean_difference"]
