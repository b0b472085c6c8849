"""`ddsp.analysis` of sounds with known controls, and of the bundled recording."""

from __future__ import annotations

from importlib.resources import as_file, files

import numpy as np
import pytest
import soundfile

from ddsp import analysis, spectral_ops, synths
from ddsp.backends import adapter_of

SECONDS = 0.5


def hop_and_frames(sample_rate, seconds=SECONDS, frame_rate=250):
    hop = round(sample_rate / frame_rate)
    return hop, round(seconds * sample_rate) // hop


def known_controls(sample_rate, pitch=220.0, vibrato=0.02, n_harmonics=12, noise=0.01):
    """Controls and float64 audio of a tone with 2 % vibrato at 5.5 Hz, a crescendo, and white noise."""
    hop, n_frames = hop_and_frames(sample_rate)
    seconds = np.arange(n_frames) * hop / sample_rate
    f0 = pitch * (1.0 + vibrato * np.sin(2 * np.pi * 5.5 * seconds))
    weights = 1.0 / np.arange(1, n_harmonics + 1)
    controls = {
        "amplitudes": (0.4 + 0.1 * np.sin(2 * np.pi * 2.0 * seconds))[None, :, None],
        "harmonic_distribution": np.tile(weights / weights.sum(), (1, n_frames, 1)),
        "f0_hz": f0[None, :, None],
    }
    audio = synths.Harmonic(n_samples=n_frames * hop, sample_rate=sample_rate, scale_fn=None)(**controls)
    return controls, audio + noise * np.random.default_rng(1).uniform(-1.0, 1.0, audio.shape)


def cents(found, expected):
    return 1200.0 * np.abs(np.log2(np.asarray(found) / expected))


def synthesise(controls, sample_rate, n_samples, key=0):
    tone = {name: controls[name] for name in ("amplitudes", "harmonic_distribution", "f0_hz")}
    harmonic = synths.Harmonic(n_samples=n_samples, sample_rate=sample_rate, scale_fn=None)(**tone)
    return harmonic + synths.FilteredNoise(n_samples=n_samples, scale_fn=None)(controls["magnitudes"], key=key)


def convergence(target, audio):
    x, y = (spectral_ops.compute_mag(z, 1024) for z in (target, audio))
    return float(np.linalg.norm(x - y) / np.linalg.norm(x))


def inner(x, margin=12):
    """Frames without those at the ends, whose windows are cut."""
    return x[:, margin:-margin]


@pytest.mark.parametrize("sample_rate", [8000, 22050, 48000])
@pytest.mark.parametrize("pitch", [70.0, 220.0, 900.0])
def test_analyze_recovers_known_controls(sample_rate, pitch):
    known, audio = known_controls(sample_rate, pitch, n_harmonics=4)
    start = known["f0_hz"] * 2.0 ** (20.0 / 1200.0)  # 20 cents off
    found = analysis.analyze(audio, start, sample_rate=sample_rate, n_harmonics=4)

    off = inner(cents(found["f0_hz"], known["f0_hz"]))
    assert np.median(off) < 1.0 and off.max() < 6.0

    amplitudes = found["amplitudes"] * found["harmonic_distribution"]
    expected = known["amplitudes"] * known["harmonic_distribution"]
    error = np.abs(inner(amplitudes - expected)) / inner(expected)
    assert np.median(error) < 0.02 and error.max() < 0.15

    # Noise of 0.01 in [-1, 1) has magnitudes of 0.01, averaged in power; tones leave a small residual.
    quiet = inner(found["magnitudes"])[..., 40:]
    assert 0.008 < np.sqrt(np.mean(quiet**2)) < 0.014


def test_amplitudes_are_the_least_squares_ones():
    """A dense least-squares fit of all harmonics in one window is the oracle."""
    sample_rate, hop, n_frames, n_harmonics = 16000, 64, 100, 5
    n = np.arange(hop * n_frames)
    rng = np.random.default_rng(2)
    f0 = np.full((1, n_frames, 1), 200.0)
    phase = 2 * np.pi * 200.0 * (n + 1) / sample_rate  # the synthesizer's phase includes the current sample
    basis = np.concatenate([[np.cos(h * phase) for h in range(1, 6)], [np.sin(h * phase) for h in range(1, 6)]])
    truth = rng.standard_normal(10)
    audio = truth @ basis + 0.05 * rng.standard_normal(n.size)
    a, b = analysis.harmonic_amplitudes(audio[None], f0, n_harmonics, sample_rate)

    centre, half = 50 * hop, 2.0 * sample_rate / 200.0
    window = np.where(np.abs(n - centre) < half, 0.5 + 0.5 * np.cos(np.pi * (n - centre) / half), 0.0)
    root = np.sqrt(window)
    fit = np.linalg.lstsq((basis * root).T, audio * root, rcond=None)[0]
    np.testing.assert_allclose(np.concatenate([a[0, 50], b[0, 50]]), fit, atol=2e-3)


def test_windows_reach_into_the_next_chunk():
    """With windows of 67 frames and chunks of 384, amplitudes are as exact at the ends of chunks as inside."""
    n = np.arange(1000 * 16)
    audio = 0.1 * np.sin(2 * np.pi * 60.0 * n / 16000)[None]
    a, b = analysis.harmonic_amplitudes(audio, np.full((1, 1000, 1), 60.0), 2, 16000)
    np.testing.assert_allclose(np.hypot(a, b)[0, 100:-100, 0], 0.1, atol=1e-6)
    audio[0, : 384 * 16] = 0.0  # a silent chunk is not skipped if its windows contain sound
    a, b = analysis.harmonic_amplitudes(audio, np.full((1, 1000, 1), 60.0), 2, 16000)
    assert np.hypot(a, b)[0, 380, 0] > 0.02


def test_sum_undoes_amplitudes():
    known, audio = known_controls(16000, noise=0.0)
    a, b = analysis.harmonic_amplitudes(audio, known["f0_hz"], 12, 16000)
    rest = audio - analysis.synthesize_harmonics(a, b, known["f0_hz"], audio.shape[1], 16000)
    assert np.linalg.norm(rest[:, 800:-800]) < 0.01 * np.linalg.norm(audio)


def test_nothing_at_nyquist_and_above():
    f0 = np.full((1, 100, 1), 3000.0)
    noise = np.random.default_rng(0).standard_normal((1, 6400))
    a, b = analysis.harmonic_amplitudes(noise, f0, 5, 16000)
    assert np.all(a[..., 2:] == 0.0) and np.all(b[..., 2:] == 0.0) and np.all(a[..., 1] != 0.0)


def test_refine_f0_moves_no_further_than_asked():
    known, audio = known_controls(16000, vibrato=0.0, noise=0.0)
    far = known["f0_hz"] * 2.0 ** (30.0 / 1200.0)
    held = analysis.refine_f0(audio, far, 16000, max_cents=10.0)
    assert cents(held, far).max() < 10.01
    assert np.median(cents(analysis.refine_f0(audio, far, 16000), known["f0_hz"])) < 0.2


def test_a_pitch_is_refined_from_two_frames_on():
    """Phases are compared from frame to frame, so a single frame is not refined."""
    audio = np.sin(2 * np.pi * 440.0 * np.arange(1280) / 16000)[None]
    one, two = (analysis.refine_f0(audio[:, : 640 * n], np.full((1, n, 1), 443.0), 16000) for n in (1, 2))
    assert one.tolist() == [[[443.0]]]
    np.testing.assert_allclose(two, 440.0, atol=0.3)


@pytest.mark.parametrize("divisor", [1.0, 2.0, 3.0])
def test_resolve_subharmonics(divisor):
    known, audio = known_controls(16000, pitch=200.0, vibrato=0.0)
    found = analysis.resolve_subharmonics(audio, known["f0_hz"] * divisor, 16000)
    assert np.median(cents(found, known["f0_hz"])) < 0.8


def harmonic_tone(pitch, amplitudes, n=16000, rate=16000):
    seconds = np.arange(n) / rate
    return 0.1 * sum(a * np.sin(2 * np.pi * h * pitch * seconds + 1.3 * h) for h, a in enumerate(amplitudes, 1))


RICH = [1.0 / h for h in range(1, 30)]


@pytest.mark.parametrize("mains, lines", [(50.0, (1,)), (60.0, (1, 3, 5))])
def test_hum_takes_no_pitch_down(mains, lines):
    """Hum at 6 and 13 dB below the tone, near a half or a third of its pitch (in one case 1.1 Hz away), is ignored."""
    pitches = (110.0, 146.8, 174.6)
    tones = np.stack([harmonic_tone(pitch, RICH) for pitch in pitches for _ in range(2)])
    hum = harmonic_tone(mains, [1.0 / h if h in lines else 0.0 for h in range(1, 6)])
    levels = tones.std(axis=1, keepdims=True) * 10.0 ** (np.asarray([[-6.0], [-13.0]] * 3) / 20.0)
    f0 = np.repeat(pitches, 2)[:, None, None] * np.ones((1, 250, 1))
    found = analysis.resolve_subharmonics(tones + hum / hum.std() * levels, f0, 16000, 0.8 * np.ones_like(f0))
    np.testing.assert_array_equal(found, f0)


@pytest.mark.parametrize("amplitudes", [(0.1, 1, 0.3, 0.5), (0.25, 1, 0, 0.5), (0, 1, 0.3, 0.5, 0.2, 0.3)])
def test_weak_fundamentals_are_found(amplitudes):
    """The result does not depend on other items of the batch, or on other pitches in the recording."""
    low, high = harmonic_tone(110.0, amplitudes), harmonic_tone(1500.0, (1.0, 0.5))
    noise = 1e-4 * np.random.default_rng(0).standard_normal(32000)
    melody = np.concatenate([high, low]) + noise
    audio = np.stack([low + noise[:16000], high + noise[:16000]])
    both, f0 = np.ones((1, 250, 1)), np.asarray([[[220.0]], [[1500.0]]])
    batch = analysis.resolve_subharmonics(audio, f0 * both, 16000, 0.9 * both * np.ones((2, 1, 1)))
    line = np.concatenate([1500.0 * both, 220.0 * both], axis=1)
    tracked = analysis.resolve_subharmonics(melody[None], line, 16000)
    for found, expected in (
        (batch[0], 110.0),
        (batch[1], 1500.0),
        (tracked[0, :240], 1500.0),
        (tracked[0, 260:], 110.0),
    ):
        assert cents(np.median(found), expected) < 1.0


def test_each_frame_has_the_harmonics_of_its_own_pitch():
    """A low note after a long high one keeps its harmonics; a pitch that falls for 16 ms brings none."""
    notes = harmonic_tone(1000.0, RICH[:7], 48000), harmonic_tone(100.0, [1.0 / h for h in range(1, 77)], 6400)
    f0 = np.concatenate([np.full(750, 1000.0), np.full(100, 100.0)])[None, :, None]
    found = analysis.analyze(np.concatenate(notes)[None], f0)
    assert found["harmonic_distribution"].shape[2] in (79, 80)
    low = found["amplitudes"][0, 780:820, 0]
    assert np.all(np.abs(low / (0.1 * sum(1.0 / h for h in range(1, 77))) - 1.0) < 0.05)
    f0[0, 300:304] = 100.0
    slipped = analysis.analyze(notes[0][None], f0[:, :750])
    assert slipped["harmonic_distribution"].shape[2] == 7


def test_pieces_of_long_sounds_join(monkeypatch):
    """Processing in chunks with margins gives the result of the whole."""
    known, audio = known_controls(16000, pitch=150.0)
    audio, f0 = np.tile(audio, (2, 3)), np.tile(known["f0_hz"] * 1.003, (2, 3, 1))
    audio[1] *= np.linspace(1.0, 0.0, audio.shape[1])
    whole = analysis.analyze(audio, f0)
    monkeypatch.setattr(analysis.frames, "PIECE_SAMPLES", 12000)
    told = []
    pieces = analysis.analyze(audio, f0, progress=told.append)
    for name, x in whole.items():
        np.testing.assert_allclose(pieces[name], x, rtol=0.05, atol=1e-4 * np.abs(x).max())
    assert len(told) > 15 and told == sorted(told) and told[-1] == pytest.approx(1.0)


def test_a_piece_sees_its_margins_and_no_more(monkeypatch):
    """f gets 0.4 s of margin beside each chunk of a long sound, and results of chunks are joined."""
    monkeypatch.setattr(analysis.frames, "PIECE_SAMPLES", 6400)
    numbers, seen = np.arange(1000.0)[None, :, None], []

    def f(audio, frames):
        seen.append((audio.shape[1] // 64, frames.shape[1]))
        return (frames,)

    found = analysis.frames.over_pieces(f, np.zeros((1, 64000)), (numbers,), 16000)
    assert seen == [(200, 200), *[(300, 300)] * 8, (200, 200)]
    np.testing.assert_array_equal(analysis.frames.joined(adapter_of(numbers), found)[0], numbers)


@pytest.mark.parametrize("silence", [0.0, 1e-9])
def test_silence_between_tones(silence):
    """Skipped chunks keep their position in the result."""
    known, audio = known_controls(16000, noise=0.0)
    audio = np.concatenate([audio, silence * np.ones((1, 16000)), audio], axis=1)
    f0 = np.concatenate([known["f0_hz"], np.full((1, 250, 1), 31.7), known["f0_hz"]], axis=1)
    found = analysis.analyze(audio, f0)["amplitudes"][0, :, 0]
    assert np.all(found[140:360] == 0.0)
    for start in (0, 375):
        np.testing.assert_allclose(found[start + 20 : start + 105], known["amplitudes"][0, 20:105, 0], rtol=0.05)


def test_voicing_tells_tone_from_noise():
    known, tone = known_controls(16000)
    noise = np.random.default_rng(3).standard_normal(tone.shape)
    for audio, low, high in ((tone, 0.95, 1.0), (noise, 0.0, 0.25), (0.0 * tone, 0.0, 0.0)):
        a, b = analysis.harmonic_amplitudes(audio, known["f0_hz"], 36, 16000)
        rest = audio - analysis.synthesize_harmonics(a, b, known["f0_hz"], audio.shape[1], 16000)
        voiced = analysis.voicing(audio, rest, known["f0_hz"], np.ones_like(known["f0_hz"]))
        assert low <= np.mean(inner(voiced)) <= high


def test_noise_magnitudes_of_shaped_noise():
    """Magnitudes of FilteredNoise are recovered, smoothed by the window of its filter."""
    known = np.tile(0.05 + 0.1 * np.linspace(0.0, 1.0, 65), (1, 500, 1))
    audio = synths.FilteredNoise(n_samples=32000, scale_fn=None)(known, key=4)
    found = analysis.noise_magnitudes(audio, 500, 16000)
    average = np.sqrt(np.mean(found**2, axis=1))[0]
    np.testing.assert_allclose(average[2:-2], known[0, 0, 2:-2], rtol=0.12)


def test_noise_magnitudes_are_those_around_the_middle_of_a_frame():
    """A click in the middle of a frame affects frames before and after it equally."""
    audio = np.zeros((1, 50 * 64))
    audio[0, 25 * 64 + 32] = 1.0
    found = analysis.noise_magnitudes(audio, 50, 16000)[0]
    assert np.all(found[25] > 0.0)
    np.testing.assert_allclose(found[26:50], found[24:0:-1], rtol=1e-9, atol=1e-12)


def test_a_tone_in_noise_with_an_offset_has_no_bias():
    """Mean powers of harmonics and noise over 24 sounds have no bias from each other or from the offset."""
    pitch, amplitude, deviation, n_harmonics = 440.0, 0.05, 0.05, 8
    n = np.arange(16000)
    rng = np.random.default_rng(5)
    tone = sum(amplitude * np.sin(2 * np.pi * h * pitch * n / 16000 + h * h) for h in range(1, n_harmonics + 1))
    audio = 0.2 + tone + deviation * rng.standard_normal((24, n.size))
    f0 = np.full((24, 250, 1), pitch)
    found = analysis.analyze(audio, f0, n_harmonics=n_harmonics, refine=False)
    assert np.all(inner(found["voicing"]) == 1.0)
    power = inner(found["amplitudes"] * found["harmonic_distribution"]) ** 2
    of_sounds = power.mean(axis=(1, 2))
    assert abs(of_sounds.mean() - amplitude**2) < 3.0 * of_sounds.std(ddof=1) / np.sqrt(24)
    # The filter's window averages neighboring magnitudes; the first and last band are half as wide as the others.
    magnitudes = inner(found["magnitudes"])
    heard = 0.5 * magnitudes[..., 1:-1] + 0.25 * (magnitudes[..., :-2] + magnitudes[..., 2:])
    # Three standard errors are 1 %. Cross-fading harmonics between frames leaves 2 % more than in the formula.
    assert abs((heard**2).mean() / (3.0 * deviation**2) - 1.0) < 0.04
    assert np.sqrt((magnitudes[..., 0] ** 2).mean()) < 0.12  # 0.087 is right; the offset would make it 2


@pytest.mark.parametrize("rate", [8000, 44100])
def test_noise_comes_back_as_loud(rate):
    """White noise and a band of 600 Hz. Without the correction for the filter's window they lose 0.4 and 1.2 dB."""
    hop, n_frames = hop_and_frames(rate, 2.0)
    white = np.random.default_rng(6).standard_normal((1, hop * n_frames))
    spectrum = np.fft.rfft(white)
    band = np.fft.irfft(spectrum * (np.abs(np.fft.rfftfreq(white.size, 1 / rate) - 2000) < 300), n=white.size)
    for audio, most in ((white, 0.1), (band, 0.3)):
        synth = synths.FilteredNoise(n_samples=white.size, scale_fn=None)
        magnitudes = analysis.noise_magnitudes(audio, n_frames, rate)
        made = synth(np.repeat(magnitudes, 8, axis=0), key=1)  # the level of one scatters by 0.13 dB
        assert abs(20 * np.log10(made.std() / audio.std())) < most


def test_a_doubtful_pitch_must_explain_more():
    """A tone with 40 % of the energy is voiced if the tracker's confidence is high, and unvoiced if it is low."""
    n, rng = np.arange(16000), np.random.default_rng(7)
    audio = (0.1 * np.sin(2 * np.pi * 300.0 * n / 16000) + 0.085 * rng.standard_normal(n.size))[None]
    f0 = np.full((1, 250, 1), 300.0)
    sure, unsure = (
        analysis.analyze(audio, f0, np.full_like(f0, c), n_harmonics=1, refine=False)["voicing"] for c in (1.0, 0.0)
    )
    assert np.mean(inner(sure)) > 0.8 and np.mean(inner(unsure)) < 0.05


def test_silence_stays_silence():
    controls = analysis.analyze(np.zeros((1, 1600), np.float32), np.full((1, 25, 1), 100.0, np.float32))
    assert all(np.all(np.isfinite(x)) for x in controls.values())
    assert np.all(controls["amplitudes"] == 0.0) and np.all(controls["magnitudes"] == 0.0)


def test_a_batch_is_its_items():
    known, audio = known_controls(16000)
    other = np.roll(audio[:, ::-1], 100, axis=1)
    f0 = np.concatenate([known["f0_hz"], np.flip(known["f0_hz"], axis=1)])
    both = analysis.analyze(np.concatenate([audio, other]), f0, n_harmonics=10)
    for i, alone in enumerate((audio, other)):
        single = analysis.analyze(alone, f0[i : i + 1], n_harmonics=10)
        for name in single:
            np.testing.assert_allclose(both[name][i : i + 1], single[name], rtol=1e-6, atol=1e-7)


def test_backends_agree(backend):
    known, audio = known_controls(16000, vibrato=0.0)  # one window length, because JAX compiles for each length
    audio = audio[:, :3200].astype(np.float32)
    f0 = known["f0_hz"][:, :50].astype(np.float32) * np.float32(1.005)
    confidence = np.full_like(f0, 0.8)
    expected = analysis.analyze(audio, f0, confidence, n_harmonics=8)
    with backend.scope("float32"):
        found = analysis.analyze(*(backend.asarray(x, "float32") for x in (audio, f0, confidence)), n_harmonics=8)
    for name, x in found.items():
        assert backend.is_own(x) and backend.dtype_name(x) == "float32"
        np.testing.assert_allclose(backend.to_numpy(x), expected[name], rtol=2e-3, atol=2e-4, err_msg=name)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"audio": np.zeros((1, 1601))}, "audio: got 1601 samples for 25 frames"),
        ({"f0_hz": np.ones((1, 25))}, "f0_hz: got shape"),
        ({"f0_hz": np.where(np.arange(25) == 3, np.nan, 100.0)[None, :, None]}, r"f0_hz: got nan at \[0, 3, 0\]"),
        ({"f0_hz": np.zeros((1, 25, 1))}, "f0_hz: got 0 at"),
        ({"n_harmonics": 0}, "n_harmonics"),
        ({"n_harmonics": 0.5}, "n_harmonics"),
        ({"n_bands": 1}, "n_bands"),
        (
            {"confidence": np.ones((2, 25, 1)), "audio": np.zeros((3, 1600))},
            "confidence: got shape .* with a batch of 2",
        ),
    ],
)
def test_wrong_arguments_are_named(change, message):
    arguments = {"audio": np.zeros((1, 1600)), "f0_hz": np.full((1, 25, 1), 100.0), **change}
    with pytest.raises(ValueError, match=message):
        analysis.analyze(**arguments)


def test_spread_frames_glides_and_jumps():
    track = np.asarray([[[100.0], [104.0], [208.0]]])
    fine = analysis.spread_frames(track, 4, 12, max_ratio=1.06)[0, :, 0]
    np.testing.assert_allclose(fine[:5], 100.0 * 1.04 ** (np.arange(5) / 4.0))
    np.testing.assert_allclose(fine[4:], [104.0, 104.0, 208.0, 208.0, 208.0, 208.0, 208.0, 208.0])


def test_the_bundled_phrase():
    """The figure of the README: spectral convergence of the direct resynthesis, far below 0.3."""
    with as_file(files("ddsp") / "data" / "flute_phrase.wav") as path:
        audio, sample_rate = soundfile.read(path, dtype="float32")
    audio = audio[: 4 * sample_rate][None]
    notes = [440.0, 523.25, 659.26, 880.0, 659.26]
    starts = [0, 17200, 28400, 39400, 58400]
    f0 = np.repeat(notes, np.diff([*starts, audio.shape[1]]))[::64].astype(np.float32)[None, :, None]
    controls = analysis.analyze(audio, f0, sample_rate=sample_rate)
    assert convergence(audio, synthesise(controls, sample_rate, audio.shape[1])) < 0.12
