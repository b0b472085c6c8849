"""`ddsp transfer`: any recording, damaged instruments, options, blocks and signals."""

from __future__ import annotations

import json
import shutil
import signal

import numpy as np
import pytest
import soundfile

from ddsp import instruments, nn
from ddsp.cli import decoding, inputs, transferring
from ddsp.instruments.storage import to_bytes
from ddsp.streaming.array_files import read_arrays
from tests.command import read_report, tone, write
from tests.test_instrument_matching import FLUTE

RATE = 16000


@pytest.fixture(scope="module")
def instrument(tmp_path_factory):
    """Folder of an instrument that has not been trained."""
    path = tmp_path_factory.mktemp("instruments") / "small"
    made = instruments.Instrument(nn.make_decoder("least"), name="small [bold]")
    instruments.save_instrument(path, made, made.initial_params(), FLUTE)
    return path


@pytest.fixture
def transfer(run, instrument, tmp_path, monkeypatch):
    """transfer(path, *options) -> exit code, stdout, stderr; without the picture, which takes a second."""
    monkeypatch.setattr(transferring, "draw", lambda *_: b"a picture")

    def call(*arguments):
        return run("transfer", *arguments, "--instrument", instrument)

    return call


def played(folder, name="transfer.wav"):
    return soundfile.read(folder / name, dtype="float32")[0]


def test_what_is_written(run, instrument, tone_file, tmp_path):
    code, out, err = run("transfer", tone_file, "--instrument", instrument, "-o", tmp_path / "out")
    assert code == 0 and err == "" and "small [bold]" in out
    assert {p.name for p in (tmp_path / "out").iterdir()} == set(transferring.FILES)
    assert (tmp_path / "out" / "transfer.png").read_bytes()[:4] == b"\x89PNG"
    report, audio = read_report(tmp_path / "out"), played(tmp_path / "out")
    assert audio.shape == (8000,) and np.all(np.isfinite(audio)) and np.abs(audio).max() > 1e-3
    # 300 Hz is D4, within the range of the instrument.
    assert (report["octaves"], report["semitones"], report["sample_rate"]) == (0, 0.0, RATE)
    assert report["f0_median_hz"] == pytest.approx(300.0, rel=5e-3) and report["voiced_share"] > 0.9
    assert report["f0_played_median_hz"] == pytest.approx(report["f0_median_hz"], rel=1e-3)
    assert 0.0 < report["loudness_moved_db"] < 20.0 and report["warnings"] == []
    seconds = report["seconds"]
    assert report["pitch_real_time_factor"] == pytest.approx(seconds["pitch"] / 0.5)
    assert seconds["total"] > seconds["pitch"] + seconds["playing"] and seconds["playing"] > 0.0


def test_the_library_plays_the_same(transfer, instrument, tone_file, tmp_path):
    assert transfer(tone_file, "-o", tmp_path / "out", "--seed", 5, "--no-reverb", "--transpose", -2)[0] == 0
    audio, _ = soundfile.read(tone_file, dtype="float32")
    trained = instruments.load_instrument(instrument)
    settings = instruments.TransferSettings(transpose=-2.0)
    score = instruments.score_of(instruments.compute_features(audio[None]), trained.statistics, settings)
    expected = np.concatenate(list(instruments.play_score(trained, score, reverb=False, seed=5)))
    np.testing.assert_allclose(played(tmp_path / "out"), expected[:8000], atol=1e-6)


def test_without_an_input_the_phrase_is_played(transfer, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    short = write(tmp_path / "phrase.wav", tone(seconds=0.2))
    monkeypatch.setattr(inputs, "files", lambda name: tmp_path)
    (tmp_path / "data").mkdir()
    shutil.move(short, tmp_path / "data" / "flute_phrase.wav")
    code, out, _ = transfer()
    assert code == 0 and "transfer-flute_phrase/transfer.wav" in out
    assert read_report(tmp_path / "transfer-flute_phrase")["input"] == "flute_phrase.wav (bundled)"


def test_backends_play_the_same(transfer, backend, tone_file, tmp_path, monkeypatch):
    """Measured: 4e-7. JAX compiles each operation for half a minute; test_instruments plays on all backends."""
    if backend.name != "torch":
        pytest.skip("one backend tests the option")
    path = write(tmp_path / "in.wav", tone(seconds=0.1))
    for name in ("numpy", backend.name):
        assert transfer(path, "-o", tmp_path / f"{name}.wav", "--backend", name)[0] == 0
    np.testing.assert_allclose(played(tmp_path, f"{backend.name}.wav"), played(tmp_path, "numpy.wav"), atol=2e-6)


# Inputs ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sample_rate", [8000, 44100, 48000])
def test_other_rates_and_stereo(transfer, tmp_path, sample_rate):
    path = write(tmp_path / "in.flac", np.stack([tone(sample_rate), np.zeros(sample_rate // 2)], axis=1), sample_rate)
    assert transfer(path, "-o", tmp_path / "out")[0] == 0
    report = read_report(tmp_path / "out")
    assert (report["channels"], report["input_sample_rate"]) == (2, sample_rate)
    assert abs(len(played(tmp_path / "out")) - 8000) <= 1 and report["f0_median_hz"] == pytest.approx(300.0, rel=5e-3)


@pytest.mark.parametrize(
    ("kind", "warning"),
    [("silence", "the recording is silent"), ("noise", "no pitch found"), ("clipped", None), ("quiet", "very quiet"),
     ("opposite", "channels cancel"), ("1 sample", "no pitch"), ("10 samples", "no pitch"), ("200 samples", None)],
)  # fmt: skip
def test_unusual_recordings(transfer, tmp_path, kind, warning):
    rng, x = np.random.default_rng(0), tone()
    audio = {
        "silence": np.zeros(4000), "noise": 0.1 * rng.standard_normal(8000), "clipped": np.clip(20.0 * x, -1.0, 1.0),
        "quiet": 1e-5 * x, "opposite": np.stack([x, -x], axis=1), "1 sample": x[:1], "10 samples": x[:10],
        "200 samples": x[:200],
    }[kind]  # fmt: skip
    rate = 48000 if kind == "1 sample" else RATE
    path = write(tmp_path / "in.wav", audio, rate, subtype="FLOAT")
    code, _, err = transfer(path, "-o", tmp_path / "out")
    sound = played(tmp_path / "out")
    assert code == 0 and np.all(np.isfinite(sound)) and len(sound) == max(len(audio) * RATE // rate, 1)
    assert warning is None or warning in err
    if kind in ("silence", "noise"):
        assert np.abs(sound).max() < 1e-4
    if kind in ("quiet", "clipped", "opposite"):
        assert read_report(tmp_path / "out")["voiced_share"] > 0.9 and np.abs(sound).max() > 1e-3


def test_blocks_of_any_length_give_the_same_sound(transfer, tmp_path, monkeypatch):
    path = write(tmp_path / "in.wav", tone(44100, seconds=0.6), 44100)
    assert transfer(path, "-o", tmp_path / "whole", "--mix", 0.5)[0] == 0
    for size in (333, 5000):
        monkeypatch.setattr(decoding, "BLOCK", size)
        assert transfer(path, "-o", tmp_path / "parts", "--mix", 0.5)[0] == 0
        np.testing.assert_allclose(played(tmp_path / "parts"), played(tmp_path / "whole"), atol=1e-6)


def test_mix(transfer, tone_file, tmp_path):
    for share in (0.0, 0.3, 1.0):
        assert transfer(tone_file, "-o", tmp_path / f"{share}.wav", "--mix", share)[0] == 0
    dry, mixed, source = (played(tmp_path, f"{share}.wav") for share in (0.0, 0.3, 1.0))
    np.testing.assert_allclose(source, soundfile.read(tone_file, dtype="float32")[0], atol=1e-7)
    np.testing.assert_allclose(mixed, 0.7 * dry + 0.3 * source, atol=1e-6)


def test_several_inputs_and_names(transfer, tone_file, tmp_path):
    (bad := tmp_path / "bad.wav").write_text("no audio")
    code, out, err = transfer(bad, tone_file, "-o", tmp_path / "all")
    assert code == 2 and f"ddsp: {bad}: INPUT: cannot read" in err and "1 of 2 inputs failed" in err
    assert "moved by +0 semitones" in out and [p.name for p in (tmp_path / "all").iterdir()] == ["tone"]
    assert transfer(tone_file, "-o", tmp_path / "new" / "song.flac")[0] == 0
    assert {p.name for p in (tmp_path / "new").iterdir()} == {"song.flac", "song.png", "song.json"}
    assert soundfile.info(tmp_path / "new" / "song.flac").subtype == "PCM_24"
    code, _, err = transfer(tone_file, "-o", tone_file)
    assert code == 2 and "is an input and would be overwritten" in err


# Instruments ----------------------------------------------------------------------------------------------------------


def damage(folder, kind):
    model, config = folder / "model.safetensors", json.loads((folder / "config.json").read_text())
    if kind == "truncated":
        model.write_bytes(model.read_bytes()[:-100])
    elif kind == "version":
        (folder / "config.json").write_text(json.dumps({**config, "version": 99}))
    elif kind == "class":
        (folder / "config.json").write_text(json.dumps({**config, "decoder": {"class": "Unknown"}}))
    elif kind == "list":
        (folder / "config.json").write_text("[1, 2]")
    elif kind == "rate":
        (folder / "config.json").write_text(json.dumps({**config, "sample_rate": "fast"}))
    elif kind == "hop":
        (folder / "config.json").write_text(json.dumps({**config, "hop_size": 0}))
    elif kind == "text":
        model.write_text("not a safetensors file\n" * 20)
    elif kind == "not finite":
        model.write_bytes(
            to_bytes("model.safetensors", {name: np.full_like(x, np.nan) for name, x in read_arrays(model).items()})
        )
    elif kind == "lacks an array":
        model.write_bytes(to_bytes("model.safetensors", dict(list(read_arrays(model).items())[1:])))
    elif kind == "no statistics":
        (folder / "statistics.json").write_text("{}")
    elif kind == "odd statistics":
        (folder / "statistics.json").write_text('{"pitch_midi": {"5": 1}, "loudness_db": [3]}')
    else:
        (folder / kind).unlink()


@pytest.mark.parametrize(
    "kind",
    ["truncated", "version", "class", "list", "rate", "hop", "text", "not finite", "lacks an array", "no statistics",
     "odd statistics", "config.json", "model.safetensors", "statistics.json"],
)  # fmt: skip
def test_damaged_instruments(run, instrument, tone_file, tmp_path, kind):
    shutil.copytree(instrument, tmp_path / "bad")
    damage(tmp_path / "bad", kind)
    code, out, err = run("transfer", tone_file, "--instrument", tmp_path / "bad", "-o", tmp_path / "out")
    assert code == 2 and out == "" and err.startswith("ddsp: --instrument") and err.count("\n") == 1, err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["", "nobody", "text.txt", "x" * 300, "a\0b", "no/such/folder"])
def test_names_of_instruments(run, tone_file, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text.txt").write_text("text")
    code, _, err = run("transfer", tone_file, "--instrument", name)
    assert code == 2 and err.startswith("ddsp: --instrument") and err.count("\n") == 1, err


# Options --------------------------------------------------------------------------------------------------------------

ODD = ["", "nan", "inf", "-1", "1e9", "auto", "off", "text", "0x10", "٣", "²"]
OPTIONS = {
    "--transpose": ["0", "7.5", "-48", "49", *ODD],
    "--octave": ["auto", "0", "-1", "+2", "1.5", "6", *ODD],
    "--loudness-shift": ["0", "-6", "60", "61", *ODD],
    "--match": ["auto", "off", "on", *ODD],
    "--tune": ["0", "0.5", "1", "1.1", *ODD],
    "--mix": ["0", "0.3", "1", "-0.1", *ODD],
    "--seed": ["0", "4294967295", "4294967296", "1.5", *ODD],
    "--backend": ["numpy", "none", *ODD],
    "--no-reverb": [None],
    "--unknown": ["1"],
}


def test_random_options_never_fail_with_a_traceback(transfer, tmp_path, monkeypatch):
    """Results of valid options, and one line for others."""

    def features(blocks, rate, hop, progress):
        n_frames = -(-sum(map(len, blocks)) // hop)
        frames = np.ones(n_frames, np.float32)
        return {"f0_hz": 300.0 * frames, "confidence": 0.9 * frames, "loudness_db": -20.0 * frames}

    monkeypatch.setattr(instruments, "compute_long_features", features)
    path, rng, codes = write(tmp_path / "in.wav", tone(seconds=0.05)), np.random.default_rng(0), []
    for _ in range(300):
        chosen = rng.permutation(list(OPTIONS))[: rng.integers(0, 4)]
        usual = rng.random() < 0.7
        values = {name: OPTIONS[name][rng.integers(min(3 if usual else 99, len(OPTIONS[name])))] for name in chosen}
        arguments = [x for name, value in values.items() for x in (name, value) if x is not None]
        code, _, err = transfer(path, *arguments, "-o", tmp_path / "out")
        lines = [line for line in err.splitlines() if not line.startswith("ddsp: warning: ")]
        assert code in (0, 2) and len(lines) == (code == 2), (arguments, err)
        codes.append(code)
    assert 50 < codes.count(0) < 250


@pytest.mark.usefixtures("sigint")
@pytest.mark.parametrize("place", ["_hear", "_picture", "versions"])
def test_signals_leave_no_half_file(transfer, tone_file, tmp_path, monkeypatch, place):
    monkeypatch.setattr(transferring, place, lambda *_: signal.raise_signal(signal.SIGINT))
    code, out, err = transfer(tone_file, "-o", tmp_path / "out")
    assert code == 130 and out == "" and "interrupted" in err and not (tmp_path / "out").exists()
