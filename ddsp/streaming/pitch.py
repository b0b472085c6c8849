"""Pitch step by step: CREPE, and YIN, which needs no network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..core.framing import frame_step, frames_late, init_framing
from ..core.rates import rate_ratio
from ..core.streaming import State
from ..extend import Array, adapter_of, integer, one_of
from ..pretrained_models.causal import CausalPitch, init_pitch, pitch_step
from ..pretrained_models.decoding import bins_between
from ..pretrained_models.network import SAMPLE_RATE
from ..pretrained_models.weights import check_capacity
from ..spectral_ops.yin import Yin, yin_of_frames
from .frames import Feature

__all__ = ["CrepePitch", "YinPitch"]


@dataclass(frozen=True)
class CrepePitch(Feature):
    """Pitch by CREPE from the past alone, for sound in real time: `f0_hz` and its `confidence`.

    CREPE estimates the pitch in windows of 64 ms, at every few hops. The path through its pitch bins comes from the
    forward pass of the Viterbi algorithm alone, which uses only the past, so frames never change later. Between
    estimates the pitch moves or is held, and the confidence is held.

    The signal is a dict of `f0_hz`, in Hz, > 0 in unvoiced frames too, and `confidence`, from 0 to 1, above 0.5 in
    frames that usually have a pitch, [batch, frames, 1]. In a `ProcessorGroup` they are read as
    'crepe_pitch/signal/f0_hz'.

    The latency is half a window, 32 ms, rounded up to whole hops, minus one hop: 448 samples (28 ms) at 16 kHz with
    hops of 64. At other sample rates the conversion to 16 kHz adds 6 ms before rounding.

    Parameters
    ----------
    sample_rate
        Sample rate in Hz.
    hop_size
        Hop in samples, >= 1.
    model_capacity
        Size of the network, 'tiny' to 'full', or the path of its weights, as in `ddsp.spectral_ops.compute_f0`.
    every
        Hops from one estimate to the next, >= 1. 4 hops of 64 samples at 16 kHz are 62.5 estimates per second, as in
        `ddsp.instruments.compute_features`.
    lag
        Number of later estimates that a decision waits for, >= 0. Each improves the path and adds `every` hops of
        latency.
    between
        What the pitch does between estimates. 'glide': it moves from the last estimate to the newest one, linearly in
        log frequency, and arrives with the last hop before the next one; a change by more than a semitone is a jump.
        'hold': each estimate is held, so a moving pitch has steps.
    fmin, fmax
        Lowest and highest pitch in Hz; None for the limits of the network, 31.7 and 2006 Hz.
    name
        Name of the node in a `ProcessorGroup`.

    Raises
    ------
    ValueError
        A setting out of range, or an unknown capacity.
    ImportError
        Missing h5py or weights, in the first step. The message says how to install them.

    See Also
    --------
    YinPitch : A tracker without a network, with a fifth of the latency.
    ddsp.spectral_ops.compute_f0 : CREPE for a whole sound, with its most likely path.
    Loudness : The level of the same frames.

    Examples
    --------
    >>> import numpy as np
    >>> tone = np.sin(2 * np.pi * 440.0 * np.arange(4800) / 16000).astype(np.float32)[None]
    >>> pitch = CrepePitch()
    >>> state = pitch.init_state(like=tone)
    >>> frames, state = pitch.step(state, tone)
    >>> bool(abs(frames["f0_hz"][0, 40, 0] - 440.0) < 3.0), bool(frames["confidence"][0, 40, 0] > 0.8)
    (True, True)
    """

    sample_rate: float = 16000
    hop_size: int = 64
    model_capacity: str = "tiny"
    every: int = 4
    lag: int = 0
    between: str = "glide"
    fmin: float | None = None
    fmax: float | None = None
    name: str = "crepe_pitch"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_capacity(self.model_capacity)
        integer("every", self.every, 1)
        integer("lag", self.lag, 0)
        one_of("between", self.between, ("glide", "hold"))
        bins_between(self.fmin, self.fmax)
        rate_ratio(self.sample_rate, SAMPLE_RATE)

    @property
    def _settings(self) -> CausalPitch:
        model = (self.model_capacity, self.every, self.lag, self.between == "glide", self.fmin, self.fmax)
        return CausalPitch(self.sample_rate, self.hop_size, *model)

    @property
    def _late(self) -> int:
        return self._settings.late

    def _init(self, batch: int, like: Any) -> State:
        return init_pitch(batch, like, self._settings)

    def _step(self, state: State, audio: Array) -> tuple[dict[str, Array], State]:
        f0_hz, confidence, state = pitch_step(state, audio, self._settings)
        return {"f0_hz": f0_hz, "confidence": confidence}, state


@dataclass(frozen=True)
class YinPitch(Feature):
    """Pitch by YIN, a fast tracker without a network: `f0_hz` and its `confidence`.

    The signal is a dict of `f0_hz`, in Hz, > 0 in unvoiced frames too, and `confidence`, the share of the power that
    repeats, from 0 to 1, above 0.8 in frames that usually have a pitch, [batch, frames, 1]. In a `ProcessorGroup` they
    are read as 'yin_pitch/signal/f0_hz'.

    The latency is half of the longest period (6.25 ms with the default `fmin`), rounded up to whole hops, minus one
    hop: 64 samples at 16 kHz with hops of 64, and 256 at 48 kHz with hops of 128. A higher `fmin` makes it shorter.

    Parameters
    ----------
    sample_rate
        Sample rate in Hz.
    hop_size
        Hop in samples, >= 1.
    fmin, fmax
        Lowest and highest pitch in Hz, 0 < fmin < fmax <= sample_rate / 4.
    threshold
        Largest difference of the chosen minimum to the deepest one, from 0 to 1, as in `ddsp.spectral_ops.compute_yin`.
    name
        Name of the node in a `ProcessorGroup`.

    Raises
    ------
    ValueError
        Limits that are not in order, or a threshold out of range.

    See Also
    --------
    CrepePitch : Pitch by CREPE, which is more robust in noise and between instruments.
    ddsp.spectral_ops.compute_yin : The same of a whole sound.

    Examples
    --------
    >>> import numpy as np
    >>> tone = np.sin(2 * np.pi * 440.0 * np.arange(1600) / 16000)[None]
    >>> pitch = YinPitch()
    >>> state = pitch.init_state(like=tone)
    >>> frames, state = pitch.step(state, tone)
    >>> frames["f0_hz"][0, 20].round(2), pitch.latency_samples()
    (array([440.]), 64)
    """

    sample_rate: float = 16000
    hop_size: int = 64
    fmin: float = 80.0
    fmax: float = 2100.0
    threshold: float = 0.15
    name: str = "yin_pitch"

    def __post_init__(self) -> None:
        super().__post_init__()
        self._settings.check()

    @property
    def _settings(self) -> Yin:
        return Yin(self.sample_rate, self.fmin, self.fmax, self.threshold)

    @property
    def _late(self) -> int:
        return frames_late(self._settings.reach[1], self.hop_size)

    def _init(self, batch: int, like: Any) -> State:
        return init_framing(batch, like, *self._settings.reach, self.hop_size)

    def _step(self, state: State, audio: Array) -> tuple[dict[str, Array], State]:
        samples, started, following = frame_step(state, audio, self.hop_size)
        xp, started = adapter_of(audio).xp, started[:, :, None] > 0
        found = (xp.astype(x, audio.dtype) for x in yin_of_frames(samples, self._settings, (self.hop_size, 1)))
        f0_hz, confidence = (xp.where(started, x, xp.zeros_like(x)) for x in found)
        return {"f0_hz": f0_hz, "confidence": confidence}, {**state, **following}
