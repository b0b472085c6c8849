"""A synthesizer for notes of a keyboard, as a group of processors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np

from .. import design, effects, synths
from ..extend import Array, Float, checked, common_backend, integer
from ..processors.base import SampleProcessor
from ..processors.group import ProcessorGroup

__all__ = ["Patch", "make_synth"]

#: Attack, decay and release in seconds, and the sustain level.
TIMES = {"attack": 0.005, "decay": 0.6, "sustain": 0.5, "release": 0.25}
#: Level of a voice that is struck as hard as possible, and power of the velocity in it.
LEVEL, VELOCITY_POWER = 0.2, 1.5
#: Harmonic h has the level h ** -s, with s from the first of these for a loud note to the second for silence.
SLOPES = 1.3, 3.5
#: Level of the reverb relative to the dry sound.
WET = 0.3


class Patch(NamedTuple):
    """Group of processors with its inputs that do not change.

    Attributes
    ----------
    group
        The group. Its other inputs are `f0_hz`, `gate` and `velocity`, as of `ddsp.streaming.Notes`, or `audio`.
    inputs
        NumPy arrays by key.

    See Also
    --------
    make_synth : The patch that comes with the library.
    """

    group: ProcessorGroup
    inputs: dict[str, np.ndarray]


def make_synth(
    sample_rate: float = 48000, voices: int = 8, hop_size: int = 64, n_harmonics: int = 16, reverb_seconds: float = 1.2
) -> Patch:
    """Make a polyphonic synthesizer: envelopes, harmonics, and a reverb.

    Notes with a higher velocity are louder and brighter, and all become darker as they fade.

    Parameters
    ----------
    sample_rate
        Sample rate in Hz.
    voices
        Number of voices, as of `ddsp.streaming.Notes`.
    hop_size
        Samples a frame.
    n_harmonics
        Number of harmonics of a voice.
    reverb_seconds
        Time in which the reverb falls by 60 dB.

    Returns
    -------
    patch : Patch
        The group and its inputs that do not change: the times of the envelopes, in seconds, and an impulse response.

    See Also
    --------
    ddsp.streaming.Notes : Makes the inputs that change.

    Examples
    --------
    >>> from ddsp.streaming import Notes, Stream
    >>> notes, patch = Notes(voices=8, sample_rate=48000), make_synth()
    >>> stream = Stream(patch.group, like=notes.controls(0) | patch.inputs)
    >>> notes.handle((0x90, 60, 100))
    >>> stream.process(notes.controls(10) | patch.inputs).shape
    (1, 640)
    """
    integer("n_harmonics", n_harmonics, 1)
    axes = (1, 1) if integer("voices", voices, 1) == 1 else (1, voices, 1)
    inputs = {name: np.full(axes, x, np.float32) for name, x in TIMES.items()}
    frame_rate = sample_rate / integer("hop_size", hop_size, 1)
    dag: list[Any] = [
        (synths.ADSR(frame_rate=frame_rate, scale_fn=None, curve=3.0), [*TIMES, "gate"]),
        (_Timbre(n_harmonics), ["adsr/signal", "velocity"]),
        (
            synths.Harmonic(sample_rate=sample_rate, scale_fn=None),
            ["timbre/controls/amplitudes", "timbre/controls/harmonic_distribution", "f0_hz"],
        ),
        (effects.Reverb(), ["harmonic/signal", "ir"]),
    ]
    return Patch(ProcessorGroup(dag, name="synth"), inputs | {"ir": _response(sample_rate, reverb_seconds)})


@dataclass(frozen=True)
class _Timbre(SampleProcessor):
    """Level and harmonics of a note, from its envelope and its velocity."""

    n_harmonics: int = 16
    name: str = "timbre"

    frame_inputs: ClassVar[tuple[str, ...]] = ("envelope", "velocity")

    @checked
    def get_controls(
        self, envelope: Float[Array, "#batch *#voices frames 1"], velocity: Float[Array, "#batch *#voices frames 1"]
    ) -> dict[str, Array]:
        backend = common_backend(envelope=envelope, velocity=velocity)
        logarithms = backend.constant(np.log(design.harmonic_numbers(self.n_harmonics)), envelope)
        loud, silent = SLOPES
        slope = silent + (loud - silent) * velocity * envelope
        return {
            "amplitudes": LEVEL * velocity**VELOCITY_POWER * envelope,
            "harmonic_distribution": backend.xp.exp(-slope * logarithms),
        }

    @checked
    def get_signal(
        self,
        amplitudes: Float[Array, "#batch *#voices frames 1"],
        harmonic_distribution: Float[Array, "#batch *#voices frames harmonics"],
    ) -> Float[Array, "batch *voices frames 1"]:
        return amplitudes


def _response(sample_rate: float, seconds: float) -> np.ndarray:
    """Impulse response of a room: noise that falls by 60 dB in this time, [1, taps]."""
    n = max(round(sample_rate * seconds), 2)
    noise = np.random.default_rng(0).standard_normal(n) * 10.0 ** (-3.0 * np.arange(n) / n)
    return (noise * (WET / np.linalg.norm(noise)))[None].astype(np.float32)
