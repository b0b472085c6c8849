"""The command with unusual terminals, locales, streams, disks and signals."""

from __future__ import annotations

import errno
import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

import ddsp
from ddsp.cli import console, errors, outputs, progress
from ddsp.cli.errors import UserError
from ddsp.cli.outputs import staged, write_audio
from ddsp.cli.signals import Stopped, shielded, stoppable
from tests.command import tone

posix = pytest.mark.skipif(os.name != "posix", reason="signals and descriptors of POSIX")
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(ddsp.__file__).parents[1])}


# Console output -------------------------------------------------------------------------------------------------------


class Full(io.StringIO):
    """A stream on a full disk."""

    def write(self, text):
        raise OSError(errno.ENOSPC, "No space left on device")


def test_printing_never_fails(monkeypatch, capsys):
    narrow = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", narrow)
    console.say("[red] :bell: \ud2b8\udc80\x1b")
    narrow.seek(0)
    assert narrow.read() == "[red] :bell: \\ud2b8\\udc80\\x1b\n"
    monkeypatch.setattr(sys, "stdout", Full())
    console.say("lost")
    assert capsys.readouterr().err == "ddsp: stdout: cannot write: No space left on device\n"
    for stream in (Full(), None):
        monkeypatch.setattr(sys, "stdout", stream)
        monkeypatch.setattr(sys, "stderr", stream)
        console.say("lost")
        console.warn("lost")
        assert not progress.on_a_terminal()


@posix
def test_streams_that_are_missing():
    """Otherwise the sound file becomes descriptor 2, and messages are written into it. Also with `python -m ddsp`."""
    shell = 'exec "$0" -m ddsp resynth missing.wav 2>&- <&-'
    done = subprocess.run(["sh", "-c", shell, sys.executable], capture_output=True, env=ENVIRONMENT, check=False)
    assert done.returncode == 2 and done.stdout == b""
    code = "import os, sys; from ddsp.cli.console import prepare_streams; prepare_streams(); "
    code += "os.fstat(0), os.fstat(2); sys.stderr.write('x'); print('well')"
    shell = f'exec "$0" -c "{code}" 2>&- <&-'
    done = subprocess.run(["sh", "-c", shell, sys.executable], capture_output=True, env=ENVIRONMENT, check=False)
    assert done.stdout == b"well\n"


def test_frameworks_load_quietly_without_a_temporary_folder(monkeypatch, capfd):
    import tempfile

    def gone():
        raise FileNotFoundError(2, "No usable temporary directory")

    with monkeypatch.context() as patch:
        patch.setattr(tempfile, "_get_default_tempdir", gone)
        patch.setattr(tempfile, "tempdir", None)
        patch.setattr(errors, "load", lambda name: os.write(2, b"banner") and ddsp.backends.load("numpy"))
        assert errors.load_quietly("torch").name == "numpy"
    os.write(2, b"after")
    assert capfd.readouterr().err == "after"


def test_broken_frameworks_are_not_called_missing(monkeypatch):
    from ddsp import backends

    def broken(name):
        raise OSError("libcudart.so.12: cannot open shared object file")

    monkeypatch.setattr(backends, "import_module", broken)
    monkeypatch.setattr(backends, "_loaded", {})
    with pytest.raises(ImportError, match=r"'jax' is installed and cannot be loaded: libcudart"):
        backends.load("jax")


# Files ----------------------------------------------------------------------------------------------------------------


def test_staged_is_all_or_nothing(tmp_path):
    (tmp_path / "out" / "b").mkdir(parents=True)
    with pytest.raises(UserError, match="b is an existing folder"), staged(tmp_path / "out", ["a", "b"]):
        raise AssertionError("not reached")
    for error in (OSError(errno.ENOSPC, "No space left on device"), Stopped(signal.SIGTERM), KeyError("a fault")):
        with pytest.raises((UserError, Stopped, KeyError)), staged(tmp_path / "new" / "deep", ["a"]) as stage:
            (stage / "a").write_text("half")
            raise error
        assert not (tmp_path / "new").exists()
    with staged(tmp_path / "new", ["a", "never written"]) as stage:
        (stage / "a").write_text("all")
    assert [p.name for p in (tmp_path / "new").iterdir()] == ["a"]


@posix
def test_a_disk_that_is_full(tmp_path):
    """libsndfile detects it when writing, or not at all."""
    code = (
        "import resource, sys, numpy; resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000)); "
        "from pathlib import Path; from ddsp.cli.outputs import staged, write_audio\n"
        "with staged(Path('out'), ['a.wav']) as stage: write_audio(stage / 'a.wav', numpy.zeros(16000, 'f'), 16000)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env={**ENVIRONMENT, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("ddsp.cli.errors.UserError: --out: cannot write to folder 'out'")
    assert list(tmp_path.iterdir()) == []


def test_formats_of_sound(tmp_path):
    x = np.stack([tone(), 4.0 * tone()], axis=1).astype(np.float32)
    assert "peaks 4.92 dB above full scale" in write_audio(tmp_path / "a.wav", x, 16000)
    np.testing.assert_array_equal(soundfile.read(tmp_path / "a.wav", dtype="float32")[0], x)  # nothing clips
    assert "attenuated by" in write_audio(tmp_path / "a.flac", x, 16000)
    found = soundfile.read(tmp_path / "a.flac", dtype="float32")[0]
    np.testing.assert_allclose(found, x / np.abs(x).max(), atol=2e-7)
    name = os.fsdecode(b"bad\xff.wav") if os.name == "posix" else "a.wav"
    write_audio(tmp_path / name, x[:, 0], 16000)
    assert soundfile.info(os.fsencode(tmp_path / name)).frames == len(x)


# Signals --------------------------------------------------------------------------------------------------------------


@posix
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_signals_end_a_run_with_a_word(run, tmp_path, tone_file, monkeypatch, name):
    from ddsp.cli import write as writing

    number = getattr(signal, name)
    before = signal.default_int_handler if name == "SIGINT" else signal.SIG_DFL
    of_the_tests = signal.signal(number, before)  # background jobs ignore some signals
    monkeypatch.setattr(writing, "take_apart", lambda *_: signal.raise_signal(number))  # to this thread, at once
    try:
        code, out, err = run("resynth", tone_file, "-o", tmp_path / "out")
    finally:
        after = signal.signal(number, of_the_tests)
    assert code == 128 + number and out == "" and err.count("\n") == 1
    assert ("interrupted" if name == "SIGINT" else name) in err and "no partial results" in err
    assert not (tmp_path / "out").exists() and after is before


@posix
def test_signals_wait_for_what_must_be_done_together():
    done = []
    with pytest.raises(Stopped), stoppable():
        with shielded():
            with shielded():
                os.kill(os.getpid(), signal.SIGTERM)
                done.append("inner")
            done.append("outer")
        done.append("never")
    assert done == ["inner", "outer"]
    kept = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with stoppable():
            os.kill(os.getpid(), signal.SIGHUP)  # under nohup
    finally:
        signal.signal(signal.SIGHUP, kept)


# The bar --------------------------------------------------------------------------------------------------------------


def test_stages_add_up():
    told = []
    stages = progress.Stages(lambda stage, share: told.append((stage, share)), steps=3, channels=2)
    for stage in ("pitch", "analysis", "synthesis", "refinement", "evaluation", "picture"):
        stages.begin(stage)
        stages.within(0.5)
        stages.within(1.0, "(loss 1.5)")
    shares = [share for _, share in told]
    assert shares == sorted(shares) and shares[0] == 0.0 and shares[-1] == pytest.approx(1.0)
    assert told[2][0] == "pitch (loss 1.5)"


@posix
def test_what_a_killed_run_left_is_removed_by_the_next(tmp_path):
    """Files of active runs and of runs on other computers stay."""
    script = (
        "import os; from pathlib import Path; from ddsp.cli.outputs import staged\n"
        f"with staged(Path({str(tmp_path)!r}), []): os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", script], env=ENVIRONMENT, check=False)
    (left,) = tmp_path.iterdir()
    elsewhere = tmp_path / f"{outputs.STAGE}00000000-{left.name.split('-')[2]}-x"
    elsewhere.mkdir()
    with staged(tmp_path, []) as running, staged(tmp_path, []) as stage:
        assert set(tmp_path.iterdir()) == {running, stage, elsewhere}
