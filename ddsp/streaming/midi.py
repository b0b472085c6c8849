"""Bytes of MIDI messages, and the controllers of a channel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

__all__: list[str] = []

#: Number of data bytes of a message by its kind, the upper half of the status; other messages have no channel.
LENGTHS = {0x80: 2, 0x90: 2, 0xA0: 2, 0xB0: 2, 0xC0: 1, 0xD0: 1, 0xE0: 2}


def data_of(message: Any) -> tuple[int, ...]:
    """Bytes of a message of mido, or of a sequence of bytes; those of a system message are its status alone."""
    given = message.bytes() if callable(getattr(message, "bytes", None)) else message
    try:
        data = tuple(int(x) for x in given)
    except (TypeError, ValueError) as error:
        raise ValueError(f"message: got {message!r}, expected a message of mido or the bytes of one") from error
    if data and 0xF0 <= data[0] <= 0xFF:
        return data[:1]
    kind = data[0] & 0xF0 if data else 0
    if kind not in LENGTHS or len(data) != 1 + LENGTHS[kind] or not all(0 <= x < 128 for x in data[1:]):
        expected = "a status from 128 to 255 and its one or two numbers from 0 to 127"
        raise ValueError(f"message: got {message!r}, expected {expected}")
    return data


@dataclass
class Channel:
    """Wheels and pedal of a channel.

    Parameters
    ----------
    bend_range
        Pitch bend in semitones at either end of the wheel.
    bend
        Pitch wheel, from -1 to 1.
    modulation
        Modulation wheel, from 0 to 1.
    pedal
        Whether the sustain pedal is down.
    parameter
        Values of the controllers 101 and 100, which select the parameter that 6 and 38 set; (0, 0) is the bend range.
    """

    bend_range: float
    bend: float = 0.0
    modulation: float = 0.0
    pedal: bool = False
    parameter: tuple[int, int] = (127, 127)

    @property
    def bend_semitones(self) -> float:
        """Pitch bend in semitones."""
        return self.bend * self.bend_range

    def change(self, data: Sequence[int]) -> None:
        """Take a message; only the pitch wheel and controllers have an effect."""
        kind = data[0] & 0xF0
        if kind == 0xE0:
            wheel = data[1] + 128 * data[2] - 8192
            self.bend = wheel / (8191.0 if wheel > 0 else 8192.0)
        elif kind == 0xB0:
            self._control(data[1], data[2])

    def _control(self, number: int, value: int) -> None:
        if number == 1:
            self.modulation = value / 127.0
        elif number == 101:
            self.parameter = (value, self.parameter[1])
        elif number == 100:
            self.parameter = (self.parameter[0], value)
        elif number == 6 and self.parameter == (0, 0):
            self.bend_range = float(value)
        elif number == 38 and self.parameter == (0, 0):
            self.bend_range = int(self.bend_range) + value / 100.0
        elif number == 121:
            self.bend, self.modulation, self.parameter = 0.0, 0.0, (127, 127)
