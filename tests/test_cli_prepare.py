"""`ddsp prepare`: data sets from folders of recordings."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import ddsp
from ddsp import training
from ddsp.cli import prepare as command
from ddsp.cli import preparing
from tests.command import tone, write

pytest.importorskip("safetensors")
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(ddsp.__file__).parents[1]), "OMP_NUM_THREADS": "1"}
posix = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")


@pytest.fixture(scope="module")
def recordings(tmp_path_factory):
    """Two recordings in folders, and a file that is none."""
    folder = tmp_path_factory.mktemp("recordings")
    (folder / "deeper" / "still").mkdir(parents=True)
    write(folder / "low.wav", tone(seconds=0.6))
    write(folder / "deeper" / "still" / "High.FLAC", np.stack([tone(22050, 0.7, 500.0)] * 2, axis=1), 22050)
    (folder / "notes.txt").write_text("played by ear")
    return folder


def fails(run, *arguments):
    """Run a call that must exit with 2, and return the last line on stderr."""
    code, out, err = run("prepare", *arguments)
    lines = err.splitlines()
    assert code == 2 and out == "" and all(line.startswith("ddsp: ") for line in lines), err
    assert all(line.startswith(("ddsp: warning: ", "ddsp: ignored")) for line in lines[:-1]), err
    return lines[-1]


def files_of(data):
    return sorted(path.name for path in (data / "recordings").iterdir())


def test_a_folder_becomes_a_data_set(run, recordings, tmp_path):
    data = tmp_path / "new" / "data"
    code, out, err = run("prepare", recordings, "-o", data)
    assert code == 0 and "2, new: 2" in out and str(data / "dataset.json") in out
    assert "ignored" in err and "notes.txt" in err and "only 1.3 s of sound" in err and "High.FLAC" in err
    content = json.loads((data / "dataset.json").read_text())
    assert [recording["name"] for recording in content["recordings"]] == ["deeper/still/High.FLAC", "low.wav"]
    found = training.load_dataset(data)
    assert (found.sample_rate, found.hop_size, len(found.passages)) == (16000, 64, 2)
    assert found.seconds == pytest.approx(1.3, abs=0.01) == content["seconds"]
    for passage, pitch in zip(found.passages, (500.0, 300.0), strict=True):
        assert (
            np.median(passage.f0_hz) == pytest.approx(pitch, rel=2e-3) and passage.audio.size == 64 * passage.f0_hz.size
        )
        assert np.mean(passage.confidence > 0.5) > 0.9
    assert found.statistics["pitch_midi"]["50"] > found.statistics["pitch_midi"]["5"] > 60.0


def test_a_second_run_computes_what_is_new(run, recordings, tmp_path, monkeypatch):
    """By content, so that a renamed file is known and a changed one is not. Damaged files are computed again."""
    folder, data = tmp_path / "in", tmp_path / "data"
    folder.mkdir()
    write(folder / "a.wav", tone(seconds=0.6))
    write(folder / "b.wav", tone(seconds=0.6, pitch=400.0))
    assert "2, new: 2" in run("prepare", folder, "-o", data)[1]
    first = (data / "dataset.json").read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(preparing, "read_recording", None)
        (folder / "a.wav").rename(folder / "c.wav")
        assert "2, new: 0" in run("prepare", folder, "-o", data)[1]
        (folder / "c.wav").rename(folder / "a.wav")
        run("prepare", folder, "-o", data)
    assert (data / "dataset.json").read_bytes() == first
    one, two = (data / "recordings" / name for name in files_of(data))
    whole = one.read_bytes()
    one.write_bytes(whole[:-1])
    two.write_bytes(whole)
    code, out, err = run("prepare", folder, "-o", data)
    assert code == 0 and "2, new: 2" in out
    assert f"{one}: truncated" in err and f"{two}: the file of another recording" in err
    assert one.read_bytes() == whole and (data / "dataset.json").read_bytes() == first
    assert "2, new: 2" in run("prepare", folder, "-o", data, "--sample-rate", 8000)[1]
    assert training.load_dataset(data).hop_size == 32 and len(files_of(data)) == 4


def test_what_is_left_out_is_named(run, recordings, tmp_path):
    folder, data = tmp_path / "in", tmp_path / "data"
    folder.mkdir()
    write(folder / "a.wav", tone(seconds=1.2))
    write(folder / "again.wav", tone(seconds=1.2))
    write(folder / "silent.wav", np.zeros(8000))
    (folder / "text.wav").write_text("no audio")
    code, out, err = run("prepare", folder, "-o", data)
    assert code == 0 and "sound       1.2 s in 1 passage" in out
    assert "again.wav: the same recording as 'a.wav', counts once" in err
    assert "silent.wav: the recording is silent" in err
    assert "text.wav: left out: cannot read" in err
    content = json.loads((data / "dataset.json").read_text())
    assert [skipped["name"] for skipped in content["skipped"]] == ["again.wav", "silent.wav", "text.wav"]


def test_warnings_name_the_file_and_are_kept(run, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    loud = np.clip(4.0 * tone(seconds=1.2, pitch=300.0), -1.0, 1.0)
    write(folder / "clipped.wav", loud)
    for _ in range(2):
        _, _, err = run("prepare", folder, "-o", tmp_path / "data")
        assert f"warning: {folder / 'clipped.wav'}: clipped at " in err and "record it again at a lower level" in err


# Bad input ------------------------------------------------------------------------------------------------------------


def bad_folders(folder):
    """Folders without recordings that can be used, with the message."""
    for name in ("empty", "text", "broken", "short", "silent", "faint"):
        (folder / name).mkdir(parents=True)
    (folder / "text" / "a.txt").write_text("no audio")
    (folder / "broken" / "a.wav").write_text("no audio")
    write(folder / "short" / "a.wav", tone(seconds=0.2))
    write(folder / "silent" / "a.wav", np.zeros(8000))
    write(folder / "faint" / "a.wav", 1e-5 * tone(), subtype="FLOAT")
    return {
        "empty": "no recordings in",
        "text": "only other files such as 'a.txt'; expected WAV",
        "broken": "no recording can be read: a.wav: cannot read",
        "short": "only 0.20 s of sound in 1 recording, expected at least 1 s",
        "silent": "no sound in 1 recording",
        "faint": "no sound in 1 recording",
        "missing": "no such folder",
    }


def test_bad_folders(run, tmp_path):
    for name, message in bad_folders(tmp_path).items():
        assert message in fails(run, tmp_path / name, "-o", tmp_path / "data"), name
        assert not (tmp_path / "data" / "dataset.json").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--sample-rate", "5"), "--sample-rate: got 5, expected 8000 to 96000 Hz"),
        (("--sample-rate", "fast"), "--sample-rate"),
        (("--workers", "0"), "--workers: got 0, expected 1 to 256"),
        (("--workers", "2", "--scheduler", "tcp://127.0.0.1:9"), "--workers: got 2 together with --scheduler"),
        (("--scheduler", ""), "--scheduler: got '', expected an address"),
        (("-o", ""), "--out: got '', expected a folder"),
        (("-o", "x" * 300), "--out: cannot write to folder 'xxx"),
        (("--bogus",), "No such option: --bogus"),
    ],
)
def test_bad_options(run, recordings, tmp_path, options, message):
    assert message in fails(run, recordings, *(() if "-o" in options else ("-o", tmp_path / "data")), *options)


def test_a_data_set_in_the_way_is_kept(run, recordings, tmp_path):
    (tmp_path / "file").write_text("in the way")
    for data in (tmp_path / "file", tmp_path / "file" / "below"):
        assert "--out: cannot write to folder" in fails(run, recordings, "-o", data)
    (tmp_path / "dataset.json").write_text('{"format": "another"}')
    assert "dataset.json: not a data set of ddsp" in fails(run, recordings, "-o", tmp_path)
    assert (tmp_path / "dataset.json").read_text() == '{"format": "another"}'


@posix
def test_a_full_disk(run, recordings, tmp_path):
    """The limit lets only the smaller file pass, which the next run finds."""
    code = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (45000, 45000)); from ddsp.cli import main; "
    code += f"main(['prepare', {str(recordings)!r}, '-o', {str(tmp_path / 'data')!r}])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=ENVIRONMENT, check=False)
    assert done.returncode == 2 and "--out: cannot write to folder" in done.stderr and "too large" in done.stderr
    assert not (tmp_path / "data" / "dataset.json").exists() and "Traceback" not in done.stderr
    assert len(files_of(tmp_path / "data")) <= 1


def test_without_the_extra_one_line_names_it(run, recordings, tmp_path, monkeypatch):
    for name, options in (("safetensors", ()), ("dask", ("--workers", "2")), ("distributed", ("--workers", "2"))):
        with monkeypatch.context() as patch:
            patch.setitem(sys.modules, name, None)
            error = fails(run, recordings, "-o", tmp_path / "data", *options)
        assert (
            error
            == f'ddsp: preparing recordings needs {name}, which is not installed: pip install "ddsp-array[cli,train]"'
        )


def test_dask_is_not_imported_for_one_process(recordings, tmp_path):
    code = "import sys; from ddsp.cli import app; "
    code += f"assert app.run(['prepare', {str(recordings)!r}, '-o', {str(tmp_path / 'data')!r}]) == 0; "
    code += "assert not {'dask', 'distributed'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], env=ENVIRONMENT, check=True, capture_output=True)


@given(data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_random_options_never_show_a_traceback(run, tmp_path, monkeypatch, data):
    """In a folder without recordings, so that no option set does more than to look at them."""
    (tmp_path / "in" / "deep").mkdir(parents=True, exist_ok=True)
    monkeypatch.chdir(tmp_path / "in" / "deep")
    texts = st.sampled_from(["", "\0", "1", "-1", "16000", "1e9", "nan", "tcp://", "[red]", "~", "../x", "\ud800"])
    options = st.tuples(st.sampled_from(["--sample-rate", "--workers", "--scheduler", "--help-me", "-o", "-x"]), texts)
    chosen = [word for pair in data.draw(st.lists(options, max_size=3)) for word in pair]
    code, out, err = run("prepare", *data.draw(st.lists(texts, max_size=2)), "-o", tmp_path / "data", *chosen)
    assert code == 2 and out == "" and err.count("\n") == 1 and err.startswith("ddsp: ")


# Processes that are killed --------------------------------------------------------------------------------------------


@posix
def test_a_killed_run_is_continued(run, recordings, tmp_path):
    """Killed while it writes its second recording: the first is kept, and nothing else is left after the next run."""
    data = tmp_path / "data"
    code = f"""
import os, signal
from ddsp.cli import app
calls, sync = [], os.fsync
def fsync(descriptor):
    calls.append(1)
    sync(descriptor)
    if len(calls) == 3: os.kill(os.getpid(), signal.SIGKILL)  # file, folder, file
os.fsync = fsync
app.run(["prepare", {str(recordings)!r}, "-o", {str(data)!r}])
"""
    done = subprocess.run([sys.executable, "-c", code], env=ENVIRONMENT, capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL and not (data / "dataset.json").exists()
    assert [name.startswith(".part-") for name in files_of(data)] == [True, False]
    assert "2, new: 1" in run("prepare", recordings, "-o", data)[1]
    assert len(training.load_dataset(data).passages) == 2 == len(files_of(data))


@posix
def test_a_killed_worker_loses_nothing(recordings, tmp_path):
    """Two workers, of which the first to compute is killed; the files are those of one process."""
    pytest.importorskip("distributed")
    data, mark = tmp_path / "data", tmp_path / "mark"
    (tmp_path / "sitecustomize.py").write_text(f"""
import os, signal
if os.environ.get("DDSP_TEST_KILL"):
    import ddsp.training.recordings as recordings
    def deadly(*args, inner=recordings.prepare_recording, **kwargs):
        try:
            os.close(os.open({str(mark)!r}, os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return inner(*args, **kwargs)
        os.kill(os.getpid(), signal.SIGKILL)
    recordings.prepare_recording = deadly
""")
    environment = {**ENVIRONMENT, "DDSP_TEST_KILL": "1"}
    environment["PYTHONPATH"] += os.pathsep + str(tmp_path)
    arguments = ["-m", "ddsp", "prepare", str(recordings), "-o", str(data), "--workers", "2"]
    done = subprocess.run([sys.executable, *arguments], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "2, new: 2" in done.stdout, done.stderr
    assert mark.exists() and "Traceback" not in done.stderr
    command.prepare_dataset([str(recordings)], tmp_path / "one")
    assert files_of(data) == files_of(tmp_path / "one")
    several, one = (training.load_dataset(folder).passages for folder in (data, tmp_path / "one"))
    for found, expected in zip(several, one, strict=True):
        assert found.name == expected.name
        for x, y in zip(found[1:], expected[1:], strict=True):
            np.testing.assert_allclose(x, y, rtol=1e-4, atol=1e-5)  # the number of BLAS threads may differ
