"""`ddsp live`: play an instrument in real time, from a microphone, a keyboard or a file."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from ..backends import BACKENDS
from .console import say, warn
from .errors import UserError
from .inputs import Stream, open_recording
from .job import check_peak
from .live_devices import device_lines, midi_port, port_lines, read_midi_file
from .live_instruments import SYNTH, Asked, errors_of_user, make_player
from .live_players import Messages
from .live_run import Session
from .outputs import FORMATS, staged
from .rendering import load_backend
from .report import write_json
from .transfer import FLUTE, octaves_of
from .write import keep_apart

__all__ = ["live"]

#: Names of the devices.
MICROPHONE, SPEAKER = "mic", "speaker"
TRACKERS = ("yin", "crepe")
#: Limits of numbers: samples a block, blocks ahead, sample rate in Hz, voices, pitch bend in semitones, seconds.
LIMITS = {
    "block": (1, 8192),
    "ahead": (1, 64),
    "rate": (8000, 192000),
    "voices": (1, 64),
    "bend-range": (0.0, 96.0),
    "seed": (0, 2**32 - 1),
}
MOST_SECONDS = 24 * 3600.0
#: Seconds that are played after the last message of a MIDI file.
TAIL = 2.0


def live(
    instrument: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Folder of a training run or of an instrument, or the name of a bundled one; synth, a synthesizer for "
            "--midi; or PATH.py:NAME, a ProcessorGroup in a Python file. By default flute, and synth with --midi.",
            show_default=False,
        ),
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(
            "--input", metavar="mic|FILE", help="Microphone, by default, or an audio file.", show_default=False
        ),
    ] = None,
    output: Annotated[
        str, typer.Option(metavar="speaker|FILE", help="Loudspeaker, or a .wav or .flac file.")
    ] = SPEAKER,
    midi: Annotated[
        str | None,
        typer.Option(
            metavar="PORT|FILE", help="MIDI port or MIDI file that plays, instead of sound.", show_default=False
        ),
    ] = None,
    block: Annotated[int, typer.Option(metavar="SAMPLES", help="Samples a block.")] = 128,
    ahead: Annotated[int, typer.Option(metavar="BLOCKS", help="Blocks that are computed ahead.")] = 2,
    rate: Annotated[int, typer.Option(metavar="HZ", help="Sample rate of the devices and of the output.")] = 48000,
    list_devices: Annotated[
        bool, typer.Option("--list-devices", help="List the audio devices and the MIDI ports, and exit.")
    ] = False,
    device_in: Annotated[
        str | None, typer.Option(metavar="DEVICE", help="Number of the microphone, or a part of its name.")
    ] = None,
    device_out: Annotated[
        str | None, typer.Option(metavar="DEVICE", help="Number of the loudspeaker, or a part of its name.")
    ] = None,
    simulate: Annotated[
        bool,
        typer.Option("--simulate", help="Play from file to file without devices, as fast as possible."),
    ] = False,
    seconds: Annotated[
        float | None, typer.Option(help="Length in seconds; by default that of the file.", show_default=False)
    ] = None,
    backend: Annotated[str, typer.Option(help="Array library: numpy, torch, jax or tensorflow.")] = "numpy",
    octave: Annotated[
        str,
        typer.Option(
            metavar="auto|N",
            help="Octaves by which the pitch of the microphone moves; auto: such that it lies in the range of the "
            "instrument.",
        ),
    ] = "auto",
    tracker: Annotated[str, typer.Option(metavar="yin|crepe", help="Pitch tracker: fast, or robust.")] = "yin",
    voices: Annotated[
        int | None,
        typer.Option(help="Voices that play notes, by default 8, and 1 of an instrument.", show_default=False),
    ] = None,
    bend_range: Annotated[
        float, typer.Option(metavar="SEMITONES", help="Pitch bend at either end of the wheel.")
    ] = 2.0,
    seed: Annotated[int, typer.Option(help="Seed of the noise.")] = 0,
) -> int | None:
    """Play an instrument in real time.

    The microphone, a keyboard (MIDI) or a file plays it. Ctrl-C ends it. With --output FILE, a report is written beside
    the sound. Devices need sounddevice and PortAudio.
    """
    if list_devices:
        _list()
        return None
    numbers = {"block": block, "ahead": ahead, "rate": rate, "voices": voices, "bend-range": bend_range, "seed": seed}
    _check(numbers, seconds, backend, tracker)
    octaves = octaves_of(octave)
    routes = _routes(source, output, midi, simulate, {"input": device_in, "output": device_out})
    with ExitStack() as stack:
        adapter = load_backend(backend)
        sound = None if routes.source is None else stack.enter_context(_opened(routes.source))
        messages, length = stack.enter_context(_messages(midi, simulate))
        name = instrument if instrument is not None else (FLUTE if midi is None else SYNTH)
        asked = Asked(name, messages, rate, block, voices, bend_range, octaves, tracker, seed)
        n_samples = _length(sound, length, seconds, rate)
        with errors_of_user(name):
            session = Session(make_player(asked, adapter), adapter, rate, block, ahead, sound, n_samples)
            return _run(session, routes, name, midi)


@dataclass(frozen=True)
class _Routes:
    """Input and output of the sound: files, or devices by their kind."""

    source: str | None
    target: Path | None
    devices: dict[str, str | None]
    simulate: bool


def _list() -> None:
    for title, lines in {"audio devices:": device_lines(), "MIDI ports:": port_lines()}.items():
        say(title)
        for line in lines:
            say(f"  {line}")


def _check(numbers: dict[str, Any], seconds: float | None, backend: str, tracker: str) -> None:
    """Raise UserError unless the numbers and names are valid."""
    for name, value in numbers.items():
        least, most = LIMITS[name]
        if value is not None and not least <= value <= most:
            raise UserError(f"--{name}: got {value:g}, expected {least:g} to {most:g}")
    if seconds is not None and not 0.0 < seconds <= MOST_SECONDS:
        raise UserError(f"--seconds: got {seconds:g}, expected a number above 0, at most {MOST_SECONDS:g}")
    if backend not in BACKENDS:
        raise UserError(f"--backend: got {backend!r}, expected one of {', '.join(BACKENDS)}")
    if tracker not in TRACKERS:
        raise UserError(f"--tracker: got {tracker!r}, expected one of {', '.join(TRACKERS)}")


def _routes(
    source: str | None, output: str, midi: str | None, simulate: bool, devices: dict[str, str | None]
) -> _Routes:
    if midi is not None and source is not None:
        raise UserError(f"--midi: got it together with --input {source!r}, expected one of them")
    if midi is None and source is None:
        source = MICROPHONE
    for option, value in (("--input", source), ("--output", output), ("--midi", midi)):
        if value == "" or "\0" in (value or ""):
            raise UserError(f"{option}: got {value!r}, expected a name")
    target = None if output == SPEAKER else Path(output)
    if target is not None and (target.suffix.lower() not in [f".{name}" for name in FORMATS] or target.is_dir()):
        raise UserError(f"--output: got {output!r}, expected speaker, or a file that ends with .wav or .flac")
    has_device = source == MICROPHONE or target is None
    if simulate and has_device:
        option, got = ("--input", source) if source == MICROPHONE else ("--output", output)
        raise UserError(f"{option}: got {got!r} with --simulate, expected a file")
    if not simulate and not has_device:
        raise UserError(f"--output: got {output!r}, and no device has part in it, expected --simulate with it")
    used = {"input": source == MICROPHONE, "output": target is None}
    for kind, device in devices.items():
        if device is not None and not used[kind]:
            raise UserError(f"--device-{kind.removesuffix('put')}: got {device!r}, but no device is used there")
    if target is not None:
        for given in (source if source != MICROPHONE else None, midi):
            keep_apart(given, target.parent, _names(target), "--output")
    return _Routes(None if source == MICROPHONE else source, target,
                   {kind: devices[kind] for kind in used if used[kind]}, simulate)  # fmt: skip


def _names(target: Path) -> list[str]:
    """Files of a run: the sound and the report."""
    return [target.name, f"{target.stem}.json"]


@contextmanager
def _opened(source: str) -> Iterator[Stream]:
    with open_recording(source) as sound:
        check_peak(source, sound.part.peak)
        yield sound


@contextmanager
def _messages(midi: str | None, simulate: bool) -> Iterator[tuple[Messages | None, float | None]]:
    """MIDI messages of a file or a port, and their length in seconds; None without MIDI, and for a port."""
    if midi is None:
        yield None, None
    elif simulate or Path(midi).exists():
        messages = read_midi_file(midi)
        yield Messages(messages), messages[-1][0] + TAIL
    else:
        port = midi_port(midi)
        try:
            yield Messages(arriving=port.iter_pending), None
        finally:
            port.close()


def _length(sound: Stream | None, length: float | None, seconds: float | None, rate: int) -> int | None:
    """Number of samples to play; None for any."""
    n_samples = None if length is None else round(length * rate)
    if sound is not None:
        same = sound.part.rate == rate
        n_samples = sound.n_samples if same else sum(len(part) for part in sound.blocks(rate))
    if seconds is None:
        return n_samples
    given = max(round(seconds * rate), 1)
    return given if n_samples is None else min(given, n_samples)


def _run(session: Session, routes: _Routes, name: str, midi: str | None) -> int | None:
    """Run with or without files, print the summary, and return the exit code of a signal other than SIGINT."""
    stopped, report = None, {"instrument": name, "input": routes.source or midi or MICROPHONE}
    with ExitStack() as stack:
        target = routes.target
        stage = None if target is None else stack.enter_context(staged(target.parent, _names(target), "--output"))
        path = None if stage is None or target is None else stage / target.name
        if routes.simulate:
            assert path is not None
            figures, warning = session.simulate(path, name)
        else:
            figures, warning, stopped = session.play(routes.devices, path)
        warnings = [*([] if session.sound is None else session.sound.part.warnings), *([warning] if warning else [])]
        report |= session.report(figures) | {"warnings": warnings}
        if stage is not None and target is not None:
            write_json(stage / _names(target)[1], report)
    for text in warnings:
        warn(f"warning: {text}")
    for key, value in _summary(report, routes.simulate):
        say(f"{key:<11} {value}")
    for file in () if target is None else _names(target):
        say(target.parent / file if target is not None else file)
    if stopped is not None and stopped.number != signal.SIGINT:
        return stopped.exit_code
    return None


def _summary(report: dict[str, Any], simulated: bool) -> list[tuple[str, str]]:
    parts = ", ".join(f"{name} {ms:.1f}" for name, ms in report["latency_ms"].items())
    duration = 1e3 * report["block_size"] / report["sample_rate"]
    missed = ("late", f"{report['late_blocks']} of {report['n_blocks']} blocks would have missed their time")
    dropouts = ("drop-outs", f"{report['dropouts']} of {report['n_blocks']} blocks")
    return [
        ("instrument", report["instrument"]),
        ("latency", f"{report['total_latency_ms']:.1f} ms ({parts})"),
        ("load", f"{100 * report['mean_load']:.0f} % of a block of {duration:.2f} ms, at most "
                 f"{100 * report['worst_load']:.0f} %"),
        missed if simulated else dropouts,
        ("backend", f"{report['backend']} on {report['device']}"),
    ]  # fmt: skip
