"""Losses: how far audio, or what describes it, is from a target."""

from ._loss import Loss
from .differences import mean_difference
from .group import LossGroup
from .spectral import SpectralLoss

__all__ = ["Loss", "LossGroup", "SpectralLoss", "mean_difference"]
