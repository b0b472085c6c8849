"""Gradient descent on the controls of a sound, by the spectral loss of what they synthesise.

The optimiser is Adam in a few lines of array code, here and once: each framework has its own, over its own kind of
parameters, and this one runs unchanged over a dict of any backend's arrays, inside the compiled step.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..backends import Adapter, adapter_of
from ..core.math import safe_divide
from ..extend import Array
from ..losses import SpectralLoss
from .chain import COMPILED, render, to_backend

__all__ = ["SEGMENT", "loss_of", "refine", "segments_of"]

#: Samples that are refined together: bounds memory. Longer sounds go segment by segment.
SEGMENT = 2**18
#: Quietest amplitude and magnitude that gradients can bring back, linear.
FLOOR = 1e-7
#: Cents that one unit of the pitch's parameter stands for, so that one learning rate serves all parameters.
CENTS = 0.2
#: Learning rate (natural logarithms of amplitudes); it rises over the first steps and falls along a cosine.
RATE, WARM_UP, LAST = 0.2, 10, 0.02
BETA_1, BETA_2, TINY = 0.7, 0.9, 1e-14

Params = dict[str, Array]


def loss_of(sample_rate: int) -> SpectralLoss:
    """The loss that is minimised and reported: magnitudes and their logarithms, six FFT sizes."""
    return SpectralLoss(logmag_weight=1.0, sample_rate=sample_rate)


def segments_of(n_frames: int, hop: int, n_samples: int = SEGMENT) -> list[slice]:
    """Frames cut into equal runs of about n_samples at most; the last overlaps the one before where need be."""
    n_segments = -(-n_frames * hop // n_samples)
    size = -(-n_frames // n_segments)
    starts = [min(i * size, n_frames - size) for i in range(n_segments)]
    return [slice(start, start + size) for start in starts]


def refine(
    backend: Adapter,
    target: Array,
    controls: dict[str, Array],
    noise: Array,
    sample_rate: int,
    steps: int,
    on_step: Callable[[float], None],
) -> dict[str, Array]:
    """Controls whose sound is closer to the target.

    Parameters
    ----------
    target, noise : [1, frames * hop]; the noise stays what it is.
    controls : as `ddsp.analysis.analyze` gives them.
    steps : of gradient descent, for each segment.
    on_step : called with the loss after each step.
    """
    xp = backend.xp
    n_frames = int(controls["f0_hz"].shape[1])
    hop = int(target.shape[1]) // n_frames
    step = _step_of(backend, sample_rate)
    refined = dict(controls)
    for run in segments_of(n_frames, hop):
        samples = slice(run.start * hop, run.stop * hop)
        given = {name: x[:, run, :] for name, x in controls.items()}
        params = _descend(backend, step, given, target[:, samples], noise[:, samples], steps, on_step)
        for name, x in _controls_of(params, given["f0_hz"]).items():
            before, after = refined[name][:, : run.start, :], refined[name][:, run.stop :, :]
            refined[name] = xp.concat([before, x, after], axis=1)
    return refined


def _descend(
    backend: Adapter, step: Callable, controls: dict[str, Array], target: Array, noise: Array, steps: int, on_step: Any
) -> Params:
    """Some steps of Adam on one segment."""
    xp = backend.xp
    params = _params_of(xp, controls)
    moments = {name: (xp.zeros_like(x), xp.zeros_like(x)) for name, x in params.items()}
    for i in range(steps):
        rise, fall = min((i + 1) / WARM_UP, 1.0), LAST + (1.0 - LAST) * 0.5 * (1.0 + math.cos(math.pi * i / steps))
        unbias = math.sqrt(1.0 - BETA_2 ** (i + 1)) / (1.0 - BETA_1 ** (i + 1))
        rate = to_backend(backend, np.asarray(RATE * rise * fall * unbias))  # an array: a number would compile anew
        loss, params, moments = step(params, moments, rate, controls["f0_hz"], target, noise)
        on_step(float(loss))
    return params


def _params_of(xp: Any, controls: dict[str, Array]) -> Params:
    """What is optimised: logarithms of the amplitude of each harmonic and of the noise, and the pitch's offset."""
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


def _step_of(backend: Adapter, sample_rate: int) -> Callable:
    """`step(params, moments, rate, f0_hz, target, noise) -> (loss, params, moments)`, compiled where that pays."""
    loss_fn = loss_of(sample_rate)

    def loss(params: Params, f0_hz: Array, target: Array, noise: Array) -> Array:
        return loss_fn(target, render(_controls_of(params, f0_hz), noise, sample_rate))

    value_and_grad = backend.value_and_grad(loss)

    def step(params: Params, moments: dict, rate: Array, *data: Array) -> tuple[Array, Params, dict]:
        value, grads = value_and_grad(params, *data)
        new_params, new_moments = {}, {}
        for name, g in grads.items():
            first, second = moments[name]
            first = BETA_1 * first + (1.0 - BETA_1) * g
            second = BETA_2 * second + (1.0 - BETA_2) * (g * g)
            new_params[name] = params[name] - rate * first / (backend.xp.sqrt(second) + TINY)
            new_moments[name] = (first, second)
        return value, new_params, new_moments

    return backend.jit(step) if backend.name in COMPILED else step
