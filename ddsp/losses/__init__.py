"""Losses: how far audio, or what describes it, is from a target."""

from ._loss import Loss
from .differences import mean_difference, spectral_convergence
from .envelope import MultiScaleEnvelopeLoss
from .group import LossGroup
from .spectral import SpectralLoss
from .waveform import DCLoss, ESRLoss, LogCoshLoss, SISDRLoss, error_to_signal_ratio, si_sdr

__all__ = [
    "DCLoss",
    "ESRLoss",
    "LogCoshLoss",
    "Loss",
    "LossGroup",
    "MultiScaleEnvelopeLoss",
    "SISDRLoss",
    "SpectralLoss",
    "error_to_signal_ratio",
    "mean_difference",
    "si_sdr",
    "spectral_convergence",
]
