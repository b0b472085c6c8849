"""The seven workloads: what goes in, as NumPy arrays, and what is computed from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ddsp import effects, losses, nn, synths
from ddsp.instruments import Instrument, flatten_values, nest_values

__all__ = ["WORKLOADS", "YARDSTICK_SHAPE", "Size", "Workload"]

#: What the yardstick takes the sine of: a batch of 8, 4 s at 16 kHz, 100 harmonics.
YARDSTICK_SHAPE = (8, 64000, 100)


@dataclass(frozen=True)
class Size:
    """How much there is to compute."""

    batch: int = 8
    n_samples: int = 64000
    sample_rate: int = 16000
    n_frames: int = 1000
    n_harmonics: int = 100
    n_bands: int = 65
    ir_length: int = 16000
    fft_sizes: tuple[int, ...] = losses.SpectralLoss.fft_sizes


@dataclass(frozen=True)
class Workload:
    """One row of the table.

    `inputs` makes arrays of a size; the gradient is taken for those in `trained`. `compute` turns them, and a key for
    noise, into audio or into a loss.
    """

    name: str
    title: str
    inputs: Callable[[Size], dict[str, np.ndarray]]
    compute: Callable[..., Any]
    trained: tuple[str, ...]
    size: Size = field(default_factory=Size)

    def sized(self, changes: dict[str, Any] | None) -> Size:
        """Its own size with some fields changed."""
        return replace(self.size, **(changes or {}))


def _harmonic_inputs(size: Size) -> dict[str, np.ndarray]:
    """Network outputs for voices that glide and swell; the highest harmonics cross Nyquist."""
    rng = np.random.default_rng(0)
    time = np.linspace(0.0, 1.0, size.n_frames)[None, :, None]
    low, high = rng.uniform(60.0, 160.0, (2, size.batch, 1, 1)) * size.sample_rate / 16000.0
    wobble = 1.0 + 0.01 * np.sin(2.0 * np.pi * 30.0 * time)
    return {
        "amplitudes": 0.5 * rng.standard_normal((size.batch, size.n_frames, 1)),
        "harmonic_distribution": rng.standard_normal((size.batch, size.n_frames, size.n_harmonics)),
        "f0_hz": low * (high / low) ** time * wobble,
    }


def _noise_inputs(size: Size) -> dict[str, np.ndarray]:
    return {"magnitudes": np.random.default_rng(1).standard_normal((size.batch, size.n_frames, size.n_bands))}


def _audio(size: Size, seed: int) -> np.ndarray:
    return 0.1 * np.random.default_rng(seed).standard_normal((size.batch, size.n_samples))


def _impulse_response(size: Size) -> np.ndarray:
    decay = np.exp(-6.0 * np.arange(size.ir_length) / size.ir_length)
    return 0.02 * decay * np.random.default_rng(2).standard_normal(size.ir_length)


def _harmonic(size: Size, key: Any, **controls: Any) -> Any:
    return synths.Harmonic(n_samples=size.n_samples, sample_rate=size.sample_rate)(**controls)


def _noise(size: Size, key: Any, magnitudes: Any) -> Any:
    return synths.FilteredNoise(n_samples=size.n_samples)(magnitudes, key=key)


def _reverb(size: Size, key: Any, audio: Any, ir: Any) -> Any:
    return effects.Reverb()(audio, ir)


def _loss(size: Size, key: Any, target: Any, audio: Any) -> Any:
    return losses.SpectralLoss(fft_sizes=size.fft_sizes, logmag_weight=1.0)(target, audio)


def _chain(size: Size, key: Any, target: Any, magnitudes: Any, ir: Any, **controls: Any) -> Any:
    audio = _harmonic(size, key, **controls) + _noise(size, key, magnitudes)
    return _loss(size, key, target, _reverb(size, key, audio, ir))


def _instrument(size: Size) -> Instrument:
    """The instrument of `ddsp train`, with its default network."""
    reverb = effects.DecayingReverb(size.ir_length)
    return Instrument(nn.make_decoder("dilated"), reverb, size.sample_rate, size.n_samples // size.n_frames)


def _training_inputs(size: Size) -> dict[str, np.ndarray]:
    glide = np.linspace(0.0, 1.0, size.n_frames)[None, :, None] * np.ones((size.batch, 1, 1))
    return {
        **flatten_values(_instrument(size).initial_params(0)),
        "f0_hz": 200.0 * 4.0**glide,
        "loudness_db": -20.0 - 30.0 * glide,
        "target": _audio(size, 3),
        "noise": np.random.default_rng(5).uniform(-1.0, 1.0, (size.batch, size.n_samples)),
    }


def _training(size: Size, key: Any, f0_hz: Any, loudness_db: Any, target: Any, noise: Any, **values: Any) -> Any:
    """The loss of a training step. The noise is an input, as in `ddsp.training.Fit`."""
    audio = _instrument(size)(f0_hz, loudness_db, noise=noise, **nest_values(values))
    return _loss(size, key, target, audio)


#: A window of 1 s at 250 frames a second.
TRAINING = Size(n_samples=16000, n_frames=250, ir_length=8000)

WORKLOADS = {
    w.name: w
    for w in (
        Workload("W1", "harmonic synth", _harmonic_inputs, _harmonic, ("amplitudes", "harmonic_distribution", "f0_hz")),
        Workload("W2", "filtered noise", _noise_inputs, _noise, ("magnitudes",)),
        Workload(
            "W3",
            "reverb",
            lambda size: {"audio": _audio(size, 3), "ir": _impulse_response(size)},
            _reverb,
            ("audio", "ir"),
        ),
        Workload(
            "W4",
            "multi-scale spectral loss",
            lambda size: {"target": _audio(size, 3), "audio": _audio(size, 4)},
            _loss,
            ("audio",),
        ),
        Workload(
            "W5",
            "W1 + W2 + W3 + W4",
            lambda size: {
                **_harmonic_inputs(size),
                **_noise_inputs(size),
                "ir": _impulse_response(size),
                "target": _audio(size, 3),
            },
            _chain,
            ("amplitudes", "harmonic_distribution", "f0_hz", "magnitudes", "ir"),
        ),
        Workload(
            "W6",
            "harmonic synth, 60 s at 48 kHz",
            _harmonic_inputs,
            _harmonic,
            ("amplitudes", "harmonic_distribution", "f0_hz"),
            Size(batch=1, n_samples=60 * 48000, sample_rate=48000, n_frames=15000),
        ),
        Workload(
            "W7",
            "training step of an instrument, 1 s",
            _training_inputs,
            _training,
            tuple(flatten_values(_instrument(TRAINING).initial_params(0))),
            TRAINING,
        ),
    )
}
