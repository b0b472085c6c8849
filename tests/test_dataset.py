"""Data sets of prepared recordings: the files, what is wrong with them, and processes that are killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ddsp
from ddsp import training
from ddsp.training import dataset

pytest.importorskip("safetensors")
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(ddsp.__file__).parents[1])}
posix = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")


def recording(lengths=(3, 5), hop=4, seed=0):
    """Arrays as of `prepare_recording`, and their facts."""
    rng, n = np.random.default_rng(seed), sum(lengths)
    arrays = {name: rng.random(n).astype(np.float32) for name in ("confidence", "loudness_db")}
    arrays |= {"audio": rng.random(n * hop).astype(np.float32), "f0_hz": 440.0 + rng.random(n).astype(np.float32)}
    arrays |= {"starts": 10 * np.arange(len(lengths)), "lengths": np.asarray(lengths, np.int64)}
    facts = {**dataset.settings_of(16000, hop), "key": "k", "passages": len(lengths), "seconds": 1.0, "channels": 1}
    return arrays, facts | {"warnings": ["é"]}


def write_dataset(folder, names=("a", "b")):
    (folder / "recordings").mkdir(parents=True)
    for i, name in enumerate(names):
        dataset.save_prepared(folder / "recordings" / name, *recording(seed=i))
    content = {
        "format": dataset.FORMAT,
        **dataset.settings_of(16000, 4),
        "recordings": [{"name": f"{name}.wav", "file": f"recordings/{name}"} for name in names],
        "statistics": dataset.statistics_of([recording(seed=i)[0] for i in range(len(names))]),
    }
    (folder / "dataset.json").write_text(json.dumps(content))
    return folder


@posix
def test_many_recordings_are_open_at_the_same_time(tmp_path, monkeypatch):
    """Each mapped file stays open, and the usual limit is 1,024 files."""
    import resource

    opened = [int(number) for number in os.listdir("/dev/fd")]
    limit = max(opened) + 20
    n = limit - len(opened) + 10
    write_dataset(tmp_path, [f"{i}" for i in range(n)])
    monkeypatch.setattr(dataset, "OTHER_FILES", limit)
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, before[1]))
    try:
        assert len(training.load_dataset(tmp_path).passages) == 2 * n
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_what_is_written_is_read(tmp_path):
    found = training.load_dataset(write_dataset(tmp_path))
    assert (found.sample_rate, found.hop_size, found.seconds) == (16000, 4, 2 * 8 * 4 / 16000)
    assert [(p.name, len(p.f0_hz)) for p in found.passages] == [("a.wav", 3), ("a.wav", 5), ("b.wav", 3), ("b.wav", 5)]
    arrays, _ = recording(seed=1)
    for name in ("f0_hz", "confidence", "loudness_db"):
        np.testing.assert_array_equal(getattr(found.passages[3], name), arrays[name][3:])
    np.testing.assert_array_equal(found.passages[2].audio, arrays["audio"][:12])
    assert found.passages[2].audio.dtype == np.float32 and not found.passages[2].audio.flags.owndata


@pytest.mark.parametrize("lengths", [(), (1,), (3, 5)])
def test_a_prepared_recording(tmp_path, lengths):
    arrays, facts = recording(lengths)
    dataset.save_prepared(tmp_path / "a", arrays, facts)
    found, known = dataset.open_prepared(tmp_path / "a")
    assert known == facts and [path.name for path in tmp_path.iterdir()] == ["a"]
    for name, x in arrays.items():
        np.testing.assert_array_equal(found[name], x)


def test_safetensors_reads_the_file(tmp_path):
    from safetensors.numpy import load_file

    dataset.save_prepared(tmp_path / "a", *recording())
    found = load_file(tmp_path / "a")
    assert found.keys() == recording()[0].keys()
    np.testing.assert_array_equal(found["audio"], recording()[0]["audio"])


# What is wrong with files ---------------------------------------------------------------------------------------------


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_no_damaged_file_is_taken_for_a_whole_one(tmp_path_factory, data):
    """Cut, longer, or with other bytes in the header: ValueError that names the file. Values are not checked."""
    path = tmp_path_factory.getbasetemp() / "damaged"
    dataset.save_prepared(path, *recording())
    whole = path.read_bytes()
    head = 8 + int.from_bytes(whole[:8], "little")
    kind = data.draw(st.sampled_from(["cut", "longer", "header", "foreign"]))
    if kind == "cut":
        path.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 1))])
    elif kind == "longer":
        path.write_bytes(whole + data.draw(st.binary(min_size=1, max_size=9)))
    elif kind == "header":
        at = data.draw(st.integers(0, head - 1))
        path.write_bytes(whole[:at] + data.draw(st.binary(min_size=1, max_size=1)) + whole[at + 1 :])
    else:
        path.write_bytes(data.draw(st.binary(max_size=60)))
    try:
        arrays, facts = dataset.open_prepared(path)
    except ValueError as error:
        assert str(error).startswith(f"{path}: ")
    else:  # a byte of a text or number that fits as well
        assert kind == "header" and facts.keys() >= dataset.FACTS - {"key"}
        assert {name: len(x) for name, x in arrays.items()} == {name: len(x) for name, x in recording()[0].items()}


def test_errors_name_the_file(tmp_path):
    folder = write_dataset(tmp_path / "data")
    with pytest.raises(FileNotFoundError):
        training.load_dataset(tmp_path)
    content = json.loads((folder / "dataset.json").read_text())
    for change, message in (({"version": 99}, "version 99, expected version 1"), ({"format": "x"}, "not a data set")):
        (folder / "dataset.json").write_text(json.dumps(content | change))
        with pytest.raises(ValueError, match=rf"dataset\.json: .*{message}"):
            training.load_dataset(folder)
    for text in ("[1]", "{", ""):
        (folder / "dataset.json").write_text(text)
        with pytest.raises(ValueError, match=r"dataset\.json: not a"):
            training.load_dataset(folder)
    (folder / "dataset.json").write_text(json.dumps(content | {"hop_size": 8}))
    with pytest.raises(ValueError, match="recordings.a: got other settings"):
        training.load_dataset(folder)
    (folder / "dataset.json").write_text(json.dumps(content))
    (folder / "recordings" / "b").write_bytes((folder / "recordings" / "b").read_bytes()[:-1])
    with pytest.raises(ValueError, match="recordings.b: truncated"):
        training.load_dataset(folder)


# Processes that are killed --------------------------------------------------------------------------------------------


@posix
@pytest.mark.parametrize("moment", ["open", "write", "os.fsync", "replace"])
def test_a_killed_writer_leaves_the_old_file_or_the_new_one(tmp_path, moment):
    """Killed when the file has been opened, half written, written, or renamed."""
    script = f"""
import os, pathlib, signal
from ddsp.training import dataset
def die(): os.kill(os.getpid(), signal.SIGKILL)
class Path(type(pathlib.Path())):
    def open(self, *args):
        file = super().open(*args, buffering=0)
        if "{moment}" == "open": die()
        if "{moment}" == "write": file.write(b"ne"); die()
        return file
    def replace(self, other):
        super().replace(other); die()
if "{moment}" == "os.fsync": os.fsync = lambda descriptor: die()
dataset.write_whole(Path({str(tmp_path / "file")!r}), b"new")
"""
    (tmp_path / "file").write_bytes(b"old")
    done = subprocess.run([sys.executable, "-c", script], env=ENVIRONMENT, capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert (tmp_path / "file").read_bytes() == (b"new" if moment == "replace" else b"old")
    left = [path.name for path in tmp_path.iterdir() if path.name != "file"]
    assert len(left) == (moment != "replace") and all(name.startswith(dataset.part_prefix()) for name in left)


def test_a_writer_that_fails_leaves_nothing(tmp_path, monkeypatch):
    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        dataset.write_whole(tmp_path / "file", b"new")
    assert not list(tmp_path.iterdir())


# Statistics -----------------------------------------------------------------------------------------------------------


def test_statistics_are_those_of_all_voiced_frames():
    rng = np.random.default_rng(0)
    parts = []
    for n in (700, 1900):
        f0_hz = 440.0 * 2.0 ** (rng.normal(0.0, 10.0, n) / 12.0)
        parts.append(
            {"confidence": rng.random(n), "f0_hz": f0_hz, "loudness_db": rng.uniform(-90.0, 5.0, n)},
        )
    found = dataset.statistics_of(iter(parts))
    voiced = np.concatenate([part["confidence"] > 0.5 for part in parts])
    midi = 69.0 + 12.0 * np.log2(np.concatenate([part["f0_hz"] for part in parts]) / 440.0)
    loudness_db = np.concatenate([part["loudness_db"] for part in parts]).clip(-80.0)
    assert found["voiced"] == pytest.approx(voiced.mean())
    for name, values, tolerance in (("pitch_midi", midi, 0.5), ("loudness_db", loudness_db, 0.5)):
        expected = np.quantile(values[voiced], np.asarray(dataset.PERCENT) / 100.0)
        assert list(found[name]) == [str(p) for p in dataset.PERCENT]
        np.testing.assert_allclose(list(found[name].values()), expected, atol=tolerance)


def test_statistics_of_one_pitch_and_of_none():
    one = {"confidence": np.ones(9), "f0_hz": np.full(9, 440.0), "loudness_db": np.full(9, -20.0)}
    found = dataset.statistics_of([one])
    assert all(abs(x - 69.0) <= 0.02 for x in found["pitch_midi"].values())
    assert all(abs(x + 20.0) <= 0.0501 for x in found["loudness_db"].values())
    assert dataset.statistics_of([]) == {"voiced": 0.0, "pitch_midi": None, "loudness_db": None}
