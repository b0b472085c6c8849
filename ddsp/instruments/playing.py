"""Playing an instrument for any length of time in constant memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from ..analysis import render_controls
from ..analysis.resynthesis import phase_at_frames
from ..backends import load
from ..core.noise import noise_between
from ..extend import Adapter, Array, integer
from .instrument import Instrument
from .values import to_backend

__all__ = ["play"]

#: Number of frames that are played at a time: 8 s at 250 frames a second.
CHUNK_FRAMES = 2000
#: Number of frames before and after a chunk that reach into it, by interpolation and by the noise filters.
MARGIN_FRAMES = 8


def play(
    instrument: Instrument,
    values: Mapping[str, Any],
    f0_hz: np.ndarray,
    loudness_db: np.ndarray,
    seed: int = 0,
    backend: Adapter | None = None,
    chunk_frames: int = CHUNK_FRAMES,
    gain: np.ndarray | None = None,
    compiled: bool = False,
) -> Iterator[np.ndarray]:
    """Play a pitch and a loudness of any length, chunk by chunk.

    The chunks together are what a single call of the instrument returns with `key=seed`.

    Parameters
    ----------
    instrument
        The instrument.
    values
        Trained values, NumPy arrays nested by node.
    f0_hz
        Pitch in Hz, > 0, [frames].
    loudness_db
        Loudness in dB, [frames].
    seed
        Seed of the noise, an integer >= 0.
    backend
        Adapter of the backend that computes, `ddsp.backends.load(name)`; None for NumPy.
    chunk_frames
        Number of frames of a chunk.
    gain
        Linear gain of the dry sound, as from `split_level`, [frames]; None for 1.
    compiled
        If True, compile with the compiler of the backend: once for the first chunk, for those in the middle and for
        the last one. For JAX this is faster even for a single chunk.

    Yields
    ------
    audio : array
        NumPy array, float32, [time]; `chunk_frames * hop_size` samples, the last one fewer.

    Raises
    ------
    ValueError
        Arrays of different lengths, or chunks of no frames.

    See Also
    --------
    Instrument : Plays a short sound at once, with gradients.

    Examples
    --------
    >>> instrument = Instrument()
    >>> chunks = play(instrument, instrument.initial_params(), np.full(3000, 440.0), np.full(3000, -20.0))
    >>> [chunk.shape for chunk in chunks]
    [(128000,), (64000,)]
    """
    for name, x in (("loudness_db", loudness_db), ("gain", f0_hz if gain is None else gain)):
        if f0_hz.shape != x.shape or f0_hz.ndim != 1:
            raise ValueError(f"{name}: got shape {x.shape}, expected that of f0_hz, {f0_hz.shape}, [frames]")
    chunk_frames = integer("chunk_frames", chunk_frames, 1)
    backend = load("numpy") if backend is None else backend
    player = _Player(instrument, values, backend, f0_hz, loudness_db, seed, gain, compiled)
    for start in range(0, len(f0_hz), chunk_frames):
        yield player.play(start, min(start + chunk_frames, len(f0_hz)))


class _Player:
    """What is kept from one chunk to the next: the decoder's state, some controls, and dry sound for the reverb."""

    def __init__(
        self,
        instrument: Instrument,
        values: Mapping[str, Any],
        backend: Adapter,
        f0_hz: np.ndarray,
        loudness_db: np.ndarray,
        seed: int,
        gain: np.ndarray | None,
        compiled: bool,
    ) -> None:
        self.instrument, self.backend, self.seed, self.gain = instrument, backend, seed, gain
        functions = _compiled_functions(instrument, backend) if compiled else _functions(instrument)
        self.control_step, impulse_response, self.render, self.reverberate = functions
        self.features = [np.asarray(x, np.float32)[None, :, None] for x in (f0_hz, loudness_db)]
        self.phase = phase_at_frames(self.features[0], instrument.hop_size, instrument.sample_rate)
        self.values = {node: {k: self._array(x) for k, x in values[node].items()} for node in instrument.nodes}
        like = self._array(np.zeros((1, 1, 1)))
        self.state = instrument.decoder.init_state(1, like=like)
        self.controls: dict[str, Array] = {}
        self.first = self.decoded = 0  # the controls are those of the frames from `first` to `decoded`
        self.ir = None if instrument.reverb is None else impulse_response(like, self.values.get("reverb"))
        self.past = like[:, :0, 0]

    def play(self, start: int, stop: int) -> np.ndarray:
        """Audio of the frames from start to stop. The frames around them are rendered too, and cut off."""
        hop = self.instrument.hop_size
        self._decode(stop)
        phase = self._array(self.phase[:, self.first : self.first + 1])
        noise = self._array(noise_between(self.seed, self.first * hop, self.decoded * hop)[None])
        audio = self.render(self.controls, noise, phase)
        audio = self._reverberate(audio[:, (start - self.first) * hop : (stop - self.first) * hop])
        self._forget(stop)
        return self.backend.to_numpy(audio)[0]

    def _decode(self, stop: int) -> None:
        """Compute the controls up to some frames after `stop`."""
        end = min(stop + MARGIN_FRAMES, self.features[0].shape[1])
        if end > self.decoded:
            f0_hz, loudness_db = (self._array(x[:, self.decoded : end]) for x in self.features)
            values = self.values.get("decoder")
            found, self.state = self.control_step(self.state, f0_hz, loudness_db, values)
            if self.gain is not None:
                gain = self._array(self.gain[None, self.decoded : end, None])
                found |= {name: found[name] * gain for name in ("amplitudes", "magnitudes")}
            join = self.backend.xp.concat
            self.controls = {
                name: join([self.controls[name], x], axis=1) if self.controls else x for name, x in found.items()
            }
            self.decoded = end

    def _forget(self, stop: int) -> None:
        """Drop the controls of frames that the next chunk does not need."""
        first = max(stop - MARGIN_FRAMES, self.first)
        self.controls = {name: x[:, first - self.first :, :] for name, x in self.controls.items()}
        self.first = first

    def _reverberate(self, dry: Array) -> Array:
        if self.ir is None:
            return dry
        joined = self.backend.xp.concat([self.past, dry], axis=1)
        wet = self.reverberate(joined, self.ir)
        start = self.past.shape[1]
        self.past = joined[:, max(joined.shape[1] - self.ir.shape[1], 0) :]
        return wet[:, start:]

    def _array(self, x: np.ndarray) -> Array:
        return to_backend(self.backend, x)


class _Functions(NamedTuple):
    """The functions of arrays that play a chunk."""

    control_step: Callable
    impulse_response: Callable
    render: Callable
    reverberate: Callable


def _functions(instrument: Instrument) -> _Functions:
    def render(controls: dict[str, Array], noise: Array, phase: Array) -> Array:
        rate, hop = instrument.sample_rate, instrument.hop_size
        return render_controls(controls, rate, hop_size=hop, noise=noise, initial_phase=phase)

    def reverberate(dry: Array, ir: Array) -> Array:
        return instrument.reverb.get_signal(dry, ir)

    return _Functions(instrument.control_step, instrument.impulse_response, render, reverberate)


@lru_cache(maxsize=8)
def _compiled_functions(instrument: Instrument, backend: Adapter) -> _Functions:
    return _Functions(*(backend.jit(f) for f in _functions(instrument)))
