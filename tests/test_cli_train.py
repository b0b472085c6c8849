"""`ddsp train`: files, progress, errors in one line, Ctrl-C, and continuing."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
from functools import partial

import numpy as np
import pytest
import soundfile

from conftest import require_backend
from ddsp.cli import training_loop
from ddsp.cli.training_pictures import limits_of
from ddsp.instruments import load_instrument, storage
from ddsp.training import Fit
from tests.command import tone, write
from tests.tiny_runs import write_dataset

#: A run of a second: torch needs no compilation.
TINY = ("--backend", "torch", "--preset", "least", "--window", "0.06", "--batch-size", "1", "--every", "2")


PREVIEW = training_loop._preview


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return write_dataset(tmp_path_factory.mktemp("data") / "tones")


@pytest.fixture(autouse=True)
def no_pictures(monkeypatch):
    """Drawing takes most of the time of a tiny run."""
    monkeypatch.setattr(training_loop, "_preview", lambda run: None)


@pytest.fixture
def train(run, data):
    require_backend("torch")

    def call(folder, *options, source=data):
        return run("train", source, "-o", folder, *TINY, *options)

    return call


@pytest.fixture(scope="module")
def whole(data, tmp_path_factory):
    """A finished run of 6 steps."""
    require_backend("torch")
    from ddsp.cli import app

    folder = tmp_path_factory.mktemp("runs") / "whole"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training_loop, "_preview", lambda run: None)
        assert app.run(["train", str(data), "-o", str(folder), *TINY, "--steps", "6"]) == 0
    return folder


@pytest.fixture
def copied(whole, tmp_path):
    return shutil.copytree(whole, tmp_path / "run")


def curve(folder):
    rows = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    return [(row["step"], row["loss"], row.get("held_out_loss")) for row in rows]


def files(folder):
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def fails(run, *arguments, code=2):
    """Run a call that must fail, and return the only line on stderr."""
    found, _, err = run(*arguments)
    assert found == code and err.startswith("ddsp: ") and err.count("\n") == 1, err
    return err


def test_files(whole):
    names = {path.name for path in whole.iterdir()}
    assert names >= {"run.json", "metrics.jsonl"}
    assert {name for name in names if name.startswith("step-")} == {f"step-{n:08d}" for n in (2, 4, 6)}
    assert len([name for name in names if name.startswith("best-")]) == 1
    settings = json.loads((whole / "run.json").read_text())
    assert settings["learning"]["preset"] == "least" and settings["steps"] == 6
    assert [step for step, _, _ in curve(whole)] == [1, 2, 3, 4, 5, 6]
    trained = load_instrument(whole)
    assert trained.instrument.sample_rate == 16000 and trained.statistics["pitch_midi"]["5"] > 50.0


def test_progress(train, tmp_path):
    code, out, err = train(tmp_path / "run", "--steps", "2", "--hold-out", "tone-1")
    assert (code, err) == (0, "") and "unseen: tone-1.wav\n" in out and f"best-{2:08d}" in out
    assert "step 2 of 2: loss " in out and "steps/s" in out and "left" in out


def test_minutes(train, tmp_path):
    code, _, _ = train(tmp_path / "run", "--minutes", "0.0001")
    assert code == 0 and len(curve(tmp_path / "run")) == 1


def test_few_unseen_losses_are_inside_the_picture():
    """Among thousands of steps, those of the checkpoints are less than the share of losses that is cut off."""
    losses = np.concatenate([np.linspace(20.0, 6.0, 100), np.full(4000, 5.0)])
    low, high = limits_of(losses, np.asarray([8.1, 6.9, 8.5]))
    assert 4.0 < low < 5.0 and 8.5 < high < 9.0


def test_previews(train, tmp_path, monkeypatch):
    """The curve, and what the instrument plays for a passage that is not learned, at steps 1, 2, 4 and the last."""
    monkeypatch.setattr(training_loop, "_preview", PREVIEW)
    drawn = []

    def once(draw, *args):
        drawn.append(draw)
        return draw(*args) if drawn.count(draw) == 1 else b""

    for name in ("draw_curve", "draw_preview"):
        monkeypatch.setattr(training_loop, name, partial(once, getattr(training_loop, name)))
    folder = tmp_path / "run"
    train(folder, "--steps", "7", "--every", "1")
    assert sorted(int(p.stem[8:]) for p in folder.glob("preview-*.png")) == [1, 2, 4, 7]
    sounds = [soundfile.read(folder / f"preview-{name}.wav") for name in ("recording", "00000007")]
    assert sounds[0][0].shape == sounds[1][0].shape == (10 * 64,) and sounds[0][1] == 16000
    assert (folder / "preview-00000001.png").read_bytes()[:4] == b"\x89PNG" and (folder / "loss.png").exists()


# --- continuing


@pytest.mark.usefixtures("sigint")
@pytest.mark.parametrize("moment", [3, 4])
def test_interrupted_and_continued(train, run, whole, tmp_path, monkeypatch, moment):
    """Ctrl-C saves, says how to go on, and the curve is that of a run that was never stopped."""
    folder, step = tmp_path / "my run", Fit.step

    def stopped(fit):
        if fit.count + 1 == moment:
            signal.raise_signal(signal.SIGINT)
        return step(fit)

    with monkeypatch.context() as patch:
        patch.setattr(Fit, "step", stopped)
        code, _, err = train(folder, "--steps", "6")
    path = folder / f"step-{moment:08d}"
    again = f"ddsp train -o '{folder}' --resume"
    assert code == 130 and err == f"ddsp: interrupted; {path} is saved; go on with: {again}\n"
    assert run("train", "-o", folder, "--resume")[0] == 0
    assert curve(folder) == curve(whole)
    last = f"step-{6:08d}/optimizer.safetensors"
    assert (folder / last).read_bytes() == (whole / last).read_bytes()


def test_a_longer_run(run, copied):
    code, out, _ = run("train", "-o", copied, "--resume")
    assert code == 0 and "has all of its 6 steps" in out
    assert run("train", "-o", copied, "--resume", "--steps", "8", "--every", "4")[0] == 0
    assert [step for step, _, _ in curve(copied)] == list(range(1, 9))
    assert (copied / f"step-{8:08d}").is_dir()


@pytest.mark.parametrize(
    "option, value",
    [
        ("--backend", "jax"),
        ("--preset", "small"),
        ("--batch-size", 2),
        ("--learning-rate", 0.5),
        ("--seed", 1),
        ("--window", 0.5),
        ("--hold-out", "tone-1"),
        ("--sample-rate", 44100),
    ],
)
def test_other_settings(run, copied, option, value):
    before = files(copied)
    assert f"{option}: got {value!r}, but the run began with" in fails(
        run, "train", "-o", copied, "--resume", option, value
    )
    assert files(copied) == before


def test_other_recordings(run, copied, tmp_path):
    other = write_dataset(tmp_path / "other", (40, 25))
    assert "the recordings are not those" in fails(run, "train", other, "-o", copied, "--resume")


def test_a_run_that_is_there(run, train, copied, data, tmp_path):
    before = files(copied)
    assert "has a training run: --resume continues it" in fails(run, "train", data, "-o", copied, *TINY)
    assert "no training run in" in fails(run, "train", "-o", tmp_path / "none", "--resume")
    assert files(copied) == before and not (tmp_path / "none").exists()


def test_damaged_checkpoints(run, copied):
    last = copied / f"step-{6:08d}" / "model.safetensors"
    last.write_bytes(last.read_bytes()[:100])
    code, _, err = run("train", "-o", copied, "--resume")
    assert code == 0 and err == f"ddsp: warning: {last}: {err.partition(f'{last}: ')[2]}"
    assert err.endswith("continuing from step 4\n") and [step for step, _, _ in curve(copied)] == [1, 2, 3, 4, 5, 6]
    for path in copied.glob("step-*/optimizer.safetensors"):
        path.write_text("no arrays")
    assert f"{last.parent / 'optimizer.safetensors'}: not a whole safetensors" in fails(
        run, "train", "-o", copied, "--resume"
    )


def test_a_run_of_another_version(run, copied):
    path = copied / "run.json"
    path.write_text(path.read_text().replace('"version": 1', '"version": 2'))
    assert f"--resume: {path}: got version 2" in fails(run, "train", "-o", copied, "--resume")


# --- bad input


def test_a_full_disk(train, run, whole, tmp_path, monkeypatch):
    """The checkpoints before are whole, and the run continues when there is room."""
    folder, sync, calls = tmp_path / "run", os.fsync, [0]

    def full(descriptor):
        calls[0] += 1
        if calls[0] > 20:
            raise OSError(28, "No space left on device")
        sync(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(storage.os, "fsync", full)
        code, _, err = train(folder, "--steps", "6")
    assert code == 2 and f"--out: cannot write to folder '{folder}': No space left on device; make room" in err
    assert err.count("\n") == 1
    assert run("train", "-o", folder, "--resume")[0] == 0
    assert curve(folder) == curve(whole)


def test_unwritable_folders(run, train, data, tmp_path):
    (tmp_path / "file").write_text("in the way")
    for folder in ("file", "file/below"):
        assert "--out: cannot write to folder" in fails(run, "train", data, "-o", tmp_path / folder, *TINY)
    assert (tmp_path / "file").read_text() == "in the way"


def test_folders_without_recordings(run, tmp_path):
    """The folder of the run is not left behind."""
    require_backend("torch")
    for name in ("empty", "texts", "short", "silent"):
        (tmp_path / name).mkdir()
    (tmp_path / "texts" / "a.txt").write_text("text")
    write(tmp_path / "short" / "a.wav", tone(seconds=0.2))
    write(tmp_path / "silent" / "a.wav", np.zeros(16000))
    out = tmp_path / "run"
    for name in ("empty", "texts", "short", "silent", "missing"):
        code, _, err = run("train", tmp_path / name, "-o", out, *TINY)
        assert code == 2 and "FOLDER: " in err.splitlines()[-1], name
        assert not out.exists() or sorted(path.name for path in out.iterdir()) == ["data"]  # prepared, too short


@pytest.mark.parametrize(
    "options, message",
    [
        (("--backend", "numpy"), "--backend: got 'numpy', which plays instruments but has no gradients"),
        (("--backend", "cupy"), "--backend: got 'cupy', expected one of jax, tensorflow, torch"),
        (("--preset", "huge"), "--preset: got 'huge', expected one of original, original-tiny, dilated, small, least"),
        (("--steps", "0"), "--steps: got 0, expected 1 to"),
        (("--steps", "5", "--minutes", "1"), "--minutes: got 1 together with --steps"),
        (("--minutes", "nan"), "--minutes: got nan, expected a number above 0"),
        (("--every", "0"), "--every: got 0"),
        (("--sample-rate", "100"), "--sample-rate: got 100, expected 8000 to 96000"),
        (("--sample-rate", "44100"), "--sample-rate: got 44100, expected that of the data set, 16000"),
        (("--batch-size", "0"), "--batch-size: got 0"),
        (("--learning-rate", "-1"), "--learning-rate: got -1"),
        (("--window", "0"), "--window: got 0"),
        (("--seed", "-1"), "--seed: got -1"),
        (("--hold-out", "none"), "--hold-out: got 'none', the name of no recording, expected one of tone-0.wav"),
    ],
)
def test_bad_options(run, train, data, tmp_path, options, message):
    assert message in fails(run, "train", data, "-o", tmp_path / "run", *TINY, *options)
    assert not (tmp_path / "run" / "run.json").exists()


def test_no_folders(run, tmp_path):
    assert "FOLDER: got none" in fails(run, "train", "-o", tmp_path / "run")
    assert "--out: got ''" in fails(run, "train", tmp_path)
    assert "FOLDER: got ''" in fails(run, "train", "", "-o", tmp_path / "run")


def test_a_loss_that_is_not_finite(train, tmp_path, monkeypatch):
    monkeypatch.setattr(Fit, "step", lambda fit: float("nan"))
    code, _, err = train(tmp_path / "run", "--steps", "3")
    assert code == 2 and "--learning-rate: the loss of step 0 is nan" in err


def test_two_processes(train, run, copied):
    fcntl = pytest.importorskip("fcntl")
    with open(copied / ".lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert "another process is training in" in fails(run, "train", "-o", copied, "--resume")


def test_random_options(run, data, tmp_path, monkeypatch):
    """Exit codes 0 and 2 alone, and a line for an error."""
    require_backend("torch")

    def step(fit):
        fit.count += 1
        return 1.0

    monkeypatch.setattr(Fit, "step", step)
    drawn = random.Random(0)
    values = {
        "--backend": ("torch", "numpy", "", "x"),
        "--preset": ("least", "small", "least "),
        "--steps": ("1", "3", "-1", "x", "1e9"),
        "--minutes": ("0.0001", "inf", "-1"),
        "--sample-rate": ("16000", "0", "8000.5"),
        "--batch-size": ("1", "2", "99999"),
        "--learning-rate": ("0.001", "2", "nan"),
        "--window": ("0.05", "1000", "0.0001"),
        "--seed": ("0", "7", "4294967296"),
        "--hold-out": ("tone-1", "tone-2.wav", "", "\\0"),
        "--every": ("1", "5", "0"),
    }
    for trial in range(300):
        options = [
            x for name in drawn.sample(list(values), drawn.randint(0, 5)) for x in (name, drawn.choice(values[name]))
        ]
        options += ["--resume"] * (drawn.random() < 0.3)
        options += ["--backend", "torch"] * ("--backend" not in options) + ["--steps", "2"] * ("--steps" not in options)
        source = drawn.choice(([data], [data], [], [tmp_path / "none"], [data, data]))
        code, _, err = run("train", *source, "-o", tmp_path / f"run-{drawn.randint(0, 5)}", *options)
        assert code in (0, 2), (trial, options)
        assert code == 0 or err.splitlines()[-1].startswith("ddsp: "), (trial, options)
        assert "Traceback" not in err
