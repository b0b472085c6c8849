"""MIDI notes as frames of controls: pitch, gate and velocity."""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..extend import integer
from .midi import Channel, data_of

__all__ = ["Notes"]

#: A channel and a note number.
Key = tuple[int, int]
#: Pitch of voices before their first note, and the note number of 440 Hz.
A4 = 69


@dataclass
class _Voice:
    """State of a voice. If it sounds and takes another note, its gate is closed for a frame."""

    key: Key | None = None
    velocity: float = 0.0
    channel: int = 0
    note: int = A4
    is_open: bool = False
    was_open: bool = False  # in the frame before
    next: tuple[Key, float] | None = None  # what it plays from the next frame on
    since: int = -1  # first frame of its note
    changed: int = 0  # number of the event that opened or closed it

    def begin(self, key: Key, velocity: float, frame: int) -> None:
        (self.channel, self.note), self.key, self.velocity = key, key, velocity
        self.is_open, self.next, self.since = True, None, frame


class Notes:
    """Notes of a keyboard as frames of controls.

    It takes MIDI messages and computes the inputs of a synthesizer, frame by frame: the pitch of each voice with bend
    and vibrato, whether its key is down, and its velocity. A message takes effect at the first frame at or after its
    time.

    A single voice has last-note priority: it plays the key that was pressed last of those that are down. Several voices
    play a note each. If all of them sound, a new note replaces the one that began first. If a voice sounds when it
    begins another note, its gate is closed for a frame, so that envelopes start again.

    Each channel has its own pitch bend (with its range by RPN 0), modulation wheel (vibrato) and sustain pedal.

    Parameters
    ----------
    voices
        Number of voices. The controls of a single voice have no voice axis.
    sample_rate
        Sample rate in Hz.
    hop_size
        Samples a frame.
    bend_range
        Pitch bend in semitones at either end of the wheel.
    vibrato_hz
        Frequency of the vibrato.
    vibrato_semitones
        Depth of the vibrato with the modulation wheel at its end.
    legato
        If True, a single voice that sounds moves to another key without restarting its envelope.

    See Also
    --------
    ddsp.synths.ADSR : Makes an envelope of the gate.
    AudioLoop : Computes blocks in real time.

    Examples
    --------
    >>> notes = Notes(sample_rate=100.0, hop_size=1)
    >>> notes.handle((0x90, 69, 127))  # note on: A4, as hard as possible
    >>> notes.handle((0x80, 69, 0), time=0.02)  # note off, 20 ms after the start
    >>> frames = notes.controls(4)
    >>> {name: x[0, :, 0].tolist() for name, x in frames.items()}
    {'f0_hz': [440.0, 440.0, 440.0, 440.0], 'gate': [1.0, 1.0, 0.0, 0.0], 'velocity': [1.0, 1.0, 1.0, 1.0]}
    """

    def __init__(
        self,
        voices: int = 1,
        sample_rate: float = 16000,
        hop_size: int = 64,
        bend_range: float = 2.0,
        vibrato_hz: float = 5.5,
        vibrato_semitones: float = 0.5,
        legato: bool = True,
    ):
        self.voices, self.hop_size = integer("voices", voices, 1), integer("hop_size", hop_size, 1)
        if not 0.0 < sample_rate < math.inf:
            raise ValueError(f"sample_rate: got {sample_rate!r}, expected a number of Hz > 0")
        given = {"bend_range": bend_range, "vibrato_hz": vibrato_hz, "vibrato_semitones": vibrato_semitones}
        for name, value in given.items():
            if not 0.0 <= value < math.inf:
                raise ValueError(f"{name}: got {value!r}, expected a finite number >= 0")
        self.frame_rate, self.legato = sample_rate / self.hop_size, legato
        self.vibrato_hz, self.vibrato_semitones = vibrato_hz, vibrato_semitones
        self._voices = [_Voice() for _ in range(voices)]
        self._channels = [Channel(bend_range) for _ in range(16)]
        self._down: dict[Key, float] = {}  # keys that a finger or the pedal holds, in order, and their velocities
        self._lifted: set[Key] = set()  # keys that only the pedal holds
        self._waiting: list[tuple[int, int, tuple[int, ...]]] = []  # heap of (frame, number, message)
        self._frame = self._number = 0

    @property
    def seconds(self) -> float:
        """Time of the next frame, in seconds from the first."""
        return self._frame / self.frame_rate

    def handle(self, message: Any, time: float | None = None) -> None:
        """Take a MIDI message.

        Parameters
        ----------
        message
            A message of `mido`, or the bytes of one, such as `(0x90, 60, 100)`: a tuple of a status and one or two
            numbers from 0 to 127. Note on and off, pitch wheel, and the controllers 1 (modulation wheel), 64 (sustain
            pedal), 120 to 127 (reset, all notes off), and 100, 101, 6 and 38 (range of the pitch bend) have an effect.
        time
            Time in seconds from the first frame; None for the next frame, as are times in the past.

        Raises
        ------
        ValueError
            Bytes that are not a MIDI message, or a time that is not a finite number >= 0.
        """
        frame = self._frame
        if time is not None:
            if not 0.0 <= time < math.inf:
                raise ValueError(f"time: got {time!r}, expected finite seconds >= 0")
            frame = max(math.ceil(time * self.frame_rate - 1e-6), frame)  # a rounding error must not add a frame
        self._push(frame, data_of(message))

    def controls(self, n_frames: int) -> dict[str, np.ndarray]:
        """Compute the next frames.

        Parameters
        ----------
        n_frames
            Number of frames.

        Returns
        -------
        controls : dict
            `f0_hz`, the pitch in Hz, 440 before the first note and held after the end of a note; `gate`, 1 while a key
            is down, otherwise 0; `velocity`, from 0 to 1, held after the end of a note. NumPy arrays, float32, [1,
            frames, 1], or [1, voices, frames, 1] for several voices.
        """
        n_frames = integer("n_frames", n_frames, 0)
        semitones, gate, velocity, depth = np.zeros((4, self.voices, n_frames))
        first = 0
        while first < n_frames:
            self._update(self._frame + first)
            stop = int(min(self._next_change() - self._frame, n_frames))
            for i, voice in enumerate(self._voices):
                channel, frames = self._channels[voice.channel], slice(first, stop)
                semitones[i, frames] = voice.note + channel.bend_semitones
                depth[i, frames] = channel.modulation
                gate[i, frames], velocity[i, frames] = voice.is_open, voice.velocity
                voice.was_open = voice.is_open
            first = stop
        cycles = self.vibrato_hz * (self._frame + np.arange(n_frames)) / self.frame_rate
        semitones += self.vibrato_semitones * depth * np.sin(2.0 * np.pi * cycles)
        self._frame += n_frames
        found = {"f0_hz": 440.0 * 2.0 ** ((semitones - A4) / 12.0), "gate": gate, "velocity": velocity}
        found = {name: x.astype(np.float32) for name, x in found.items()}
        return {name: (x if self.voices > 1 else x[0])[None, ..., None] for name, x in found.items()}

    def _push(self, frame: int, data: tuple[int, ...]) -> None:
        self._number += 1
        heapq.heappush(self._waiting, (frame, self._number, data))

    def _next_change(self) -> float:
        """Frame of the next change."""
        soon = [voice.since for voice in self._voices if voice.next is not None]
        return min([*soon, *([self._waiting[0][0]] if self._waiting else [math.inf])])

    def _update(self, frame: int) -> None:
        """Begin the notes that wait for this frame, and take the messages up to it."""
        for voice in self._voices:
            if voice.next is not None:
                voice.begin(*voice.next, frame)
        while self._waiting and self._waiting[0][0] <= frame:
            _, number, data = heapq.heappop(self._waiting)
            self._take(frame, number, data)

    def _take(self, frame: int, number: int, data: tuple[int, ...]) -> None:
        kind, index = data[0] & 0xF0, data[0] & 0x0F
        if kind == 0x90 and data[2] > 0:
            self._press((index, data[1]), data[2] / 127.0, frame, number)
        elif kind in (0x80, 0x90):
            self._lift((index, data[1]), frame, number, data)
        elif (kind, *data[1:2]) == (0xB0, 64):
            self._move_pedal(index, data[2] >= 64, number)
        elif kind == 0xB0 and data[1] >= 120:
            self._channels[index].change(data)
            for key in [key for key in self._down if key[0] == index and data[1] != 121]:
                self._let_go(key, number)
            self._move_pedal(index, False, number)
        else:
            self._channels[index].change(data)

    def _press(self, key: Key, velocity: float, frame: int, number: int) -> None:
        slides = self.voices == 1 and self.legato and self._voices[0].is_open
        self._down.pop(key, None)
        self._down[key] = velocity  # at the end: the last
        self._lifted.discard(key)
        voice = self._choose(key)
        voice.changed = number
        if voice.was_open and not slides:
            voice.is_open, voice.key, voice.next, voice.since = False, key, (key, velocity), frame + 1
        else:
            voice.begin(key, velocity, voice.since if slides else frame)

    def _choose(self, key: Key) -> _Voice:
        """The voice of this key; else one that is closed; else the one that began first."""
        busy = [voice.is_open or voice.next is not None for voice in self._voices]
        ranked = zip((voice.key != key for voice in self._voices), busy, self._voices, strict=True)
        return min(ranked, key=lambda x: (x[0], x[1], x[2].changed))[2]

    def _lift(self, key: Key, frame: int, number: int, data: tuple[int, ...]) -> None:
        """Release a key. A note that has not sounded yet sounds for a frame."""
        begins = [voice.since for voice in self._voices if voice.key == key and voice.since >= frame]
        if begins:
            self._push(begins[0] + 1, data)
        elif self._channels[key[0]].pedal:
            self._lifted.add(key)
        else:
            self._let_go(key, number)

    def _move_pedal(self, index: int, is_down: bool, number: int) -> None:
        self._channels[index].pedal = is_down
        for key in [key for key in self._lifted if key[0] == index and not is_down]:
            self._lifted.discard(key)
            self._let_go(key, number)

    def _let_go(self, key: Key, number: int) -> None:
        """End the note of a key, unless a single voice returns to the last key that is still down."""
        self._down.pop(key, None)
        for voice in self._voices:
            if voice.key != key or not (voice.is_open or voice.next):
                continue
            if self.voices == 1 and self._down:
                last, velocity = next(reversed(self._down.items()))
                voice.begin(last, velocity, voice.since)
            else:
                voice.is_open, voice.next, voice.changed = False, None, number
