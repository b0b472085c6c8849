"""Errors of the command, and subcommands other than `resynth`."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from ddsp import __version__, analysis
from ddsp.backends import BACKENDS
from ddsp.cli import rendering
from ddsp.cli import write as writing
from tests.backends import get_backend, is_installed
from tests.command import tone, write


def fails(run, *arguments):
    """Run a call that must exit with 2, and return the only line on stderr."""
    code, out, err = run("resynth", *arguments)
    assert code == 2 and out == "" and err.startswith("ddsp: ") and err.count("\n") == 1
    return err


def broken_files():
    nan, inf = tone(), tone()
    nan[5], inf[7] = np.nan, -np.inf
    return {
        "empty": (np.zeros(0), "has no samples"),
        "nan": (nan, "1 NaN or infinite samples, the first at index 5"),
        "inf": (inf, "1 NaN or infinite samples, the first at index 7"),
    }


@pytest.mark.parametrize("name", ["empty", "nan", "inf"])
def test_bad_samples(run, tmp_path, name):
    audio, message = broken_files()[name]
    path = write(tmp_path / "bad.wav", audio, subtype="FLOAT")
    assert message in fails(run, path, "-o", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_bad_files(run, tmp_path):
    (tmp_path / "text.wav").write_text("no audio")
    (tmp_path / "nothing.wav").touch()
    assert "no such file" in fails(run, tmp_path / "missing.wav")
    assert "is a folder" in fails(run, tmp_path)
    assert "as audio: Format not recognised" in fails(run, tmp_path / "text.wav")
    assert "as audio: the file is empty" in fails(run, tmp_path / "nothing.wav")
    huge = write(tmp_path / "huge.wav", 1e18 * tone(), subtype="FLOAT")
    assert "has a peak of 4.4e+17" in fails(run, huge, "-o", tmp_path / "out")  # its power would overflow
    assert "sample rate 1000 Hz" in fails(run, write(tmp_path / "slow.wav", tone(), 1000))


@pytest.mark.parametrize("below", ["", "deeper"])
def test_unwritable_folder(run, tone_file, tmp_path, below):
    (tmp_path / "file").write_text("in the way")
    assert "--out: cannot write" in fails(run, tone_file, "-o", tmp_path / "file" / below)
    assert (tmp_path / "file").read_text() == "in the way"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--backend", "theano"), "--backend: got 'theano', expected one of numpy, torch, jax, tensorflow"),
        (("--steps", "5"), "--steps: got 5 with --backend numpy"),
        (("--steps", "-1", "--backend", "jax"), "--steps: got -1"),
        (("--steps", "many"), "--steps"),
        (("--f0", "yin"), "--f0: got 'yin', expected one of crepe-tiny"),
        (("--transpose", "1000"), "--transpose: got 1000, expected -48 to 48"),
        (("--transpose", "nan"), "--transpose: got nan"),
        (("--seed", "-1"), "--seed: got -1"),
        (("--bogus",), "No such option: --bogus"),
        (("--workers", "0"), "--workers: got 0"),
        (("--format", "mp3"), "--format: got 'mp3', expected one of wav, flac"),
        (("--fmin", "300", "--fmax", "200"), "--fmin: got 300, expected less than --fmax"),
        (("--fmax", "0"), "--fmax: got 0, expected a frequency"),
        (("--start", "-1"), "--start: got -1"),
        (("--start", "7"), "--start: got 7, expected less than 0.50"),
        (("--duration", "nan"), "--duration: got nan"),
        (("--f0", "missing.csv"), "--f0: cannot read 'missing.csv': No such file"),
        (("--f0", "x" * 300), "--f0: got 'xxx"),
        (("-o", ""), "--out: got '', expected the name of a folder"),
        (("-o", "x" * 300), "File name too long"),
        (("",), "INPUT: got '', expected the name of a file"),
    ],
)
def test_bad_options(run, tone_file, options, message):
    assert message in fails(run, tone_file, *options)


def test_a_missing_model_or_backend_says_what_to_install(run, tone_file, tmp_path, monkeypatch):
    def missing(*_, **__):
        raise ImportError("backend 'jax' is not installed (no jax): pip install \"ddsp-array[jax]\"")

    monkeypatch.setattr(rendering, "load_quietly", missing)
    error = fails(run, tone_file, "-o", tmp_path / "out", "--backend", "jax")
    assert 'pip install "ddsp-array[jax]"' in error
    monkeypatch.undo()
    monkeypatch.setattr(analysis, "track_pitch", missing)
    assert "--f0: " in fails(run, tone_file, "-o", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_too_little_memory(run, tone_file, tmp_path, monkeypatch):
    def greedy(*_, **__):
        raise MemoryError

    monkeypatch.setattr(analysis, "track_pitch", greedy)
    assert fails(run, tone_file, "-o", tmp_path / "out") == "ddsp: out of memory\n"
    assert not (tmp_path / "out").exists()


def test_a_run_that_fails_leaves_what_was_there(run, tone_file, tmp_path, monkeypatch):
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "resynth.wav").write_text("from before")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(writing, "write_json", full)
    assert "No space left" in fails(run, tone_file, "-o", folder)
    assert [p.name for p in folder.iterdir()] == ["resynth.wav"]
    assert (folder / "resynth.wav").read_text() == "from before"


# The command itself -------------------------------------------------------------------------------------------------


def test_version_help_and_unknown_commands(run):
    assert run("--version") == (0, f"ddsp {__version__}\n", "")
    code, out, _ = run("resynth", "--help")
    assert code == 0 and all(option in out for option in ("--backend", "--steps", "--transpose", "--f0"))
    assert run("resinth")[0] == 2


def test_backends_lists_all(run):
    for name in BACKENDS:
        if is_installed(name):
            get_backend(name)  # sets the number of threads, before the first array
    code, out, _ = run("backends")
    assert code == 0 and all(name in out for name in BACKENDS)


def test_backends_survives_missing_and_broken_ones(run, monkeypatch):
    from ddsp.cli import backends

    def broken(name):
        raise RuntimeError("wrong ELF class in [/usr/lib]\nand more")

    monkeypatch.setattr(backends, "version_of", lambda names: None if "torch" in names else "9.9")
    monkeypatch.setattr(backends, "find_spec", lambda name: None)
    monkeypatch.setattr(backends, "load_quietly", broken)
    code, out, _ = run("backends")
    assert code == 0 and "broken" in out and "no" in out and "[/usr/lib]" in out
    assert 'pip install "ddsp-array[torch]"' in out


def test_without_the_extra_one_line_names_it():
    script = "import sys; sys.modules['typer'] = None; from ddsp.cli import main; main(['resynth'])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 2 and done.stderr.count("\n") == 1
    assert 'pip install "ddsp-array[cli]"' in done.stderr


def test_the_module_exits_with_the_code_of_the_command(tmp_path):
    script = "from ddsp.cli import main; main(['resynth', 'missing.wav'])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 2 and done.stdout == "" and "no such file" in done.stderr
