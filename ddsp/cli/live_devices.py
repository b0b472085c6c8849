"""Audio devices by sounddevice and MIDI by mido, imported only when needed, with errors of one line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from .errors import UserError, quiet_stderr, reason_of

__all__ = ["DEVICE", "device_lines", "find_device", "midi_port", "open_stream", "port_lines", "read_midi_file"]

#: How to install what is missing.
INSTALL = 'pip install "ddsp-array[live]"'
LIBRARY = "the library PortAudio is missing: apt install libportaudio2 (Debian, Ubuntu), dnf install portaudio (Fedora)"
#: Names of the devices in options.
DEVICE = {"input": "--device-in", "output": "--device-out"}
#: Longest MIDI file in seconds.
LONGEST = 24 * 3600.0


def _package(name: str, purpose: str) -> Any:
    """Import a package of the extra `live`."""
    try:
        with quiet_stderr():
            return import_module(name)
    except ImportError as error:
        missing = error.name or name
        raise UserError(f"{purpose} needs {missing}, which is not installed: {INSTALL}") from error
    except OSError as error:  # sounddevice without PortAudio
        raise UserError(f"{purpose}: {LIBRARY} ({reason_of(error)})") from error


def _sounddevice() -> Any:
    return _package("sounddevice", "sound in real time")


def device_lines() -> list[str]:
    """List the audio devices.

    Returns
    -------
    lines : list
        A line of text for each device: number, name, numbers of channels, and whether it is a default.

    Raises
    ------
    UserError
        sounddevice or PortAudio is missing, or fails.
    """
    audio = _sounddevice()
    try:
        with quiet_stderr():  # ALSA reports each plug-in that does not work
            devices, apis, default = audio.query_devices(), audio.query_hostapis(), tuple(audio.default.device)
    except audio.PortAudioError as error:
        raise UserError(f"--list-devices: {reason_of(error)}") from error
    lines = []
    for number, device in enumerate(devices):
        marks = [name for name, chosen in zip(("default input", "default output"), default, strict=True)
                 if chosen == number]  # fmt: skip
        channels = f"{device['max_input_channels']} in, {device['max_output_channels']} out"
        about = ", ".join([apis[device["hostapi"]]["name"], channels, *marks])
        lines.append(f"{number:>3}  {device['name']} ({about})")
    return lines or ["none"]


def port_lines() -> list[str]:
    """List the MIDI ports.

    Returns
    -------
    lines : list
        Names of the ports; a reason if there is none or MIDI does not work.
    """
    try:
        return _port_names() or ["none"]
    except UserError as error:
        return [f"none: {error}"]


def _port_names() -> list[str]:
    mido = _package("mido", "MIDI")
    _package("rtmidi", "MIDI ports")
    try:
        with quiet_stderr():
            return list(dict.fromkeys(mido.get_input_names()))
    except Exception as error:  # errors of rtmidi's backends have no common class
        raise UserError(f"--midi: the ports cannot be listed: {reason_of(error)}") from error


def find_device(given: str | None, kind: str) -> int | str | None:
    """Find an audio device.

    Parameters
    ----------
    given
        Its number, or a part of its name; None for the default.
    kind
        'input' or 'output'.

    Returns
    -------
    device : int or None
        Its number; None for the default.

    Raises
    ------
    UserError
        There is no such device, or more than one.
    """
    audio, option = _sounddevice(), DEVICE[kind]
    device = int(given) if given is not None and given.isdecimal() else given
    try:
        with quiet_stderr():
            return audio.query_devices(device, kind)["index"]
    except (ValueError, audio.PortAudioError) as error:
        got = "no default device" if given is None else f"{given!r}"
        reason = " ".join(reason_of(error).split())
        raise UserError(f"{option}: got {got}, expected one of ddsp live --list-devices ({reason})") from error


@contextmanager
def open_stream(callback: Any, devices: dict[str, int | str | None], rate: float, block_size: int) -> Iterator[Any]:
    """Open and start the stream of a microphone, a loudspeaker, or both.

    Parameters
    ----------
    callback
        `callback(indata, outdata, frames, time, status)`.
    devices
        Device by kind, 'input', 'output', or both.
    rate
        Sample rate in Hz.
    block_size
        Samples a block.

    Yields
    ------
    stream : object
        The stream, with `active`, `latency` and `samplerate`.

    Raises
    ------
    UserError
        A device is missing, is used by another program, or does not support the sample rate.
    """
    audio = _sounddevice()
    both, kinds = len(devices) == 2, list(devices)
    try:
        with quiet_stderr():
            channels = {
                kind: min(2, audio.query_devices(device, kind)[f"max_{kind}_channels"])
                for kind, device in devices.items()
            }
            common = {"samplerate": rate, "blocksize": block_size, "dtype": "float32", "latency": "low"}
            if both:
                pair, count = (tuple(x[kind] for kind in ("input", "output")) for x in (devices, channels))
                stream = audio.Stream(device=pair, channels=count, callback=callback, **common)
            elif kinds == ["input"]:
                hear = partial(_without_output, callback)
                stream = audio.InputStream(device=devices["input"], channels=channels["input"], callback=hear, **common)
            else:
                sound = partial(callback, None)
                stream = audio.OutputStream(
                    device=devices["output"], channels=channels["output"], callback=sound, **common
                )
            stream.start()
    except (ValueError, audio.PortAudioError) as error:
        options = ", ".join(DEVICE[kind] for kind in kinds)
        reason = " ".join(reason_of(error).split())
        raise UserError(
            f"--rate, --block, {options}: got {rate:g} Hz, {block_size} samples: cannot open the device: {reason}"
        ) from error
    try:
        yield stream
    finally:
        with quiet_stderr():
            stream.abort()
            stream.close()


def _without_output(callback: Any, indata: Any, frames: int, times: Any, status: Any) -> None:
    callback(indata, None, frames, times, status)


def midi_port(name: str) -> Any:
    """Open a MIDI port.

    Parameters
    ----------
    name
        Its name, or a part of it.

    Returns
    -------
    port : object
        The port, with `iter_pending` and `close`.

    Raises
    ------
    UserError
        There is no such port, or it cannot be opened.
    """
    names = _port_names()
    matching = [name] if name in names else [other for other in names if name.lower() in other.lower()]
    if len(matching) != 1:
        there = ", ".join(map(repr, matching or names)) or "none"
        raise UserError(f"--midi: got {name!r}, which is neither a file nor a MIDI port; expected one of: {there}")
    try:
        with quiet_stderr():
            return _package("mido", "MIDI").open_input(matching[0])
    except Exception as error:  # errors of rtmidi's backends have no common class
        raise UserError(f"--midi: cannot open {matching[0]!r}: {reason_of(error)}") from error


def read_midi_file(path: str | Path) -> list[tuple[float, Any]]:
    """Read a Standard MIDI File. The channel of percussion, 10, is left out.

    Parameters
    ----------
    path
        Path of the file.

    Returns
    -------
    messages : list
        Pairs of a time in seconds and a message.

    Raises
    ------
    UserError
        The file cannot be read, is not a MIDI file, is damaged, has no notes, or is too long.
    """
    mido, shown = _package("mido", "MIDI"), repr(str(path))
    try:
        messages, time = [], 0.0
        for message in mido.MidiFile(path):  # in order of time, with all tempo changes
            time += message.time
            if not message.is_meta and getattr(message, "channel", 0) != 9:
                messages.append((time, message))
    except EOFError as error:
        raise UserError(f"--midi: {shown} is truncated or empty") from error
    except OSError as error:
        damaged = "is not a MIDI file or is truncated" if error.errno is None else reason_of(error)
        raise UserError(f"--midi: {shown}: {damaged}") from error
    except Exception as error:  # mido passes on errors of its parsers: ValueError, KeyError, IndexError
        raise UserError(f"--midi: {shown} is damaged: {type(error).__name__}: {reason_of(error)}") from error
    if not any(message.type == "note_on" and message.velocity for _, message in messages):
        raise UserError(f"--midi: {shown} has no notes, expected at least one")
    if time > LONGEST:
        raise UserError(f"--midi: {shown} lasts {time:.0f} s, expected at most {LONGEST:.0f} s")
    return messages
