"""Two-way mismatch between sinusoids and harmonics."""

from __future__ import annotations

import math
from dataclasses import dataclass

from .. import core
from ..core.hidden_markov import log_sum_exp
from ..extend import Array, Float, checked_with, common_backend, integer
from ._loss import Loss

__all__ = ["TWMLoss"]

#: Lower limit of candidates in Hz, because the ratio of a sinusoid to a candidate of 0 Hz is infinite.
LOWEST_HZ = 1.0
#: Smallest amplitude of a sinusoid in the density of pitches, so that its logarithm is finite.
LEAST_AMP = 1e-7
#: Gaussians below e ** -40 of the nearest one are left out: they vanish in the rounding of float64.
NEGLIGIBLE = 40.0


@dataclass(frozen=True)
class TWMLoss(Loss):
    """Two-way mismatch between sinusoids and the harmonics of the best candidate fundamental.

    A smooth form of the procedure of Maher and Beauchamp (1994, J. Acoust. Soc. Am. 95:2254). Each candidate f0 has two
    errors, negative log-likelihoods under mixtures of Gaussians:

    - sinusoids given harmonics: the ratios freqs / f0 under Gaussians at 1 ... n_harmonic_gaussians, averaged with the
      amplitudes as weights. It favors low candidates, whose harmonics are dense.
    - harmonics given sinusoids: the pitches of f0 * 1 ... n_harmonic_points under Gaussians at the pitches of the
      sinusoids, weighted by amplitude. Harmonic n has the weight 1 - (n - 1) / n_harmonic_points. Harmonics at and
      above Nyquist do not count, except the first. It favors high candidates.

    The loss is the mean, over frames and candidates, of the weighted sum of both errors times its softmin over the
    candidates.

    ![The two errors as functions of the candidate f0, for six harmonics of 200 Hz](../figures/mismatch.png)

    Parameters
    ----------
    sinusoids_weight, harmonics_weight
        Weights of the two errors.
    sinusoids_scale
        Standard deviation of the Gaussians at the sinusoids, in semitones, > 0.
    harmonics_scale
        Standard deviation of the Gaussians at the harmonics, in multiples of f0, > 0.
    n_harmonic_points
        Number of harmonics of a candidate that are compared with the sinusoids. It should not exceed the number of
        partials of the sound.
    n_harmonic_gaussians
        Number of harmonics of a candidate that sinusoids are compared with. A sinusoid far above the last of them adds
        a large error to the candidate, even if it is weak.
    softmin_temperature
        Temperature of the softmin, > 0. At low temperatures the best candidate alone counts.
    sample_rate
        Sample rate in Hz.
    name
        Key in `get_losses_dict`.

    See Also
    --------
    KDEConsistencyLoss : Likelihoods of two sets of sinusoids.
    ddsp.core.sinusoidal_to_harmonic : Assigns sinusoids to harmonics.

    Notes
    -----
    In the original the second error of a candidate above Nyquist is 0, the minimum. A candidate of 0 Hz has errors of
    1e22 with gradients of 1e19 there; here it counts as 1 Hz.

    Memory: the largest arrays are [batch, frames, candidates, sinusoids], independent of the number of harmonics. A
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
        """Compute the loss of sinusoids.

        Parameters
        ----------
        f0_candidates
            Candidate fundamentals in Hz, [batch, frames, candidates]; for example the frequencies of the sinusoids.
        freqs
            Frequencies of the sinusoids in Hz, [batch, frames, sinusoids].
        amps
            Linear amplitudes of the sinusoids, >= 0, [batch, frames, sinusoids].

        Returns
        -------
        loss : array
            Scalar, dtype of the inputs. Its gradient is finite everywhere, silence and 0 Hz included.
        """
        error = self._error(f0_candidates, freqs, amps)
        preference = error * (-1.0 / self.softmin_temperature)
        backend = common_backend(error=error)
        xp = backend.xp
        # Errors of bad candidates reach 1e8, too large for the log of a sum of exponentials in float32.
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
        """Select the candidate with the smallest error in each frame.

        Parameters
        ----------
        f0_candidates
            Candidate fundamentals in Hz, [batch, frames, candidates].
        freqs
            Frequencies of the sinusoids in Hz, [batch, frames, sinusoids].
        amps
            Linear amplitudes of the sinusoids, >= 0, [batch, frames, sinusoids].

        Returns
        -------
        f0_hz : array
            [batch, frames, 1], in Hz.
        """
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
        """Compute the two errors of each candidate, without their weights.

        Parameters
        ----------
        f0_candidates
            Candidate fundamentals in Hz, [batch, frames, candidates].
        freqs
            Frequencies of the sinusoids in Hz, [batch, frames, sinusoids].
        amps
            Linear amplitudes of the sinusoids, >= 0, [batch, frames, sinusoids].

        Returns
        -------
        sinusoids_loss : array
            -log p(sinusoids | harmonics), [batch, frames, candidates]; 0 in silence.
        harmonics_loss : array
            -log p(harmonics | sinusoids), [batch, frames, candidates].
        """
        common_backend(f0_candidates=f0_candidates, freqs=freqs, amps=amps)
        # Frequency of each sinusoid relative to each candidate: [batch, frames, candidates, sinusoids].
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
        """Log-density of a mixture of Gaussians at the harmonic numbers; only Gaussians near each ratio are summed."""
        xp = common_backend(ratios=ratios).xp
        n, precision = self.n_harmonic_gaussians, 1.0 / self.harmonics_scale**2
        nearest = xp.clip(xp.round(ratios), 1.0, float(n))
        offset = ratios - nearest
        total = xp.ones_like(ratios)  # relative to the nearest Gaussian
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
        places = core.logb(ratios) * per_octave  # intervals from candidate to sinusoids, in standard deviations
        total, count = xp.zeros_like(f0_candidates), xp.zeros_like(f0_candidates)
        for n in range(1, n_points + 1):  # in a loop: at once they would take n_points times the memory
            distance = places - math.log2(n) * per_octave
            nll = log_norm - log_sum_exp(log_weights - 0.5 * (distance * distance))[..., 0]
            # The fundamental always counts: a candidate without harmonics would have the error 0.
            counts = xp.ones_like(f0_candidates)
            if n > 1:
                counts = xp.where(f0_candidates * float(n) < self.sample_rate / 2.0, counts, xp.zeros_like(counts))
            total = total + (1.0 - (n - 1) / n_points) * counts * nll
            count = count + counts
        return total / count
