"""Trained instruments for notes of a keyboard."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from .. import synths
from ..core.streaming import State
from ..extend import Array, Key, adapter_of, common_backend
from .files import TrainedInstrument
from .matching import loudness_limits
from .values import to_backend

__all__ = ["KeyboardInstrument"]

#: Attack, decay and release in seconds, and the sustain level, of the envelope that is added to the loudness.
TIMES = {"attack": 0.03, "decay": 0.3, "sustain": 0.8, "release": 0.15}
#: Envelope below which a note is silent.
SILENCE = 1e-6
#: Loudness in dB of the softest and the loudest notes of instruments without statistics.
RANGE_DB = -40.0, -15.0


class KeyboardInstrument:
    """Processor that plays the notes of `ddsp.streaming.Notes` on a trained instrument, step by step.

    The velocity of a note selects a loudness between the 5 % and the 95 % quantile of the training recordings, and the
    level in dB of an envelope, which the gate opens and closes, is added to it. Several voices are computed as a batch
    of instruments and summed.

    Parameters
    ----------
    trained
        The instrument.
    reverb
        If False, play without its reverb.

    See Also
    --------
    ddsp.streaming.Notes : Makes pitch, gate and velocity of MIDI messages.
    make_synth : A synthesizer without training.

    Examples
    --------
    >>> from ddsp.instruments import load_instrument
    >>> from ddsp.streaming import Notes, Stream
    >>> notes, flute = Notes(), KeyboardInstrument(load_instrument("flute"))
    >>> stream = Stream(flute, like=notes.controls(0), hop_size=64, key=0)
    >>> notes.handle((0x90, 72, 100))
    >>> stream.process(notes.controls(25)).shape
    (1, 1600)
    """

    def __init__(self, trained: TrainedInstrument, reverb: bool = True):
        self.instrument = trained.instrument if reverb else trained.instrument.dry()
        self.values = {name: trained.values[name] for name in self.instrument.nodes if name in trained.values}
        self.limits = loudness_limits(trained.statistics)
        known = trained.statistics.get("loudness_db")
        self.softest: float = RANGE_DB[0] if known is None else known["5"]
        self.loudest: float = RANGE_DB[1] if known is None else known["95"]
        self.envelope = synths.ADSR(frame_rate=self.instrument.sample_rate / self.instrument.hop_size, scale_fn=None)

    def latency_samples(self, hop_size: int | None = None) -> int:
        """Samples by which the audio of steps is late: those of the instrument.

        Parameters
        ----------
        hop_size
            Samples a frame; None or those of the instrument.

        Returns
        -------
        latency : int
            Number of samples.
        """
        return self.instrument.latency_samples(hop_size)

    def init_state(self, batch: int = 1, *, like: Any, hop_size: int | None = None, key: Key = None) -> State:
        """State before the first note.

        Parameters
        ----------
        batch
            Batch size; 1, of one keyboard.
        like
            Controls of `ddsp.streaming.Notes`, which tell backend, dtype and the number of voices.
        hop_size
            Samples a frame; None or those of the instrument.
        key
            Random key of the noise.

        Returns
        -------
        state : dict
            'envelope', 'instrument' and 'values', the trained values.

        Raises
        ------
        ValueError
            A batch other than 1.
        """
        if batch != 1:
            raise ValueError(f"batch: got {batch!r}, expected 1, since notes are those of one keyboard")
        gate = _voices(like["gate"])
        adapter, n = adapter_of(gate), gate.shape[0]
        times = {name: adapter.constant(np.full((n, 1), x), gate) for name, x in TIMES.items()}
        values = {node: {k: to_backend(adapter, x) for k, x in self.values[node].items()} for node in self.values}
        state = self.instrument.init_state(n, like=gate, hop_size=hop_size, key=key, **values)
        return {
            "envelope": self.envelope.init_state(n, like=gate, **times),
            "instrument": state,
            "values": values.get("decoder", {}),
        }

    def step(self, state: State, inputs: Mapping[str, Array]) -> tuple[Array, State]:
        """Play the next frames.

        Parameters
        ----------
        state
            State of `init_state` or of the previous step.
        inputs
            `f0_hz`, `gate` and `velocity`, as of `ddsp.streaming.Notes`.

        Returns
        -------
        audio : array
            [1, frames * hop_size].
        state : dict
            State for the frames that follow.
        """
        f0_hz, gate, velocity = (_voices(inputs[name]) for name in ("f0_hz", "gate", "velocity"))
        xp = common_backend(f0_hz=f0_hz, gate=gate, velocity=velocity).xp
        envelope, after = self.envelope.step(state["envelope"], gate)
        level_db = (20.0 / math.log(10.0)) * xp.log(xp.clip(envelope, SILENCE, None))
        wanted = self.softest + (self.loudest - self.softest) * velocity + level_db
        loudness_db = xp.clip(wanted, *self.limits)
        gain = xp.exp((math.log(10.0) / 20.0) * (wanted - loudness_db))
        audio, playing = self.instrument.step(
            state["instrument"], f0_hz, loudness_db, gain=gain, decoder=state["values"]
        )
        return xp.sum(audio, axis=0, keepdims=True), {**state, "envelope": after, "instrument": playing}

    def flush(self, state: State) -> tuple[Array, State]:
        """Render what latency has held back.

        Parameters
        ----------
        state
            State of the last step.

        Returns
        -------
        audio : array
            [1, latency_samples].
        state : dict
            State in which the stream has ended.
        """
        audio, playing = self.instrument.flush(state["instrument"])
        return adapter_of(audio).xp.sum(audio, axis=0, keepdims=True), {**state, "instrument": playing}


def _voices(x: Array) -> Array:
    """Controls as a batch of voices, [voices, frames, 1]."""
    return x[0] if len(x.shape) == 4 else x
