"""Pitch files, warnings, the picture, `--stereo`, several inputs and `ddsp play`."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile

from ddsp import training
from ddsp.analysis.resynthesis import CONTROLS
from ddsp.backends import load
from ddsp.cli import columns, findings, job, picture, pitch_files, progress, resynth
from ddsp.cli import write as writing
from ddsp.cli.errors import UserError
from ddsp.cli.outputs import write_audio
from ddsp.cli.pitch_files import read_pitch, write_pitch
from tests.command import convergence, read_report, tone, write

# Pitch files ----------------------------------------------------------------------------------------------------------

#: Files of the same track from 0.00 to 0.05 s: 200 to 205 Hz, unvoiced at 0.02 s.
TRACKS = {
    "crepe": "time,frequency,confidence\n0,200,.9\n.01,201,.9\n.02,0.0,.1\n.03,203,.9\n.04,204,.9\n.05,205,.9\n",
    "sonic visualiser": "0.000000000,200\n0.010000000,201\n0.020000000,-202\n0.030000000,203\n0.04,204\n0.05,205\n",
    "with labels": "TIME,VALUE,LABEL\n0.00,200,a\n0.01,201,\n0.02,0,\n0.03,203,\n0.04,204,\n0.05,205,b c\n",
    "sonic-annotator": '"a, b.wav",0.00,200\n,0.01,201\n,0.02,-202\n,0.03,203\n,0.04,204\n,0.05,205\n',
    "tabs": "0.00\t200\n0.01\t201\n0.02\t\n0.03\t203\n0.04\t204\n0.05\t205\n",
    "blanks": "# a comment\nTime_s   F0_Hz\n0.00 200\n0.01 201\n0.02 --undefined--\n0.03 203\n0.04 204\n0.05 205\n",
    "decimal commas": "\ufeffZeit;Frequenz\r\n0,00;200,0\r\n0,01;201\r\n0,02;\r\n0,03;203\r\n0,04;204\r\n0,05;205\r\n",
    "out of order": "0.05,205\n0.00,200\n0.01,201\n0.02,nan\n0.04,204\n0.03,203\n0.03,203\n",
    "of pandas": ",time,frequency,confidence\n"
    "0,0,200,.9\n1,.01,201,.9\n2,.02,,.1\n3,.03,203,.9\n4,.04,204,.9\n5,.05,205,.9\n",
    "the other way round": "f0,t\n200,0\n201,.01\nunvoiced,.02\n203,.03\n204,.04\n205,.05\n",
    "milliseconds": "Time [ms]\tF0 [Hz]\n0\t200\n10\t201\n20\t0\n30\t203\n40\t204\n50\t205\n",
    "quoted commas": '"0,00","200,0"\n"0,01",201\n"0,02",\n"0,03",203\n"0,04",204\n"0,05",205\n',
    "commas and tabs": "0,00\t200,0\n0,01\t201\n0,02\t\n0,03\t203\n0,04\t204\n0,05\t205\n",
    "flags": "time,f0,voiced_flag,voiced_probs\n"
    "0,200,True,.9\n.01,201,True,.9\n.02,nan,False,.1\n.03,203,True,.9\n.04,204,True,.9\n.05,205,True,.9\n",
    "by name": "time,voiced_prob,f0_hz\n0,.9,200\n.01,.9,201\n.02,.1,\n.03,.9,203\n.04,.9,204\n.05,.9,205\n",
}


@pytest.mark.parametrize("name", TRACKS)
def test_layouts_of_pitch_files(tmp_path, name):
    (path := tmp_path / "f0.csv").write_text(TRACKS[name], encoding="utf-8")
    found = read_pitch(str(path), 0.0, 1.0, 16000)
    inside = (found.times > -0.001) & (found.times < 0.051)
    np.testing.assert_allclose(found.times[inside], np.arange(6) / 100, atol=1e-9)
    np.testing.assert_allclose(found.f0_hz[inside], [200, 201, 0, 203, 204, 205])
    has_confidence = name in ("crepe", "by name", "of pandas", "flags")
    np.testing.assert_allclose(found.confidence[inside][[0, 2]], [0.9, 0.1] if has_confidence else [1.0, 1.0])
    assert found.f0_hz[0] == found.f0_hz[-1] == 0.0  # before and after: silence


def test_gaps_and_starts(tmp_path):
    (path := tmp_path / "f0.csv").write_text("".join(f"{t},200\n" for t in (5.0, 5.01, 5.02, 5.2, 5.21, 5.22)))
    found = read_pitch(str(path), 5.0, 1.0, 16000)
    np.testing.assert_allclose(found.times[found.f0_hz > 0], [0, 0.01, 0.02, 0.2, 0.21, 0.22], atol=1e-9)
    between = (found.times > 0.021) & (found.times < 0.199)
    assert between.sum() == 2 and np.all(found.f0_hz[between] == 0.0)
    (path := tmp_path / "one.csv").write_text("0,220")
    assert read_pitch(str(path), 0.0, 1.0, 16000).f0_hz.tolist() == [220.0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "has no rows"),
        ("time,frequency\n", "has no rows"),
        ("0\n1\n", "has one column"),
        ("hello,world\nfoo,bar\n", "'foo', expected rows of time in seconds"),
        ("0,220\n,230\n", "a row without a time"),
        ("0,220\n0.5,9000\n", "has 9000 Hz at 0.5 s, expected 10 to 8000 Hz"),
        ("time,midi_note\n0,60\n", "has a column 'midi_note', expected frequency in Hz"),
        ("100,220\n101,220\n", "expected seconds between 0 and 1.00"),
    ],
)
def test_bad_pitch_files(tmp_path, text, message):
    (path := tmp_path / "f0.csv").write_text(text)
    with pytest.raises(UserError, match=message):
        read_pitch(str(path), 0.0, 1.0, 16000)


def test_times_that_may_be_no_seconds(tmp_path):
    (path := tmp_path / "f0.csv").write_text("0,220\n160,220\n320,220\n")
    assert "160 s apart and end at 320 s" in read_pitch(str(path), 0.0, 0.5, 16000).warning
    path.write_text("0,220\n1.5,233\n3,247\n")  # a file of notes
    assert read_pitch(str(path), 0.0, 3.5, 16000).warning == ""


def test_what_is_written_reads_back(tmp_path):
    f0_hz, confidence = np.asarray([200.0, 201.5, 210.25]), np.asarray([0.9, -2.0, 0.25])
    write_pitch(tmp_path / "pitch.csv", f0_hz, confidence, 500.0, start=2.0)
    found = read_pitch(str(tmp_path / "pitch.csv"), 2.0, 0.006, 16000)
    np.testing.assert_allclose(found.times[1:-1], [0.0, 0.002, 0.004], atol=1e-6)
    np.testing.assert_allclose(found.f0_hz[1:-1], [200.0, 0.0, 210.25])
    np.testing.assert_allclose(found.confidence[1:-1], [0.9, 0.0, 0.25])
    assert pitch_files.is_pitch_file("some.CSV") and not pitch_files.is_pitch_file("yin")


def test_the_pitch_of_a_file_is_used(run, tmp_path):
    """A pitch out of the tracker's range; the second half is unvoiced and becomes noise."""
    path = write(tmp_path / "in.wav", tone(seconds=0.6, pitch=2400.0))
    rows = "".join(f"{k / 100},{2410 if k < 30 else -1}\n" for k in range(60))
    (tmp_path / "f0.csv").write_text(rows)
    code, _, err = run("resynth", path, "-o", tmp_path / "out", "--f0", tmp_path / "f0.csv")
    assert code == 0 and "far from the recording" in err and "range" not in err  # half of the sound is noise
    controls = np.load(tmp_path / "out" / "controls.npz")
    assert np.median(controls["f0_hz"][0, 20:140]) == pytest.approx(2400.0, rel=1e-4)  # after refinement
    assert controls["amplitudes"][0, 20:140].min() > 0.4 and np.all(controls["amplitudes"][0, 160:] == 0.0)
    used = read_pitch(str(tmp_path / "out" / "pitch.csv"), 0.0, 0.6, 16000)
    assert np.all(used.f0_hz[160:] == 0.0) and used.f0_hz[50] == pytest.approx(controls["f0_hz"][0, 49, 0], abs=1e-3)
    assert read_report(tmp_path / "out")["f0_model"].endswith("f0.csv")


# Warnings -------------------------------------------------------------------------------------------------------------


def test_levels_and_offsets():
    x = tone().astype(np.float32)
    one = np.ones_like(x)
    assert findings.about_samples(x, 0.001 * one) == []
    assert findings.about_samples(0.0 * x, 0.25 * one) == ["the recording is silent (a constant of 0.250)"]
    assert "offset (DC) of -0.300" in findings.about_samples(x, -0.3 * one)[0]
    assert "varies from -0.400 to 0.400" in findings.about_samples(x, 0.4 * np.sign(np.arange(len(x)) - 3999.5))[0]
    assert "peak is at -85 dBFS" in findings.about_samples(x * np.float32(10**-4.25 / np.abs(x).max()), 0.0 * one)[0]
    assert "its peak is 4404" in findings.about_samples(1e4 * x, 0.0 * one)[0]


def test_levels_that_are_no_audio(tmp_path):
    """Integers stored as floats cause a warning; extremely quiet audio is silence."""
    found = job.prepare(write(tmp_path / "a.wav", 2.0**15 * tone(), subtype="FLOAT"), job.Settings())
    assert 0.25 < np.max(np.abs(found.mix)) < 1.0 and "far above full scale" in found.warnings[0]
    found = job.prepare(write(tmp_path / "b.wav", 1e-36 * tone(), subtype="FLOAT"), job.Settings())
    assert not found.mix.any() and not found.channels.any() and found.warnings == ["the recording is silent"]


def test_silence_is_not_refined(monkeypatch):
    """Refinement would add a hiss, because its amplitudes are at least 1e-7. The other channel is refined."""
    monkeypatch.setattr(training, "refine", lambda target, given, *_: {name: x + 1 for name, x in given.items()})
    x = tone().astype(np.float32)
    channels = np.stack([x, 0.0 * x])
    sound = job.Sound(x, channels, 16000, 1.0, None, [])
    given = [{"amplitudes": np.zeros((1, 250, 1), np.float32)}] * 2
    settings, stages = job.Settings(steps=3), progress.Stages(lambda *_: None, 3, 2)
    found = job._refine(load("numpy"), sound, settings, given, None, stages)
    assert [float(x["amplitudes"].max()) for x in found] == [1.0, 0.0]


def test_louder_than_the_recording(tmp_path):
    """A resynthesis has other phases, so its peak may be higher than that of the recording."""
    for expected, said in ((1.0, True), (1.4, True), (1.6, False)):
        warning = write_audio(tmp_path / "x.wav", 1.5 * np.ones(10, np.float32), 16000, expected)
        assert bool(warning) == said and (not said or "peaks 3.52 dB above full scale" in warning)
    assert soundfile.read(tmp_path / "x.wav")[0].max() == 1.5


@pytest.mark.parametrize(("pitch", "where"), [(2500.0, "above"), (20.0, "below"), (300.0, None)])
def test_tones_out_of_range(pitch, where):
    n = 500
    unvoiced, level = np.zeros(n, bool), np.zeros(n)
    found = findings.about_pitch(tone(seconds=1.0, pitch=pitch), 16000, unvoiced, level, findings.TRACKED, 0.1)
    assert "no pitch found" in found[-1] and len(found) == 1 + (where is not None)
    if where:
        assert f"near {pitch:.0f} Hz, {where} the range" in found[0]
    assert findings.about_pitch(tone(seconds=1.0), 16000, ~unvoiced, level, findings.TRACKED, 1.0) == []
    some = np.arange(n) < 0.2 * n
    assert "20 % of the sound has a pitch" in findings.about_pitch(tone(seconds=1.0), 16000, some, level, None, 0.1)[0]
    level[~some] = -80.0  # pauses do not count
    assert findings.about_pitch(tone(seconds=1.0), 16000, some, level, None, 0.1) == []


def test_warnings_reach_everybody(run, tmp_path):
    """On stderr, in the summary and in the report. Quiet sounds give exactly the same result as loud ones."""
    quiet = write(tmp_path / "quiet.wav", 2.0**-14 * tone(), subtype="FLOAT")
    code, out, err = run("resynth", quiet, "-o", tmp_path / "out")
    figures = read_report(tmp_path / "out")
    assert code == 0 and "very quiet" in figures["warnings"][0] and len(figures["warnings"]) == 1
    assert figures["warnings"][0] in out and err == f"ddsp: warning: {figures['warnings'][0]}\n"
    assert figures["f0_median_hz"] == pytest.approx(300.0, rel=1e-3)
    assert figures["spectral_convergence_after"] < 0.06
    written, _ = soundfile.read(tmp_path / "out" / "resynth.wav")
    controls = np.load(tmp_path / "out" / "controls.npz")
    assert convergence(2.0**-14 * tone(), written) < 0.06 and controls["amplitudes"].max() < 2.0**-14


# The picture ----------------------------------------------------------------------------------------------------------


def drawn(tmp_path, **changes):
    n = 100
    tracks = {
        "title": "t", "warnings": [], "frame_rate": 500.0, "f0_hz": np.geomspace(200.0, 400.0, n),
        "confidence": np.ones(n), "voiced": np.arange(n) < 50, "loudness_db": np.zeros(n),
        "loudness_result_db": np.zeros(n), **changes,
    }  # fmt: skip
    sound = columns.SoundColumns.of(tone(seconds=0.2), 16000)
    return picture.draw(sound, sound, tracks, tmp_path)


@pytest.mark.parametrize("n_samples", [1, 100, 3199, 3200, 70000])
def test_columns_do_not_depend_on_the_blocks(n_samples, monkeypatch):
    """Each column has the extremes of its samples and the loudest of its frames, however the audio arrives."""
    monkeypatch.setattr(columns, "COLUMNS", 40)
    audio = np.random.default_rng(0).standard_normal(n_samples).astype(np.float32)
    whole, pieces = columns.SoundColumns.of(audio, 16000), columns.SoundColumns(n_samples, 16000)
    for piece in np.split(audio, np.sort(np.random.default_rng(1).integers(0, n_samples + 1, 9))):
        pieces.add(piece)
    for found, expected in zip(pieces.envelope(), whole.envelope(), strict=True):
        np.testing.assert_array_equal(found, expected)
    low, high, seconds = whole.envelope()
    assert low.min() == audio.min() and high.max() == audio.max() and len(low) == len(seconds) <= 40
    db = whole.spectrogram()
    np.testing.assert_allclose(pieces.spectrogram(), db, atol=1e-4)
    frames = np.lib.stride_tricks.sliding_window_view(np.pad(audio, (512, 1024)), 1024)[
        : -(-n_samples // 256) * 256 : 256
    ]
    mag = np.abs(np.fft.rfft(frames * np.hanning(1025)[:-1]))
    thinned = max(len(mag) // 40, 1)
    loudest = [mag[k : k + thinned].max(axis=0) for k in range(0, len(mag), thinned)]
    np.testing.assert_allclose(db, 20.0 * np.log10(np.stack(loudest) / 256.0), atol=1e-2)


def test_the_picture_needs_nobodys_settings(tmp_path, monkeypatch):
    """Names are plain text; the backend of a notebook and the style of a user have no effect."""
    import matplotlib

    monkeypatch.setenv("MPLBACKEND", "module://not_here")
    monkeypatch.setitem(matplotlib.rcParams, "text.usetex", True)
    monkeypatch.setitem(matplotlib.rcParams, "lines.linewidth", 40.0)
    plain = drawn(tmp_path)
    assert plain[:4] == b"\x89PNG" and matplotlib.rcParams["lines.linewidth"] == 40.0
    names = ["Ba$$in.wav", "a_{b}^$\\frac", "\ud2b8\n\x1b", "\udc80", "x" * 255]
    assert drawn(tmp_path, title=names[0], warnings=names)[:4] == b"\x89PNG"
    monkeypatch.setitem(matplotlib.rcParams, "text.usetex", False)
    monkeypatch.setitem(matplotlib.rcParams, "lines.linewidth", 1.0)
    assert drawn(tmp_path) == plain


def test_opposite_channels_are_drawn():
    """The mean of opposite channels is silent, so the loudest one is drawn."""
    x = tone().astype(np.float32)
    original, written = np.stack([0.9 * x, -x]), np.stack([1.8 * x, 2.0 * x])
    for shown, expected in zip(writing._shown(original, written), (-x, 2.0 * x), strict=True):
        np.testing.assert_array_equal(shown, expected)
    for shown in writing._shown(np.stack([x, 0.5 * x]), np.stack([x, 0.5 * x])):
        np.testing.assert_allclose(shown, 0.75 * x, rtol=1e-6)


def test_without_a_picture_there_is_the_sound(run, tone_file, tmp_path, monkeypatch):
    def broken(*_):
        raise ValueError("no [font] here\nat all")

    monkeypatch.setattr(writing, "draw", broken)
    code, out, err = run("resynth", tone_file, "-o", tmp_path / "out")
    assert code == 0 and "resynth.png cannot be drawn: ValueError: no [font] here" in err and err.count("\n") == 1
    assert {p.name for p in (tmp_path / "out").iterdir()} == {"resynth.wav", "controls.npz", "pitch.csv", "report.json"}
    assert "out/resynth.png" not in out


@pytest.mark.parametrize(
    ("low", "high", "names"),
    [(250.0, 550.0, "C4 D4 E4 F4 G4 A4 B4 C5"), (200.0, 900.0, "A3 C4 E4 G4 A4 C5 E5 G5 A5"),
     (60.0, 1000.0, "C2 G2 C3 G3 C4 G4 C5 G5"), (32.0, 2000.0, "C1 C2 C3 C4 C5 C6"), (430.0, 470.0, "A4 A♯4")],
)  # fmt: skip
def test_ticks_are_notes(low, high, names):
    assert [f"{picture.NOTES[n % 12]}{n // 12 - 1}" for n in picture._notes(low, high)] == names.split()


# Channels, several inputs, play ---------------------------------------------------------------------------------------


def test_channels_are_kept(run, tmp_path):
    """Channels share a pitch and have their own levels. `play` gives the same sound, or another length and pitch."""
    x = tone()
    path = write(tmp_path / "in.wav", np.stack([x, 0.25 * x], axis=1), subtype="FLOAT")
    assert run("resynth", path, "-o", tmp_path / "out", "--stereo", "--format", "flac")[0] == 0
    written, _ = soundfile.read(tmp_path / "out" / "resynth.flac")
    assert soundfile.info(tmp_path / "out" / "resynth.flac").subtype == "PCM_24" and written.shape == (8000, 2)
    assert convergence(x, written[:, 0]) < 0.06 and convergence(0.25 * x, written[:, 1]) < 0.06
    controls = np.load(tmp_path / "out" / "controls.npz")
    assert controls["amplitudes"].shape == (2, 250, 1) and np.ptp(controls["f0_hz"], axis=0).max() == 0.0
    code, out, _ = run("play", tmp_path / "out" / "controls.npz", "-o", tmp_path / "again.wav")
    again, _ = soundfile.read(tmp_path / "again.wav")
    assert code == 0 and out.strip().endswith("again.wav")
    np.testing.assert_allclose(again, written, atol=1e-6)
    assert (
        run("play", tmp_path / "out" / "controls.npz", "-o", tmp_path / "slow.wav", "--speed", 0.5, "--transpose", -12)[
            0
        ]
        == 0
    )
    slow, _ = soundfile.read(tmp_path / "slow.wav")
    peak = np.argmax(np.abs(np.fft.rfft(slow[:, 0] * np.hanning(len(slow))))) * 16000 / len(slow)
    assert slow.shape == (16000, 2) and peak == pytest.approx(150.0, abs=1.0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((), "CONTROLS: 'in.npz' cannot be read (it is not a zip archive)"),
        (("--speed", "0"), "--speed: got 0, expected 0.01 to 100"),
        (("--transpose", "99"), "--transpose: got 99"),
        (("-o", "x.mp3"), "--out: got 'x.mp3', expected a name that ends with .wav or .flac"),
        (("--backend", "theano"), "--backend: got 'theano'"),
    ],
)
def test_bad_play(run, tmp_path, monkeypatch, options, message):
    monkeypatch.chdir(tmp_path)
    Path("in.npz").write_text("not an archive")
    code, out, err = run("play", "in.npz", *options)
    assert code == 2 and out == "" and message in err and err.count("\n") == 1


def test_controls_that_do_not_fit(run, tmp_path):
    numbers = {"sample_rate": 16000, "hop_size": 32, "n_samples": 128, "noise_seed": 0}
    widths = {"amplitudes": 1, "harmonic_distribution": 3, "f0_hz": 1, "magnitudes": 5}
    good = {**numbers, **{name: np.ones((1, 4, width)) for name, width in widths.items()}}
    for name, value, message in (
        ("f0_hz", np.ones((1, 5, 1)), "of shape"),
        ("magnitudes", np.full((1, 4, 5), np.nan), "NaN or infinite magnitudes"),
        ("f0_hz", -np.ones((1, 4, 1)), "has f0_hz from -1 to -1, expected values from 0 to 16000"),
        ("f0_hz", np.ones((1, 4, 1), complex), "f0_hz has dtype complex"),
        ("amplitudes", np.ones((1, 4, 2)), "expected a last axis of size 1 to 1"),
        ("magnitudes", np.ones((1, 4, 1)), "expected a last axis of size 2 to"),
        ("magnitudes", np.full((1, 4, 5), 1e30), "magnitudes from 1e+30 to 1e+30"),
        ("n_samples", 1000, "n_samples 1000, expected hop_size from 1 to 16000"),
        ("hop_size", 10**9, "hop_size 1000000000"),
        ("hop_size", None, "has no"),
        ("sample_rate", 1, "sample_rate 1, expected 2000 to"),
        ("noise_seed", -1, "noise_seed -1, expected 0 to"),
    ):
        np.savez(tmp_path / "c.npz", **{k: v for k, v in {**good, name: value}.items() if v is not None})
        code, _, err = run("play", tmp_path / "c.npz", "-o", tmp_path / "out.wav")
        assert code == 2 and message in err and err.count("\n") == 1 and not (tmp_path / "out.wav").exists()


def test_damaged_controls(run, tmp_path):
    """Whichever library detects the damage."""
    rng = np.random.default_rng(0)
    np.savez_compressed(tmp_path / "c.npz", **{name: rng.random((1, 500, 1)) for name in CONTROLS})
    whole = (tmp_path / "c.npz").read_bytes()
    for at in range(0, len(whole) - 100, len(whole) // 60):
        (tmp_path / "c.npz").write_bytes(whole[:at] + bytes(b ^ 0xFF for b in whole[at : at + 40]) + whole[at + 40 :])
        code, _, err = run("play", tmp_path / "c.npz", "-o", tmp_path / "out.wav")
        assert code == 2 and err.startswith("ddsp: CONTROLS: ") and err.count("\n") == 1


def test_one_bad_file_does_not_stop_the_others(run, tmp_path):
    """In two processes."""
    good = write(tmp_path / "a.wav", tone(seconds=0.1))
    (bad := tmp_path / "bad.wav").write_text("no audio")
    code, said, err = run("resynth", bad, good, "-o", tmp_path / "out", "--workers", 2)
    assert code == 2 and f"ddsp: {bad}: INPUT: cannot read" in err and f"1 of 2 inputs failed: {bad}" in err
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["a"] and said.count("spectral convergence") == 1
    assert (tmp_path / "out" / "a" / "report.json").exists()


def test_faults_of_ours_do_not_stop_the_others_either(run, tmp_path, monkeypatch):
    def faulty(source, name, folder, settings, on_progress):
        if name == "a.wav":
            raise IndexError("out of range")
        return {"warnings": ["odd [bold]"], "spectral_convergence_after": None}

    monkeypatch.setattr(resynth, "resynthesize", faulty)
    code, said, err = run("resynth", "a.wav", "b.wav", "-o", tmp_path)
    assert code == 2 and "a.wav: IndexError: out of range" in err and "warning: b.wav: odd [bold]" in err
    assert "spectral convergence -" in said
    shutil.rmtree(tmp_path)
