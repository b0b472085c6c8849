"""`ddsp evaluate` and its figures: known differences, learned and unseen recordings, bad input, options."""

from __future__ import annotations

import json
import shutil
import signal
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile

from conftest import require_backend
from ddsp import instruments, nn, training
from ddsp.backends import load
from ddsp.cli import evaluate as printing
from ddsp.cli import evaluating
from ddsp.effects import DecayingReverb
from ddsp.losses import SpectralLoss
from ddsp.training import instrument_evaluation as evaluation
from tests.command import tone, write
from tests.test_cli_transfer import damage
from tests.tiny_runs import HOP, RATE, STATISTICS, note, tiny_fit, write_dataset

FIGURES = {"spectral_loss", "spectral_distance", "loudness_l1_db", "f0_l1_cents", "f0_outliers", "seconds",
           "loudness_frames", "voiced_frames", "f0_frames"}  # fmt: skip


def made():
    """An instrument that has not been trained, of the smallest decoder."""
    instrument = instruments.Instrument(nn.make_decoder("least"), DecayingReverb(100), name="small [bold]")
    return instruments.TrainedInstrument(instrument, instrument.initial_params(), STATISTICS)


@pytest.fixture(scope="module")
def instrument(tmp_path_factory):
    path = tmp_path_factory.mktemp("instruments") / "small"
    instruments.save_instrument(path, *made())
    return path


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return write_dataset(tmp_path_factory.mktemp("data") / "tones")


def fails(run, *arguments):
    """Run a call that must exit with 2, and return the only line on stderr."""
    code, out, err = run("evaluate", *arguments)
    assert code == 2 and out == "" and err.startswith("ddsp: ") and err.count("\n") == 1, (out, err)
    return err


# Figures --------------------------------------------------------------------------------------------------------------


def passage_of(audio):
    features = instruments.compute_long_features([audio.astype(np.float32)])
    return training.Passage(
        "tone", audio.astype(np.float32), *(features[x] for x in ("f0_hz", "loudness_db", "confidence"))
    )


@pytest.fixture
def figures_of(monkeypatch):
    """figures_of(passage, audio): figures of an instrument that plays this audio."""

    def call(passage, audio):
        monkeypatch.setattr(evaluation, "play", lambda *_, **__: iter(np.array_split(audio.astype(np.float32), 2)))
        return training.evaluate_instrument(made(), passage)[0]

    return call


def test_figures_of_known_differences(figures_of):
    """Measured: loudness within 2e-6 dB of 3 dB, pitch within 1.8 cents of 30 cents (CREPE)."""
    sound = tone(pitch=440.0)
    passage = passage_of(sound)
    same = figures_of(passage, sound)
    assert same["spectral_loss"] == same["loudness_l1_db"] == same["f0_l1_cents"] == same["f0_outliers"] == 0.0
    assert same["seconds"] == 0.5 and same["f0_frames"] == same["voiced_frames"] > 100
    softer = figures_of(passage, sound * 10.0 ** (-3.0 / 20.0))
    assert softer["loudness_l1_db"] == pytest.approx(3.0, abs=1e-5) and softer["f0_l1_cents"] < 0.5
    higher = figures_of(passage, tone(pitch=440.0 * 2.0 ** (30.0 / 1200.0)))
    assert higher["f0_l1_cents"] == pytest.approx(30.0, abs=6.0) and higher["f0_outliers"] == 0.0
    octave = figures_of(passage, tone(pitch=880.0))
    assert octave["f0_outliers"] > 0.9 and octave["f0_frames"] > 100
    silence = figures_of(passage, 0.0 * sound)
    assert silence["f0_l1_cents"] is silence["f0_outliers"] is None and silence["loudness_l1_db"] > 40.0


def test_which_frames_are_compared():
    """Of 10 frames each: near, far, outlier, unvoiced in the result, unvoiced in the recording, quiet."""

    def features(cents, loudness_db, confidence):
        f0_hz = 440.0 * 2.0 ** (np.asarray(cents) / 1200.0)
        known = {"f0_hz": f0_hz, "confidence": np.asarray(confidence), "loudness_db": np.asarray(loudness_db)}
        return {name: np.repeat(x, 10) for name, x in known.items()}

    target = features([0.0] * 6, [-20.0] * 5 + [-71.0], [0.9, 0.9, 0.9, 0.9, 0.5, 0.9])
    loudness_db = [-20.0, -20.0, -20.0, -20.0, -25.0, -50.0]
    played = features([-10.0, 40.0, 60.0, 0.0, 0.0, 0.0], loudness_db, [0.9, 0.9, 0.9, 0.1, 0.9, 0.9])
    means = {"loudness_l1_db": 1.0, "f0_l1_cents": 25.0, "f0_outliers": 1.0 / 3.0}
    counts = {"loudness_frames": 50, "voiced_frames": 40, "f0_frames": 30}
    assert training.compare_features(target, played) == pytest.approx(means | counts)


def test_spectral_distance_of_a_gain(figures_of):
    """For half the amplitude, the convergence is 0.5 and the log distance ln 2 at every FFT size."""
    noise = 0.1 * np.random.default_rng(0).standard_normal(8000)
    found = figures_of(passage_of(noise), 0.5 * noise)
    assert found["spectral_distance"] == pytest.approx(0.5 + np.log(2.0), abs=1e-4)
    assert found["spectral_loss"] == pytest.approx(
        float(SpectralLoss(logmag_weight=1.0)(noise[None], 0.5 * noise[None]))
    )


def test_spectral_loss_is_that_of_the_training():
    require_backend("torch")
    fit, passage = tiny_fit("torch"), note(275.0, 30)
    fit.loss_fn = SpectralLoss(logmag_weight=1.0)
    trained = instruments.TrainedInstrument(fit.instrument, instruments.nest_values(fit.state().values), {})
    found, audio = training.evaluate_instrument(trained, passage)
    assert found["spectral_loss"] == pytest.approx(fit.evaluate([passage]), rel=1e-6)
    np.testing.assert_array_equal(audio, fit.play(passage))


def test_joined_figures_do_not_depend_on_the_grouping():
    rng = np.random.default_rng(0)

    def part(**more):
        frames = {name: int(rng.integers(1, 100)) for name in FIGURES if name.endswith("frames")}
        return {name: float(rng.random()) for name in FIGURES} | frames | more

    parts = [part(f0_outliers=0.5, f0_frames=20), part(f0_outliers=1.0, f0_l1_cents=None), part(f0_frames=30)]
    parts += [part(f0_frames=0, f0_l1_cents=None, f0_outliers=None)]
    whole = training.join_figures(parts)
    grouped = training.join_figures([training.join_figures(parts[:2]), training.join_figures(parts[2:])])
    assert grouped == pytest.approx(whole)
    frames = [x["f0_frames"] for x in parts[:3]]
    assert whole["f0_outliers"] == pytest.approx(np.average([x["f0_outliers"] for x in parts[:3]], weights=frames))
    inliers = [10.0, 30.0 * (1.0 - parts[2]["f0_outliers"])]
    cents = [parts[0]["f0_l1_cents"], parts[2]["f0_l1_cents"]]
    assert whole["f0_l1_cents"] == pytest.approx(np.average(cents, weights=inliers))


def test_analysis_is_nearer_than_an_untrained_instrument():
    passage = passage_of(tone())
    direct = evaluation.evaluate_analysis(passage, RATE)
    assert direct.keys() == FIGURES and direct["loudness_l1_db"] < 0.3 and direct["f0_outliers"] == 0.0
    assert direct["spectral_loss"] < 0.5 * training.evaluate_instrument(made(), passage)[0]["spectral_loss"]


def test_real_time_factor_is_that_of_the_fastest_call_after_the_first(monkeypatch):
    clock, calls = SimpleNamespace(now=0.0), iter([1.0, 7.0, 3.0, 2.0, 5.0, 4.0])

    def play(instrument, values, f0_hz, loudness_db, backend, compiled):
        assert len(f0_hz) == len(loudness_db) == 2000
        clock.now += next(calls)
        return iter([np.zeros(1)])

    monkeypatch.setattr(evaluation, "play", play)
    monkeypatch.setattr(evaluation, "time", SimpleNamespace(perf_counter=lambda: clock.now))
    passages = [note(220.0, 10), note(220.0, 2500)]
    assert evaluation.real_time_factor(made(), passages, load("numpy")) == pytest.approx(2.0 / 8.0)


# The command ----------------------------------------------------------------------------------------------------------


def test_what_is_written(run, instrument, data, tmp_path):
    out, folder = tmp_path / "new" / "figures.json", tmp_path / "audio"
    code, text, err = run("evaluate", instrument, data, "-o", out, "--audio", folder, "--analysis", "--no-reverb")
    assert code == 0 and err == "" and "small [bold]" in text and "all, direct analysis" in text
    report = json.loads(out.read_text())
    values = instruments.flatten_values(made().values)
    assert report["parameters"] == sum(x.size for x in values.values())
    assert report["file_bytes"] == sum(path.stat().st_size for path in instrument.iterdir())
    assert list(report["real_time_factor"]) == ["numpy"] and report["real_time_factor"]["numpy"] > 0.0
    assert [x["name"] for x in report["recordings"]] == ["tone-0.wav", "tone-1.wav", "tone-2.wav"]
    assert all(x["learned"] is None and x.keys() > FIGURES for x in report["recordings"])
    seconds = np.asarray([40, 25, 30]) * HOP / RATE
    losses = [x["spectral_loss"] for x in report["recordings"]]
    assert report["total"]["spectral_loss"] == pytest.approx(np.average(losses, weights=seconds))
    assert report["total"].keys() == report["analysis"].keys() == FIGURES
    passage = training.load_dataset(data).passages[1]
    expected = training.evaluate_instrument(instruments.load_instrument(instrument), passage, reverb=False)
    assert {name: report["recordings"][1][name] for name in FIGURES} == pytest.approx(expected[0])
    np.testing.assert_array_equal(soundfile.read(folder / "tone-1.wav", dtype="float32")[0], expected[1])
    assert sorted(path.name for path in folder.iterdir()) == ["tone-0.wav", "tone-1.wav", "tone-2.wav"]


@pytest.fixture
def no_figures(monkeypatch):
    """Everything but the figures, which take most of the time."""

    def evaluate_instrument(trained, passage, reverb, seed):
        names = FIGURES - {"f0_l1_cents", "f0_outliers"}
        return dict.fromkeys(names, 1.0) | {"f0_l1_cents": None, "f0_outliers": None}, np.zeros(10, np.float32)

    monkeypatch.setattr(training, "evaluate_instrument", evaluate_instrument)
    monkeypatch.setattr(evaluating, "real_time_factor", lambda *_, **__: 0.1)


def known(run, folder, *arguments):
    code, text, err = run("evaluate", *arguments, "-o", folder / "x.json")
    assert code == 0, err
    report = json.loads((folder / "x.json").read_text())
    return {recording["name"]: recording["learned"] for recording in report["recordings"]}, text, err


@pytest.mark.usefixtures("no_figures")
def test_learned_and_unseen_recordings_of_a_run(run, data, tmp_path):
    path = tmp_path / "run"
    settings = {"learning": {"hold_out": "tone-1"}, "sources": [str(data)]}
    instruments.save_instrument(path / "best-00000002", *made())
    training.write_run_settings(path, settings)
    expected = {"tone-0.wav": "learned", "tone-1.wav": "unseen", "tone-2.wav": "learned"}
    found, text, _ = known(run, tmp_path, path, data)
    assert found == expected and "2 recordings" in text and "unseen" in text
    other = write_dataset(tmp_path / "other", (40, 25, 30, 20))  # the same and one more
    assert known(run, tmp_path, path / "best-00000002", other)[0] == {**expected, "tone-3.wav": "unseen"}
    training.write_run_settings(path, {**settings, "learning": {"hold_out": None}})
    one = write_dataset(tmp_path / "one", (400,))
    training.write_run_settings(path, {"learning": {"hold_out": None}, "sources": [str(one)]})
    assert known(run, tmp_path, path, one)[0] == {"tone-0.wav": "partly learned"}
    shutil.rmtree(one)
    found, _, err = known(run, tmp_path, path, data)
    assert set(found.values()) == {None} and "without the data of the run" in err
    (path / "run.json").write_text('{"version": 99}')
    assert "RUN: " in fails(run, path, data)


@pytest.mark.usefixtures("no_figures")
def test_recordings_of_any_rate_and_channels(run, instrument, tmp_path):
    folder = tmp_path / "takes"
    (folder / "deeper").mkdir(parents=True)
    stereo = np.stack([tone(44100), tone(44100)], axis=1)
    write(folder / "a.flac", stereo, 44100)
    shutil.copy(folder / "a.flac", folder / "deeper" / "copy.flac")
    write(folder / "deeper" / "a.wav", tone(8000, pitch=200.0), 8000)
    (folder / "bad.wav").write_text("no audio")
    write(folder / "silent.wav", np.zeros(8000))
    (folder / "notes.txt").write_text("text")
    found, _, err = known(run, tmp_path, instrument, folder, "--audio", tmp_path / "audio")
    assert list(found) == ["a.flac", "deeper/a.wav"]
    assert sorted(path.name for path in (tmp_path / "audio").iterdir()) == ["a.flac.wav", "a.wav.wav"]
    for text in ("bad.wav: left out", "silent.wav: left out: no sound", "counts once", "notes.txt"):
        assert text in err
    assert json.loads((tmp_path / "x.json").read_text())["warnings"]


def test_the_flute_on_a_short_sound(run, tone_file):
    code, text, _ = run("evaluate", "flute", tone_file, "--backend", "numpy", "--backend", "numpy")
    assert code == 0 and "tone.wav" in text and "times real time" in text


@pytest.mark.parametrize("kind", ["truncated", "version", "class", "list", "not finite", "model.safetensors"])
def test_damaged_instruments(run, instrument, data, tmp_path, kind):
    shutil.copytree(instrument, tmp_path / "bad")
    damage(tmp_path / "bad", kind)
    assert "RUN: " in fails(run, tmp_path / "bad", data, "-o", tmp_path / "new" / "x.json")
    assert not (tmp_path / "new").exists()


def test_bad_input(run, instrument, data, tone_file, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "a.txt").write_text("text")
    write(tmp_path / "silent.wav", np.zeros(8000))
    (tmp_path / "file").write_text("in the way")
    assert "no recordings in" in fails(run, instrument, tmp_path / "empty")
    assert "only other files such as 'a.txt'" in fails(run, instrument, tmp_path / "texts")
    assert "no recording to evaluate: " in fails(run, instrument, tmp_path / "silent.wav")
    assert "no such folder" in fails(run, instrument, tmp_path / "nowhere")
    assert "no instrument found" in fails(run, tmp_path / "empty", data)
    assert "FOLDER" in fails(run, instrument)
    assert "--out: cannot write" in fails(run, instrument, data, "-o", tmp_path / "file" / "x.json")
    assert "--out: cannot write" in fails(run, instrument, data, "-o", tmp_path / "empty")
    assert "--audio: cannot write" in fails(run, instrument, data, "--audio", tmp_path / "file")
    assert "would be overwritten" in fails(run, instrument, tone_file, "-o", tone_file)
    assert "--backend: got 'none'" in fails(run, instrument, data, "--backend", "none")
    shutil.copytree(data, tmp_path / "other")
    content = json.loads((data / "dataset.json").read_text())
    for change in ({"sample_rate": 48000}, {"version": 99}, {"recordings": []}, {"recordings": [{"name": "x"}]}):
        (tmp_path / "other" / "dataset.json").write_text(json.dumps({**content, **change}))
        assert "DATA: " in fails(run, instrument, tmp_path / "other")


ODD = ["", "nan", "-1", "1e9", "text", "a\0b", "x" * 300]
OPTIONS = {
    "--seed": ["0", "4294967295", "4294967296", "1.5", *ODD],
    "--backend": ["numpy", "numpy", "none", *ODD],
    "--out": ["x.json", "new/x.json", ".", *ODD],
    "--audio": ["audio", "new/audio", "x.json/y", *ODD],
    "--no-reverb": [None],
    "--unknown": ["1"],
}


@pytest.mark.usefixtures("no_figures")
def test_random_options_never_fail_with_a_traceback(run, instrument, data, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(printing, "_print", lambda report: None)
    rng, codes = np.random.default_rng(0), []
    for _ in range(300):
        chosen = rng.permutation(list(OPTIONS))[: rng.integers(0, 4)]
        usual = rng.random() < 0.7
        values = {name: OPTIONS[name][rng.integers(min(2 if usual else 99, len(OPTIONS[name])))] for name in chosen}
        arguments = [x for name, value in values.items() for x in (name, value) if x is not None]
        code, _, err = run("evaluate", instrument, data, *arguments)
        assert code in (0, 2) and err.count("\n") == (code == 2), (arguments, err)
        codes.append(code)
    assert 50 < codes.count(0) < 250


@pytest.mark.usefixtures("sigint", "no_figures")
def test_signals_leave_no_half_file(run, instrument, data, tmp_path, monkeypatch):
    monkeypatch.setattr(evaluating, "real_time_factor", lambda *_, **__: signal.raise_signal(signal.SIGINT))
    code, out, err = run("evaluate", instrument, data, "-o", tmp_path / "new" / "x.json")
    assert code == 130 and out == "" and "interrupted" in err and not (tmp_path / "new").exists()
