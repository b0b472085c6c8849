"""Instruments in files and in chunks: folders that are whole, errors that name the file, playing of any length."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import require_backend
from ddsp import effects, instruments, nn, synths
from ddsp.backends import load
from ddsp.instruments import files, storage
from ddsp.processors import ParamSpec
from ddsp.streaming import array_files

SPLITS = (("amplitudes", 1), ("harmonic_distribution", 4), ("noise_magnitudes", 9))
INSTRUMENT = instruments.Instrument(
    nn.make_decoder("least", SPLITS), effects.DecayingReverb(400), sample_rate=4000, hop_size=16, name="kazoo"
)
VALUES = INSTRUMENT.initial_params(3)
STATISTICS = {"pitch_midi": {"5": 60.0, "50": 70.0, "95": 80.0}}


@pytest.fixture
def folder(tmp_path):
    instruments.save_instrument(tmp_path / "kazoo", INSTRUMENT, VALUES, STATISTICS)
    return tmp_path / "kazoo"


# Files ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "instrument",
    [
        replace(INSTRUMENT, max_harmonics=3),
        instruments.Instrument(nn.RnnFcDecoder(SPLITS, channels=4, rnn_channels=3), reverb=None, max_harmonics=4),
        instruments.Instrument(
            nn.make_decoder("least", z_channels=2), effects.TrainableReverb(reverb_length=9), max_harmonics=20
        ),
    ],
    ids=["convolutions", "recurrent and dry", "with z, and a free reverb"],
)
def test_a_folder_keeps_every_bit(instrument, tmp_path):
    values = instrument.initial_params(3)
    instruments.save_instrument(tmp_path / "a" / "b", instrument, values, STATISTICS)
    found = instruments.load_instrument(tmp_path / "a" / "b")
    assert found.instrument == instrument and found.statistics == STATISTICS
    ours, theirs = (instruments.flatten_values(x) for x in (values, found.values))
    assert ours.keys() == theirs.keys()
    for name, x in ours.items():
        assert theirs[name].dtype == np.float32
        np.testing.assert_array_equal(theirs[name], x.astype(np.float32))
    again = instruments.instrument_files(found.instrument, instruments.flatten_values(found.values), found.statistics)
    for name, content in again.items():
        assert storage.to_bytes(name, content) == (tmp_path / "a" / "b" / name).read_bytes()


@pytest.mark.parametrize(
    ("pitches", "set_before", "played"),
    [
        ({"1": 60.0, "50": 70.0}, None, 7),  # C4 is 261.6 Hz, and Nyquist 2000 Hz
        ({"5": 69.1, "50": 70.0}, None, 4),
        ({"1": 69.0, "50": 70.0}, 3, 3),
        ({"1": 60.0, "50": 70.0}, 20, 7),
        ({"1": 127.0}, None, 1),
        (None, None, None),
        (None, 3, 3),
        ({}, None, None),
        ([60.0], None, None),
        ({"1": "low"}, None, None),
        ({"1": float("nan")}, None, None),
        ({"1": -1e9}, None, None),
        ({"1": 1e9}, None, None),
    ],
)
def test_only_harmonics_that_were_learned_are_played(pitches, set_before, played, tmp_path):
    """Those below Nyquist at the lowest pitch of the recordings."""
    instrument = replace(INSTRUMENT, max_harmonics=set_before)
    instruments.save_instrument(tmp_path / "kazoo", instrument, VALUES, {})
    (tmp_path / "kazoo" / "statistics.json").write_text(json.dumps({"pitch_midi": pitches}))
    assert instruments.load_instrument(tmp_path / "kazoo").instrument == replace(INSTRUMENT, max_harmonics=played)


def test_harmonics_keep_the_level_of_those_that_are_left_out():
    frames = np.ones((1, 3, 1))
    distributions = [
        replace(INSTRUMENT, max_harmonics=n).get_controls(220.0 * frames, -20.0 * frames)["harmonic_distribution"]
        for n in (None, 100, 3)
    ]
    np.testing.assert_array_equal(*distributions[:2])
    np.testing.assert_allclose(distributions[2].sum(axis=2), 1.0, rtol=1e-12)
    kept = distributions[0][:, :, :3]
    np.testing.assert_allclose(distributions[2], kept / kept.sum(axis=2, keepdims=True), rtol=1e-12)
    with pytest.raises(ValueError, match="^max_harmonics: got 0, expected"):
        replace(INSTRUMENT, max_harmonics=0)


def test_the_flute_plays_low_notes_without_a_buzz():
    """The lowest note of its recordings is C4. At C3, the harmonics from the 31st on are at 4 to 8 kHz."""
    trained = instruments.load_instrument("flute")
    limited, unlimited = trained.instrument.dry(), replace(trained.instrument.dry(), max_harmonics=None)

    def note(instrument, f0_hz):
        return np.concatenate(
            list(instruments.play(instrument, trained.values, np.full(250, f0_hz), np.full(250, -15.0)))
        )

    power = np.abs(np.fft.rfft(note(limited, 130.8)[8000:] * np.hanning(8000))) ** 2
    assert np.sum(power[2020:]) < 1e-3 * np.sum(power)  # measured: 1.1e-4, of breath; 0.62 with all harmonics
    np.testing.assert_allclose(note(limited, 261.6), note(unlimited, 261.6), atol=1e-6)


def test_an_instrument_without_values(tmp_path):
    """A safetensors file of no arrays."""
    dry = replace(INSTRUMENT, reverb=None)
    storage.write_folder(tmp_path / "empty", {"a.safetensors": {}, "b.json": {}})
    assert array_files.read_arrays(tmp_path / "empty" / "a.safetensors") == {}
    assert instruments.instrument_config(dry)["reverb"] is None


def test_values_of_another_dtype_and_backend(tmp_path, backend):
    values = {name: backend.asarray(x, "float32") for name, x in instruments.flatten_values(VALUES).items()}
    instruments.save_instrument(tmp_path / "kazoo", INSTRUMENT, values, {})
    found = instruments.load_instrument(tmp_path / "kazoo").values
    np.testing.assert_array_equal(found["reverb"]["noise"], VALUES["reverb"]["noise"].astype(np.float32))


def test_the_best_checkpoint_of_a_run(folder):
    """The last one by name; a run may be in the working directory."""
    for step, name in ((200, "early"), (1000, "late")):
        instruments.save_instrument(
            folder.parent / "run" / f"best-{step:08d}", replace(INSTRUMENT, name=name), VALUES, {}
        )
    assert instruments.load_instrument(folder.parent / "run").instrument.name == "late"


@dataclass(frozen=True)
class Gain(nn.Network):
    """A decoder of a user's own, with one value."""

    name: str = "decoder"

    @property
    def params(self):
        return (ParamSpec("gain", (1,), lambda rng, shape: np.ones(shape)),)

    @property
    def input_sizes(self):
        return {"f0_scaled": 1, "loudness_scaled": 1}

    def get_controls(self, f0_scaled, loudness_scaled, **values):
        return self.step({}, f0_scaled, loudness_scaled, **values)[0]

    def compute(self, state, inputs, values):
        x = inputs[0] + inputs[1] * values["gain"]
        return {name: np.repeat(x, size, axis=2) for name, size in SPLITS}, {}


def test_a_decoder_of_ones_own(tmp_path):
    instrument = replace(INSTRUMENT, decoder=Gain())
    values = {"decoder": {"gain": np.full(1, 2.0)}, "reverb": VALUES["reverb"]}
    instruments.save_instrument(tmp_path / "mine", instrument, values, {})
    with pytest.raises(ValueError, match="mine/config.json: .*decoder of the class Gain, .* give decoder="):
        instruments.load_instrument(tmp_path / "mine")
    found = instruments.load_instrument(tmp_path / "mine", decoder=Gain())
    assert found.instrument == instrument and found.values["decoder"]["gain"] == 2.0
    played = [np.concatenate(list(instruments.play(*found[:2], *SCORE, chunk_frames=n))) for n in (7, 100)]
    np.testing.assert_allclose(*played, atol=1.5e-5)  # measured: 3.2e-6 at a peak of 1.7


@pytest.mark.parametrize("node", [lambda f0, loudness: {}, synths.Harmonic()], ids=["a function", "with a function"])
def test_functions_are_not_saved(node, tmp_path):
    with pytest.raises(ValueError, match="got a function"):
        instruments.save_instrument(tmp_path / "mine", replace(INSTRUMENT, decoder=node), {}, {})
    assert not list(tmp_path.iterdir())


# Broken files ---------------------------------------------------------------------------------------------------


def edited(name, **changes):
    """Break a folder: change entries of a JSON file."""

    def edit(folder):
        content = json.loads((folder / name).read_text())
        (folder / name).write_text(json.dumps(content | changes))

    return edit


def written(name, content):
    """Break a folder: write a file."""
    return lambda folder: (folder / name).write_bytes(content)


def cut(name, size):
    """Break a folder: cut a file."""
    return lambda folder: (folder / name).write_bytes((folder / name).read_bytes()[:size])


def without(name):
    """Break a folder: drop an array."""

    def edit(folder):
        arrays = array_files.read_arrays(folder / "model.safetensors")
        del arrays[name]
        (folder / "model.safetensors").write_bytes(storage.to_bytes("x.safetensors", arrays))

    return edit


NOT_JSON = "config.json: not a JSON file"
BROKEN = {
    "a truncated model": (cut("model.safetensors", -1), "model.safetensors: not a whole safetensors file"),
    "half of a model": (cut("model.safetensors", 1000), "model.safetensors: not a whole safetensors file"),
    "an empty model": (cut("model.safetensors", 0), "model.safetensors: not a whole safetensors file"),
    "a foreign model": (written("model.safetensors", b"\x80\x02}q\x00."), "model.safetensors: not a whole"),
    "a text as model": (written("model.safetensors", b"flute" * 100), "model.safetensors: not a whole"),
    "truncated settings": (cut("config.json", 50), NOT_JSON),
    "empty settings": (cut("config.json", 0), NOT_JSON),
    "settings that are no text": (written("config.json", b"\xff\xfe\x00"), NOT_JSON),
    "a list": (written("config.json", b"[1, 2]"), "config.json: got a JSON list, expected an object"),
    "deep nesting": (written("config.json", b"[" * 100_000), NOT_JSON),
    "a newer version": (edited("config.json", version=2), "config.json: got 'ddsp instrument' of version 2, expected"),
    "another format": (edited("config.json", format="wav"), "config.json: got 'wav' of version 1, expected"),
    "no decoder": (edited("config.json", decoder={}), "config.json: settings do not fit this version"),
    "a decoder that is a text": (edited("config.json", decoder="small"), "config.json: settings do not fit"),
    "an unknown setting": (
        edited("config.json", reverb={"class": "DecayingReverb", "hue": 1}), "config.json: settings do not fit .*hue"
    ),
    "a wrong setting": (edited("config.json", hop_size="a"), "config.json: settings do not fit .*hop_size: got 'a'"),
    "other sizes": (
        edited("config.json", reverb={"class": "DecayingReverb", "reverb_length": 7}),
        r"model.safetensors: got reverb.noise of shape \(400,\), expected \(7,\)",
    ),
    "a missing array": (without("reverb.gain"), r"model.safetensors: got reverb.gain of shape None, expected \(1,\)"),
    "truncated statistics": (cut("statistics.json", 4), "statistics.json: not a JSON file"),
}  # fmt: skip


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_file_is_named(kind, folder):
    """One line, with the whole path."""
    damage, message = BROKEN[kind]
    damage(folder)
    with pytest.raises(ValueError, match=f"^{re.escape(str(folder))}/{message}") as found:
        instruments.load_instrument(folder)
    assert "\n" not in str(found.value)


@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
def test_a_folder_that_is_not_an_instrument(name, folder):
    (folder / name).unlink()
    with pytest.raises(FileNotFoundError, match=f"^{re.escape(str(folder))}: no instrument found, expected a folder"):
        instruments.load_instrument(folder)


def test_missing_files(folder):
    with pytest.raises(FileNotFoundError, match="^theremin: no instrument found"):
        instruments.load_instrument("theremin")
    with pytest.raises(FileNotFoundError, match="no instrument found"):
        instruments.load_instrument(folder / "config.json")
    (folder / "statistics.json").unlink()
    with pytest.raises(FileNotFoundError, match=re.escape(str(folder / "statistics.json"))):
        instruments.load_instrument(folder)


# Folders that exist whole or not at all -------------------------------------------------------------------------

#: Write a folder in processes that are killed at their n-th call of the system, and print what a reader then finds.
KILLED = """
import os, pathlib, shutil, sys
from ddsp.instruments import files, storage

os.chdir(sys.argv[1])
path, calls = pathlib.Path("kazoo"), 0
FILES = ("config.json", "model.safetensors")


def counted(f):
    def call(*args, **kwargs):
        global calls
        calls += 1
        if calls == limit:
            os._exit(9)
        return f(*args, **kwargs)

    return call


for limit in range(1, 100):
    shutil.rmtree(path, ignore_errors=True)
    storage.write_folder(path, {"config.json": {"take": "old"}, "model.safetensors": {}})
    child = os.fork()
    if child == 0:
        calls = 0
        for owner, name in ((os, "fsync"), (os, "open"), (os, "mkdir"), (os, "rename"), (shutil, "rmtree")):
            setattr(owner, name, counted(getattr(owner, name)))
        storage.write_folder(path, {"config.json": {"take": "new"}, "model.safetensors": {}})
        os._exit(0)
    killed = os.waitpid(child, 0)[1] != 0
    found = files.find_instrument(path)
    print(storage.read_json(found / "config.json")["take"], sorted(p.name for p in found.iterdir()) == sorted(FILES))
    storage.write_folder(path, {"config.json": {"take": "next"}, "model.safetensors": {}})
    assert storage.read_json(path / "config.json") == {"take": "next"} and not storage.replaced(path).exists()
    if not killed:
        break
"""


def test_a_killed_writer_leaves_a_whole_folder(tmp_path):
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.split("\n")[:-1]
    takes = [line.split()[0] for line in lines]
    assert all(line.endswith("True") for line in lines)
    assert len(takes) > 8 and takes == sorted(takes, reverse=True) and takes[-1] == "new"


def test_a_failed_writer_leaves_the_old_folder(folder, monkeypatch):
    """A disk that is full."""

    def full(descriptor):
        raise OSError(28, "No space left on device")

    before = {p.name: p.read_bytes() for p in folder.iterdir()}
    with monkeypatch.context() as patch:
        patch.setattr(storage.os, "fsync", full)
        with pytest.raises(OSError, match="No space left"):
            instruments.save_instrument(folder, replace(INSTRUMENT, name="other"), VALUES, {})
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == before
    assert [p.name for p in folder.parent.iterdir()] == ["kazoo"]
    instruments.save_instrument(folder, replace(INSTRUMENT, name="other"), VALUES, {})
    assert instruments.load_instrument(folder).instrument.name == "other"
    assert [p.name for p in folder.parent.iterdir()] == ["kazoo"]


# Playing --------------------------------------------------------------------------------------------------------

FRAMES = 90
SCORE = (
    np.geomspace(150.0, 1900.0, FRAMES) * 2.0 ** np.sin(np.arange(FRAMES)),
    -30.0 + 25.0 * np.cos(0.3 * np.arange(FRAMES)),
)


def whole(instrument, values):
    """What a single call plays, with the noise of the same seed."""
    f0_hz, loudness_db = (x[None, :, None].astype(np.float32) for x in SCORE)
    values = {node: {name: x.astype(np.float32) for name, x in values[node].items()} for node in instrument.nodes}
    return instrument(f0_hz, loudness_db, key=5, **values)[0]


@settings(max_examples=15, deadline=None, derandomize=True)
@given(chunk_frames=st.integers(1, FRAMES + 9), dry=st.booleans())
def test_chunks_equal_the_whole(chunk_frames, dry):
    """Measured: 1.2e-6 at a peak of 0.4."""
    instrument = INSTRUMENT.dry() if dry else INSTRUMENT
    chunks = list(instruments.play(instrument, VALUES, *SCORE, seed=5, chunk_frames=chunk_frames))
    assert all(len(chunk) <= 16 * chunk_frames for chunk in chunks[:-1])
    assert all(chunk.dtype == np.float32 for chunk in chunks)
    np.testing.assert_allclose(np.concatenate(chunks), whole(instrument, VALUES), atol=5e-6)


def test_a_recurrent_decoder_in_chunks():
    instrument = replace(INSTRUMENT, decoder=nn.RnnFcDecoder(SPLITS, channels=4, rnn_channels=3))
    values = instrument.initial_params(1)
    chunks = list(instruments.play(instrument, values, *SCORE, seed=5, chunk_frames=20))
    np.testing.assert_allclose(np.concatenate(chunks), whole(instrument, values), atol=1e-6)


@pytest.mark.parametrize("name", ["torch", "jax", "tensorflow"])
def test_every_backend_plays_the_same(name):
    """In float32, for the same seed; compiled, where `ddsp transfer` compiles."""
    require_backend(name)
    settings = {"seed": 5, "chunk_frames": FRAMES, "compiled": name != "torch"}
    chunks = list(instruments.play(INSTRUMENT, VALUES, *SCORE, backend=load(name), **settings))
    assert all(isinstance(chunk, np.ndarray) for chunk in chunks)
    np.testing.assert_allclose(np.concatenate(chunks), whole(INSTRUMENT, VALUES), atol=5e-6)


def test_nothing_to_play():
    assert list(instruments.play(INSTRUMENT, VALUES, np.zeros(0), np.zeros(0))) == []
    with pytest.raises(ValueError, match=r"loudness_db: got shape \(2,\), expected that of f0_hz, \(3,\)"):
        list(instruments.play(INSTRUMENT, VALUES, np.ones(3), np.ones(2)))
    with pytest.raises(ValueError, match="chunk_frames: got 0"):
        list(instruments.play(INSTRUMENT, VALUES, *SCORE, chunk_frames=0))


# Values and settings --------------------------------------------------------------------------------------------


@settings(max_examples=20, deadline=None, derandomize=True)
@given(
    st.recursive(
        st.integers(),
        lambda x: st.dictionaries(st.text("ab_0", min_size=1, max_size=3), x, min_size=1, max_size=3),
        max_leaves=6,
    ).filter(lambda x: isinstance(x, dict))
)
def test_nested_values_come_back(values):
    flat = instruments.flatten_values(values)
    assert instruments.nest_values(flat) == values
    assert not any(isinstance(x, dict) for x in flat.values())


def test_dry():
    dry, values = INSTRUMENT.dry(), {"decoder": VALUES["decoder"]}
    assert dry == replace(INSTRUMENT, reverb=None) and dry.dry() == dry
    assert set(dry.initial_params()) == {"decoder"} == set(dry.nodes)
    f0_hz, loudness_db = (x[None, :, None] for x in SCORE)
    wet = INSTRUMENT(f0_hz, loudness_db, key=0, **VALUES)
    expected = INSTRUMENT.reverb(dry(f0_hz, loudness_db, key=0, **values), **VALUES["reverb"])
    np.testing.assert_allclose(wet, expected, atol=1e-12)
    assert "ir" not in dry.get_controls(f0_hz, loudness_db)


def test_initial_values_by_the_seed():
    found = INSTRUMENT.initial_params(3)
    assert files.flatten_values(found).keys() == files.flatten_values(INSTRUMENT.initial_params(4)).keys()
    assert np.any(found["reverb"]["noise"] != INSTRUMENT.initial_params(4)["reverb"]["noise"])
    np.testing.assert_array_equal(found["decoder"]["input_weight"], VALUES["decoder"]["input_weight"])
