"""Distances of a synthesizer's controls from target controls."""

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
    """Average distance of amplitudes from a target, on a linear or a logarithmic scale.

    Parameters
    ----------
    amp, amp_target
        Amplitudes, >= 0, both of the same shape.
    loss_type
        'L1', 'L2' or 'COSINE', as in `mean_difference`.
    weights
        Factor of the differences, as in `mean_difference`.
    log
        If True, compare log10(max(amplitude, amin)), which follows perceived loudness more closely.
    amin
        Floor of the logarithm, > 0. An amplitude below `amin` has no gradient.

    Returns
    -------
    loss : array
        Scalar, dtype of the inputs.

    See Also
    --------
    freq_loss : The same for frequencies.
    HarmonicConsistencyLoss : Compares all controls of a harmonic synthesizer.

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
    """Average distance of frequencies from a target, in semitones.

    Parameters
    ----------
    f_hz, f_hz_target
        Frequencies in Hz, both of the same shape. 0 Hz counts as MIDI note 0 and has no gradient.
    loss_type
        'L1', 'L2' or 'COSINE', as in `mean_difference`.
    weights
        Factor of the differences, as in `mean_difference`.

    Returns
    -------
    loss : array
        Scalar, dtype of the inputs.

    See Also
    --------
    amp_loss : The same for amplitudes.
    hz_to_midi : The conversion to semitones.

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
    """Average distance of a prediction from its target: `weight` times `mean_difference`.

    Parameters
    ----------
    weight
        Factor of the loss.
    loss_type
        'L1', 'L2' or 'COSINE', as in `mean_difference`.
    name
        Key in `get_losses_dict`.

    See Also
    --------
    mean_difference : The distance as a function.

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
        """Compute the loss of a prediction.

        Parameters
        ----------
        pred, target
            Prediction and target, any shape, the same for both.
        weights
            Factor of the differences, as in `mean_difference`.

        Returns
        -------
        loss : array
            Scalar, dtype of the inputs.
        """
        common_backend(pred=pred, target=target, weights=weights)
        return self.weight * mean_difference(pred, target, self.loss_type, weights)


@dataclass(frozen=True)
class FilteredNoiseConsistencyLoss(Loss):
    """Mean absolute difference of noise magnitudes from a target.

    Parameters
    ----------
    weight
        Factor of the loss.
    name
        Key in `get_losses_dict`.

    See Also
    --------
    HarmonicConsistencyLoss : Compares the controls of a harmonic synthesizer.
    ddsp.synths.FilteredNoise : The synthesizer that takes these magnitudes.

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
        """Compute the loss of noise magnitudes.

        Parameters
        ----------
        noise_magnitudes, noise_magnitudes_target
            Linear magnitudes, [batch, frames, bands].

        Returns
        -------
        loss : array
            Scalar, dtype of the inputs.
        """
        common_backend(noise_magnitudes=noise_magnitudes, noise_magnitudes_target=noise_magnitudes_target)
        return self.weight * amp_loss(noise_magnitudes, noise_magnitudes_target)


@dataclass(frozen=True)
class HarmonicConsistencyLoss(Loss):
    """Distances of each of a harmonic synthesizer's controls from target controls.

    Parameters
    ----------
    amp_weight
        Factor of the mean absolute difference of the amplitudes.
    dist_weight
        Factor of the mean absolute difference of the harmonic distributions.
    f0_weight
        Factor of the mean absolute difference of the fundamental frequencies, in semitones.
    amp_threshold
        Linear amplitude. Distributions and frequencies count only in frames whose target amplitude is at least
        `amp_threshold`.
    name
        Name of the loss.

    See Also
    --------
    amp_loss : Distance of amplitudes.
    freq_loss : Distance of frequencies.
    ddsp.synths.Harmonic : The synthesizer that takes these controls.

    Notes
    -----
    `get_losses_dict` returns the three losses at the top level. In the original they are one level deeper, under
    `name`.

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
        """Compute the losses of amplitudes, harmonic distributions and fundamental frequencies.

        Parameters
        ----------
        harm_amp, harm_amp_target
            Linear amplitudes, >= 0, [batch, frames, 1].
        harm_dist, harm_dist_target
            Harmonic distributions, [batch, frames, harmonics].
        f0_hz, f0_hz_target
            Fundamental frequencies in Hz, [batch, frames, 1].

        Returns
        -------
        losses : dict
            Scalars 'harm_amp_loss', 'harm_dist_loss' and 'f0_hz_loss'.
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
        """Compute the three losses, each under its own name.

        Parameters
        ----------
        *args, **kwargs
            The arguments of the call.

        Returns
        -------
        losses : dict
            Scalars 'harm_amp_loss', 'harm_dist_loss' and 'f0_hz_loss'.
        """
        return self(*args, **kwargs)
