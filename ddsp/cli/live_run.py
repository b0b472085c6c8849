"""Runs of `ddsp live`: in real time with devices, or as a simulation with files."""

from __future__ import annotations

import gc
import math
import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import chain, islice, repeat
from pathlib import Path
from typing import Any

import numpy as np

from ..backends import Adapter
from ..streaming import AudioLoop, LoopFigures
from .errors import UserError, quiet_stderr
from .inputs import Stream
from .live_devices import find_device, open_stream
from .live_meters import meters
from .live_players import Player
from .outputs import write_blocks
from .progress import bar
from .report import device_of, versions
from .signals import Stopped

__all__ = ["Session"]

#: Seconds of sound that a player computes before a run, to make its constants and compile its programs.
WARM_UP = 0.1
#: Longest time of the fade-out, in seconds.
LONGEST_END = 1.0
#: Seconds after which another thread may run. With Python's 5 ms, the callback would wait too long for the worker.
SWITCH_INTERVAL = 2e-4


@dataclass
class Session:
    """A run of a player, with or without devices.

    Parameters
    ----------
    player
        What plays.
    adapter
        Adapter of its backend.
    sample_rate, block_size, ahead
        Sample rate in Hz, samples a block, and blocks that are computed ahead.
    sound
        Recording that is played; None for a microphone or notes.
    n_samples
        Length in samples; None for any.
    device_latency
        Latency that the devices report, in seconds; None before they run.
    """

    player: Player
    adapter: Adapter
    sample_rate: int
    block_size: int
    ahead: int
    sound: Stream | None
    n_samples: int | None
    device_latency: float | None = None

    def __post_init__(self) -> None:
        for _ in range(max(math.ceil(WARM_UP * self.sample_rate / self.block_size), 4)):
            self.player.process(np.zeros(self.block_size, np.float32))
        self.player.reset()

    @property
    def late(self) -> int:
        """Samples by which the sound is late, rounded up."""
        return self.ahead * self.block_size + math.ceil(self.player.latency_samples - 1e-6)

    def simulate(self, path: Path, name: str) -> tuple[LoopFigures, str | None]:
        """Run without devices, and write the sound to a file.

        Parameters
        ----------
        path
            Path of the file.
        name
            Name for the progress bar.

        Returns
        -------
        figures : LoopFigures
            Figures of the loop.
        warning : str or None
            A warning about the level.
        """
        assert self.n_samples is not None
        loop, length = self._loop(), self.n_samples + self.late
        blocks = islice(self._blocks(), -(-length // self.block_size))
        with bar(name) as on_progress:

            def played() -> Iterator[np.ndarray]:
                done = 0
                for block in loop.simulate(blocks):
                    yield block[: length - done]
                    done += len(block)
                    on_progress("playing", min(done / length, 1.0))

            warning = write_blocks(path, played(), length, self.sample_rate)
        return loop.figures(), warning

    def play(self, devices: dict[str, str | None], path: Path | None) -> tuple[LoopFigures, str | None, Stopped | None]:
        """Run in real time until the sound or the time is over, or the user stops it.

        Parameters
        ----------
        devices
            Device by kind, 'input' or 'output'.
        path
            File for the sound; None for none.

        Returns
        -------
        figures : LoopFigures
            Figures of the loop.
        warning : str or None
            A warning about the level of the file.
        stopped : Stopped or None
            The signal that stopped it.
        """
        found = {kind: find_device(device, kind) for kind, device in devices.items()}
        with ExitStack() as stack:
            spool = stack.enter_context(_Spool(path)) if path is not None else None
            source = None if self.sound is None else self._blocks().__next__
            loop = self._loop(source=source, record=None if spool is None else spool.blocks.append)
            stopped = self._run(loop, found, spool)
            warning = None if spool is None or path is None else spool.write(path, self.sample_rate)
        return loop.figures(), warning, stopped

    def _run(self, loop: AudioLoop, devices: dict[str, Any], spool: _Spool | None) -> Stopped | None:
        stopped, length = None, math.inf if self.n_samples is None else self.n_samples + self.late
        has_input = self.sound is not None or "input" in devices
        opened = open_stream(loop.callback, devices, self.sample_rate, self.block_size)
        with _undisturbed(), quiet_stderr(), loop.running(), opened as stream, meters(has_input) as shown:
            self.device_latency = float(np.sum(stream.latency))
            try:
                while loop.n_called * self.block_size < length and not loop.has_failed:
                    shown.show(loop.figures(), self.player.pitch())
                    if spool is not None:
                        spool.save()
                    if not stream.active:
                        raise UserError("the audio device has stopped")
                    time.sleep(0.02)
            except Stopped as error:
                stopped = error
            _end(loop)
        if spool is not None:
            spool.save()
        return stopped

    def _loop(self, **functions: Any) -> AudioLoop:
        return AudioLoop(self.player.process, self.block_size, self.sample_rate, self.ahead, **functions)

    def _blocks(self) -> Iterator[np.ndarray]:
        """Blocks of the recording, or of silence, and silence without end after them."""
        size, silence = self.block_size, np.zeros(self.block_size, np.float32)
        if self.sound is None:
            return repeat(silence)
        return chain(_cut(self.sound.blocks(self.sample_rate), size, self.n_samples), repeat(silence))

    def report(self, figures: LoopFigures) -> dict[str, Any]:
        """Describe the run, for the report.

        Parameters
        ----------
        figures
            Figures of the loop.

        Returns
        -------
        report : dict
            JSON values.
        """
        parts = {"blocks": self.ahead * self.block_size / self.sample_rate, **self.player.latency}
        parts |= {} if self.device_latency is None else {"devices": self.device_latency}
        late = self.ahead * self.block_size + self.player.latency_samples
        return {
            "backend": self.adapter.name,
            "device": device_of(self.adapter, self.adapter.xp.asarray([0.0])),
            "versions": versions(self.adapter.name),
            "sample_rate": self.sample_rate,
            "block_size": self.block_size,
            "ahead": self.ahead,
            "latency_ms": {name: 1e3 * seconds for name, seconds in parts.items()},
            "total_latency_ms": 1e3 * sum(parts.values()),
            "latency_samples": late,
            "n_blocks": figures.n_blocks,
            "mean_load": figures.mean_load,
            "worst_load": figures.worst_load,
            "late_blocks": figures.late,
            "dropouts": figures.dropouts,
        }


class _Spool:
    """Blocks that wait for the disk: the worker appends them, and the main thread saves them."""

    def __init__(self, path: Path):
        self.blocks: deque[np.ndarray] = deque()
        self.n_samples, self.path = 0, path.with_name(f"{path.name}.raw")

    def __enter__(self) -> _Spool:
        self.file = self.path.open("wb")
        return self

    def __exit__(self, *_: Any) -> None:
        self.file.close()
        self.path.unlink(missing_ok=True)

    def save(self) -> None:
        while self.blocks:
            block = self.blocks.popleft()
            self.n_samples += len(block)
            block.tofile(self.file)

    def write(self, path: Path, sample_rate: int) -> str | None:
        """Write what was recorded as audio."""
        self.file.flush()
        if not self.n_samples:
            raise UserError("--output: nothing was recorded")
        sound = np.memmap(self.path, np.float32, "r", shape=(self.n_samples,))
        blocks = (sound[start : start + 2**16] for start in range(0, self.n_samples, 2**16))
        return write_blocks(path, blocks, self.n_samples, sample_rate)


def _end(loop: AudioLoop) -> None:
    """Fade the sound out and wait until it has been played."""
    loop.fade_out()
    limit = time.monotonic() + LONGEST_END
    while not (loop.is_silent or loop.has_failed) and time.monotonic() < limit:
        time.sleep(0.005)


def _cut(parts: Iterator[np.ndarray], size: int, n_samples: int | None) -> Iterator[np.ndarray]:
    """Blocks of a size of audio that comes in parts of other sizes, up to a number of samples, the last one padded."""
    waiting, left = np.zeros(0, np.float32), math.inf if n_samples is None else n_samples
    for part in parts:
        waiting = np.concatenate([waiting, part[: int(min(len(part), left))]])
        left -= len(part)
        while len(waiting) >= size:
            yield waiting[:size]
            waiting = waiting[size:]
        if left <= 0:
            break
    if len(waiting):
        yield np.pad(waiting, (0, size - len(waiting)))


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Switch threads often, and exclude existing objects from garbage collection."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_INTERVAL)
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
        sys.setswitchinterval(interval)
