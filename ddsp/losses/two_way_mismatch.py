"""Harmonics against sinusoids, both ways."""

from __future__ import annotations

import math
from dataclasses import dataclass

from .. import core
from ..core.hidden_markov import log_sum_exp
from ..extend import Array, Float, checked_with, common_backend, integer
from ._loss import Loss

__all__ = ["TWMLoss"]

#: Candidates below this count as this, in Hz: the ratio of a sinusoid to a candidate of 0 Hz would know no limit.
LOWEST_HZ = 1.0
#: Least amplitude of a sinusoid in the density of pitches, so that its logarithm is finite.
LEAST_AMP = 1e-7
#: Gaussians that weigh less than e ** -40 beside the nearest one are left out: float64 would not see them.
NEGLIGIBLE = 40.0


@dataclass(frozen=True)
class TWMLoss(Loss):
    """Two-way mismatch: sinusoids should be the harmonics of the best of some candidate fundamentals.

    A smooth form of the procedure of Maher and Beauchamp (1994, J. Acoust. Soc. Am. 95:2254). Each candidate f0 has two
    errors, negative log-likelihoods under mixtures of Gaussians:

    - sinusoids given harmonics: the ratios freqs / f0 under Gaussians at 1 ... n_harmonic_gaussians, averaged with
      the amplitudes as weights. Low candidates, dense in harmonics, do well here.
    - harmonics given sinusoids: the pitches of f0 * 1 ... n_harmonic_points under Gaussians at the pitches of the
      sinusoids, as high as their amplitudes. The n-th harmonic weighs 1 - (n - 1) / n_harmonic_points; those at and
      above Nyquist, but for the first, do not count. High candidates do well here.

    The loss is the mean of the weighted sum of both, times its softmin over the candidates.

    Parameters
    ----------
    sinusoids_weight, harmonics_weight : of the two errors.
    sinusoids_scale : > 0, standard deviation around the sinusoids, in semitones.
    harmonics_scale : > 0, standard deviation around the harmonics, in multiples of f0.
    n_harmonic_points : harmonics of a candidate that are looked for among the sinusoids; no more than a tone has.
    n_harmonic_gaussians : harmonics of a candidate that a sinusoid may be; one far above the last of them weighs
        heavily against the candidate, however weak it is.
    softmin_temperature : > 0; the lower, the more the best candidate alone counts.
    sample_rate : in Hz.
    name : the key in `get_losses_dict`.

    Notes
    -----
    In the original the second error of a candidate above Nyquist is 0, the best there is; and a candidate of 0 Hz has
    errors of 1e22 with gradients of 1e19, where here it counts as 1 Hz.

    Memory: the largest arrays are [batch, frames, candidates, sinusoids], not larger by the number of harmonics. A
    gradient keeps about 5 of them, and 2 more for each of the n_harmonic_points.

    Examples
    --------
    >>> import numpy as np
    >>> freqs, amps = np.asarray([[[200.0, 401.0, 598.0]]]), np.asarray([[[1.0, 0.5, 0.3]]])
    >>> candidates = np.asarray([[[100.0, 200.0, 400.0]]])
    >>> TWMLoss(n_harmonic_points=3).predict_f0(candidates, freqs, amps)
    array([[[200.]]])
    """

    sinusoids_weight: float = 1.0
    harmonics_weight: float = 1.0
    sinusoids_scale: float = 0.5
    harmonics_scale: float = 0.2
    n_harmonic_points: int = 10
    n_harmonic_gaussians: int = 30
    softmin_temperature: float = 1.0
    sample_rate: float = 16000
    name: str = "twm_loss"

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("n_harmonic_points", "n_harmonic_gaussians"):
            integer(name, getattr(self, name), 1)
        for name in ("sinusoids_scale", "harmonics_scale", "softmin_temperature", "sample_rate"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name}: got {getattr(self, name)!r}, expected a number above 0")

    @checked_with(wide=True)
    def __call__(
        self,
        f0_candidates: Float[Array, "#batch frames candidates"],
        freqs: Float[Array, "#batch frames sinusoids"],
        amps: Float[Array, "#batch frames sinusoids"],
    ) -> Float[Array, ""]:
        """The loss of some sinusoids.

        Parameters
        ----------
        f0_candidates : in Hz; the sinusoids themselves, for example.
        freqs : of the sinusoids, in Hz.
        amps : of the sinusoids, linear, >= 0.

        Returns
        -------
        A scalar, same dtype. Its gradient is finite everywhere, silence and 0 Hz included.
        """
        error = self._error(f0_candidates, freqs, amps)
        preference = error * (-1.0 / self.softmin_temperature)
        backend = common_backend(error=error)
        xp = backend.xp
        # Errors without a candidate reach 1e8, where float32 has no place for the logarithm of a sum of exponentials.
        best = backend.stop_gradient(xp.max(preference, axis=-1, keepdims=True))
        shares = xp.exp(preference - best)
        return xp.mean(error * (shares / xp.sum(shares, axis=-1, keepdims=True)))

    @checked_with(wide=True)
    def predict_f0(
        self,
        f0_candidates: Float[Array, "#batch frames candidates"],
        freqs: Float[Array, "#batch frames sinusoids"],
        amps: Float[Array, "#batch frames sinusoids"],
    ) -> Float[Array, "batch frames 1"]:
        """The candidate of the least error in each frame, in Hz; arguments as for the call."""
        error = self._error(f0_candidates, freqs, amps)
        xp = common_backend(error=error).xp
        return xp.take_along_axis(f0_candidates, xp.argmin(error, axis=-1, keepdims=True), axis=-1)

    @checked_with(wide=True)
    def get_loss_tensors(
        self,
        f0_candidates: Float[Array, "#batch frames candidates"],
        freqs: Float[Array, "#batch frames sinusoids"],
        amps: Float[Array, "#batch frames sinusoids"],
    ) -> tuple[Float[Array, "batch frames candidates"], Float[Array, "batch frames candidates"]]:
        """The two errors of each candidate, without their weights; arguments as for the call.

        Returns
        -------
        sinusoids_loss : -log p(sinusoids | harmonics), 0 in silence.
        harmonics_loss : -log p(harmonics | sinusoids).
        """
        common_backend(f0_candidates=f0_candidates, freqs=freqs, amps=amps)
        # How many times as high as each candidate is each sinusoid: [batch, frames, candidates, sinusoids].
        ratios = core.safe_divide(freqs[:, :, None, :], f0_candidates[..., None], eps=LOWEST_HZ)
        return self._sinusoids_loss(ratios, amps), self._harmonics_loss(f0_candidates, ratios, amps)

    def _error(self, f0_candidates: Array, freqs: Array, amps: Array) -> Array:
        sinusoids_loss, harmonics_loss = self.get_loss_tensors(f0_candidates, freqs, amps)
        return self.sinusoids_weight * sinusoids_loss + self.harmonics_weight * harmonics_loss

    def _sinusoids_loss(self, ratios: Array, amps: Array) -> Array:
        """-log p(sinusoids | harmonics), [batch, frames, candidates]."""
        xp = common_backend(amps=amps).xp
        weights = core.safe_divide(amps, xp.sum(amps, axis=-1, keepdims=True))
        return -xp.sum(self._log_density_of_ratios(ratios) * weights[:, :, None, :], axis=-1)

    def _log_density_of_ratios(self, ratios: Array) -> Array:
        """Log-density of a mixture of Gaussians at the harmonic numbers, from those near each ratio."""
        xp = common_backend(ratios=ratios).xp
        n, precision = self.n_harmonic_gaussians, 1.0 / self.harmonics_scale**2
        nearest = xp.clip(xp.round(ratios), 1.0, float(n))
        offset = ratios - nearest
        total = xp.ones_like(ratios)  # all relative to the nearest Gaussian
        reach = min(math.floor(0.5 + math.sqrt(0.25 + 2.0 * NEGLIGIBLE / precision)), n - 1)
        for k in (k for k in range(-reach, reach + 1) if k):
            exists = (nearest >= 1.0 - k) & (nearest <= float(n) - k)
            exponent = (offset - 0.5 * k) * (k * precision)
            total = total + xp.exp(xp.where(exists, exponent, xp.full_like(exponent, -1e4)))
        log_norm = math.log(n * self.harmonics_scale * math.sqrt(2.0 * math.pi))
        return xp.log(total) - (0.5 * precision) * (offset * offset) - log_norm

    def _harmonics_loss(self, f0_candidates: Array, ratios: Array, amps: Array) -> Array:
        """-log p(harmonics | sinusoids), [batch, frames, candidates]."""
        xp = common_backend(amps=amps).xp
        log_amps = core.safe_log(amps, eps=LEAST_AMP)
        log_weights = (log_amps - log_sum_exp(log_amps))[:, :, None, :]
        log_norm = math.log(self.sinusoids_scale * math.sqrt(2.0 * math.pi))
        per_octave, n_points = 12.0 / self.sinusoids_scale, self.n_harmonic_points
        places = core.logb(ratios) * per_octave  # of the sinusoids above the candidate, in standard deviations
        total, count = xp.zeros_like(f0_candidates), xp.zeros_like(f0_candidates)
        for n in range(1, n_points + 1):  # one after another, or they would take n_points times the memory
            distance = places - math.log2(n) * per_octave
            nll = log_norm - log_sum_exp(log_weights - 0.5 * (distance * distance))[..., 0]
            # The fundamental always counts: a candidate without any harmonic would have no error.
            counts = xp.ones_like(f0_candidates)
            if n > 1:
                counts = xp.where(f0_candidates * float(n) < self.sample_rate / 2.0, counts, xp.zeros_like(counts))
            total = total + (1.0 - (n - 1) / n_points) * counts * nll
            count = count + counts
        return total / count
