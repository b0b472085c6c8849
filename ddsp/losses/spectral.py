"""Distances between spectrograms."""

from __future__ import annotations

from dataclasses import dataclass

from .. import core, spectral_ops
from .._checks import floats, one_of
from .._types import Array, Float
from ._loss import Loss
from .differences import mean_difference

__all__ = ["SpectralLoss"]


@dataclass(frozen=True)
class SpectralLoss(Loss):
    """Multi-scale spectrogram loss: audio that sounds alike, whatever its phases (Engel et al., 2020, section 4.2).

    The weighted sum, over FFT sizes, of the mean differences of spectrograms and of what is derived from them.

    Parameters
    ----------
    fft_sizes : frame sizes of the spectrograms, in samples; frames overlap by 3/4.
    loss_type : 'L1', 'L2' or 'COSINE', as in `mean_difference`.
    mag_weight : magnitudes; loud partials count most.
    delta_time_weight : differences of magnitudes from frame to frame; transients.
    delta_freq_weight : differences from bin to bin; the edges of partials.
    cumsum_freq_weight : running sums over frequency; its gradient pulls a partial towards a distant target.
    logmag_weight : logarithms of magnitudes; quiet parts count as well.
    loudness_weight : the A-weighted loudness in dB of frames of 2048 samples.
    sample_rate : in Hz, for the loudness.
    name : the key in `get_losses_dict`.

    Examples
    --------
    >>> import numpy as np
    >>> float(SpectralLoss()(np.zeros((1, 2048)), np.zeros((1, 2048))))
    0.0
    """

    fft_sizes: tuple[int, ...] = (2048, 1024, 512, 256, 128, 64)
    loss_type: str = "L1"
    mag_weight: float = 1.0
    delta_time_weight: float = 0.0
    delta_freq_weight: float = 0.0
    cumsum_freq_weight: float = 0.0
    logmag_weight: float = 0.0
    loudness_weight: float = 0.0
    sample_rate: int = 16000
    name: str = "spectral_loss"

    def __post_init__(self) -> None:
        one_of("loss_type", self.loss_type.upper(), ("L1", "L2", "COSINE"))
        object.__setattr__(self, "fft_sizes", tuple(self.fft_sizes))  # a list of sizes would not hash

    def __call__(
        self,
        target_audio: Float[Array, "batch time"],
        audio: Float[Array, "batch time"],
        weights: Float[Array, ...] | float | None = None,
    ) -> Float[Array, ""]:
        """The loss of audio against its target.

        Parameters
        ----------
        target_audio, audio : [batch, time] or [batch, time, 1].
        weights : multiplies the differences, as in `mean_difference`: broadcasts with [batch, frames, bins] at every
            FFT size.

        Returns
        -------
        A scalar, dtype of audio. Its gradient is finite everywhere, silence included.
        """
        xp = floats(target_audio=target_audio, audio=audio, weights=weights).xp
        total = xp.sum(xp.zeros_like(audio[:1, :1, ...]))
        for size in self.fft_sizes:
            target, value = (spectral_ops.compute_mag(x, size) for x in (target_audio, audio))
            for term in self._spectrogram_terms(target, value, weights):
                total = total + term
        if self.loudness_weight > 0:
            flat = (x[:, :, 0] if len(x.shape) == 3 else x for x in (target_audio, audio))
            target, value = (spectral_ops.compute_loudness(x, self.sample_rate, n_fft=2048) for x in flat)
            total = total + self.loudness_weight * mean_difference(target, value, self.loss_type, weights)
        return total

    def _spectrogram_terms(self, target: Array, value: Array, weights: Array | float | None) -> list[Array]:
        """The weighted differences of a pair of spectrograms, [batch, frames, bins]."""
        xp = floats(target=target, value=value).xp
        views = (
            (self.mag_weight, lambda x: x),
            (self.delta_time_weight, lambda x: core.diff(x, axis=1)),
            (self.delta_freq_weight, lambda x: core.diff(x, axis=2)),
            (self.cumsum_freq_weight, lambda x: xp.cumulative_sum(x, axis=2)),
            (self.logmag_weight, core.safe_log),
        )
        return [
            weight * mean_difference(view(target), view(value), self.loss_type, weights)
            for weight, view in views
            if weight > 0
        ]
