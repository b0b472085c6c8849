"""Wavetables and delays: aliasing, memory, ends of a delay line, and edge sizes."""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from conftest import require_backend
from ddsp import core, effects

from .golden_cases import load_cases

RATE = 16000
SIZE = 2048


def saw():
    """Table with all harmonics that it can represent, at 1 / h."""
    return sum(np.sin(2 * np.pi * h * np.arange(SIZE) / SIZE) / h for h in range(1, SIZE // 2))[None]


def tone(f0_hz, tables, n_samples=4000, rate=RATE, **options):
    """float64 audio at a constant pitch."""
    f0 = np.full((1, 1, 1), float(f0_hz))
    return core.wavetable_synthesis(f0, np.ones((1, 1, 1)), tables, n_samples, rate, **options)[0]


def off_harmonics_db(audio, f0_hz, rate=RATE):
    """Share of the energy that harmonics below Nyquist do not explain by least squares, in dB."""
    turns = np.outer(np.arange(len(audio)), np.arange(np.ceil(rate / 2 / f0_hz))) * f0_hz / rate
    waves = np.concatenate([np.cos(2 * np.pi * turns), np.sin(2 * np.pi * turns[:, 1:])], axis=1)
    rest = audio - waves @ np.linalg.lstsq(waves, audio, rcond=None)[0]
    return 10 * np.log10(np.sum(rest**2) / np.sum(audio**2))


# Band limits ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n_frames", [1, 5])
@pytest.mark.parametrize("f0_hz", [27.5, 55.3, 440.0, 1237.7, 1999.0, 2100.3, 3999.0, 7150.3])
def test_a_band_limited_saw_does_not_alias(f0_hz, n_frames):
    """Aliases are below -60 dB; with the plain table they are above -31 dB at each of these pitches.

    The rest at low pitches is images of linear interpolation, which grow with the number of harmonics.
    """
    tables = np.repeat(saw()[:, None], n_frames, axis=1)
    assert off_harmonics_db(tone(f0_hz, tables, band_limit=True), f0_hz) < (-60.0 if f0_hz < 100.0 else -95.0)
    assert off_harmonics_db(tone(f0_hz, tables), f0_hz) > -31.0


@pytest.mark.parametrize("n_frames", [1, 5])
def test_a_saw_at_2_khz_is_three_sines(n_frames):
    """At 2 kHz of 16 kHz, aliases coincide with harmonics, so audio is compared with the exact result."""
    turns = 2000.0 * np.arange(4000) / RATE
    exact = sum(np.sin(2 * np.pi * h * turns) / h for h in (1, 2, 3))
    tables = np.repeat(saw()[:, None], n_frames, axis=1)
    error = [
        np.sum((tone(2000.0, tables, band_limit=limit) - exact) ** 2) / np.sum(exact**2) for limit in (True, False)
    ]
    assert 10 * np.log10(error[0]) < -100.0
    assert 10 * np.log10(error[1]) > -20.0


@pytest.mark.parametrize("shape", [(1, 2048), (1, 4, 2048)])
@pytest.mark.parametrize("harmonic", [1, 2, 3, 7, 40, 90, 200])
def test_a_sweep_is_silent_above_nyquist_and_does_not_click(harmonic, shape):
    """Gain of a table with one harmonic in a sweep over 8 octaves and back."""
    n_samples, n_frames = 16000, 100
    octaves = 8.5 * np.sin(np.pi * np.arange(n_frames) / n_frames)
    f0 = (20.0 * 2.0**octaves)[None, :, None]
    angle = 2 * np.pi * harmonic * np.arange(SIZE) / SIZE
    waves = [
        core.wavetable_synthesis(f0, np.ones((1, 1, 1)), np.broadcast_to(wave, shape), n_samples, RATE, band_limit=True)
        for wave in (np.cos(angle), np.sin(angle))
    ]
    gain = np.hypot(*waves)[0]
    frequency = harmonic * core.resample(f0, n_samples)[0, :, 0]
    assert gain[frequency >= RATE / 2].max(initial=0.0) < 1e-9
    # A level omits up to 14 percent of the band, and the fade another 10. Tables of frames use the next frame as well.
    whole = gain[frequency < 0.75 * RATE / 2] if len(shape) == 2 else gain[frequency < 0.6 * RATE / 2]
    assert whole.size and whole.min() > 0.9
    # Changes of gain are as slow as the sweep: a fade takes 10 percent of frequency. A click would be a step of 1.
    slope = np.abs(np.diff(frequency)) / (RATE / 2)
    assert np.abs(np.diff(gain)).max() < 12.0 * slope.max() + 0.02


def test_low_tones_are_left_as_they_are():
    """If all harmonics are below Nyquist, band limits do not change long tables."""
    rng = np.random.default_rng(0)
    tables = core.harmonic_distribution_to_wavetable(rng.random((2, 3, 20)), 8192)
    f0, amplitudes = rng.uniform(40.0, 300.0, (2, 14, 1)), np.ones((2, 1, 1))
    for table in (tables, tables[:, 0]):
        plain, limited = (core.wavetable_synthesis(f0, amplitudes, table, 999, band_limit=b) for b in (False, True))
        np.testing.assert_allclose(limited, plain, atol=1e-12)


def test_levels_hold_fewer_and_fewer_harmonics():
    spectra = np.abs(np.fft.rfft(core.band_limited_wavetables(1.0 + saw())[0]))
    counts = np.sum(spectra[:, 1:] > 1e-6, axis=1)
    assert counts[0] == SIZE // 2 - 1 and list(counts[-5:]) == [4, 3, 2, 1, 0]
    assert np.all(np.diff(counts) < 0) and np.all(counts[1:-12] / counts[:-13] > 0.86)
    np.testing.assert_allclose(spectra[:, 0], SIZE, rtol=1e-12)


# Phase ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 5, 2048])
def test_phases_at_both_ends_of_the_table(size, backend):
    """Phases 0, 1 and the number below 1 give the first sample of the table to 1e-6."""
    table = np.random.default_rng(0).standard_normal((1, size))
    phase = np.asarray([[0.0, 1.0 - 2.0**-24, 1.0]])
    out = core.linear_lookup(backend.asarray(phase, "float32"), backend.asarray(table, "float32"))
    slope = np.abs(table[0, 0] - table[0, -1]) * size * 2.0**-24
    assert np.max(np.abs(backend.to_numpy(out) - table[0, 0])) < 1e-6 + slope


def test_the_phase_does_not_drift(backend):
    """A minute in float32 ends at the correct phase; the first sample has phase 0."""
    if backend.name in ("strict", "numpy-readonly"):
        pytest.skip("the same arithmetic as numpy")
    f0_hz, n_samples, rate = 440.37, 16000 * 60, 16000
    f0 = np.full((1, 2, 1), f0_hz, np.float32)
    table = np.asarray([[0.0, 1.0, 0.0, -1.0]], np.float32)
    run = backend.run(lambda f, a, t: core.wavetable_synthesis(f, a, t, n_samples, rate)[:, -1000:])
    audio = backend.to_numpy(run(*(backend.asarray(x) for x in (f0, np.ones_like(f0), table))))[0]
    phase = float(f0[0, 0, 0]) * np.arange(n_samples - 1000, n_samples) / rate % 1.0
    np.testing.assert_allclose(audio, np.interp(phase, np.arange(5) / 4, [0.0, 1.0, 0.0, -1.0, 0.0]), atol=2e-5)


# Delays ---------------------------------------------------------------------------------------------------------


def test_phase_1_is_the_full_delay(backend):
    audio = np.arange(1.0, 11.0)[None]
    out = core.variable_length_delay(
        backend.asarray(np.ones((1, 10, 1)), "float32"), backend.asarray(audio, "float32"), 4
    )
    np.testing.assert_array_equal(backend.to_numpy(out)[0], [0, 0, 0, 0, 1, 2, 3, 4, 5, 6])


@pytest.mark.parametrize(("phase", "milliseconds"), [(0.0, 1.0), (0.5, 3.0), (1.0, 5.0), (-3.0, 1.0), (2.0, 5.0)])
@pytest.mark.parametrize("rate", [8000, 44100, 96000])
def test_mod_delay_covers_both_sides_of_its_centre(phase, milliseconds, rate):
    """An impulse is delayed correctly, to a fraction of a sample."""
    audio = np.eye(1, 1000)
    effect = effects.ModDelay(3.0, 2.0, rate, gain_scale_fn=None, phase_scale_fn=None, add_dry=False)
    out = effect(audio, np.ones((1, 1000, 1)), np.full((1, 1000, 1), phase))[0]
    assert np.sum(out) == pytest.approx(1.0)
    assert np.sum(out * np.arange(1000)) == pytest.approx(milliseconds * rate / 1000)


@pytest.mark.parametrize("name", ["mod_delay_phase_signed", "mod_delay_signal"])
def test_mod_delay_is_the_original_on_another_scale(name):
    """The original's delay is center + phase * depth, for our phase (1 + phase) / 2, except near its wrap."""
    case = next(c for c in load_cases() if c.name == name)
    inputs = case.inputs()
    phase = inputs["phase"].astype(np.float64)
    out = effects.ModDelay(**case.init).get_signal(
        inputs["audio"].astype(np.float64), inputs["gain"].astype(np.float64), (1.0 + phase) / 2.0
    )
    expected, limit = case.outputs()["out"]
    length = (case.init["center_ms"] + case.init["depth_ms"]) * case.init["sample_rate"] / 1000
    delay = (case.init["center_ms"] + phase[..., 0] * case.init["depth_ms"]) * case.init["sample_rate"] / 1000
    same = delay <= length - 1
    assert 0.9 < same.mean() < 1.0
    np.testing.assert_allclose(out[same], expected[same], atol=limit)


# Sizes ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("band_limit", [False, True])
@pytest.mark.parametrize("f0_hz", [0.0, 1e-20, -300.0, 90000.0])
@pytest.mark.parametrize("tables", [(64,), (3, 63), (1, 1)], ids=str)
def test_odd_pitches_are_finite(f0_hz, tables, band_limit, grad_backend):
    """Pitches of 0, negative ones and those above Nyquist give finite values and gradients."""
    rng = np.random.default_rng(0)
    arrays = [np.full((2, 3, 1), f0_hz), rng.random((2, 1, 1)), rng.standard_normal((2, *tables))]
    arrays = [grad_backend.asarray(x, "float32") for x in arrays]
    weights = [grad_backend.asarray(np.ones((2, 50)), "float32")]
    synth = partial(core.wavetable_synthesis, n_samples=50, band_limit=band_limit)
    out, grads = grad_backend.value_and_grad(synth, arrays, (0, 1, 2), weights, grad_backend.plain_mode)
    for x in (out, *grads):
        assert np.isfinite(grad_backend.to_numpy(x)).all()


def test_above_nyquist_only_the_mean_is_left():
    tables = 0.25 + saw()
    np.testing.assert_allclose(tone(8000.0, tables, 300, band_limit=True), 0.25, atol=1e-9)
    np.testing.assert_allclose(tone(90000.0, tables[:, None].repeat(2, 1), 300, band_limit=True), 0.25, atol=1e-9)


@pytest.mark.parametrize("batch", [0, 1, 2])
@pytest.mark.parametrize(("n_samples", "rate"), [(1, 8000), (2, 96000), (37, 44100)])
def test_edge_sizes(batch, n_samples, rate, backend):
    rng = np.random.default_rng(0)
    f0, amplitude = rng.uniform(100, 900, (batch, 1, 1)), rng.random((batch, 1, 1))
    for shape in ((16,), (1, 16), (3, 16)):
        arrays = [backend.asarray(x, "float32") for x in (f0, amplitude, rng.random((batch, *shape)))]
        for band_limit in (False, True):
            synth = backend.run(
                partial(core.wavetable_synthesis, n_samples=n_samples, sample_rate=rate, band_limit=band_limit)
            )
            assert tuple(synth(*arrays).shape) == (batch, n_samples)
    audio, phase = rng.random((batch, n_samples)), rng.random((batch, n_samples, 1))
    arrays = [backend.asarray(x, "float32") for x in (audio, phase, phase)]
    assert tuple(backend.run(effects.ModDelay(sample_rate=rate))(*arrays).shape) == (batch, n_samples)


ONES = np.ones((2, 4, 1))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: core.linear_lookup(np.ones((2, 4, 3)), np.ones((2, 8))), "phase: got shape"),
        (lambda: core.linear_lookup(np.ones((2, 4)), np.ones((2, 3, 8))), "wavetables: got shape .* a length of 3"),
        (lambda: core.linear_lookup(np.ones((2, 4)), np.ones((3, 8))), "wavetables: got shape .* a batch of 3"),
        (lambda: core.linear_lookup(np.ones((2, 4)), np.ones((2, 0))), "wavetables: got shape"),
        (lambda: core.wavetable_synthesis(np.ones((2, 4)), ONES, np.ones((2, 8)), 64), "frequencies: got shape"),
        (lambda: core.wavetable_synthesis(ONES, np.ones((2, 4, 2)), np.ones((2, 8)), 64), "amplitudes: got shape"),
        (lambda: core.wavetable_synthesis(ONES, ONES, np.ones(8), 64), "wavetables: got shape"),
        (lambda: core.wavetable_synthesis(ONES, ONES, np.ones((2, 8)), 0), "n_samples: got 0"),
        (lambda: core.harmonic_distribution_to_wavetable(np.ones((1, 1, 9)), 16), "n_wavetable: got 16"),
        (lambda: core.band_limited_wavetables(np.ones((2, 3, 8))), "wavetables: got shape"),
        (lambda: core.variable_length_delay(np.ones((2, 5, 1)), np.ones((2, 4))), "audio: got shape .* as in phase"),
        (lambda: core.variable_length_delay(ONES, np.ones((2, 4)), 0), "max_length: got 0"),
        (lambda: effects.ModDelay(5.0, 6.0)(np.ones((2, 4)), ONES, ONES), "depth_ms: got 6.0"),
        (lambda: effects.ModDelay()(np.ones((2, 4)), np.ones((2, 1, 1)), ONES), "gain: got shape"),
    ],
)
def test_what_does_not_fit_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


# Memory ---------------------------------------------------------------------------------------------------------

#: Peak memory of the process in MB, beyond the inputs of 8 x 64000 samples and tables of 2048.
PEAK = """
import resource, sys
import numpy as np
from ddsp import core, effects
kind, backend, gradient = sys.argv[1:]

def inputs(batch, n, frames, size):
    shapes = {"f": (batch, frames, 1), "a": (batch, frames, 1), "static": (batch, size),
              "frames": (batch, frames, size), "audio": (batch, n), "phase": (batch, n, 1), "gain": (batch, n, 1)}
    names = ["audio", "gain", "phase"] if kind == "delay" else ["f", "a", kind.split()[-1]]
    return [np.random.default_rng(0).random(shapes[name], dtype=np.float32) for name in names]

def run(arrays, n):
    if kind == "delay":
        out = effects.ModDelay().get_signal(*arrays)
    else:
        out = core.wavetable_synthesis(500.0 * arrays[0], *arrays[1:], n, band_limit="limited" in kind)
    if gradient == "gradient":
        out.sum().backward()

small, large = inputs(1, 640, 5, 16), inputs(8, 64000, 250, 2048)
if backend == "torch":
    import torch
    small, large = ([torch.tensor(x, requires_grad=gradient == "gradient") for x in xs] for xs in (small, large))
run(small, 640)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
run(large, 64000)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss in kilobytes")
@pytest.mark.parametrize("run", ["numpy value", "torch gradient"])
@pytest.mark.parametrize("kind", ["static", "frames", "limited static", "limited frames", "delay"])
def test_memory(kind, run):
    """Measured: 35 to 103 MB, and 262 for the gradient of band-limited frames (their FFTs: 16 MB each).

    Weighing the whole table at each sample, as the original does, takes 4 GB.
    """
    require_backend(run.split()[0])
    command = [sys.executable, "-c", PEAK, kind, *run.split()]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[1])
    assert float(done.stdout) < (350.0 if (kind, run) == ("limited frames", "torch gradient") else 200.0)


@pytest.mark.parametrize("size", [64, 100, 257, 2048])
@pytest.mark.parametrize("n_tables", [1, 3])
def test_short_tables_have_no_images(size, n_tables):
    """Harmonics below Nyquist have their levels; everything else is below -70 dB."""
    f0, rate, n = 220.5, 16000, 8000
    weights = np.ones(min(size // 2 - 1, 200))
    table = core.harmonic_distribution_to_wavetable(weights[None, None, :], size)
    one = np.ones((1, 1, 1))
    audio = core.wavetable_synthesis(
        f0 * one, one, np.repeat(table, n_tables, axis=1), n_samples=n, sample_rate=rate, band_limit=True
    )[0]
    numbers = np.arange(int(rate / 2 / f0) + 1)
    angle = 2.0 * np.pi * f0 / rate * np.outer(np.arange(n), numbers)
    basis = np.concatenate([np.cos(angle), np.sin(angle[:, 1:])], axis=1)
    levels = np.linalg.lstsq(basis, audio, rcond=None)[0]
    rest = audio - basis @ levels
    assert 10.0 * np.log10(np.mean(rest**2) / np.mean(audio**2)) < -70.0
    whole = numbers[1 : min(len(weights), int(0.85 * rate / 2 / f0)) + 1]
    np.testing.assert_allclose(levels[whole], 1.0, rtol=2e-3)


def test_a_negative_frequency_has_the_spectrum_of_its_magnitude():
    """A negative frequency reverses time, so the band limit depends on |f0|."""
    one, table = np.ones((1, 1, 1)), np.linspace(-1.0, 1.0, 64)[None, :]
    for tables in (table, np.repeat(table[:, None, :], 4, axis=1)):
        forward, backward = (
            core.wavetable_synthesis(f0 * one, one, tables, n_samples=400, band_limit=True) for f0 in (1900.0, -1900.0)
        )
        spectra = [np.abs(np.fft.rfft(x[0, 1:] * np.hanning(399))) for x in (forward, backward)]
        np.testing.assert_allclose(spectra[1], spectra[0], atol=1e-2 * spectra[0].max())


def test_a_place_that_is_no_number_reads_what_is_there_and_raises_nothing(backend):
    phase = backend.asarray([[0.1, np.nan, 0.9]], "float32")
    found = backend.to_numpy(core.linear_lookup(phase, backend.asarray(np.ones((1, 8)), "float32")))
    assert np.isnan(found[0]).tolist() == [False, True, False]
    audio = backend.asarray(np.ones((1, 3)), "float32")
    found = backend.to_numpy(core.variable_length_delay(phase, audio, max_length=2))
    assert np.isnan(found[0]).tolist() == [False, True, False]
