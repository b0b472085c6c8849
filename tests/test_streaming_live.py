"""Instruments that play to the sound of a player: what a listener decides from the past, and the sound of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib import import_module

import numpy as np
import pytest
import soundfile
from hypothesis import example, given, settings

from conftest import require_backend
from ddsp import effects, instruments, nn
from ddsp.cli.inputs import bundled_phrase
from ddsp.core.streaming import delay_step, zeros
from ddsp.extend import adapter_of
from ddsp.instruments.listening import Hearing, hear_step, init_hearing
from ddsp.streaming.frames import Feature

from .cases import normal, uniform
from .streams import cuts_of, stream

HOP, FRAMES = 16, 14
few = settings(max_examples=10, deadline=None, derandomize=True)
FLUTE = {"pitch_midi": {"5": 60.0, "50": 76.0, "95": 96.0}, "loudness_db": {"5": -26.0, "50": -13.0, "95": -8.0}}
HEARING = Hearing((0.3, 0.5), (60.0, 76.0, 96.0), (-26.0, -13.0, -8.0), None, 0.0, 0.0, 0.0, None, 5)


def heard(f0_hz, confidence=0.9, level_db=-20.0, cuts=(), **changes):
    """What is played to frames, each [frames], in steps."""
    hearing, n, features = HEARING._replace(**changes), len(f0_hz), (f0_hz, confidence, level_db)
    features = [np.broadcast_to(np.asarray(x, np.float64), (n,))[None, :, None] for x in features]
    state, found = init_hearing(1, features[0], hearing), []
    for start, stop in zip([0, *cuts], [*cuts, n], strict=True):
        if stop > start:
            score, state = hear_step(hearing, state, *(x[:, start:stop] for x in features))
            found.append(score)
    return {name: np.concatenate([x[name][0, :, 0] for x in found]) for name in found[0]}


# Listening ------------------------------------------------------------------------------------------------------


@few
@given(cuts=cuts_of(60))
def test_frames_in_any_steps(cuts):
    f0_hz, confidence = uniform("f0", 100.0, 900.0, 60), uniform("confidence", 0.0, 1.0, 60)
    loudness_db = uniform("db", -75.0, -5.0, 60)
    whole, parts = (heard(f0_hz, confidence, loudness_db, cuts=c, tuning=0.5) for c in ((), cuts))
    for name, x in whole.items():
        np.testing.assert_array_equal(parts[name], x)


def test_a_note_begins_and_lasts_by_two_thresholds():
    confidence = np.repeat([0.4, 0.6, 0.4, 0.1, 0.6, 0.1, 0.4], [10, 1, 10, 4, 5, 20, 10])
    voiced = heard(np.full(60, 440.0), confidence)["voiced"]
    # It begins when it is sure, 4 frames without a pitch do not end it, and 20 do after 5.
    np.testing.assert_array_equal(voiced, np.repeat([0.0, 1.0, 0.0], [10, 25, 25]))


def test_silence_ends_a_note_at_once():
    loudness_db = np.repeat([-20.0, -75.0, -20.0], 10)
    np.testing.assert_array_equal(heard(np.full(30, 440.0), 0.9, loudness_db)["voiced"], np.repeat([1.0, 0.0, 1.0], 10))


def test_rests_are_quiet_and_hold_the_pitch():
    found = heard(np.repeat([440.0, 3000.0, 550.0], [20, 30, 20]), np.repeat([0.9, 0.1, 0.9], [20, 30, 20]), octave=0)
    level = found["loudness_db"] + 20.0 * np.log10(found["gain"])
    np.testing.assert_allclose(found["f0_hz"], np.repeat([440.0, 550.0], [50, 20]))
    assert np.ptp(level[10:25]) < 1.0 and level[24] - level[25] == pytest.approx(12.0)  # a fade of 10 frames
    assert np.all(level[35:50] < level[20] - 119.9) and level[51] == pytest.approx(level[20])
    assert np.all((found["loudness_db"] >= -26.0 - 6.0) & (found["loudness_db"] <= -8.0 + 3.0))


def test_single_errors_are_left_out():
    f0_hz = np.full(40, 440.0)
    f0_hz[[10, 20, 21]] = [880.0, 220.0, 233.0]
    np.testing.assert_allclose(heard(f0_hz, octave=0)["f0_hz"], 440.0)
    step = heard(np.repeat([440.0, 494.0], 20), octave=0)["f0_hz"]
    np.testing.assert_allclose(step, np.repeat([440.0, 494.0], [22, 18]))  # half of the median late


def test_the_octave_changes_in_rests():
    """From the range of the recordings, 60 to 96. The second note is too low by then, but it is one melody."""
    f0_hz = np.repeat([220.0, 110.0, 110.0], [50, 50, 50])
    confidence = np.repeat([0.9, 0.1, 0.9], [90, 10, 50])
    octaves = np.log2(heard(f0_hz, confidence)["f0_hz"] / f0_hz)
    np.testing.assert_allclose(octaves[:50], 1.0, atol=1e-9)
    np.testing.assert_allclose(octaves[55:100], 1.0, atol=1e-9)
    np.testing.assert_allclose(octaves[100:], 2.0, atol=1e-9)
    for octave in (-1, 0, 2):
        np.testing.assert_allclose(
            heard(f0_hz, octave=octave, transpose=7.0)["f0_hz"][:50], 220.0 * 2.0 ** (octave + 7 / 12)
        )


def test_octaves_as_with_hindsight():
    """Of a steady melody, each octave is that of `match_octave`."""
    for note in range(24, 110, 3):
        f0_hz = np.full(6, 440.0 * 2.0 ** ((note - 69.0) / 12.0))
        expected = instruments.match_octave(f0_hz, np.full(6, True), FLUTE)
        assert round(np.log2(heard(f0_hz)["f0_hz"][-1] / f0_hz[-1])) == expected, note


def test_the_level_of_the_player_is_learned():
    """A quiet player with the dynamics of the recordings: within 2 dB of match_loudness after two seconds."""
    level = -45.0 + np.interp(uniform("level", 0.0, 1.0, 2000), [0.05, 0.5, 0.95], [-13.0, 0.0, 5.0])
    found = heard(np.full(2000, 440.0), 0.9, level)["loudness_db"]
    expected = np.clip(instruments.match_loudness(level, np.full(2000, True), FLUTE), -32.0, -5.0)
    assert np.median(np.abs(found - expected)[500:]) < 1.0  # measured: 0.4
    assert abs(np.median(found[500:]) + 13.0) < 1.0
    known = heard(np.full(2000, 440.0), 0.9, level, player_db=-45.0, loudness_shift=2.0)
    np.testing.assert_allclose(known["loudness_db"][5:], np.clip(level[5:] + 34.0, -32.0, -5.0), atol=1e-9)
    plain = heard(np.full(20, 440.0), loudness_db=None, pitch_midi=None)
    np.testing.assert_allclose(plain["loudness_db"][3:], -20.0)
    np.testing.assert_allclose(plain["f0_hz"], 440.0)


def test_tuning_stays_on_a_note():
    f0_hz = 440.0 * 2.0 ** (np.repeat([0.3, 0.6, 0.4, 0.8], 10) / 12.0)
    played = 12.0 * np.log2(heard(f0_hz, octave=0, tuning=1.0, smoothing=1)["f0_hz"] / 440.0)
    np.testing.assert_allclose(played, np.repeat([0.0, 1.0], [30, 10]), atol=1e-9)


# Playing --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tracker(Feature):
    """A tracker for tests, two hops late: pitch and confidence are functions of the mean square of a hop."""

    hop_size: int = HOP
    name: str = "tracker"

    @property
    def _late(self):
        return 2

    def _init(self, batch, like):
        return {"past": zeros((batch, 2, 2), like)}

    def _step(self, state, audio):
        xp = adapter_of(audio).xp
        power = xp.mean(xp.reshape(audio, (-1, audio.shape[1] // self.hop_size, self.hop_size)) ** 2, axis=2)[..., None]
        pitch = xp.concat([200.0 + 100.0 * power, xp.clip(power, 0.0, 1.0)], axis=2)
        pitch, past = delay_step(state["past"], pitch)
        return {"f0_hz": pitch[:, :, :1], "confidence": pitch[:, :, 1:]}, {**state, "past": past}


SPLITS = (("amplitudes", 1), ("harmonic_distribution", 5), ("noise_magnitudes", 9))
INSTRUMENT = instruments.Instrument(
    nn.make_decoder("least", SPLITS), effects.DecayingReverb(200), sample_rate=4000, hop_size=HOP, max_harmonics=4
)
TRAINED = instruments.TrainedInstrument(
    INSTRUMENT,
    {n: {k: x.astype(np.float32) for k, x in v.items()} for n, v in INSTRUMENT.initial_params(3).items()},
    FLUTE,
)
AUDIO = normal("audio", 2, HOP * FRAMES) * np.linspace(0.5, 1.5, HOP * FRAMES)
LIVE = TRAINED.live(Tracker())


@few
@given(cuts=cuts_of(FRAMES))
@example(cuts=list(range(1, FRAMES)))  # steps of one kind are recorded
def test_steps_equal_the_call(cuts):
    """Audio in, audio out. The first frames, which the tracker does not have, leave no trace."""
    assert LIVE.latency_samples() == 2 * HOP + INSTRUMENT.latency_samples()
    found = stream(LIVE, [AUDIO], [HOP * cut for cut in cuts], hop_size=HOP, key=7)
    np.testing.assert_allclose(found, LIVE(AUDIO, key=7), atol=1e-13)  # measured: 2e-15, of 0.8


def test_values_are_bound_or_given():
    """Those of a trained instrument are bound; a plain one takes them with each step, or has its initial ones."""
    plain, values = TRAINED.instrument.live(FLUTE, tracker=Tracker()), TRAINED.values
    assert plain == LIVE and plain.values is None
    audio = AUDIO.astype(np.float32)
    bound = LIVE(audio, key=1)
    np.testing.assert_array_equal(plain(audio, key=1, instrument=values), bound)
    assert np.any(plain(audio, key=1) != bound)
    state = plain.init_state(2, like=audio, key=1, instrument=values)
    played, state = plain.step(state, audio, instrument=values)
    rest, _ = plain.flush(state, instrument=values)
    np.testing.assert_allclose(np.concatenate([played, rest], axis=1)[:, 160:], bound, atol=1e-6)


def test_settings_of_the_transfer_are_those_of_the_listener():
    live = TRAINED.live(Tracker(), octave=1, transpose=2.0, loudness_shift=-3.0, tuning=0.5, player_db=-30.0)
    found = {name: getattr(live.listener, name) for name in ("octave", "transpose", "loudness_shift", "tuning")}
    assert found == {"octave": 1, "transpose": 2.0, "loudness_shift": -3.0, "tuning": 0.5}
    assert live.listener.pitch_midi == (60.0, 76.0, 96.0) and live.listener.loudness_db == (-26.0, -13.0, -8.0)
    assert TRAINED.instrument.live(tracker=Tracker()).listener.pitch_midi is None


@pytest.mark.parametrize("name", ["torch", "jax"])
def test_modules_play_live(name):
    """The module of an instrument makes a module that contains it; compiled in JAX."""
    backend, library = require_backend(name), import_module(f"ddsp.{name}")
    module = library.instruments.Instrument(
        library.nn.make_decoder("least", SPLITS, seed=3), None, sample_rate=4000, hop_size=HOP, max_harmonics=4
    )
    live = module.live(FLUTE, tracker=Tracker(), octave=-1)
    assert type(live) is library.instruments.LiveInstrument and live.plain.instrument == INSTRUMENT.dry()
    values = {"decoder": INSTRUMENT.decoder.initial_params(3)}
    expected = live.plain(AUDIO, key=2, instrument=values)
    audio = backend.asarray(AUDIO, "float32")
    step, state = backend.run(live.step) if name == "jax" else live.step, live.init_state(2, like=audio, key=2)
    half, found = AUDIO.shape[1] // 2, []
    for part in (audio[:, :half], audio[:, half:]):
        played, state = step(state, part)
        found.append(backend.to_numpy(played))
    found = np.concatenate(found, axis=1)[:, live.latency_samples() :]
    np.testing.assert_allclose(found, expected[:, : found.shape[1]], atol=1e-4)


def test_a_phrase_is_played_as_with_hindsight():
    """The end of the flute phrase: nearly the score of `score_of`, from another tracker and without the future."""
    with bundled_phrase() as path:
        audio = soundfile.read(path, dtype="float32")[0][None, -2 * 16000 :]
    trained = instruments.load_instrument("flute")
    features = instruments.compute_features(audio)
    score = instruments.score_of(features, trained.statistics, instruments.TransferSettings(octave=-1))
    player_db = float(np.median(features["loudness_db"][0, score.voiced, 0]))
    found = trained.live(octave=-1, player_db=player_db).listener(audio)
    found = {name: x[0, :, 0] for name, x in found.items()}
    played = score.voiced & (found["voiced"] > 0.0)
    assert np.mean((found["voiced"] > 0.0) != score.voiced) < 0.01  # measured: 0.002
    assert np.median(np.abs(1200.0 * np.log2(found["f0_hz"] / score.f0_hz)[played])) < 10.4  # measured: 2.6
    assert np.median(np.abs(found["loudness_db"] - score.loudness_db)[played]) < 4.8  # measured: 1.2


MISUSES = {
    "a tracker": ("tracker: got 'pyin', expected", lambda: TRAINED.live("pyin")),
    "tuning": ("tuning: got 2.0, expected 0 to 1", lambda: TRAINED.live(Tracker(), tuning=2.0)),
    "smoothing": ("smoothing: got 0, expected", lambda: TRAINED.live(Tracker(), smoothing=0)),
    "quantiles": (r"pitch_midi: got \(2.0, 1.0, 3.0\), expected quantiles",
                  lambda: instruments.Listener(4000, HOP, Tracker(), pitch_midi=(2.0, 1.0, 3.0))),
    "the hop of a tracker": ("hop_size: got 16, expected that of tracker, 8",
                             lambda: TRAINED.live(Tracker(hop_size=8))),
    "the rate of a listener": ("listener: got a sample_rate of 8000, expected 4000",
                               lambda: replace(LIVE, listener=replace(LIVE.listener, sample_rate=8000))),
    "audio for an instrument": (r"loudness_db: got None beside an array of shape \(2, 224\), expected .* live\(\)",
                                lambda: INSTRUMENT.step(INSTRUMENT.init_state(2, like=AUDIO), AUDIO)),
    "a part of a hop": ("audio: got 7 samples", lambda: LIVE.step(LIVE.init_state(2, like=AUDIO), AUDIO[:, :7])),
}  # fmt: skip


@pytest.mark.parametrize("slip", MISUSES)
def test_misuses_are_named(slip):
    message, call = MISUSES[slip]
    with pytest.raises((TypeError, ValueError), match=f"^({message})"):
        call()
