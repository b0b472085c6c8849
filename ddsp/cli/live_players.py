"""Players of `ddsp live`: a group of processors or an instrument, driven by notes or by sound."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..backends import Adapter
from ..extend import Array
from ..instruments.values import to_backend
from ..streaming import AtRate, Notes, Rebuffer, Resampler, Stream
from .rendering import COMPILED

__all__ = ["Compiled", "Messages", "NotePlayer", "Player", "SoundPlayer", "note_name"]

#: Names of the notes of an octave.
NAMES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
#: Number of notes that a meter names.
MOST_NAMED = 6
#: Half the length of the filters of the sample rate, for a latency of 2 ms each instead of 6 ms.
WIDTH = 32


@dataclass(frozen=True)
class Messages:
    """MIDI messages of a file or of a port.

    Parameters
    ----------
    scheduled
        Messages with their times in seconds.
    arriving
        Function that returns the messages since its previous call.
    """

    scheduled: Sequence[tuple[float, Any]] = ()
    arriving: Callable[[], Iterable[Any]] = tuple


class Player:
    """Function of blocks at the sample rate of the device, with its latency by parts and its pitch.

    Attributes
    ----------
    latency
        Latency in seconds by its part.
    latency_samples
        Samples of the device by which the sound of an input file or of a MIDI file is late; a whole number if the
        rates allow it.
    """

    latency: dict[str, float]
    latency_samples: float

    def reset(self) -> None:
        """Reset to the state after construction."""

    def process(self, block: np.ndarray) -> np.ndarray:
        """Compute the next block.

        Parameters
        ----------
        block
            Sound of the microphone or of a file, [time], float32.

        Returns
        -------
        block : array
            As many samples, [time], float32.
        """
        raise TypeError(f"{type(self).__name__}: a player must define process")

    def pitch(self) -> str:
        """Name what sounds.

        Returns
        -------
        names : str
            Names of notes; empty if nothing sounds or the pitch is not known.
        """
        return ""


class Compiled:
    """A processor whose steps are compiled, if its backend compiles within seconds."""

    def __init__(self, processor: Any, adapter: Adapter):
        self.plain = getattr(processor, "plain", processor)
        self.step = adapter.jit(processor.step) if adapter.name in COMPILED else processor.step

    def __getattr__(self, name: str) -> Any:
        return getattr(self.plain, name)


class NotePlayer(Player):
    """Plays notes on a processor whose inputs are `f0_hz`, `gate` and `velocity`.

    Parameters
    ----------
    processor
        The processor, or a group.
    inputs
        Its inputs that do not change, NumPy arrays by key.
    make_notes
        Function that makes the notes before the first message.
    messages
        What is played.
    rates
        Sample rates of the processor and of the device.
    adapter
        Adapter of the backend.
    settings
        Further arguments of `init_state`, such as `key`.
    """

    def __init__(
        self,
        processor: Any,
        inputs: dict[str, np.ndarray],
        make_notes: Callable[[], Notes],
        messages: Messages,
        rates: tuple[float, float],
        adapter: Adapter,
        settings: dict[str, Any] | None = None,
    ):
        self.processor: Any = Compiled(processor, adapter)
        self.make_notes, self.messages, self.adapter = make_notes, messages, adapter
        self.rates, self.settings = rates, settings or {}
        self.inputs = {key: to_backend(adapter, x) for key, x in inputs.items()}
        self.hop_size = make_notes().hop_size
        late = processor.latency_samples(self.hop_size) / rates[0]
        held = 0.0 if messages.scheduled else Resampler(*rates, WIDTH).held_seconds  # those of a file are known before
        self.latency = {"synth": late} | ({"resampling": held} if held else {})
        self.latency_samples = late * rates[1]
        self.reset()

    def reset(self) -> None:
        """Reset, with the scheduled messages."""
        self.notes, self.resampler = self.make_notes(), Resampler(*self.rates, WIDTH)
        for time, message in self.messages.scheduled:
            self.notes.handle(message, time)
        like = self._arrays(self.notes.controls(0))
        self.stream = Stream(self.processor, like=like, hop_size=self.hop_size, **self.settings)
        self.ready = np.zeros(0, np.float32)
        self.last: dict[str, np.ndarray] = {}

    def process(self, block: np.ndarray) -> np.ndarray:
        """Compute the next block.

        Parameters
        ----------
        block
            An array of the length of the block, [time], float32.

        Returns
        -------
        block : array
            As many samples, [time], float32.
        """
        for message in self.messages.arriving():
            self.notes.handle(message)
        while len(self.ready) < len(block):
            missing = (len(block) - len(self.ready)) * self.rates[0] / self.rates[1]
            self.last = self.notes.controls(math.ceil(missing / self.hop_size))
            audio = self.adapter.to_numpy(self.stream.process(self._arrays(self.last)))[0]
            self.ready = np.concatenate([self.ready, self.resampler.process(audio)])
        played, self.ready = self.ready[: len(block)], self.ready[len(block) :]
        return played

    def pitch(self) -> str:
        """Name the notes whose gates are open.

        Returns
        -------
        names : str
            Their names, from the lowest on.
        """
        if not self.last:
            return ""
        f0_hz, gate = (self.last[name][..., -1, 0].ravel() for name in ("f0_hz", "gate"))
        names = [note_name(f0) for f0 in sorted(f0_hz[gate > 0.0])]
        return ", ".join(names[:MOST_NAMED]) + (", ..." if len(names) > MOST_NAMED else "")

    def _arrays(self, controls: dict[str, np.ndarray]) -> dict[str, Array]:
        return {key: to_backend(self.adapter, x) for key, x in controls.items()} | self.inputs


class SoundPlayer(Player):
    """Sends sound through a processor of audio, at the processor's sample rate.

    Parameters
    ----------
    processor
        Processor of audio, or a group with the input `audio`.
    inputs
        Inputs of a group that do not change, NumPy arrays by key; None for a processor of audio.
    hop_size
        Samples a hop.
    rates
        Sample rates of the processor and of the device.
    block_size
        Samples a block of the device.
    adapter
        Adapter of the backend.
    settings
        Further arguments of `init_state`, such as `key`.
    parts
        Names and latencies in samples of the parts of the processor; None for one part.
    heard_hz
        Function of a state of the processor that returns the pitch of the input in Hz, 0 for none.
    """

    def __init__(
        self,
        processor: Any,
        inputs: dict[str, np.ndarray] | None,
        hop_size: int,
        rates: tuple[float, float],
        block_size: int,
        adapter: Adapter,
        settings: dict[str, Any] | None = None,
        parts: dict[str, int] | None = None,
        heard_hz: Callable[[Any], Array] | None = None,
    ):
        self.processor: Any = Compiled(processor, adapter)
        self.adapter, self.rates, self.heard_hz = adapter, rates, heard_hz
        self.inputs = None if inputs is None else {key: to_backend(adapter, x) for key, x in inputs.items()}
        same = rates[0] == rates[1]
        self.settings = {"hop_size": hop_size, "block_size": block_size if same else 1, **(settings or {})}
        self.reset()
        synth = processor.latency_samples(hop_size)
        self.latency = {
            "resampling": self.at_rate.latency_samples / rates[1],
            "rebuffer": (self.rebuffer.latency_samples - synth) / rates[0],
            **{name: n / rates[0] for name, n in (parts or {"processor": synth}).items()},
        }
        self.latency_samples = self.at_rate.latency_samples + self.rebuffer.latency_samples * rates[1] / rates[0]

    def reset(self) -> None:
        """Begin again."""
        like: Any = to_backend(self.adapter, np.zeros((1, self.settings["hop_size"])))
        like = like if self.inputs is None else {"audio": like, **self.inputs}
        self.rebuffer = Rebuffer(self.processor, like=like, **self.settings)
        self.at_rate = AtRate(self._at_own_rate, self.rates[1], self.rates[0], WIDTH)

    def process(self, block: np.ndarray) -> np.ndarray:
        """Compute the next block.

        Parameters
        ----------
        block
            Sound of the microphone or of a file, [time], float32.

        Returns
        -------
        block : array
            As many samples, [time], float32.
        """
        return self.at_rate.process(block)

    def pitch(self) -> str:
        """Name the note of the input, as a pitch tracker hears it.

        Returns
        -------
        name : str
            Its name; empty in rests and without a tracker.
        """
        f0_hz = 0.0
        if self.heard_hz is not None:
            f0_hz = float(self.adapter.to_numpy(self.heard_hz(self.rebuffer.stream.state))[0, 0])
        return note_name(f0_hz) if f0_hz > 0.0 else ""

    def _at_own_rate(self, audio: np.ndarray) -> np.ndarray:
        if not len(audio):
            return audio
        given: Any = to_backend(self.adapter, audio[None])
        given = given if self.inputs is None else {"audio": given, **self.inputs}
        return self.adapter.to_numpy(self.rebuffer.process(given))[0]


def note_name(f0_hz: float) -> str:
    """Name the nearest note and the distance to it.

    Parameters
    ----------
    f0_hz
        Pitch in Hz, > 0.

    Returns
    -------
    name : str
        Such as 'A4', or 'A4 +12' in cents.
    """
    midi = 69.0 + 12.0 * math.log2(f0_hz / 440.0)
    nearest = round(midi)
    cents = round(100.0 * (midi - nearest))
    name = f"{NAMES[nearest % 12]}{nearest // 12 - 1}"
    return f"{name} {cents:+d}" if cents else name
