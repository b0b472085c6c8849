"""Output files of `ddsp resynth`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from ddsp import analysis
from ddsp.cli import inputs
from tests.command import convergence, read_report, tone, write

OUTPUTS = {"resynth.wav", "controls.npz", "pitch.csv", "resynth.png", "report.json"}


def test_the_bundled_phrase_and_its_figures(run, tmp_path, monkeypatch):
    """Without an input, on NumPy, in the default folder; the results agree with the README."""
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
    """By functions of ddsp alone, as in the README."""
    assert run("resynth", tone_file, "-o", tmp_path / "out", "--seed", 3)[0] == 0
    controls = np.load(tmp_path / "out" / "controls.npz")
    sample_rate, n_samples, seed = (int(controls[name]) for name in ("sample_rate", "n_samples", "noise_seed"))
    audio = analysis.render_controls(controls, sample_rate, n_samples, key=seed)
    written, _ = soundfile.read(tmp_path / "out" / "resynth.wav", dtype="float32")
    np.testing.assert_array_equal(audio[0], written)
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
    """A drifting offset affects neither the noise (0.5 with the offset) nor the figures nor the written audio."""
    offset = 0.3 + 0.2 * np.sin(2 * np.pi * 0.5 * np.arange(8000) / 16000)
    run("resynth", write(tmp_path / "in.wav", tone() + offset, subtype="FLOAT"), "-o", tmp_path / "out")
    assert read_report(tmp_path / "out")["spectral_convergence_after"] < 0.05
    assert np.load(tmp_path / "out" / "controls.npz")["magnitudes"][:, 50:-50, :2].max() < 0.1
    written, _ = soundfile.read(tmp_path / "out" / "resynth.wav")
    assert abs(written.mean()) < 5e-3 and convergence(tone(), written) < 0.05


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
    steps = 21 if framework == "jax" else 12  # from 21 steps on, JAX compiles, which is faster here
    code, out, err = run("resynth", path, "-o", tmp_path / "out", "--backend", framework, "--steps", steps)
    assert code == 0 and "->" in out and err == ""  # no progress bar without a terminal
    figures = read_report(tmp_path / "out")
    assert figures["spectral_loss_after"] < 0.9 * figures["spectral_loss_before"]
    assert figures["backend"] == framework and figures["seconds"]["refinement"] > 0.0
    assert any(framework in name for name in figures["versions"])
    controls = np.load(tmp_path / "out" / "controls.npz")
    assert all(controls[name].dtype == np.float32 for name in ("amplitudes", "magnitudes", "f0_hz"))
    assert np.all(controls["harmonic_distribution"] >= 0.0) and np.all(controls["magnitudes"] >= 0.0)
