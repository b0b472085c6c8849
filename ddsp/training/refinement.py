"""Gradient descent on the controls of a sound, by the spectral loss of what they render."""

from __future__ import annotations

import math
from collections.abc import Callable

from ..analysis import render_controls
from ..core.math import safe_divide
from ..extend import Array, Float, adapter_of, axis_size, checked, common_backend
from ..losses import SpectralLoss
from .adam import Adam, Params, cosine_schedule
from .descent import OnStep, descend, gradient_step

__all__ = ["refine", "refinement_loss"]

#: Number of samples in a segment, which bounds memory. Longer sounds are refined segment by segment.
SEGMENT_SAMPLES = 2**18
#: Lowest amplitude and magnitude that gradients can bring back, linear.
FLOOR = 1e-7
#: Cents for each unit of the pitch parameter, so that one learning rate suits all parameters.
CENTS = 0.2
#: Learning rate of the parameters, which are natural logarithms of amplitudes.
LEARNING_RATE = 0.2


def refinement_loss(sample_rate: int = 16000) -> SpectralLoss:
    """Loss that `refine` minimizes: magnitudes and their logarithms, at six FFT sizes.

    Parameters
    ----------
    sample_rate
        Sample rate in Hz.

    Returns
    -------
    loss : SpectralLoss
        Function `loss(target_audio, audio)` to a scalar.

    See Also
    --------
    refine : Minimizes this loss.

    Examples
    --------
    >>> import numpy as np
    >>> float(refinement_loss()(np.ones((1, 4096)), np.ones((1, 4096))))
    0.0
    """
    return SpectralLoss(logmag_weight=1.0, sample_rate=sample_rate)


def equal_runs(n_frames: int, hop_size: int, n_samples: int = SEGMENT_SAMPLES) -> list[slice]:
    """Split frames into runs of equal length, of about n_samples at most; the last may overlap the previous one."""
    n_runs = -(-n_frames * hop_size // n_samples)
    size = -(-n_frames // n_runs)
    starts = [min(i * size, n_frames - size) for i in range(n_runs)]
    return [slice(start, start + size) for start in starts]


@checked
def refine(
    target: Float[Array, "#batch padded_time"],
    controls: dict[str, Array],
    noise: Float[Array, "#batch padded_time"],
    sample_rate: int = 16000,
    steps: int = 200,
    on_step: OnStep | None = None,
    compiled: bool = False,
) -> dict[str, Array]:
    """Refine the controls of a recording by gradient descent, so that they render closer to it.

    Adam changes the logarithms of all harmonic amplitudes and noise magnitudes, and the pitch in cents, to minimize
    `refinement_loss` of the audio that `render_controls` makes of them. Sounds longer than 2**18 samples are refined
    segment by segment, so memory is bounded.

    ![The spectral loss during 200 steps of refine](../figures/refinement.png)

    Parameters
    ----------
    target
        Recordings, padded to whole frames, [batch, frames * hop_size].
    controls
        Controls, as from `ddsp.analysis.analyze_recording`, of a backend with gradients.
    noise
        Noise, uniform in [-1, 1), [batch, frames * hop_size]. Render the result with the same noise.
    sample_rate
        Sample rate in Hz.
    steps
        Number of steps of gradient descent for each segment.
    on_step
        Function that is called with the loss before each step.
    compiled
        If True, compile the step with the compiler of the backend, which pays after many steps.

    Returns
    -------
    controls : dict
        The refined controls, of the same shapes. Other entries are unchanged.

    Raises
    ------
    ValueError
        A target that is not a whole number of samples per frame.
    RuntimeError
        The backend has no gradients.

    See Also
    --------
    minimize : Gradient descent on any loss.
    ddsp.analysis.analyze_recording : Initial controls.
    """
    backend = common_backend(target=target, noise=noise, **controls)
    n_frames, n_samples = axis_size(controls["f0_hz"], 1), axis_size(target, 1)
    hop = n_samples // n_frames
    if hop * n_frames != n_samples:
        raise ValueError(
            f"target: got {n_samples} samples for {n_frames} frames, expected a multiple of the number of frames"
        )
    optimizer = Adam(cosine_schedule(LEARNING_RATE, steps), beta_1=0.7, beta_2=0.9, epsilon=1e-14)
    step = gradient_step(backend, _loss(sample_rate), optimizer, compiled)
    refined = dict(controls)
    for run in equal_runs(n_frames, hop):
        samples = slice(run.start * hop, run.stop * hop)
        given = {name: x[:, run, :] for name, x in controls.items()}
        data = (given["f0_hz"], target[:, samples], noise[:, samples])
        params = descend(step, _params_of(given), *data, steps=steps, optimizer=optimizer, on_step=on_step)
        for name, x in _controls_of(params, given["f0_hz"]).items():
            before, after = refined[name][:, : run.start, :], refined[name][:, run.stop :, :]
            refined[name] = backend.xp.concat([before, x, after], axis=1)
    return refined


def _loss(sample_rate: int) -> Callable[..., Array]:
    loss_fn = refinement_loss(sample_rate)

    def loss(params: Params, f0_hz: Array, target: Array, noise: Array) -> Array:
        return loss_fn(target, render_controls(_controls_of(params, f0_hz), sample_rate, noise=noise))

    return loss


def _params_of(controls: dict[str, Array]) -> Params:
    """Logarithms of the amplitude of each harmonic and of the noise, and the offset of the pitch."""
    xp = adapter_of(controls["f0_hz"]).xp
    amplitudes = controls["amplitudes"] * controls["harmonic_distribution"]
    return {
        "harmonics": xp.log(xp.clip(amplitudes, FLOOR, None)),
        "noise": xp.log(xp.clip(controls["magnitudes"], FLOOR, None)),
        "pitch": xp.zeros_like(controls["f0_hz"]),
    }


def _controls_of(params: Params, f0_hz: Array) -> dict[str, Array]:
    xp = adapter_of(f0_hz).xp
    amplitudes = xp.exp(params["harmonics"])
    total = xp.sum(amplitudes, axis=2, keepdims=True)
    return {
        "amplitudes": total,
        "harmonic_distribution": safe_divide(amplitudes, total),
        "f0_hz": f0_hz * xp.exp(params["pitch"] * (CENTS * math.log(2.0) / 1200.0)),
        "magnitudes": xp.exp(params["noise"]),
    }
