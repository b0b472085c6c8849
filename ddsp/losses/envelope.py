"""Distances between amplitude envelopes."""

from __future__ import annotations

from dataclasses import dataclass

from .. import core, design, spectral_ops
from ..extend import Array, Float, checked, common_backend, integer, one_of, promote_half
from ._loss import Loss
from .differences import TINY, mean_difference
from .signal_ratios import flat_pair

__all__ = ["MultiScaleEnvelopeLoss"]


@dataclass(frozen=True)
class MultiScaleEnvelopeLoss(Loss):
    r"""Mean difference of root-mean-square envelopes at several frame sizes.

    $$e[m] = \sqrt{\sum_n w[n] \, x[m \cdot hop + n]^2}$$

    w is a Hann window with sum 1. The loss is the sum over frame sizes of the mean differences of e: long frames
    compare phrases, short frames compare attacks. Pitch and phase have little influence.

    ![Values of five losses for the same changes of a note](../figures/hearing.png)

    Parameters
    ----------
    frame_sizes
        Frame sizes in samples, each >= 1. The hop is a quarter of the size, and zeros around the audio let each sample
        lie in the same number of frames.
    loss_type
        'L1', 'L2' or 'COSINE' as in `mean_difference`; 'COSINE' compares whole envelopes as vectors.
    weight
        Factor of the loss.
    name
        Key in `get_losses_dict`.

    See Also
    --------
    SpectralLoss : Compares spectrograms.
    ddsp.spectral_ops.compute_rms_energy : Root-mean-square energy of frames.

    Notes
    -----
    This loss is not from a paper. It applies the multi-scale idea of `SpectralLoss` (Engel et al., 2020) to the level
    alone. In a silent frame the gradient is that of the windowed mean, so training can leave silence.

    Examples
    --------
    >>> import numpy as np
    >>> float(MultiScaleEnvelopeLoss(frame_sizes=(64,))(np.zeros((1, 640)), np.zeros((1, 640))))
    0.0
    """

    frame_sizes: tuple[int, ...] = (2048, 512, 128)
    loss_type: str = "L1"
    weight: float = 1.0
    name: str = "envelope_loss"

    def __post_init__(self) -> None:
        super().__post_init__()
        one_of("loss_type", self.loss_type.upper(), ("L1", "L2", "COSINE"))
        object.__setattr__(self, "frame_sizes", tuple(integer("frame_sizes", n, 1) for n in self.frame_sizes))
        if not self.frame_sizes:
            raise ValueError("frame_sizes: got (), expected at least one size")

    @checked
    def __call__(
        self,
        target_audio: Float[Array, "#batch time"] | Float[Array, "#batch time 1"],
        audio: Float[Array, "#batch time"] | Float[Array, "#batch time 1"],
        weights: Float[Array, "#batch 1"] | Float[Array, "#batch frames"] | float | None = None,
    ) -> Float[Array, ""]:
        """Compute the loss of audio against its target.

        Parameters
        ----------
        target_audio, audio
            Audio, [batch, time] or [batch, time, 1].
        weights
            Factor of the differences of envelopes, [batch, 1] or [batch, frames].

        Returns
        -------
        loss : array
            Scalar, dtype of `audio`.
        """
        xp = common_backend(target_audio=target_audio, audio=audio, weights=weights).xp
        target, value = flat_pair(target_audio, audio)
        weights = promote_half(xp, weights)
        total = 0.0
        for size in self.frame_sizes:
            envelopes = [_envelope(x, size) for x in (target, value)]
            total = total + mean_difference(envelopes[0], envelopes[1], self.loss_type, weights)
        return xp.astype(self.weight * total, audio.dtype)


def _envelope(audio: Array, size: int) -> Array:
    """[batch, time] -> [batch, frames]; the audio is padded so that each sample lies in the same number of frames."""
    backend = common_backend(audio=audio)
    xp = backend.xp
    hop_size = max(size // 4, 1)
    audio = core.pad_axis(audio, (size - hop_size, 0), axis=1)
    frames = core.frame(spectral_ops.pad(audio, size, hop_size, "same"), size, hop_size)
    window = design.hann(size)
    window = backend.constant(window / window.sum(), audio)
    mean, square = xp.sum(frames * window, axis=-1), xp.sum(frames * frames * window, axis=-1)
    silent = square < TINY
    return xp.where(silent, mean, xp.sqrt(xp.where(silent, xp.ones_like(square), square)))
