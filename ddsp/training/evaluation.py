"""Evaluation of a resynthesis against its recording."""

from __future__ import annotations

import numpy as np

from ..analysis.frames import Progress
from ..extend import Array, Float, checked, common_backend
from ..spectral_ops import compute_mag
from .refinement import equal_runs, refinement_loss

__all__ = ["evaluate_resynthesis"]

#: Number of samples that are compared at a time (44 s at 48 kHz), which bounds memory.
CHUNK_SAMPLES = 2**21
#: Frame size of the spectral convergence in seconds, so that results do not depend on the sample rate.
FRAME_SECONDS = 0.064


@checked
def evaluate_resynthesis(
    target: Float[Array, " time"] | Float[Array, "batch time"],
    audio: Float[Array, " time"] | Float[Array, "batch time"],
    sample_rate: int = 16000,
    progress: Progress | None = None,
) -> dict[str, float | None]:
    r"""Measure the distance of audio from its target: the spectral loss and the spectral convergence.

    $$C = \frac{\lVert |X| - |Y| \rVert}{\lVert |X| \rVert}$$

    X are the spectra of the target and Y those of the audio, in Hann frames of 64 ms. C is 0 for equal magnitudes and 1
    for silence (Arik et al., 2018, "Fast spectrogram inversion using multi-head convolutional neural networks").

    Parameters
    ----------
    target
        Recordings, [time] or [batch, time].
    audio
        Their resyntheses, of the same shape.
    sample_rate
        Sample rate in Hz.
    progress
        Function that is called with the completed fraction, 0 to 1.

    Returns
    -------
    figures : dict
        `spectral_loss`, by `refinement_loss`; for more than 2**21 samples the mean over equal parts.
        `spectral_convergence`; None if the target is silent and the audio is not.

    See Also
    --------
    refinement_loss : The loss.
    ddsp.losses.spectral_convergence : The convergence as a differentiable loss.

    Examples
    --------
    >>> import numpy as np
    >>> tone = np.sin(2 * np.pi * 440.0 * np.arange(4000) / 16000)
    >>> {name: round(x, 3) for name, x in evaluate_resynthesis(tone, 0.9 * tone).items()}
    {'spectral_loss': 1.083, 'spectral_convergence': 0.1}
    """
    backend = common_backend(target=target, audio=audio)
    loss_fn, losses, difference, norm = refinement_loss(sample_rate), [], 0.0, 0.0
    frame_size = round(FRAME_SECONDS * sample_rate)
    runs = equal_runs(int(target.shape[-1]), 1, CHUNK_SAMPLES)
    for i, run in enumerate(runs):
        host = [backend.to_numpy(z[..., run]).astype(np.float32, copy=False) for z in (target, audio)]
        x, y = (np.atleast_2d(z) for z in host)
        losses.append(float(loss_fn(x, y)))
        x, y = (compute_mag(z, frame_size) for z in (x, y))
        difference, norm = difference + float(np.sum((x - y) ** 2)), norm + float(np.sum(x * x))
        if progress is not None:
            progress((i + 1) / len(runs))
    convergence = float(np.sqrt(difference / norm)) if norm > 0.0 else 0.0 if difference == 0.0 else None
    return {"spectral_loss": float(np.mean(losses)), "spectral_convergence": convergence}
