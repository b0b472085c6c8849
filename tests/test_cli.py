"""`ddsp resynth`: what it writes."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile

from ddsp import synths
from ddsp.backends import load
from ddsp.cli import chain, inputs, refine, report
from tests.command import convergence, read_report, tone, write

OUTPUTS = {"resynth.wav", "controls.npz", "pitch.csv", "resynth.png", "report.json"}


def test_the_bundled_phrase_and_its_figures(run, tmp_path, monkeypatch):
    """The main job: no input, NumPy, default folder; the figures of the README."""
    monkeypatch.chdir(tmp_path)
    code, out, _ = run("resynth")
    folder = tmp_path / "resynth-flute_phrase"
    assert code == 0 and {p.name for p in folder.iterdir()} == OUTPUTS
    for name in OUTPUTS:
        assert f"resynth-flute_phrase/{name}" in out
    with inputs.bundled_phrase() as path:
        original, sample_rate = soundfile.read(path)
    written, rate = soundfile.read(folder / "resynth.wav")
    assert rate == sample_rate and written.shape == original.shape
    figures = read_report(folder)
    assert figures["spectral_convergence_after"] < 0.15
    page = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    for name, row in (("spectral_convergence", "| spectral convergence"), ("spectral_loss", "| `SpectralLoss(")):
        said = next(line for line in page.splitlines() if line.startswith(row)).split("|")[2]
        assert figures[f"{name}_after"] == pytest.approx(float(said), rel=0.02)
    assert figures["spectral_convergence_after"] == pytest.approx(convergence(original, written), rel=1e-3)
    # A4, twice as long as any other note, is the median of the phrase.
    f0 = np.load(folder / "controls.npz")["f0_hz"][0, :, 0]
    for note, second in ((440.0, 0.6), (523.25, 1.4), (659.26, 2.1), (880.0, 3.0), (329.63, 6.5), (261.63, 8.0)):
        around = f0[round(second * 500) - 100 : round(second * 500) + 100]
        assert abs(1200 * np.log2(np.median(around) / note)) < 10.0


def test_controls_are_enough_to_synthesise_again(run, tone_file, tmp_path):
    """With ddsp alone, as the README shows."""
    assert run("resynth", tone_file, "-o", tmp_path / "out", "--seed", 3)[0] == 0
    controls = np.load(tmp_path / "out" / "controls.npz")
    n_samples = controls["f0_hz"].shape[1] * int(controls["hop_size"])
    harmonic = synths.Harmonic(n_samples=n_samples, sample_rate=int(controls["sample_rate"]), scale_fn=None)
    noise = synths.FilteredNoise(n_samples=n_samples, scale_fn=None)
    audio = harmonic(controls["amplitudes"], controls["harmonic_distribution"], controls["f0_hz"])
    audio = audio + noise(controls["magnitudes"], key=int(controls["noise_seed"]))
    written, _ = soundfile.read(tmp_path / "out" / "resynth.wav", dtype="float32")
    np.testing.assert_allclose(audio[0, : int(controls["n_samples"])], written, atol=1e-5)
    frames = controls["f0_hz"].shape[1]
    assert controls["confidence"].shape == controls["loudness_db"].shape == (frames,)
    assert controls["frame_rate"] == 500.0


def test_report_says_everything(run, tone_file, tmp_path):
    run("resynth", tone_file, "-o", tmp_path / "out")
    figures = read_report(tmp_path / "out")
    assert figures["backend"] == "numpy" and figures["device"] == "cpu" and figures["f0_model"] == "crepe-tiny"
    assert set(figures["versions"]) == {"ddsp", "python", "numpy"}
    assert figures["seconds"]["total"] > figures["seconds"]["f0"] > 0.0
    assert figures["real_time_factor"] == pytest.approx(figures["seconds"]["total"] / 0.5)
    assert figures["f0_median_hz"] == pytest.approx(300.0, rel=1e-3)
    assert figures["spectral_loss_before"] == figures["spectral_loss_after"] > 0.0
    assert (figures["sample_rate"], figures["channels"], figures["steps"]) == (16000, 1, 0)


@pytest.mark.parametrize("sample_rate", [8000, 11025, 44100, 96000])
def test_other_rates_stereo_and_formats(run, tmp_path, sample_rate):
    stereo = np.stack([tone(sample_rate), np.zeros(sample_rate // 2)], axis=1)
    path = write(tmp_path / "tone.flac", stereo, sample_rate)
    assert run("resynth", path, "-o", tmp_path / "out")[0] == 0
    written, rate = soundfile.read(tmp_path / "out" / "resynth.wav")
    assert rate == sample_rate and written.shape == (sample_rate // 2,)
    assert convergence(0.5 * tone(sample_rate), written, sample_rate) < 0.1
    figures = read_report(tmp_path / "out")
    assert figures["channels"] == 2 and figures["f0_median_hz"] == pytest.approx(300.0, rel=1e-3)


def test_transpose_moves_the_sound_and_not_the_figures(run, tone_file, tmp_path):
    run("resynth", tone_file, "-o", tmp_path / "plain")
    run("resynth", tone_file, "-o", tmp_path / "up", "--transpose", "7")
    peaks = []
    for name in ("plain", "up"):
        audio, rate = soundfile.read(tmp_path / name / "resynth.wav")
        peaks.append(np.argmax(np.abs(np.fft.rfft(audio * np.hanning(len(audio))))) * rate / len(audio))
    assert peaks == [300.0, pytest.approx(300.0 * 2 ** (7 / 12), abs=2.0)]
    plain, up = (read_report(tmp_path / name) for name in ("plain", "up"))
    assert plain["spectral_convergence_after"] == up["spectral_convergence_after"]
    f0 = [np.load(tmp_path / name / "controls.npz")["f0_hz"] for name in ("plain", "up")]
    np.testing.assert_array_equal(*f0)


@pytest.mark.parametrize("n_samples", [1, 17, 800])
def test_very_short_sounds(run, tmp_path, n_samples):
    path = write(tmp_path / "short.wav", tone()[1 : 1 + n_samples])
    assert run("resynth", path, "-o", tmp_path / "out")[0] == 0
    written, _ = soundfile.read(tmp_path / "out" / "resynth.wav", always_2d=True)
    assert written.shape == (n_samples, 1) and np.all(np.isfinite(written))


def test_silence_gives_silence(run, tmp_path):
    code, out, _ = run("resynth", write(tmp_path / "silent.wav", np.zeros(4000)), "-o", tmp_path / "out")
    written, _ = soundfile.read(tmp_path / "out" / "resynth.wav")
    figures = read_report(tmp_path / "out")
    assert code == 0 and np.all(written == 0.0) and "unvoiced" in out
    assert (figures["spectral_loss_after"], figures["spectral_convergence_after"]) == (0.0, 0.0)
    assert figures["f0_median_hz"] is None and figures["voiced_share"] == 0.0


def test_an_offset_is_not_heard(run, tmp_path):
    """One that drifts: no part of the noise (0.5 if it stayed), of the figures, or of what is written."""
    offset = 0.3 + 0.2 * np.sin(2 * np.pi * 0.5 * np.arange(8000) / 16000)
    run("resynth", write(tmp_path / "in.wav", tone() + offset, subtype="FLOAT"), "-o", tmp_path / "out")
    assert read_report(tmp_path / "out")["spectral_convergence_after"] < 0.05
    assert np.load(tmp_path / "out" / "controls.npz")["magnitudes"][:, 50:-50, :2].max() < 0.1
    written, _ = soundfile.read(tmp_path / "out" / "resynth.wav")
    assert abs(written.mean()) < 5e-3 and convergence(tone(), written) < 0.05


@pytest.mark.parametrize("n_samples", [1, 100, 3 * 16000])
def test_without_offset(n_samples, monkeypatch):
    audio = tone(seconds=3.0)[:n_samples].astype(np.float32)
    plain, shifted = chain.without_offset(audio, 16000), chain.without_offset(audio + np.float32(0.5), 16000)
    np.testing.assert_allclose(plain, shifted, atol=2e-7)
    if n_samples > 16000:
        assert np.abs(plain - audio).max() < 0.005
    monkeypatch.setattr(chain, "PIECE", 7000)
    np.testing.assert_allclose(chain.without_offset(audio, 16000), plain, atol=1e-7)
    assert not np.any(chain.without_offset(np.full(5000, 0.3, np.float32), 16000))


def test_figures_mean_the_same_at_all_rates():
    """A low tone whose phases are lost: frames of 1024 samples gave 0.05 at 16 kHz and 0.7 at 96."""
    found = []
    for rate in (8000, 16000, 44100, 96000):
        t = np.arange(rate) / rate
        x, y = (sum(np.sin(2 * np.pi * 65.4 * h * t + a * h * h) / h for h in range(1, 30)) for a in (0.0, 1.3))
        found.append(report.figures(x, y, rate)["spectral_convergence"])
    assert max(found) < 0.1 and max(found) - min(found) < 0.01


def test_unvoiced_sound_goes_to_the_noise(run, tmp_path):
    noise = 0.1 * np.random.default_rng(1).standard_normal(8000)
    run("resynth", write(tmp_path / "noise.wav", noise), "-o", tmp_path / "out")
    controls = np.load(tmp_path / "out" / "controls.npz")
    assert np.median(controls["amplitudes"]) < 0.02
    written, _ = soundfile.read(tmp_path / "out" / "resynth.wav")
    assert written.std() == pytest.approx(0.1, rel=0.15)


def test_refinement_lowers_the_loss(run, tmp_path, grad_backend):
    framework = grad_backend.name
    path = write(tmp_path / "tone.wav", tone(seconds=0.25))
    code, out, err = run("resynth", path, "-o", tmp_path / "out", "--backend", framework, "--steps", 12)
    assert code == 0 and "->" in out and err == ""  # no bar where there is no terminal
    figures = read_report(tmp_path / "out")
    assert figures["spectral_loss_after"] < 0.9 * figures["spectral_loss_before"]
    assert figures["backend"] == framework and figures["seconds"]["refinement"] > 0.0
    assert any(framework in name for name in figures["versions"])
    controls = np.load(tmp_path / "out" / "controls.npz")
    assert all(controls[name].dtype == np.float32 for name in ("amplitudes", "magnitudes", "f0_hz"))
    assert np.all(controls["harmonic_distribution"] >= 0.0) and np.all(controls["magnitudes"] >= 0.0)


def test_long_sounds_are_refined_in_segments():
    runs = refine.segments_of(1000, 600)
    assert [r.stop - r.start for r in runs] == [334, 334, 334] and runs[0].start == 0 and runs[-1].stop == 1000
    assert all(later.start <= earlier.stop for earlier, later in pairwise(runs))
    assert all((r.stop - r.start) * 600 <= 1.01 * refine.SEGMENT for r in runs)


def test_figures_of_parts_are_near_those_of_the_whole(monkeypatch):
    x, y = tone(seconds=2.0), 0.9 * tone(seconds=2.0, pitch=301.0)
    whole = report.figures(x, y, 16000)
    monkeypatch.setattr(report, "PART", 16000)
    parts = report.figures(x, y, 16000)
    for name in whole:
        assert parts[name] == pytest.approx(whole[name], rel=0.1)


def test_a_given_pitch_is_placed_at_frames():
    """Linear between close values; half-way where it jumps or ends."""
    numpy = load("numpy")
    times, f0_hz = np.asarray([0.0, 0.1, 0.2, 0.3]), np.asarray([100.0, 104.0, 208.0, 0.0])
    found, confidence = (x[0, :, 0] for x in chain.place_pitch(numpy, times, f0_hz, 16000 // 2, 16000))
    assert found.dtype == np.float32 and found.shape == (250,)
    np.testing.assert_allclose(found[:51], 100.0 * 1.04 ** (np.arange(51) / 50.0), rtol=1e-6)
    np.testing.assert_allclose(found[[51, 74, 76, 77, 249]], [104.0, 104.0, 208.0, 208.0, 208.0], rtol=1e-6)
    assert np.all(confidence[:124] == 1.0) and np.all(confidence[126:] == 0.0)
    for few in ([220.0], [0.0, np.nan]):
        found, confidence = chain.place_pitch(numpy, times[: len(few)], np.asarray(few), 800, 16000)
        np.testing.assert_allclose(found, 220.0 if len(few) == 1 else chain.UNVOICED_HZ, rtol=1e-6)
        assert np.all(confidence == (len(few) == 1))


def test_pieces_of_a_long_sound_join(monkeypatch):
    """Harmonics that come and go, a pitch that moves, noise: in six pieces as in one."""
    rng, hop, n_frames = np.random.default_rng(0), 88, 900
    seconds = np.arange(n_frames, dtype=np.float32)[None, :, None] * np.float32(hop / 44100)
    distribution = np.tile(np.exp(-np.arange(30, dtype=np.float32) / 5), (1, n_frames, 1))
    distribution[:, :300, 10:] = 0.0
    distribution /= distribution.sum(axis=2, keepdims=True)
    controls = {
        "amplitudes": rng.uniform(0, 0.5, (1, n_frames, 1)).astype(np.float32),
        "harmonic_distribution": distribution,
        "f0_hz": 200.0 + 100.0 * np.sin(5.0 * seconds),
        "magnitudes": rng.uniform(0, 0.1, (1, n_frames, chain.N_BANDS)).astype(np.float32),
    }
    arguments = (controls, chain.host_noise(1, n_frames * hop), np.asarray(1.2, np.float32))
    numpy, told = load("numpy"), []
    whole = chain.rendering(numpy, 44100)(*arguments)
    monkeypatch.setattr(chain, "PIECE", 15000)
    parts = chain.rendering(numpy, 44100, lambda *given: told.append(given))(*arguments)
    assert parts.shape == whole.shape and np.abs(parts - whole).max() < 4e-6
    assert len(told) == 6 and told[-1] == ("synthesis", 1.0)


def test_frames_cover_the_sound():
    for rate in (8000, 11025, 44100, 96000):
        for n in (1, 100, rate + 1):
            hop, frames = chain.frames_of(n, rate)
            assert (frames - 1) * hop < n <= frames * hop
