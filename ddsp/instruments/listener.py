"""Listening to a player: pitch and loudness of a sound in real time, fitted to an instrument."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ..core.streaming import State, delay_step, zeros
from ..extend import Array, axis_size, integer, one_of
from ..processors.late_start import step_from_start
from ..streaming import CrepePitch, Loudness, YinPitch
from ..streaming.frames import Feature
from ..streaming.spectra import LOUDNESS_SECONDS
from .listening import QUANTILES, Hearing, hear_step, init_hearing
from .voicing import CONFIDENCE

__all__ = ["Listener"]

#: Trackers by name.
TRACKERS: dict[str, Any] = {"crepe": CrepePitch, "yin": YinPitch}
#: Confidences at which a note lasts and begins, by the class of the tracker.
THRESHOLDS: dict[str, tuple[float, float]] = {"CrepePitch": CONFIDENCE, "YinPitch": (0.6, 0.8)}


@dataclass(frozen=True)
class Listener(Feature):
    """Compute the score of an instrument from the sound of a player, frame by frame, from the past alone.

    A tracker finds the pitch, and the loudness is measured at the same frames. A note begins where the confidence of
    the pitch exceeds the second of two thresholds, and lasts while it exceeds the first one. Its pitch is the mean of
    the last frames without outliers, which are far from their median. Where there is no pitch, the last one is held and
    the instrument rests, with fades. The octave that brings the pitches heard so far to the range of the instrument is
    chosen at the beginning of a note. The loudness is moved from the quantiles of the levels heard so far to those of
    the instrument.

    The signal is a dict of `f0_hz`, `loudness_db` and `gain`, which are arguments of an `Instrument`, and `voiced`, 1
    in frames that are played and 0 in rests, [batch, frames, 1].

    Parameters
    ----------
    sample_rate
        Sample rate in Hz.
    hop_size
        Samples a frame.
    tracker
        'yin' or 'crepe', or a processor with the sample rate and the hop of the listener, whose signal is a dict of
        `f0_hz` and `confidence`.
    confidence
        Confidence above which a note lasts, and above which it begins; None for those of the tracker.
    pitch_midi
        The 5, 50 and 95 % quantiles of the notes of an instrument; None does not match the octave.
    loudness_db
        The same for its loudness in dB; None does not match the loudness.
    octave
        Octaves by which the melody is transposed; None chooses them so that it lies in the range of the instrument.
    transpose
        Semitones by which it moves in addition.
    loudness_shift
        Change of the loudness in dB, after matching.
    tuning
        Strength of the correction to the nearest note, 0 to 1.
    player_db
        Median loudness of the player in dB, if it is known: the dynamics are then unchanged. None estimates the level
        from what was heard so far.
    smoothing
        Number of frames of this mean, >= 1. A jump of the pitch is delayed by half as many.
    name
        Name of the node in a `ProcessorGroup`.

    Raises
    ------
    ValueError
        A setting out of range, or another hop of the tracker.

    See Also
    --------
    LiveInstrument : Plays it.
    score_of : The same for a recording, with hindsight.

    Examples
    --------
    >>> import numpy as np
    >>> tone = 0.1 * np.sin(2 * np.pi * 440.0 * np.arange(8000) / 16000)[None]
    >>> score = Listener(octave=1)(tone)
    >>> {name: round(float(x[0, 100, 0])) for name, x in score.items()}
    {'f0_hz': 880, 'loudness_db': -27, 'gain': 1, 'voiced': 1}
    """

    sample_rate: float = 16000
    hop_size: int = 64
    tracker: Any = "yin"
    confidence: tuple[float, float] | None = None
    pitch_midi: tuple[float, float, float] | None = None
    loudness_db: tuple[float, float, float] | None = None
    octave: int | None = None
    transpose: float = 0.0
    loudness_shift: float = 0.0
    tuning: float = 0.0
    player_db: float | None = None
    smoothing: int = 5
    name: str = "listener"

    #: What `_made` makes of the settings.
    _parts: ClassVar[Any]

    def __post_init__(self) -> None:
        super().__post_init__()
        if isinstance(self.tracker, str):
            one_of("tracker", self.tracker, tuple(TRACKERS))
        integer("smoothing", self.smoothing, 1)
        if not 0.0 <= self.tuning <= 1.0:
            raise ValueError(f"tuning: got {self.tuning}, expected 0 to 1")
        for name in ("pitch_midi", "loudness_db"):
            known = getattr(self, name)
            if known is not None and not (len(known) == 3 and known[0] <= known[1] <= known[2]):
                raise ValueError(f"{name}: got {known}, expected quantiles of 5, 50 and 95 %")
        object.__setattr__(self, "_parts", self._made())  # once, because each step uses them

    def _made(self) -> tuple[Any, int, Loudness, Hearing]:
        """The tracker, the hops by which it is late, the loudness, and the settings of `hear_step`."""
        tracker = self.tracker
        if isinstance(tracker, str):
            tracker = TRACKERS[tracker](sample_rate=self.sample_rate, hop_size=self.hop_size)
        late = -(-tracker.latency_samples(self.hop_size) // self.hop_size)
        # The loudness is that of 64 ms, or of frames whose half, which is ahead, is as long as the latency allows.
        size = min(max(round(LOUDNESS_SECONDS * self.sample_rate), 1), 2 * (late + 1) * self.hop_size)
        limits = self.confidence or THRESHOLDS.get(type(tracker).__name__, CONFIDENCE)
        moved = (self.octave, self.transpose, self.loudness_shift, self.tuning)
        hearing = Hearing(limits, self.pitch_midi, self.loudness_db, *moved, self.player_db, self.smoothing)
        return tracker, late, Loudness(self.sample_rate, self.hop_size, n_fft=size), hearing

    @property
    def _late(self) -> int:
        return self._parts[1]

    def _init(self, batch: int, like: Any) -> State:
        tracker, late, loudness, hearing = self._parts
        return {
            "tracker": tracker.init_state(batch, like=like, hop_size=self.hop_size),
            "loudness": loudness.init_state(batch, like=like),
            "waiting": zeros((batch, late - loudness.latency_samples() // self.hop_size, 1), like),
            "before": zeros((batch, late), like),
            "heard": init_hearing(batch, like, hearing),
        }

    def _step(self, state: State, audio: Array) -> tuple[dict[str, Array], State]:
        (tracker, _, loudness, hearing), n_frames = self._parts, axis_size(audio, 1) // self.hop_size
        if n_frames * self.hop_size != axis_size(audio, 1):
            raise ValueError(f"audio: got {axis_size(audio, 1)} samples, expected hops of {self.hop_size}")
        pitch, of_tracker = tracker.step(state["tracker"], audio)
        loudness_db, of_loudness = loudness.step(state["loudness"], audio)
        loudness_db, waiting = delay_step(state["waiting"], loudness_db)
        started, before = delay_step(state["before"], zeros((1, n_frames), audio) + 1.0)

        def hear(state: State, *features: Array) -> tuple[dict[str, Array], State]:
            return hear_step(hearing, state, *features)

        features = [pitch["f0_hz"], pitch["confidence"], loudness_db]
        score, heard = step_from_start(hear, state["heard"], features, started)
        after = {"tracker": of_tracker, "loudness": of_loudness, "waiting": waiting, "before": before}
        return score, {**state, **after, "heard": heard}


def quantiles_of(statistics: Mapping[str, Any], name: str) -> tuple[float, ...] | None:
    """The 5, 50 and 95 % quantiles of a feature in the statistics of recordings; None if they are not known."""
    known = statistics.get(name)
    return None if known is None else tuple(float(known[quantile]) for quantile in QUANTILES)
