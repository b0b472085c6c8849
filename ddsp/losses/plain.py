"""The multi-scale spectral loss as the paper has it: the definition that `SpectralLoss` is tested against."""

from __future__ import annotations

from ..extend import Array, Float, checked, common_backend
from ..spectral_ops import stft

__all__ = ["plain_spectral_loss"]


@checked
def plain_spectral_loss(
    target_audio: Float[Array, "#batch time"],
    audio: Float[Array, "#batch time"],
    fft_sizes: tuple[int, ...] = (2048, 1024, 512, 256, 128, 64),
) -> Float[Array, ""]:
    r"""Compare the magnitudes of audio and target at several FFT sizes: the loss of DDSP in five lines.

    $$\sum_i \operatorname{mean} \left| \, |S_i| - |X_i| \, \right|$$

    S_i and X_i are the spectra of target and audio at FFT size i, in frames with an overlap of 75 % (Engel et al.,
    2020, "DDSP", section 4.2, arXiv:2001.04643).

    Parameters
    ----------
    target_audio, audio
        [batch, time].
    fft_sizes
        Frame sizes of the spectra, in samples.

    Returns
    -------
    loss : array
        Scalar, dtype of `audio`.

    See Also
    --------
    SpectralLoss : The same with its options, faster, and with a gradient that can leave silence.

    Notes
    -----
    Every spectrum of the batch is kept for the gradient. Autodiff finds a gradient of 0 for the magnitude of silence,
    so training cannot leave silence, and NaN for magnitudes that underflow. The gradient of `SpectralLoss` is finite
    everywhere, and not 0 at silence.

    Examples
    --------
    >>> import numpy as np
    >>> float(plain_spectral_loss(np.zeros((1, 2048)), np.zeros((1, 2048))))
    0.0
    """
    xp = common_backend(target_audio=target_audio, audio=audio).xp
    loss = xp.sum(xp.zeros_like(audio[:1, :1]))
    for size in fft_sizes:
        target, value = (xp.abs(stft(x, size)) for x in (target_audio, audio))
        loss = loss + xp.mean(xp.abs(target - value))
    return loss
