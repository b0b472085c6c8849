"""Distances between spectrograms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from .. import core, design, spectral_ops
from ..extend import Adapter, Array, Float, Key, axis_size, checked_with, common_backend, integer, one_of, unchecked
from ._loss import Loss
from .differences import mean_difference, spectral_convergence

__all__ = ["SpectralLoss"]


#: For chunks of arrays that have been checked and have at least 32 bits.
_compute_mag, _mean_difference = unchecked(spectral_ops.compute_mag), unchecked(mean_difference)
_safe_log = unchecked(core.safe_log)
#: The weights of the terms, among the settings.
TERMS = (
    "mag_weight", "delta_time_weight", "delta_freq_weight", "cumsum_freq_weight", "logmag_weight", "loudness_weight",
    "convergence_weight",
)  # fmt: skip


@dataclass(frozen=True)
class SpectralLoss(Loss):
    r"""Multi-scale spectrogram loss, nearly independent of phase (Engel et al., 2020, "DDSP", section 4.2,
    arXiv:2001.04643).

    $$\sum_i \beta_i \sum_k \alpha_k \, d(T_k S_i, T_k X_i)$$

    S_i and X_i are the magnitude spectrograms of target and audio at FFT size i weighted by beta_i of `fft_weights`.
    T_k is the identity, a difference or cumulative sum, or the logarithm, with the weight alpha_k of the settings
    `mag_weight` to `logmag_weight`; d is `mean_difference`. Loudness and spectral convergence are added likewise. Terms
    with weight 0 are not computed.

    ![Spectrograms of two pulsed tones, a whole tone apart, at three frame sizes](../figures/frame_sizes.png)

    Parameters
    ----------
    fft_sizes
        Frame sizes of the spectrograms, in samples. The hop is a quarter of the size.
    loss_type
        'L1', 'L2' or 'COSINE', as in `mean_difference`.
    mag_weight
        Weight of the magnitudes, in which loud partials dominate.
    delta_time_weight
        Weight of the differences of magnitudes between frames, which emphasize transients.
    delta_freq_weight
        Weight of the differences of magnitudes between bins, which emphasize the edges of partials.
    cumsum_freq_weight
        Weight of the cumulative sums over frequency. Their gradient moves a partial towards a distant target.
    logmag_weight
        Weight of the logarithms of magnitudes, in which quiet parts count as well.
    loudness_weight
        Weight of the A-weighted loudness in dB, in frames of 2048 samples.
    sample_rate
        Sample rate in Hz, for the loudness, the A-weighting and the mel scale.
    convergence_weight
        Weight of `spectral_convergence`, the difference relative to the target. It does not depend on `loss_type`.
    fft_weights
        Factor, >= 0, of the terms of each FFT size; None for 1.
    center
        False: the first frame starts at the first sample, where its window is 0. True: zeros are inserted before the
        audio so that the first frame ends after a quarter of its size. Each sample then lies in four frames, and those
        at both ends count as much as any other. Frames whose size is a multiple of 4 are centered on multiples of the
        hop. Zeros, unlike reflection, allow audio of any length. The loudness is centered in either case.
    mel_bins
        Number of mel bands into which the magnitudes are summed first, as in `spectral_ops.compute_mel`; None for the
        bins of the FFT. A band that is too narrow to contain a bin of a small FFT is 0 (the floor, in logarithms) in
        target and audio alike, so it adds nothing to the loss.
    lo_hz, hi_hz
        Edges of the mel bands in Hz; `hi_hz=None` is half the sample rate.
    a_weighting
        If True, multiply the magnitudes of the bins by the A-weighting curve, floored at -80 dB, before they are summed
        into mel bands. In logarithms the weighting cancels in the difference, except if it moves quiet bins below their
        floor of 1e-5.
    random_sizes
        Number of FFT sizes drawn at each call, uniformly without replacement; None uses all. The terms are scaled by
        len(fft_sizes) / random_sizes, so the expected loss equals the loss with all sizes. Spectrograms of the other
        sizes are computed with weight 0, so compiled code does not depend on the draw.
    name
        Key in `get_losses_dict`.

    Raises
    ------
    ValueError
        Unknown `loss_type`, a negative weight, an FFT size below 4, mel edges out of order or out of range, or more
        `random_sizes` than `fft_sizes`.

    See Also
    --------
    plain_spectral_loss : The definition, with the default settings, in five lines.
    spectral_convergence : The distance of `convergence_weight`.
    MultiScaleEnvelopeLoss : Compares the level alone.
    ddsp.spectral_ops.compute_mag : The spectrogram.

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
    convergence_weight: float = 0.0
    fft_weights: tuple[float, ...] | None = None
    center: bool = False
    mel_bins: int | None = None
    lo_hz: float = 0.0
    hi_hz: float | None = None
    a_weighting: bool = False
    random_sizes: int | None = None
    name: str = "spectral_loss"

    def __post_init__(self) -> None:
        super().__post_init__()
        one_of("loss_type", self.loss_type.upper(), ("L1", "L2", "COSINE"))
        if not self.fft_sizes or min(self.fft_sizes) < 4:  # or a hop of a quarter is less than a sample
            raise ValueError(f"fft_sizes: got {self.fft_sizes}, expected at least one size, each of at least 4 samples")
        for term in TERMS:
            if getattr(self, term) < 0.0:
                raise ValueError(f"{term}: got {getattr(self, term)}, expected a factor of at least 0")
        n_sizes = len(self.fft_sizes)
        if self.fft_weights is not None and (len(self.fft_weights) != n_sizes or min(self.fft_weights) < 0):
            raise ValueError(f"fft_weights: got {self.fft_weights}, expected {n_sizes} factors of at least 0")
        if self.mel_bins is not None:
            integer("mel_bins", self.mel_bins, 1)
            if not 0.0 <= self.lo_hz < self._highest_hz <= self.sample_rate / 2.0:
                raise ValueError(
                    f"hi_hz: got {self.hi_hz} with lo_hz {self.lo_hz}, expected 0 <= lo_hz < hi_hz <= "
                    f"{self.sample_rate / 2.0}"
                )
        if self.random_sizes is not None and integer("random_sizes", self.random_sizes, 1) > n_sizes:
            raise ValueError(f"random_sizes: got {self.random_sizes}, expected at most the {n_sizes} fft_sizes")

    @property
    def _highest_hz(self) -> float:
        return self.sample_rate / 2.0 if self.hi_hz is None else self.hi_hz

    @property
    def signal_inputs(self) -> tuple[str, ...]:
        """Arguments of the call besides its inputs, for a group: key and noise if FFT sizes are drawn."""
        return ("key", "noise") if self.random_sizes else ()

    @checked_with(wide=True)
    def __call__(
        self,
        target_audio: Float[Array, "#batch time"] | Float[Array, "#batch time 1"],
        audio: Float[Array, "#batch time"] | Float[Array, "#batch time 1"],
        weights: Float[Array, ...] | float | None = None,
        *,
        key: Key = None,
        noise: Float[Array, " sizes"] | None = None,
    ) -> Float[Array, ""]:
        """Compute the loss of audio against its target.

        Parameters
        ----------
        target_audio, audio
            Audio, [batch, time] or [batch, time, 1].
        weights
            Factor of the differences, as in `mean_difference`. Broadcasts with [batch, frames, bins] at every FFT size.
        key
            Random key for `random_sizes`, unused without them: an int seed, a key or generator of the backend, or None
            for the backend's global generator. JAX has no global generator and needs a key. The same key always draws
            the same sizes. In compiled code an int is a constant, and another int recompiles: pass a JAX or TensorFlow
            key as an argument of the compiled function, and None or `noise` to torch.compile. None draws anew at every
            call. TensorFlow draws other sizes from a key under XLA than without XLA.
        noise
            Uniform random numbers in [0, 1), one for each FFT size, instead of a key. The sizes with the smallest
            numbers are used, the same on every backend.

        Returns
        -------
        loss : array
            Scalar, dtype of `audio`. Its gradient is finite everywhere, silence included.

        Raises
        ------
        ValueError
            `noise` does not have one number for each FFT size.
        """
        backend = common_backend(target_audio=target_audio, audio=audio, weights=weights, noise=noise)
        terms = {name: getattr(self, name) for name in TERMS if getattr(self, name) > 0}
        # A derived class may hold values to be differentiated, and the gradient of a chunk does not reach them.
        whole = weights is not None or self.random_sizes is not None or type(self) is not SpectralLoss
        if whole:
            return self._whole_batch(target_audio, audio, terms, self._size_factors(audio, key, noise), weights)
        settings = {field.name: getattr(self, field.name) for field in fields(self)}
        return backend.outline_op(_mean_loss, target_audio, audio, **settings)[0]

    def _whole_batch(
        self,
        target_audio: Array,
        audio: Array,
        terms: Mapping[str, float],
        factors: Sequence[Array | float],
        weights: Array | float | None = None,
    ) -> Array:
        """Loss of the whole batch, with weights by term in `terms` and the factors of each FFT size in `factors`."""
        xp = common_backend(target_audio=target_audio, audio=audio).xp
        total = xp.sum(xp.zeros_like(audio[:, :1, ...]))
        for size, factor in zip(self.fft_sizes, factors, strict=True):
            target, value = (self._spectrogram(x, size) for x in (target_audio, audio))
            for term in self._spectrogram_terms(target, value, terms, weights):
                total = total + factor * term
        if "loudness_weight" in terms:
            flat = (x[:, :, 0] if len(x.shape) == 3 else x for x in (target_audio, audio))
            target, value = (spectral_ops.compute_loudness(x, self.sample_rate, n_fft=2048) for x in flat)
            total = total + terms["loudness_weight"] * mean_difference(target, value, self.loss_type, weights)
        return total

    def _size_factors(self, audio: Array, key: Key = None, noise: Array | None = None) -> Sequence[Array | float]:
        """Factor of the terms of each FFT size: its weight, scaled if it is drawn and 0 if it is not."""
        n_sizes = len(self.fft_sizes)
        factors = self.fft_weights or (1.0,) * n_sizes
        if self.random_sizes is None:
            return factors
        backend = common_backend(audio=audio, noise=noise)
        xp = backend.xp
        if noise is None:
            noise = backend.uniform(key, (n_sizes,), audio)
        elif tuple(noise.shape) != (n_sizes,):
            raise ValueError(f"noise: got shape {tuple(noise.shape)}, expected one number for each of {n_sizes} sizes")
        places = xp.argsort(xp.argsort(noise))  # 0 for the least number, 1 for the next
        drawn = xp.astype(places < self.random_sizes, audio.dtype) * (n_sizes / self.random_sizes)
        return [drawn[i] * factor for i, factor in enumerate(factors)]

    def _spectrogram(self, audio: Array, size: int) -> Array:
        """Magnitudes, [batch, frames, bins or mel bands]."""
        backend = common_backend(audio=audio)
        if self.center:
            audio = core.pad_axis(audio, (size - size // 4, 0), axis=1)
        mag = _compute_mag(audio, size)
        n_bins = axis_size(mag, 2)
        if self.a_weighting:
            mag = mag * backend.constant(design.a_weighting(n_bins, self.sample_rate) ** 0.5, mag)
        if self.mel_bins is None:
            return mag
        matrix = design.mel_matrix(self.mel_bins, n_bins, self.sample_rate, self.lo_hz, self._highest_hz)
        return backend.xp.matmul(mag, backend.constant(matrix, mag))

    def _spectrogram_terms(
        self, target: Array, value: Array, terms: Mapping[str, float], weights: Array | float | None
    ) -> list[Array]:
        """Weighted differences of a pair of spectrograms, [batch, frames, bins]."""
        xp = common_backend(target=target, value=value).xp
        views = {
            "mag_weight": lambda x: x,
            "delta_time_weight": lambda x: core.diff(x, axis=1),
            "delta_freq_weight": lambda x: core.diff(x, axis=2),
            "cumsum_freq_weight": lambda x: xp.cumulative_sum(x, axis=2),
            "logmag_weight": _safe_log,
        }
        found = [
            terms[name] * _mean_difference(view(target), view(value), self.loss_type, weights)
            for name, view in views.items()
            if name in terms
        ]
        if "convergence_weight" in terms:
            found.append(terms["convergence_weight"] * spectral_convergence(target, value, weights))
        return found


def _mean_loss(backend: Adapter, target_audio: Array, audio: Array, **settings: Any) -> tuple[Array]:
    """The loss with these settings, as a mean over the batch."""
    loss = SpectralLoss(**settings)
    function = _whole_batch(loss)
    numbers = (*(getattr(loss, name) for name in function.terms), *loss._size_factors(audio))
    return (backend.mean_over_chunks(function, target_audio, audio, numbers=numbers),)


@dataclass(frozen=True, eq=False)
class _WholeBatchLoss:
    """The deterministic, unweighted loss as a hashable function of target, audio and weights.

    Losses that differ only in their weights are equal, so they are compiled once.
    """

    loss: SpectralLoss
    terms: tuple[str, ...]

    def __call__(self, target_audio: Array, audio: Array, *numbers: float) -> Array:
        n = len(self.terms)
        terms = dict(zip(self.terms, numbers[:n], strict=True))
        return self.loss._whole_batch(target_audio, audio, terms, numbers[n:])

    def _fixed(self) -> tuple:
        names = (field.name for field in fields(self.loss))
        return self.terms, *(getattr(self.loss, name) for name in names if name not in (*TERMS, "fft_weights"))

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, _WholeBatchLoss) and self._fixed() == other._fixed())

    def __hash__(self) -> int:
        return hash(type(self))  # as `ByValue`


def _whole_batch(loss: SpectralLoss) -> _WholeBatchLoss:
    return _WholeBatchLoss(loss, tuple(name for name in TERMS if getattr(loss, name) > 0))
