"""Players for `--instrument` of `ddsp live`: the synthesizer, a group of the user, or a trained instrument."""

from __future__ import annotations

import importlib.util
import inspect
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from ..backends import Adapter
from ..instruments import KeyboardInstrument, Patch, TrainedInstrument, make_synth
from ..processors import Processor, ProcessorGroup
from ..streaming import Notes
from .errors import UserError, reason_of
from .live_players import Messages, NotePlayer, Player, SoundPlayer
from .transfer import load_trained

__all__ = ["SYNTH", "Asked", "errors_of_user", "make_player"]

#: Name of the synthesizer that comes with the library.
SYNTH = "synth"
#: Inputs of a group for notes, and the one for sound.
NOTE_INPUTS, SOUND_INPUT = {"f0_hz", "gate", "velocity"}, "audio"
#: Number of voices of a synthesizer.
VOICES = 8
#: Samples a hop, unless the frame rate of envelopes in the group determines it.
HOP_SIZE = 64


@dataclass(frozen=True)
class Asked:
    """Options of a player.

    Parameters
    ----------
    instrument
        Value of `--instrument`.
    messages
        MIDI messages; None without MIDI.
    sample_rate, block_size
        Sample rate in Hz and samples a block of the device.
    voices
        Number of voices; None for the usual one.
    bend_range
        Pitch bend in semitones.
    octave
        Octaves by which the pitch of a microphone moves; None for automatic.
    tracker
        Name of the pitch tracker.
    seed
        Seed of the noise.
    """

    instrument: str
    messages: Messages | None
    sample_rate: int
    block_size: int
    voices: int | None
    bend_range: float
    octave: int | None
    tracker: str
    seed: int


def make_player(asked: Asked, adapter: Adapter) -> Player:
    """Make the player of an instrument.

    Parameters
    ----------
    asked
        What the options ask for.
    adapter
        Adapter of the backend.

    Returns
    -------
    player : Player
        Function of blocks with its latency.

    Raises
    ------
    UserError
        There is no such instrument, it does not fit the input, or its files are damaged.
    """
    path, _, name = asked.instrument.rpartition(":")
    if asked.instrument == SYNTH:
        if asked.messages is None:
            raise UserError("--instrument: got 'synth', which plays notes, expected --midi with it")
        return _of_patch(make_synth(asked.sample_rate, asked.voices or VOICES, HOP_SIZE), asked, adapter)
    if path.endswith(".py"):
        return _of_patch(_read_patch(Path(path), name, asked), asked, adapter)
    return _of_trained(load_trained(asked.instrument), asked, adapter)


@contextmanager
def errors_of_user(instrument: str) -> Iterator[None]:
    """Report errors of the user's group on one line, such as inputs of another shape.

    Parameters
    ----------
    instrument
        Value of `--instrument`.

    Returns
    -------
    context : Iterator
        Context manager.
    """
    try:
        yield
    except (TypeError, ValueError, KeyError) as error:
        if not instrument.rpartition(":")[0].endswith(".py"):
            raise
        raise UserError(f"--instrument: {instrument!r}: {reason_of(error)}") from error


def _of_trained(trained: TrainedInstrument, asked: Asked, adapter: Adapter) -> Player:
    instrument = trained.instrument
    rates = round(instrument.sample_rate), asked.sample_rate
    voices, hop_size = asked.voices or 1, instrument.hop_size
    if asked.messages is None:
        live = trained.live(tracker=asked.tracker, octave=asked.octave)
        parts = {"tracker": live.listener.latency_samples(), "synth": instrument.latency_samples()}
        key = {"key": asked.seed}
        return SoundPlayer(live, None, hop_size, rates, asked.block_size, adapter, key, parts, live.heard_hz)

    def make_notes() -> Notes:
        return Notes(voices, rates[0], hop_size, asked.bend_range)

    played = KeyboardInstrument(trained)
    return NotePlayer(played, {}, make_notes, asked.messages, rates, adapter, {"key": asked.seed})


def _read_patch(path: Path, name: str, asked: Asked) -> Patch:
    """The patch, group, or function that makes one, of this name in a Python file."""
    shown = f"{str(path)!r}"
    if not path.is_file():
        raise UserError(f"--instrument: no such file: {shown}")
    spec = importlib.util.spec_from_file_location("ddsp_live_patch", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    _run_of_user(shown, path, partial(spec.loader.exec_module, module))
    if not hasattr(module, name):
        raise UserError(
            f"--instrument: {shown} has no {name!r}, expected a ProcessorGroup or a function that makes one"
        )
    value: Any = getattr(module, name)
    if callable(value) and not isinstance(value, Processor):
        given = {"sample_rate": asked.sample_rate, "voices": asked.voices or VOICES}
        wanted = {key: x for key, x in given.items() if key in inspect.signature(value).parameters}
        value = _run_of_user(shown, path, partial(value, **wanted))
    patch = Patch(*value) if isinstance(value, tuple) and len(value) == 2 else Patch(value, {})
    group: Any = getattr(patch.group, "plain", patch.group)
    if not isinstance(group, ProcessorGroup) or not isinstance(patch.inputs, dict):
        raise UserError(
            f"--instrument: {shown} has {name!r} of type {type(value).__name__}, expected a ProcessorGroup, or a pair "
            "of one and a dict of inputs that do not change"
        )
    return Patch(group, patch.inputs)


def _run_of_user(shown: str, path: Path, function: Callable[[], Any]) -> Any:
    """Run code of the user's file; an error of it is one line with its place."""
    try:
        return function()
    except Exception as error:
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
        line = frames[-1].lineno if frames else getattr(error, "lineno", None)
        where = f"{shown}, line {line}" if line else shown
        raise UserError(f"--instrument: {where}: {type(error).__name__}: {reason_of(error)}") from error


def _of_patch(patch: Patch, asked: Asked, adapter: Adapter) -> Player:
    group, keys = patch.group, _open_inputs(patch)
    rate = _setting(group, "sample_rate") or asked.sample_rate
    hop_size = _hop_size(group, rate)
    if keys == {SOUND_INPUT}:
        if asked.messages is not None:
            raise UserError(
                f"--midi: {asked.instrument!r} has the input 'audio', expected a group with 'f0_hz', 'gate'"
            )
        rates = rate, asked.sample_rate
        return SoundPlayer(group, patch.inputs, hop_size, rates, asked.block_size, adapter, {"key": asked.seed})
    if not keys <= NOTE_INPUTS or "f0_hz" not in keys:
        raise UserError(
            f"--instrument: {asked.instrument!r} has the inputs {sorted(keys)}, expected 'f0_hz', 'gate' and "
            "'velocity', or 'audio', and a dict of the others, which do not change"
        )
    if asked.messages is None:
        raise UserError(f"--instrument: {asked.instrument!r} plays notes, expected --midi with it")

    def make_notes() -> Notes:
        return Notes(asked.voices or VOICES, rate, hop_size, asked.bend_range)

    rates = rate, asked.sample_rate
    return NotePlayer(group, patch.inputs, make_notes, asked.messages, rates, adapter, {"key": asked.seed})


def _open_inputs(patch: Patch) -> set[str]:
    """Keys of a group's inputs that change."""
    names = set(patch.group.nodes)
    keys = {
        key.removeprefix("inputs/") for _, keys in patch.group.dag for key in keys if key.split("/")[0] not in names
    }
    return keys - set(patch.inputs)


def _setting(group: ProcessorGroup, name: str) -> Any:
    """The value of a setting that all nodes that have it share; None if none has it."""
    found = {getattr(node, name) for node in group.nodes.values() if hasattr(type(node), name)}
    if len(found) > 1:
        raise UserError(f"--instrument: nodes with {name} {sorted(found)}, expected the same")
    return found.pop() if found else None


def _hop_size(group: ProcessorGroup, rate: float) -> int:
    frame_rate = _setting(group, "frame_rate")
    if frame_rate is None:
        return HOP_SIZE
    hop_size = round(rate / frame_rate)
    if hop_size < 1 or abs(hop_size * frame_rate - rate) > 1e-6 * rate:
        raise UserError(
            f"--instrument: an envelope of {frame_rate:g} frames per second at {rate:g} Hz, expected whole hops"
        )
    return hop_size
