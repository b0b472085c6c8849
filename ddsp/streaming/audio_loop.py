"""Blocks in real time: a worker computes them ahead, and the callback of an audio device only copies them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..extend import integer

__all__ = ["AudioLoop", "LoopFigures"]

#: Number of blocks that the worker may be late before it skips some.
PATIENCE = 16
#: Length of the fade at the end, in seconds.
FADE_SECONDS = 0.03


@dataclass(frozen=True)
class LoopFigures:
    """Measurements of a loop.

    Parameters
    ----------
    n_blocks
        Number of blocks that have been computed.
    dropouts
        Number of blocks that were not finished when the device needed them; zeros were played.
    late
        Number of blocks that would have been late if blocks had arrived in real time from time 0 on: the drop-outs of a
        simulation.
    mean_load, worst_load
        Time that a block took, divided by its duration.
    input_peak, output_peak
        Largest magnitudes since the previous call of `figures`.

    See Also
    --------
    AudioLoop : The loop.
    """

    n_blocks: int
    dropouts: int
    late: int
    mean_load: float
    worst_load: float
    input_peak: float
    output_peak: float


class AudioLoop:
    """Computes blocks ahead of the callback of an audio device.

    The callback copies a block from the microphone into one ring buffer, and a computed block from another ring buffer
    to the loudspeaker. A worker computes the blocks in between. So the callback never waits, and a block may take
    longer than its duration if others take less. Each block is played `ahead` blocks after it was recorded. If it is
    not finished, zeros are played and a drop-out is counted; later blocks are still played on time.

    Parameters
    ----------
    process
        Function of a block, [block_size], that returns one: NumPy arrays, float32. It is called by one thread.
    block_size
        Samples a block.
    sample_rate
        Sample rate in Hz.
    ahead
        Number of blocks between recording and playing: the time that the worker has.
    source
        Function that returns the next block in place of the microphone's, such as one of a file.
    record
        Function of each block that has been computed, before it is played.

    See Also
    --------
    Rebuffer : A process for blocks of any length.
    Notes : Controls for a synthesizer without a microphone.

    Examples
    --------
    >>> loop = AudioLoop(lambda block: 0.5 * block, block_size=2, sample_rate=48000)
    >>> blocks = [np.full(2, i, np.float32) for i in (1, 2, 3, 4)]
    >>> [block.tolist() for block in loop.simulate(blocks)]
    [[0.0, 0.0], [0.0, 0.0], [0.5, 0.5], [1.0, 1.0]]

    With the package `sounddevice` and a device, the loop of a program is

        with loop.running(), sounddevice.Stream(48000, 128, channels=1, callback=loop.callback):
            time.sleep(10.0)
    """

    def __init__(
        self,
        process: Callable[[np.ndarray], np.ndarray],
        block_size: int,
        sample_rate: float,
        ahead: int = 2,
        source: Callable[[], np.ndarray] | None = None,
        record: Callable[[np.ndarray], None] | None = None,
    ):
        self.process, self.block_size = process, integer("block_size", block_size, 1)
        self.sample_rate, self.ahead = sample_rate, integer("ahead", ahead, 1)
        self.source, self.record = source, record
        self._n_slots = self.ahead + PATIENCE
        self._recorded, self._ready = np.zeros((2, self._n_slots, self.block_size), np.float32)
        self._called = self._computed = 0  # number of blocks that the callback and the worker are done with
        self._dropouts = self._late = 0
        self._clock = self._total = self._worst = 0.0
        self._input_peak = self._output_peak = 0.0
        self._fade = np.linspace(1.0, 0.0, max(round(FADE_SECONDS * sample_rate), 2), dtype=np.float32)
        self._faded: int | None = None  # number of samples of the fade that are behind
        self._silent_from: int | None = None
        self._wake, self._stopped = threading.Semaphore(0), False
        self._error: BaseException | None = None

    @property
    def latency_samples(self) -> int:
        """Samples from recording to playing, without those of `process` and of the device."""
        return self.ahead * self.block_size

    @property
    def n_called(self) -> int:
        """Number of blocks that the device has asked for."""
        return self._called

    @property
    def is_silent(self) -> bool:
        """True if `fade_out` has come to its end and has been played."""
        return self._silent_from is not None and self._called >= self._silent_from + self.ahead

    def figures(self) -> LoopFigures:
        """Measure.

        Returns
        -------
        figures : LoopFigures
            Measurements so far. The peaks are those since the previous call.
        """
        mean = self._total / self._computed if self._computed else 0.0
        peaks = self._input_peak, self._output_peak
        self._input_peak = self._output_peak = 0.0
        return LoopFigures(self._computed, self._dropouts, self._late, mean, self._worst, *peaks)

    def callback(
        self, indata: np.ndarray | None, outdata: np.ndarray | None, frames: int, times: Any = None, status: Any = None
    ) -> None:
        """Take a block from the microphone, and give one to the loudspeaker: the callback of `sounddevice.Stream`.

        Parameters
        ----------
        indata
            Recorded block, [block_size, channels], of which the mean is taken; None without a microphone.
        outdata
            Array for the block to play, [block_size, channels]; all channels get the same. None without a loudspeaker.
        frames
            Number of samples.
        times
            Not used.
        status
            Errors of the device; if there are any, a drop-out is counted.
        """
        number = self._called
        if frames != self.block_size:  # the device ignores the block size
            if outdata is not None:
                outdata[:] = 0.0
            self._dropouts += 1
            return
        if indata is not None:
            np.mean(indata, axis=1, out=self._recorded[number % self._n_slots])
        played = number - self.ahead
        is_there = played < self._computed
        if outdata is not None:
            outdata[:] = self._ready[played % self._n_slots][:, None] if is_there and played >= 0 else 0.0
        self._dropouts += bool(status) or not is_there
        self._called = number + 1
        self._wake.release()

    def work(self) -> None:
        """Compute all blocks that have been recorded and not yet computed."""
        while self._computed < self._called:
            behind = self._called - self._computed - self._n_slots + 1
            if behind > 0:  # their samples are about to be overwritten
                self._computed += behind
            self._compute(self._computed)
            self._computed += 1

    def fade_out(self) -> None:
        """Begin to fade the sound out; `is_silent` tells when it has been played."""
        self._faded = 0 if self._faded is None else self._faded

    @contextmanager
    def running(self) -> Iterator[AudioLoop]:
        """Run the worker in a thread.

        Yields
        ------
        loop : AudioLoop
            This loop. The context ends the thread, and raises an error of `process`.
        """
        self._stopped, thread = False, threading.Thread(target=self._run, name="ddsp audio", daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._stopped = True
            self._wake.release()
            thread.join()
        if self._error is not None:
            raise self._error

    @property
    def has_failed(self) -> bool:
        """True if `process` has raised an error in the thread of the worker."""
        return self._error is not None

    def simulate(self, blocks: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        """Run callback and worker in turn, without a device and as fast as possible.

        Parameters
        ----------
        blocks
            Recorded blocks, [block_size].

        Yields
        ------
        block : array
            Played block, [block_size], for each recorded one.
        """
        played = np.zeros((self.block_size, 1), np.float32)
        for block in blocks:
            self.callback(block[:, None], played, len(block))
            yield played[:, 0].copy()
            self.work()

    def _compute(self, number: int) -> None:
        recorded, duration = self._recorded[number % self._n_slots], self.block_size / self.sample_rate
        began = time.perf_counter()
        played = self._ready[number % self._n_slots]
        if self.source is not None:
            recorded[:] = self.source()
        played[:] = self.process(recorded)
        if self._faded is not None:
            self._fade_block(played, number)
        if self.record is not None:
            self.record(played.copy())
        seconds = time.perf_counter() - began
        self._total, self._worst = self._total + seconds / duration, max(self._worst, seconds / duration)
        # A block can be computed when its recording has ended and the block before it is finished.
        self._clock = max(self._clock, (number + 1) * duration) + seconds
        self._late += self._clock > (number + 1 + self.ahead) * duration
        self._input_peak = max(self._input_peak, float(np.max(np.abs(recorded))))
        self._output_peak = max(self._output_peak, float(np.max(np.abs(played))))

    def _fade_block(self, block: np.ndarray, number: int) -> None:
        assert self._faded is not None
        gain = self._fade[self._faded : self._faded + len(block)]
        block[: len(gain)] *= gain
        block[len(gain) :] = 0.0
        self._faded += len(block)
        if self._faded >= len(self._fade) and self._silent_from is None:
            self._silent_from = number + 1

    def _run(self) -> None:
        while True:
            self._wake.acquire()
            if self._stopped:
                return
            try:
                self.work()
            except BaseException as error:
                self._error = error
                return
