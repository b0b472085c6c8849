"""Losses: how far audio, or what describes it, is from a target."""

from ._loss import Loss
from .consistency import FilteredNoiseConsistencyLoss, HarmonicConsistencyLoss, ParamLoss, amp_loss, freq_loss
from .differences import mean_difference
from .embedding import EmbeddingLoss, PretrainedCREPEEmbeddingLoss
from .kde import KDEConsistencyLoss
from .spectral import SpectralLoss
from .wasserstein import WassersteinConsistencyLoss, wasserstein_distance

__all__ = [
    "EmbeddingLoss", "FilteredNoiseConsistencyLoss", "HarmonicConsistencyLoss", "KDEConsistencyLoss", "Loss",
    "ParamLoss", "PretrainedCREPEEmbeddingLoss", "SpectralLoss", "WassersteinConsistencyLoss", "amp_loss", "freq_loss",
    "mean_difference", "wasserstein_distance",
]  # fmt: skip
