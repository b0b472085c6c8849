"""Calls for type checkers. mypy checks this file, which never runs; each ignored line must be an error.

With `warn_unused_ignores`, a wrong call that mypy accepts is an error, so stubs without types are detected.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    import ddsp
    import ddsp.jax
    import ddsp.numpy
    import ddsp.tensorflow
    import ddsp.torch
    from ddsp.jax.effects import Reverb
    from ddsp.tensorflow.losses import SpectralLoss
    from ddsp.torch.synths import Harmonic

    frames = np.zeros((1, 10, 1), np.float32)

    def settings() -> None:
        ddsp.synths.Harmonic(n_samples=640, scale_fn=None)
        ddsp.synths.Harmonic(n_sample=640)  # type: ignore[call-arg]
        ddsp.numpy.synths.Harmonic(n_sample=640)  # type: ignore[call-arg]
        ddsp.torch.synths.Harmonic(n_samples=640, seed=1)
        ddsp.torch.synths.Harmonic(n_sample=640)  # type: ignore[call-arg]
        ddsp.torch.effects.TrainableReverb(reverb_length="long")  # type: ignore[arg-type]
        ddsp.jax.synths.Harmonic(n_samples=640, seed=1, trainable_values=None)
        ddsp.jax.synths.Harmonic(n_sample=640)  # type: ignore[call-arg]
        ddsp.tensorflow.synths.Harmonic(n_samples=640, dtype="float64")
        ddsp.tensorflow.synths.Harmonic(n_sample=640)  # type: ignore[call-arg]
        ddsp.tensorflow.losses.SpectralLoss(mag_wieght=1.0)  # type: ignore[call-arg]

    def calls(synth: Harmonic, reverb: Reverb, loss: SpectralLoss) -> None:
        audio = synth(frames, frames, frames)
        synth(frames, frames, f0=frames)  # type: ignore[call-arg]
        synth.get_controls(frames)  # type: ignore[call-arg]
        synth.n_samples = 3  # type: ignore[misc]
        reverb(audio, ir=audio, return_outputs_dict=True)
        reverb()  # type: ignore[call-arg]
        loss(target_audio=audio, audio=audio)
        loss(audio, target=audio)  # type: ignore[call-arg]
        ddsp.torch.core.midi_to_hz(frames)
        ddsp.analysis.analyze  # noqa: B018

    class Louder(Harmonic):
        def __init__(self, level: float):
            super().__init__(n_samples=64)
            self.level = level
