"""Distances between envelopes."""

from __future__ import annotations

from dataclasses import dataclass

from .. import core, design, spectral_ops
from ..extend import Array, Float, checked, common_backend, integer, one_of, promote_half
from ._loss import Loss
from .differences import TINY, mean_difference
from .waveform import flat_pair

__all__ = ["MultiScaleEnvelopeLoss"]


@dataclass(frozen=True)
class MultiScaleEnvelopeLoss(Loss):
    """Mean difference of envelopes: how loudness moves in time, whatever the pitch and the phases.

    The sum over frame sizes of the mean differences of e[m] = sqrt(sum_n w[n] x[m hop + n]^2), the root mean square
    under a Hann window w of sum 1: long frames for phrases, short ones for attacks.

    Parameters
    ----------
    frame_sizes : in samples, each >= 1; frames overlap by 3/4, and each sample lies in as many of them.
    loss_type : 'L1', 'L2' or 'COSINE' (of the envelopes as vectors), as in `mean_difference`.
    weight : multiplies the loss.
    name : the key in `get_losses_dict`.

    Notes
    -----
    No paper's: the scales of `SpectralLoss` (Engel et al., 2020) for the level alone. A frame of silence takes the
    gradient of its mean, so the loss can lead away from silence.

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
        """The loss, a scalar; `weights`, [batch, 1] or [batch, frames], multiplies the differences."""
        xp = common_backend(target_audio=target_audio, audio=audio, weights=weights).xp
        target, value = flat_pair(target_audio, audio)
        weights = promote_half(xp, weights)
        total = 0.0
        for size in self.frame_sizes:
            envelopes = [_envelope(x, size) for x in (target, value)]
            total = total + mean_difference(envelopes[0], envelopes[1], self.loss_type, weights)
        return xp.astype(self.weight * total, audio.dtype)


def _envelope(audio: Array, size: int) -> Array:
    """[batch, time] -> [batch, frames]: zeros around the audio, so that all its samples lie in as many frames."""
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
