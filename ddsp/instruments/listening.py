"""The score of a sound for an instrument in real time: `score_of` frame by frame, from the past alone.

Each frame is decided when it arrives. So a note begins when the tracker is sure of it, not when it became likely, and
the octave and the level of the player depend on the frames so far.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..core.streaming import State, zeros
from ..extend import Array, adapter_of, axis_size
from .matching import ABOVE_DB, BELOW_DB, HYSTERESIS, OCTAVES, SPREAD, TOLERATED
from .voicing import HUSHED_DB, SILENCE_DB, STEP

__all__: list[str] = []

#: Quantiles of the recordings of an instrument.
QUANTILES = ("5", "50", "95")
#: Decay of the level of the loudest frames, in dB per frame: 1 dB in a second of 250 frames.
FORGOTTEN_DB = 0.004
#: Frames over which a pitch may be missing within a note, and frames of the fades at its begin and end.
HOLD, ATTACK, RELEASE = 5, 2, 10
#: Frames that the octave remembers, and those of the level: 30 s and 10 s.
OCTAVE_FRAMES, LEVEL_FRAMES = 7500.0, 2500.0
#: Steps of the estimates of the levels in dB: the first ones, and n times the n-th of the others; and the difference of
#: a level from an estimate at which a step is nearly whole.
FIRST_STEP_DB, STEP_DB, NEAR_DB = 4.0, 25.0, 3.0
#: Note of an instrument whose recordings are not known.
MIDDLE_MIDI = 69.0


class Hearing(NamedTuple):
    """Settings of `hear_step`, as those of `ddsp.instruments.Listener`."""

    confidence: tuple[float, float]
    pitch_midi: tuple[float, float, float] | None
    loudness_db: tuple[float, float, float] | None
    octave: int | None
    transpose: float
    loudness_shift: float
    tuning: float
    player_db: float | None
    smoothing: int


def init_hearing(batch: int, like: Array, settings: Hearing) -> State:
    """State before the first frame.

    Returns
    -------
    state : dict
        Arrays, [batch, ...]: 'peak_db', the level of the loudest frames; 'voiced', 'gap', frames without a pitch, and
        'open', the position of the fade; 'notes', the last pitches as MIDI notes; 'note', that to which the pitch is
        tuned; 'octave'; 'heard', the number of frames with a pitch; 'distances', those of the octaves from the range,
        and 'mean', the mean note; 'levels', quantiles of the player's level.
    """
    middle = MIDDLE_MIDI if settings.pitch_midi is None else settings.pitch_midi[1]
    single = ("voiced", "gap", "open", "note", "octave", "heard", "mean")
    return {name: zeros((batch, 1), like) for name in single} | {
        "peak_db": zeros((batch, 1), like) - 80.0,
        "notes": zeros((batch, max(settings.smoothing, 1)), like) + middle,
        "distances": zeros((batch, len(OCTAVES)), like),
        "levels": zeros((batch, len(QUANTILES)), like),
    }


def hear_step(
    settings: Hearing, state: State, f0_hz: Array, confidence: Array, loudness_db: Array
) -> tuple[dict[str, Array], State]:
    """Score of the next frames.

    Parameters
    ----------
    settings
        Settings.
    state
        State of `init_hearing` or of the previous step.
    f0_hz, confidence, loudness_db
        Features of the sound, [batch, k, 1].

    Returns
    -------
    score : dict
        `f0_hz`, `loudness_db` and `gain`, to be played, and `voiced`, 1 or 0, [batch, k, 1].
    state : dict
        State for the frames that follow.
    """
    backend, n_frames = adapter_of(f0_hz), axis_size(f0_hz, 1)
    xp, features = backend.xp, (f0_hz, confidence, loudness_db)

    def one(state: State, frame: tuple[Array, ...]) -> tuple[State, dict[str, Array]]:
        return _frame(settings, state, *frame)

    if n_frames == 1:
        state, score = one(state, tuple(x[:, 0, :] for x in features))
        return {name: x[:, None, :] for name, x in score.items()}, state
    state, score = backend.scan(one, state, tuple(xp.permute_dims(x, (1, 0, 2)) for x in features))
    return {name: xp.permute_dims(x, (1, 0, 2)) for name, x in score.items()}, state


def _frame(
    settings: Hearing, state: State, f0_hz: Array, confidence: Array, loudness_db: Array
) -> tuple[State, dict[str, Array]]:
    """Score of one frame, [batch, 1]."""
    xp = adapter_of(f0_hz).xp
    tracked, begins, gate = _voicing(state, confidence, loudness_db, settings)
    midi = 69.0 + 12.0 * xp.log2(xp.where(f0_hz > 1.0, f0_hz, 440.0 * xp.ones_like(f0_hz)) / 440.0)
    note, notes = _held_note(state["notes"], midi, tracked, begins)
    heard = xp.where(tracked, state["heard"] + 1.0, state["heard"])
    octave, of_octave = _octave(state, note, heard, tracked, begins, settings)
    note, tuned = _tuned(state["note"], note + 12.0 * octave + settings.transpose, begins, settings.tuning)
    wanted_db, levels = _level(state["levels"], loudness_db, heard, tracked, settings)
    wanted_db = wanted_db + settings.loudness_shift + HUSHED_DB * (1.0 - gate["open"])
    known = settings.loudness_db
    low, high = (-80.0, 0.0) if known is None else (known[0] - BELOW_DB, known[2] + ABOVE_DB)
    inside = xp.clip(wanted_db, low, high)
    score = {"f0_hz": 440.0 * 2.0 ** ((note - 69.0) / 12.0), "loudness_db": inside}
    score |= {"gain": 10.0 ** ((wanted_db - inside) / 20.0), "voiced": gate["voiced"]}
    known_notes = {"notes": notes, "note": tuned, "heard": xp.clip(heard, 0.0, 2.0 * OCTAVE_FRAMES)}
    return gate | of_octave | known_notes | {"levels": levels}, score


def _voicing(
    state: State, confidence: Array, loudness_db: Array, settings: Hearing
) -> tuple[Array, Array, dict[str, Array]]:
    """Whether a frame has a pitch, whether a note begins, and the state of the gate.

    A note begins when the confidence exceeds the second threshold, and lasts while it exceeds the first one. The
    confidence may be lower for a few frames, unless they are silent.
    """
    xp, (low, high) = adapter_of(confidence).xp, settings.confidence
    one, zero = xp.ones_like(confidence), xp.zeros_like(confidence)
    peak_db = xp.maximum(loudness_db, state["peak_db"] - FORGOTTEN_DB)
    loud, before = loudness_db > peak_db - SILENCE_DB, state["voiced"] > 0.0
    tracked = (confidence > xp.where(before, low * one, high * one)) & loud
    gap = xp.where(tracked, zero, xp.clip(state["gap"] + 1.0, 0.0, HOLD + 1.0))
    voiced = tracked | (before & loud & (gap <= HOLD))
    opened = xp.where(voiced, state["open"] + 1.0 / ATTACK, state["open"] - 1.0 / RELEASE)
    gate = {"voiced": xp.where(voiced, one, zero), "open": xp.clip(opened, 0.0, 1.0)}
    return tracked, voiced & ~before, gate | {"peak_db": peak_db, "gap": gap}


def _held_note(notes: Array, midi: Array, tracked: Array, begins: Array) -> tuple[Array, Array]:
    """The mean of those of the last pitches that are near their median, and the last pitches.

    The pitch is held in frames without one. At the beginning of a note, earlier pitches are forgotten.
    """
    xp, size = adapter_of(notes).xp, axis_size(notes, 1)
    moved = xp.concat([notes[:, 1:], midi], axis=1)
    notes = xp.where(begins, midi + xp.zeros_like(notes), xp.where(tracked, moved, notes))
    median = xp.sort(notes, axis=1)[:, size // 2 : size // 2 + 1]
    near = xp.abs(notes - median) < 12.0 * STEP
    one, zero = xp.ones_like(notes), xp.zeros_like(notes)
    count = xp.sum(xp.where(near, one, zero), axis=1, keepdims=True)
    return median + xp.sum(xp.where(near, notes - median, zero), axis=1, keepdims=True) / count, notes


def _octave(
    state: State, note: Array, heard: Array, tracked: Array, begins: Array, settings: Hearing
) -> tuple[Array, dict[str, Array]]:
    """Octaves by which the melody is transposed, and the updated state: `match_octave` of the frames so far, at each
    note.

    It uses the mean note instead of the median.
    """
    backend = adapter_of(note)
    xp, known = backend.xp, settings.pitch_midi
    names = ("octave", "distances", "mean")
    if settings.octave is not None or known is None:
        return xp.zeros_like(note) + float(settings.octave or 0), {name: state[name] for name in names}
    octaves = backend.constant(np.asarray(OCTAVES, np.float64)[None], note)
    moved = note + 12.0 * octaves
    outside = xp.clip(xp.maximum(known[0] - moved, moved - known[2]), 0.0, None)
    weight = xp.where(tracked, 1.0 / xp.clip(heard, 1.0, OCTAVE_FRAMES), xp.zeros_like(note))
    distances = state["distances"] + weight * (outside - state["distances"])
    mean = state["mean"] + weight * (note - state["mean"])
    excess, middle = xp.clip(distances - TOLERATED, 0.0, None), xp.abs(mean + 12.0 * octaves - known[1])
    best = xp.argmin(1e4 * excess + 10.0 * xp.abs(octaves) + 0.01 * middle, axis=1)
    chosen = xp.take(octaves[0, :], best)[:, None]
    octave = xp.where(begins, chosen, state["octave"])
    return octave, dict(zip(names, (octave, distances, mean), strict=True))


def _tuned(current: Array, note: Array, begins: Array, strength: float) -> tuple[Array, Array]:
    """The pitch moved towards the nearest note of the temperament, as `tune` does, and that note."""
    xp = adapter_of(note).xp
    current = xp.where(begins | (xp.abs(note - current) > HYSTERESIS), xp.round(note), current)
    return note + strength * (current - note), current


def _level(levels: Array, loudness_db: Array, heard: Array, tracked: Array, settings: Hearing) -> tuple[Array, Array]:
    """The loudness in the range of the instrument, as by `match_loudness`, and the quantiles of the player's levels so
    far.

    Stochastic estimate: quantile q moves up by q of a step if the level is above it, and otherwise down by 1 - q of a
    step; the steps become shorter. The first estimate has the dynamics of the recordings.
    """
    backend = adapter_of(levels)
    xp, known = backend.xp, settings.loudness_db
    if known is None:
        return loudness_db, levels
    if settings.player_db is not None:
        wanted_db = loudness_db - settings.player_db + known[1]
        return xp.clip(wanted_db, None, known[2] + ABOVE_DB), levels
    around, shares = (
        backend.constant(np.asarray([x], np.float64), levels)
        for x in ([x - known[1] for x in known], [float(name) / 100.0 for name in QUANTILES])
    )
    levels = xp.where(tracked & (heard <= 1.0), loudness_db + around, levels)
    # Smooth, because with a jump the estimate of a steady level would oscillate.
    below = 0.5 + 0.5 * xp.tanh((levels - loudness_db) / NEAR_DB)
    step = xp.clip(STEP_DB / xp.clip(heard, 1.0, LEVEL_FRAMES), None, FIRST_STEP_DB)
    step = xp.where(tracked, step, xp.zeros_like(heard))
    levels = levels + step * (shares - below)
    spread = xp.clip(levels[:, 2:] - levels[:, :1], 1e-3, None)
    factor = xp.clip((known[2] - known[0]) / spread, *SPREAD)
    wanted_db = xp.where(heard > 0.0, known[1] + factor * (loudness_db - levels[:, 1:2]), loudness_db)
    return xp.clip(wanted_db, None, known[2] + ABOVE_DB), levels
