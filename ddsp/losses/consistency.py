"""Distances of a synthesizer's controls from those wanted."""

from __future__ import annotations

from dataclasses import dataclass

from .. import core
from ..extend import Array, Float, checked, common_backend, one_of
from ._loss import Loss
from .differences import mean_difference

__all__ = ["FilteredNoiseConsistencyLoss", "HarmonicConsistencyLoss", "ParamLoss", "amp_loss", "freq_loss"]


@checked
def amp_loss(
    amp: Float[Array, ""] | Float[Array, "#batch *rest"],
    amp_target: Float[Array, ""] | Float[Array, "#batch *rest"],
    loss_type: str = "L1",
    weights: Float[Array, ...] | float | None = None,
    log: bool = False,
    amin: float = 1e-5,
) -> Float[Array, ""]:
    """Average distance of amplitudes from their target, linear or in factors of ten.

    Parameters
    ----------
    amp, amp_target : two arrays of one shape, >= 0.
    loss_type, weights : as for `mean_difference`.
    log : compare log10(max(amplitude, amin)), which is nearer to how loudness is heard.
    amin : > 0, the floor of the logarithm; below it an amplitude has no gradient.

    Returns
    -------
    A scalar, same dtype.

    Examples
    --------
    >>> import numpy as np
    >>> round(float(amp_loss(np.asarray([0.1, 0.0]), np.asarray([1.0, 0.0]), log=True)), 6)
    0.5
    """
    common_backend(amp=amp, amp_target=amp_target, weights=weights)
    if log:
        amp, amp_target = core.log10(amp, amin), core.log10(amp_target, amin)
    return mean_difference(amp, amp_target, loss_type, weights)


@checked
def freq_loss(
    f_hz: Float[Array, ""] | Float[Array, "#batch *rest"],
    f_hz_target: Float[Array, ""] | Float[Array, "#batch *rest"],
    loss_type: str = "L1",
    weights: Float[Array, ...] | float | None = None,
) -> Float[Array, ""]:
    """Average distance of frequencies from their target, in semitones.

    Parameters
    ----------
    f_hz, f_hz_target : two arrays of one shape, in Hz; 0 Hz counts as MIDI note 0 and has no gradient.
    loss_type, weights : as for `mean_difference`.

    Returns
    -------
    A scalar, same dtype.

    Examples
    --------
    >>> import numpy as np
    >>> round(float(freq_loss(np.asarray([880.0]), np.asarray([440.0]))), 6)
    12.0
    """
    common_backend(f_hz=f_hz, f_hz_target=f_hz_target, weights=weights)
    return mean_difference(core.hz_to_midi(f_hz), core.hz_to_midi(f_hz_target), loss_type, weights)


@dataclass(frozen=True)
class ParamLoss(Loss):
    """Average distance of any prediction from its target: `weight` times `mean_difference`.

    Parameters
    ----------
    weight : factor of the loss.
    loss_type : 'L1', 'L2' or 'COSINE', as in `mean_difference`.
    name : the key in `get_losses_dict`.

    Examples
    --------
    >>> import numpy as np
    >>> float(ParamLoss(weight=10.0)(np.asarray([0.5]), np.asarray([0.25])))
    2.5
    """

    weight: float = 1.0
    loss_type: str = "L1"
    name: str = "param_loss"

    def __post_init__(self) -> None:
        super().__post_init__()
        one_of("loss_type", self.loss_type.upper(), ("L1", "L2", "COSINE"))

    @checked
    def __call__(
        self,
        pred: Float[Array, ""] | Float[Array, "#batch *rest"],
        target: Float[Array, ""] | Float[Array, "#batch *rest"],
        weights: Float[Array, ...] | float | None = None,
    ) -> Float[Array, ""]:
        """The loss of a prediction of the shape of its target; `weights` as for `mean_difference`."""
        common_backend(pred=pred, target=target, weights=weights)
        return self.weight * mean_difference(pred, target, self.loss_type, weights)


@dataclass(frozen=True)
class FilteredNoiseConsistencyLoss(Loss):
    """Average absolute distance of noise magnitudes from those wanted.

    Parameters
    ----------
    weight : factor of the loss.
    name : the key in `get_losses_dict`.

    Examples
    --------
    >>> import numpy as np
    >>> float(FilteredNoiseConsistencyLoss()(np.full((1, 2, 3), 0.5), np.zeros((1, 2, 3))))
    0.5
    """

    weight: float = 1.0
    name: str = "filtered_noise_consistency_loss"

    @checked
    def __call__(
        self,
        noise_magnitudes: Float[Array, "batch frames bands"],
        noise_magnitudes_target: Float[Array, "batch frames bands"],
    ) -> Float[Array, ""]:
        """The loss of magnitudes, linear."""
        common_backend(noise_magnitudes=noise_magnitudes, noise_magnitudes_target=noise_magnitudes_target)
        return self.weight * amp_loss(noise_magnitudes, noise_magnitudes_target)


@dataclass(frozen=True)
class HarmonicConsistencyLoss(Loss):
    """Distances of a harmonic synthesizer's controls from those wanted, one by one.

    Parameters
    ----------
    amp_weight : factor of the mean absolute difference of amplitudes.
    dist_weight : factor of that of harmonic distributions.
    f0_weight : factor of that of fundamental frequencies, in semitones.
    amp_threshold : the last two count only where the target's amplitude is at least this, linear.
    name : the loss's name.

    Notes
    -----
    `get_losses_dict` returns the three losses as they are; in the original they are one level deeper, under the name.

    Examples
    --------
    >>> import numpy as np
    >>> one = np.ones((1, 2, 1))
    >>> losses = HarmonicConsistencyLoss(amp_weight=2.0)(0.5 * one, one, one, one, 880.0 * one, 440.0 * one)
    >>> {name: round(float(loss), 6) for name, loss in losses.items()}
    {'harm_amp_loss': 1.0, 'harm_dist_loss': 0.0, 'f0_hz_loss': 12.0}
    """

    amp_weight: float = 1.0
    dist_weight: float = 1.0
    f0_weight: float = 1.0
    amp_threshold: float = 1e-4
    name: str = "harmonic_consistency_loss"

    @checked
    def __call__(
        self,
        harm_amp: Float[Array, "batch frames 1"],
        harm_amp_target: Float[Array, "batch frames 1"],
        harm_dist: Float[Array, "batch frames harmonics"],
        harm_dist_target: Float[Array, "batch frames harmonics"],
        f0_hz: Float[Array, "batch frames 1"],
        f0_hz_target: Float[Array, "batch frames 1"],
    ) -> dict[str, Float[Array, ""]]:
        """The losses of amplitudes, distributions and frequencies in Hz.

        Returns
        -------
        {'harm_amp_loss', 'harm_dist_loss', 'f0_hz_loss'}, scalars.
        """
        xp = common_backend(harm_amp=harm_amp, harm_amp_target=harm_amp_target).xp
        common_backend(harm_dist=harm_dist, harm_dist_target=harm_dist_target)
        common_backend(f0_hz=f0_hz, f0_hz_target=f0_hz_target)
        heard = xp.astype(harm_amp_target >= self.amp_threshold, harm_amp_target.dtype)
        return {
            "harm_amp_loss": self.amp_weight * amp_loss(harm_amp, harm_amp_target),
            "harm_dist_loss": self.dist_weight * amp_loss(harm_dist, harm_dist_target, weights=heard),
            "f0_hz_loss": self.f0_weight * freq_loss(f0_hz, f0_hz_target, weights=heard),
        }

    def get_losses_dict(self, *args: Array, **kwargs: Array) -> dict[str, Array]:
        """The three losses of some inputs, each under its own name."""
        return self(*args, **kwargs)
