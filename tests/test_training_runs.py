"""Training an instrument: windows, runs, checkpoints, and processes killed at any moment."""

from __future__ import annotations

import json
import math
import multiprocessing
import random
import shutil

import numpy as np
import pytest

from conftest import require_backend
from ddsp import training
from ddsp.backends import BACKENDS, load
from ddsp.instruments import load_instrument
from ddsp.training import Augmentation, FitSettings, Passage, draw_windows, load_checkpoint, split_passages, splitting
from tests.tiny_runs import HOP, STATISTICS, note, tiny_fit, tiny_run, train_until

TRAINED_BY = [name for name in BACKENDS if name != "numpy"]


# --- windows


def ramp(name, n_frames, first=0):
    """Passage whose samples, pitch and loudness say which frame they are of."""
    frames = np.arange(first, first + n_frames)
    return Passage(name, np.repeat(frames, 4).astype(np.float32), frames + 1.0, frames - 1000.0)


def test_windows_are_cut_where_their_features_are():
    windows = draw_windows([ramp("a", 30), ramp("b", 12, first=100)], 50, 8, seed=3, step=5)
    frames = windows["f0_hz"][:, :, 0] - 1.0
    np.testing.assert_array_equal(windows["audio"], np.repeat(frames, 4, axis=1))
    np.testing.assert_array_equal(windows["loudness_db"][:, :, 0], frames - 1000.0)
    np.testing.assert_array_equal(np.diff(frames, axis=1), 1.0)
    assert {float(first) for first in frames[:, 0]} >= {0.0, 22.0, 100.0, 104.0}  # beginnings and ends of both


def test_passages_are_drawn_by_their_length():
    """Also one of the length of a window, and its silence after a shorter one."""
    windows = draw_windows([ramp("a", 30), ramp("b", 10, first=100), ramp("c", 8, first=200)], 4000, 10, 0, 0)
    first = windows["f0_hz"][:, 0, 0] - 1.0
    shares = [np.mean((first >= low) & (first < low + 100)) for low in (0, 100, 200)]
    np.testing.assert_allclose(shares, np.asarray([30, 10, 8]) / 48, atol=0.03)
    short = windows["audio"][first == 200.0][0]
    np.testing.assert_array_equal(short, [*np.repeat(np.arange(200.0, 208.0), 4), *np.zeros(8)])
    assert np.all(windows["loudness_db"][first == 200.0][:, 8:] == -80.0)


def test_windows_depend_on_seed_and_step_alone():
    draws = [draw_windows([ramp("a", 90)], 4, 8, *numbers)["audio"] for numbers in ((0, 0), (0, 0), (0, 1), (1, 0))]
    np.testing.assert_array_equal(draws[0], draws[1])
    assert all(np.any(draws[0] != draw) for draw in draws[2:])


def test_augmentation_moves_pitch_and_level():
    passages = [note(220.0, 40)]
    plain, moved = (draw_windows(passages, 200, 8, 0, 0, a) for a in (Augmentation(), Augmentation(10.0, 6.0)))
    cents = 1200.0 * np.log2(moved["f0_hz"] / plain["f0_hz"])[:, :, 0]
    assert np.ptp(cents, axis=1).max() < 1e-3 and 8.0 < np.std(cents[:, 0]) < 12.0
    gain_db = (moved["loudness_db"] - plain["loudness_db"])[:, 0, 0]
    assert -6.0 <= gain_db.min() < -5.0 and 5.0 < gain_db.max() <= 6.0
    np.testing.assert_allclose(moved["audio"], plain["audio"] * 10.0 ** (gain_db / 20.0)[:, None], rtol=1e-5, atol=1e-7)


def test_the_decoder_is_given_another_pitch_in_half_of_the_windows():
    plain, moved = (draw_windows([note(220.0, 40)], 400, 8, 0, 0, Augmentation(semitones=x)) for x in (0.0, 2.0))
    semitones = 12.0 * np.log2(moved["decoder_f0_hz"] / moved["f0_hz"])[:, :, 0]
    np.testing.assert_array_equal(moved["f0_hz"], plain["f0_hz"])
    np.testing.assert_array_equal(plain["f0_hz"], plain["decoder_f0_hz"])
    assert np.ptp(semitones, axis=1).max() < 1e-4
    is_moved = np.abs(semitones[:, 0]) > 1e-4
    assert 0.4 < np.mean(is_moved) < 0.6 and 1.7 < np.std(semitones[is_moved, 0]) < 2.3


def test_the_synthesizer_plays_the_pitch_of_the_recording():
    """Whatever the decoder is given: harmonics at another pitch would have a far larger loss."""
    require_backend("torch")
    xp = load("torch").xp
    fit, passage = tiny_fit("torch"), note(220.0, 16)
    f0_hz, loudness_db = (xp.asarray(x[None, :, None]) for x in (passage.f0_hz, passage.loudness_db))
    data = loudness_db, xp.asarray(passage.audio[None]), xp.asarray(np.zeros_like(passage.audio[None]))

    def loss(played, given):
        return float(fit.loss(fit.values, played * f0_hz, *data, given * f0_hz))

    same, other = loss(1.0, 1.0), loss(1.0, 1.5)
    assert same == float(fit.loss(fit.values, f0_hz, *data)) != other
    assert abs(other - same) < 0.5 * abs(loss(1.5, 1.0) - same)


# --- passages that are held out


def frames_of(passages):
    return sum(len(passage.f0_hz) for passage in passages)


@pytest.mark.parametrize("lengths", [(400,), (300, 500), (30, 900, 20), (12000,), (20,), (1800,) * 10, (25,) * 3000])
def test_parts_out_of_the_middle_are_held_out(lengths):
    """About a tenth, at most 20 s; what is before and after a part is learned."""
    passages = [ramp(str(i), n) for i, n in enumerate(lengths)]
    learned, unseen = split_passages(passages)
    wanted = min(sum(lengths) / 10, 5000)
    assert 0.4 * wanted <= frames_of(unseen) <= 1.3 * wanted and frames_of(learned) + frames_of(unseen) == sum(lengths)
    for part in unseen:
        before, after = (piece for piece in learned if piece.name == part.name)
        assert before.f0_hz[-1] + 1.0 == part.f0_hz[0] and part.f0_hz[-1] + 1.0 == after.f0_hz[0]
        assert abs(len(before.f0_hz) - len(after.f0_hz)) <= 1
    joined = splitting.join(unseen)
    assert frames_of([joined]) == frames_of(unseen) and len(joined.audio) == sum(len(part.audio) for part in unseen)


def test_low_and_high_pitches_are_held_out():
    notes = [note(220.0 * 2 ** (i / 3), 1800) for i in (7, 0, 1, 3, 4, 2, 5, 6, 8)]
    _, unseen = split_passages(notes)
    pitches = sorted(np.median(part.f0_hz) for part in unseen)
    np.testing.assert_allclose(pitches, [220.0 * 2 ** (i / 3) for i in (1, 3, 5, 7)], rtol=1e-6)
    assert splitting.names_of(notes) == ", ".join(x.name for x in notes[:4]) + " and 5 more"


def test_hold_out_by_name():
    passages = [ramp("a/one.wav", 40), ramp("a/two.wav", 50), ramp("a/one.wav", 60)]
    for name in ("a/one.wav", "a/one", "one.wav", "one"):
        learned, unseen = split_passages(passages, name)
        assert frames_of(learned) == 50 and frames_of(unseen) == 100
    with pytest.raises(ValueError, match="'three', the name of no recording, expected one of a/one.wav, a/two.wav"):
        split_passages(passages, "three")
    with pytest.raises(ValueError, match="the only recording"):
        split_passages(passages[:1], "one")
    with pytest.raises(ValueError, match="several recordings"):
        split_passages([ramp("a/one.wav", 40), ramp("b/one.wav", 40)], "one")
    with pytest.raises(ValueError, match="got 19 frames in all, expected at least 20"):
        split_passages([ramp("a", 19)])


# --- the learning rate


def test_learning_rate_rises_and_falls():
    settings = FitSettings(learning_rate=0.01, steps=500)
    rates = [settings.learning_rate_at(count) for count in range(600)]
    assert np.argmax(rates) in range(15, 25) and 0.0095 < max(rates) <= 0.01
    assert np.all(np.diff(rates[20:501]) < 0.0)
    np.testing.assert_allclose(rates[500:], 0.0001)


# --- runs


def rows(folder):
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def curve(folder):
    return [(row["step"], row["loss"], row.get("held_out_loss")) for row in rows(folder)]


def content(folder):
    """Bytes of the arrays of a checkpoint."""
    return {path.name: path.read_bytes() for path in folder.glob("*.safetensors")}


def finish(run):
    while not run.is_done:
        run.step()


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A run of 12 steps that was never stopped."""
    require_backend("torch")
    folder = tmp_path_factory.mktemp("run")
    finish(tiny_run(folder))
    return folder


def test_files_of_a_run(trained):
    found = sorted(path.name for path in trained.iterdir())
    assert found[1:] == ["metrics.jsonl", "step-00000006", "step-00000009", "step-00000012"]
    assert [row["step"] for row in rows(trained)] == list(range(1, 13))
    evaluated = {row["step"]: row["held_out_loss"] for row in rows(trained) if "held_out_loss" in row}
    assert list(evaluated) == [3, 6, 9, 12]
    best = min(evaluated, key=evaluated.get)
    assert found[0] == f"best-{best:08d}"
    assert load_instrument(trained).statistics == STATISTICS
    state = load_checkpoint(trained).state
    assert state.step == 12 and state.values["decoder.input_weight"].dtype == np.float32
    if best == 12:
        assert content(trained / found[0])["model.safetensors"] == content(trained / found[4])["model.safetensors"]


def test_the_best_checkpoint_has_the_lowest_loss(trained, monkeypatch, tmp_path):
    run = tiny_run(tmp_path)
    losses = iter([3.0, 2.0, 5.0, 4.0])
    monkeypatch.setattr(run.fit, "evaluate", lambda passages: next(losses))
    finish(run)
    assert [path.name for path in tmp_path.glob("best-*")] == ["best-00000006"]
    assert (
        content(tmp_path / "best-00000006")["model.safetensors"]
        == content(trained / "step-00000006")["model.safetensors"]
    )


def test_a_run_that_is_stopped_at_any_step_continues(trained, tmp_path):
    """In the middle of an interval too, and twice."""
    for until in (4, 9):
        run = tiny_run(tmp_path)
        while run.fit.count < until:
            run.step()
        run.save()
    with open(tmp_path / "metrics.jsonl", "a") as file:  # what a process that was killed wrote after the checkpoint
        file.write('{"step": 10, "loss": 1.0}\n{"step": 11, "lo')
    (tmp_path / ".step-00000012.new-1").mkdir()
    finish(tiny_run(tmp_path))
    assert curve(tmp_path) == curve(trained)
    assert content(tmp_path / "step-00000012") == content(trained / "step-00000012")
    assert not list(tmp_path.glob(".step-*"))


def test_processes_killed_at_random_moments_lose_at_most_an_interval(tmp_path):
    """With the curve of a run that was never stopped, to the bit."""
    require_backend("torch")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["torch", "tests.tiny_runs"])
    done, moments = context.Value("i", 0), context.Value("i", 0)

    def train(folder, moment):
        moments.value = 0
        process = context.Process(target=train_until, args=(str(folder), moment, done, moments))
        process.start()
        process.join()
        return process.exitcode

    whole, killed = tmp_path / "whole", tmp_path / "killed"
    whole.mkdir(), killed.mkdir()
    assert train(whole, 0) == 0
    total, drawn = moments.value, random.Random(0)
    assert total > 50
    for trial in range(12):
        code = train(killed, drawn.randint(1, total // 3))
        if code == 0:
            break
        assert code == -9, trial
        checkpoint = load_checkpoint(killed)
        step = 0 if checkpoint is None else checkpoint.state.step
        assert step >= done.value // 3 * 3 and not (checkpoint and checkpoint.errors)
    assert trial > 2
    assert train(killed, 0) == 0
    assert curve(killed) == curve(whole)
    for name in ("step-00000012", *(path.name for path in whole.glob("best-*"))):
        assert content(killed / name) == content(whole / name)
    assert {path.name for path in killed.iterdir()} == {path.name for path in whole.iterdir()}


def test_a_run_in_minutes_follows_its_clock(tmp_path):
    """A second a step, later two: the number of steps is estimated again, and the learning rate falls to its end."""
    require_backend("torch")
    now, rates = [0.0], []

    def clock():
        return now[0]

    fit = tiny_fit("torch")
    run = training.Run(tmp_path, fit, [note(275.0, 20)], STATISTICS, every=20, minutes=1.5, clock=clock)
    fit.step = lambda: (
        setattr(fit, "count", fit.count + 1),
        rates.append(fit.settings.learning_rate_at(fit.count)),
        1.0,
    )[2]
    while not run.is_done:
        now[0] += 1.0 if fit.count < 40 else 2.0
        run.step()
    assert now[0] == pytest.approx(90.0, abs=2.0) and run.steps == fit.count == 65
    assert rates[-1] < 0.02 * max(rates)
    assert load_checkpoint(tmp_path).more["seconds"] == pytest.approx(90.0, abs=2.0)


def test_a_loss_that_is_not_finite_ends_the_run(tmp_path):
    require_backend("torch")
    run = tiny_run(tmp_path)
    for _ in range(3):
        run.step()
    run.fit.step = lambda: math.nan
    with pytest.raises(FloatingPointError, match="the loss of step 3 is nan, expected a finite number"):
        run.step()
    assert load_checkpoint(tmp_path).state.step == 3 and len(rows(tmp_path)) == 3


# --- damaged checkpoints


@pytest.fixture
def damaged(trained, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(trained, folder)
    return folder


@pytest.mark.parametrize("name", ["model.safetensors", "optimizer.safetensors", "state.json"])
@pytest.mark.parametrize("damage", ["truncated", "missing", "foreign"])
def test_a_damaged_checkpoint_is_passed_over(damaged, name, damage):
    path = damaged / "step-00000012" / name
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-20] if damage == "truncated" else b"[1]")
    checkpoint = load_checkpoint(damaged)
    assert checkpoint.state.step == 9
    assert len(checkpoint.errors) == 1 and str(path) in checkpoint.errors[0] and "\n" not in checkpoint.errors[0]
    finish(tiny_run(damaged))
    assert load_checkpoint(damaged).state.step == 12


def test_no_whole_checkpoint(damaged):
    for path in damaged.glob("step-*/state.json"):
        path.write_text("{}")
    with pytest.raises(ValueError, match="step-00000012: not a checkpoint of this version"):
        load_checkpoint(damaged)


def test_values_of_another_network(trained):
    state = load_checkpoint(trained).state
    with pytest.raises(ValueError, match="state: got decoder.input_0_0_bias of shape None, expected .8,."):
        tiny_fit("torch", state, decoder="gru")
    with pytest.raises(ValueError, match="expected"):
        tiny_fit("torch", state._replace(square={}))


def test_settings_of_a_run(tmp_path):
    training.write_run_settings(tmp_path, {"steps": 3})
    assert training.read_run_settings(tmp_path) == {"steps": 3}
    path = tmp_path / "run.json"
    path.write_text(path.read_text().replace('"version": 1', '"version": 7'))
    with pytest.raises(ValueError, match=r"run.json: got version 7, expected a ddsp training run of version 1"):
        training.read_run_settings(tmp_path)
    path.write_text("no json")
    with pytest.raises(ValueError, match="run.json: not a JSON file"):
        training.read_run_settings(tmp_path)


# --- backends


@pytest.mark.parametrize("framework, decoder", [("torch", "gru"), *((name, "least") for name in TRAINED_BY)])
@pytest.mark.usefixtures("quick_jax")
def test_trained_on_one_backend_played_on_all(framework, decoder, tmp_path):
    """Losses as in PyTorch, and samples as in NumPy: within 1e-5 of full scale for the same noise, and
    within 1e-4 after a recurrent layer. JAX compiles: eagerly, it would compile each operation alone.
    """
    require_backend(framework), require_backend("torch")
    fit, torch_fit = (tiny_fit(name, steps=3, decoder=decoder, n_frames=8) for name in (framework, "torch"))
    before = fit.state()
    losses = [[x.step() for _ in range(2)] for x in (fit, torch_fit)]
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-4)
    state = fit.state()
    assert all(np.any(state.values[name] != x) for name, x in before.values.items() if "rnn" not in name)
    training.save_best(tmp_path, state, fit.instrument, STATISTICS, {})
    trained, passage = load_instrument(tmp_path), note(247.0, 30)
    noise = training.training_noise((1, 30 * HOP), 0, 0)
    played = {}
    for name in BACKENDS:
        require_backend(name)
        other = load(name)
        features = [
            other.xp.asarray(x) for x in (passage.f0_hz[None, :, None], passage.loudness_db[None, :, None], noise)
        ]
        values = {n: {k: other.xp.asarray(x) for k, x in node.items()} for n, node in trained.values.items()}

        def instrument(f0_hz, loudness_db, noise, values):
            return trained.instrument(f0_hz, loudness_db, noise=noise, **values)

        call = other.jit(instrument) if name == "jax" else instrument
        played[name] = other.to_numpy(call(*features, values))
    for audio in played.values():
        assert audio.dtype == np.float32
        np.testing.assert_allclose(audio, played["numpy"], rtol=0.0, atol=1e-4 if decoder == "gru" else 1e-5)
