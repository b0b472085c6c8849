"""Losses: differentiable distances of audio, or of a synthesizer's controls, from a target."""

from ._loss import Loss
from .consistency import FilteredNoiseConsistencyLoss, HarmonicConsistencyLoss, ParamLoss, amp_loss, freq_loss
from .differences import mean_difference, spectral_convergence
from .embedding import EmbeddingLoss, PretrainedCREPEEmbeddingLoss
from .envelope import MultiScaleEnvelopeLoss
from .group import LossGroup
from .kde import KDEConsistencyLoss
from .plain import plain_spectral_loss
from .signal_ratios import error_to_signal_ratio, si_sdr
from .spectral import SpectralLoss
from .transcription import HmmTranscriber
from .two_way_mismatch import TWMLoss
from .wasserstein import WassersteinConsistencyLoss, wasserstein_distance
from .waveform import DCLoss, ESRLoss, LogCoshLoss, SISDRLoss

__all__ = [
    "DCLoss",
    "ESRLoss",
    "EmbeddingLoss",
    "FilteredNoiseConsistencyLoss",
    "HarmonicConsistencyLoss",
    "HmmTranscriber",
    "KDEConsistencyLoss",
    "LogCoshLoss",
    "Loss",
    "LossGroup",
    "MultiScaleEnvelopeLoss",
    "ParamLoss",
    "PretrainedCREPEEmbeddingLoss",
    "SISDRLoss",
    "SpectralLoss",
    "TWMLoss",
    "WassersteinConsistencyLoss",
    "amp_loss",
    "error_to_signal_ratio",
    "freq_loss",
    "mean_difference",
    "plain_spectral_loss",
    "si_sdr",
    "spectral_convergence",
    "wasserstein_distance",
]
