"""Cases of arithmetic, units, scaling, resampling and oscillators. Lengths are odd on purpose."""

from __future__ import annotations

import numpy as np

from .cases import Case, normal, uniform

X = normal("x", 3, 7, scale=3.0)
POSITIVE = uniform("positive", 0.01, 4.0, 3, 7)
HZ = uniform("hz", 30.0, 7000.0, 3, 7)
CONTROLS = normal("controls", 2, 7, 3)

MATH = [
    Case("diff", "core.diff", {"x": X}),
    Case("diff axis 0", "core.diff", {"x": X}, {"axis": 0}),
    Case("nan_to_num", "core.nan_to_num", {"x": X}),
    Case("nan_to_num of NaN", "core.nan_to_num", {"x": np.where(X > 4.0, np.nan, X)}, {"value": -2.5}, wrt=()),
    Case(
        "safe_divide", "core.safe_divide", {"numerator": X, "denominator": np.where(abs(X) < 0.1, 0.5, X[::-1] + 9.0)}
    ),
    Case("safe_divide zeros", "core.safe_divide", {"numerator": X, "denominator": 0.0 * X}, wrt=("numerator",)),
    Case("safe_log", "core.safe_log", {"x": POSITIVE}),
    Case("safe_log floor", "core.safe_log", {"x": np.asarray([-1.0, 0.0, 1e-30, 1e-3, 5.0])}, {"eps": 1e-2}),
    Case("logb", "core.logb", {"x": POSITIVE}, {"base": 3.0}),
    Case("log10", "core.log10", {"x": POSITIVE}),
    Case(
        "log_scale",
        "core.log_scale",
        {"x": uniform("log_scale", -1.0, 1.0, 3, 7)},
        {"min_x": 20.0, "max_x": 8000.0},
        rtol32=3e-6,
    ),
    Case("softplus", "core.softplus", {"x": X}),
    Case("sigmoid", "core.sigmoid", {"x": X}),
    Case("soft_limit", "core.soft_limit", {"x": X}, {"x_min": -3.0, "x_max": 2.0}),
    Case("gradient_reversal", "core.gradient_reversal", {"x": X}, gradient_sign=-1.0),
    Case("pad_axis", "core.pad_axis", {"x": CONTROLS}, {"padding": (2, 3), "axis": 1}),
]

UNITS = [
    Case("amplitude_to_db", "core.amplitude_to_db", {"amplitude": POSITIVE}, {"ref_db": 20.7}),
    Case("power_to_db", "core.power_to_db", {"power": POSITIVE}),
    Case(
        "power_to_db floor", "core.power_to_db", {"power": np.asarray([0.0, 1e-12, 1e-3])}, {"range_db": 60.0}, wrt=()
    ),
    Case(
        "power_to_db negative reference",
        "core.power_to_db",
        {"power": np.asarray([0.0, 1e-12, 1e-9, 1e-7, 1.0])},
        {"ref_db": -20.0},
        wrt=(),
    ),
    Case("db_to_amplitude", "core.db_to_amplitude", {"db": X}),
    Case("db_to_power", "core.db_to_power", {"db": X}),
    Case("midi_to_hz", "core.midi_to_hz", {"notes": uniform("notes", 1.0, 127.0, 3, 7)}),
    Case(
        "midi_to_hz silence", "core.midi_to_hz", {"notes": np.asarray([0.0, 69.0])}, {"midi_zero_silence": True}, wrt=()
    ),
    Case("hz_to_midi", "core.hz_to_midi", {"frequencies": HZ}),
    Case("unit_to_midi", "core.unit_to_midi", {"unit": uniform("unit", 0.0, 1.0, 3, 7)}),
    Case("unit_to_midi clip", "core.unit_to_midi", {"unit": X}, {"clip": True, "midi_min": 30.0}),
    Case("midi_to_unit", "core.midi_to_unit", {"midi": uniform("midi", 0.0, 127.0, 3, 7)}, {"midi_max": 100.0}),
    Case(
        "unit_to_hz",
        "core.unit_to_hz",
        {"unit": uniform("unit", 0.0, 1.0, 3, 7)},
        {"hz_min": 25.0, "hz_max": 7e3},
        rtol32=3e-6,
    ),
    Case(
        "unit_to_hz from 0",
        "core.unit_to_hz",
        {"unit": np.asarray([0.0, 0.25, 1.0])},
        {"hz_min": 0.0, "hz_max": 4e3},
        wrt=(),
    ),
    Case("hz_to_unit", "core.hz_to_unit", {"hz": HZ}, {"hz_min": 25.0, "hz_max": 7e3}),
    Case("hz_to_bark", "core.hz_to_bark", {"hz": HZ}),
    Case("bark_to_hz", "core.bark_to_hz", {"bark": uniform("bark", 0.0, 20.0, 3, 7)}),
    Case("hz_to_mel", "core.hz_to_mel", {"hz": HZ}),
    Case("mel_to_hz", "core.mel_to_hz", {"mel": uniform("mel", 10.0, 2500.0, 3, 7)}),
    Case("hz_to_erb", "core.hz_to_erb", {"hz": HZ}),
    Case("erb_to_hz", "core.erb_to_hz", {"erb": uniform("erb", 25.0, 700.0, 3, 7)}),
]

SCALING = [
    Case("exp_sigmoid", "core.exp_sigmoid", {"x": X}),
    Case("sym_exp_sigmoid", "core.sym_exp_sigmoid", {"x": X}),
    Case("frequencies_softmax", "core.frequencies_softmax", {"freqs": normal("freqs", 2, 5, 12)}, {"depth": 4}),
    Case("frequencies_softmax 4d", "core.frequencies_softmax", {"freqs": normal("freqs", 2, 5, 3, 4)}),
    Case(
        "frequencies_sigmoid",
        "core.frequencies_sigmoid",
        {"freqs": normal("freqs", 2, 5, 12)},
        {"depth": 4},
        rtol32=3e-6,
    ),
    Case(
        "frequencies_sigmoid 4d",
        "core.frequencies_sigmoid",
        {"freqs": normal("freqs", 2, 5, 3, 4)},
        {"hz_min": 40.0},
        rtol32=3e-6,
    ),
]


def _bands(label, *shape, **kwargs):
    freqs = normal("bands", *shape)
    return Case(f"critical_bands {label}", "core.frequencies_critical_bands", {"freqs": freqs}, kwargs)


SCALING += [
    _bands("depth", 2, 5, 12, depth=4),
    _bands("4d", 2, 5, 3, 4, depth_scale=3.0, bandwidth_scale=2.0, hz_min=40.0),
    _bands("mel", 2, 5, 7, scale="mel", hz_max=7000.0),
    _bands("one sinusoid, one frame", 1, 1, 1),
]


def _resample(label, x, n, method="linear", add_endpoint=True):
    kwargs = {"n_timesteps": n, "method": method, "add_endpoint": add_endpoint}
    return Case(f"resample {label}", "core.resample", {"inputs": x}, kwargs)


RESAMPLE = [
    *(_resample(f"{m} up", CONTROLS, 53, m) for m in ("linear", "nearest", "cubic", "window")),
    *(_resample(f"{m} up aligned", CONTROLS, 53, m, False) for m in ("linear", "nearest", "cubic", "window")),
    *(_resample(f"{m} down", CONTROLS, 4, m) for m in ("linear", "nearest", "cubic")),
    _resample("to one", CONTROLS, 1),
    _resample("from one", CONTROLS[:, :1], 5, "window"),
    _resample("1d", CONTROLS[0, :, 0], 16),
    _resample("2d", CONTROLS[..., 0], 21, "window"),
    _resample("4d", normal("4d", 2, 5, 3, 2), 21, "cubic"),
    Case("upsample_with_windows", "core.upsample_with_windows", {"inputs": CONTROLS}, {"n_timesteps": 30}),
    Case("frame", "core.frame", {"audio": normal("framed", 2, 33)}, {"frame_size": 7, "hop_size": 3}),
    Case("frame whole hops", "core.frame", {"audio": normal("framed", 33)}, {"frame_size": 8, "hop_size": 2}),
    Case("frame 2.5", "core.frame", {"audio": normal("framed", 2, 33)}, {"frame_size": 7, "hop_size": 2.5}),
    Case(
        "frame many phases", "core.frame", {"audio": normal("framed", 2, 333)}, {"frame_size": 7, "hop_size": 266 / 59}
    ),
    Case("overlap_and_add", "core.overlap_and_add", {"frames": normal("frames", 2, 5, 7)}, {"hop_size": 3}),
    Case(
        "resample_audio",
        "core.resample_audio",
        {"audio": normal("audio", 2, 333)},
        {"from_rate": 44100, "to_rate": 16000},
    ),
    Case(
        "resample_audio up",
        "core.resample_audio",
        {"audio": normal("audio", 333)},
        {"from_rate": 16000, "to_rate": 24000.0},
    ),
    Case(
        "resample_audio odd",
        "core.resample_audio",
        {"audio": normal("audio", 2, 70)},
        {"from_rate": 5512.5, "to_rate": 4999},
    ),
    Case("center_crop", "core.center_crop", {"audio": normal("audio", 2, 33)}, {"frame_size": 5}),
]

# Oscillators ----------------------------------------------------------------------------------------------------

RATE = 4000
F0 = uniform("f0", 90.0, 700.0, 2, 7, 1)  # harmonics cross Nyquist within the signal
SAMPLE_F0 = np.repeat(uniform("sample f0", 150.0, 450.0, 2, 11, 1), 9, axis=1)
AMPLITUDES = uniform("amplitudes", 0.2, 1.0, 2, 7, 1)
DISTRIBUTION = uniform("distribution", 0.1, 1.0, 2, 7, 6)
SHIFTS = normal("shifts", 2, 7, 6, scale=0.02)
OMEGA = uniform("omega", 0.01, 3.0, 2, 131, 1)
BANK = {
    "frequency_envelopes": uniform("bank", 50.0, 2500.0, 2, 99, 5),
    "amplitude_envelopes": uniform("bank amplitudes", 0.0, 1.0, 2, 99, 5),
}
FRAMES = {"frequencies": F0, "amplitudes": AMPLITUDES, "harmonic_distribution": DISTRIBUTION}


def _synthesis(label, n_samples=155, **more):
    """A case with 155 samples for 7 frames, so the hop is not an integer."""
    method, rtol32 = more.pop("method", "window"), more.pop("rtol32", 8e-6)
    inputs = {**FRAMES, **more}
    inputs = {name: x for name, x in inputs.items() if x is not None}
    kwargs = {"n_samples": n_samples, "sample_rate": RATE, "amp_resample_method": method}
    return Case(f"harmonic_synthesis {label}", "core.harmonic_synthesis", inputs, kwargs, rtol32=rtol32)


def _streaming(label, n_samples=155, method="linear", **more):
    kwargs = {"n_samples": n_samples, "sample_rate": RATE, "amp_resample_method": method}
    inputs = {**FRAMES, **more}
    return Case(f"streaming {label}", "core.streaming_harmonic_synthesis", inputs, kwargs, rtol32=1e-5)


SINUSOIDS = {
    "sin_amps": uniform("sin amps", 0.1, 1.0, 2, 7, 11),
    "sin_freqs": uniform("sin freqs", 60.0, 2500.0, 2, 7, 11),
    "f0_hz": F0,
}
HARMONICS = {"harm_amp": AMPLITUDES, "harm_dist": DISTRIBUTION, "f0_hz": F0}


def _collect(label, **more):
    """A case with harmonics from below 100 Hz to above Nyquist, and more sinusoids than in a chunk."""
    inputs = {**SINUSOIDS, **{name: more.pop(name) for name in list(more) if name in SINUSOIDS}}
    kwargs = {"n_harmonics": 13, "sample_rate": RATE, "harmonic_width": 0.3, **more}
    name = f"sinusoidal_to_harmonic {label}"
    return Case(name, "core.sinusoidal_to_harmonic", inputs, kwargs, rtol32=8e-6 if label == "narrow" else 4e-6)


CONVERSIONS = [
    _collect("plain"),
    _collect("normalize", normalize=True),
    _collect("narrow", harmonic_width=0.05, sin_freqs=F0 * uniform("ratios", 0.97, 1.03, 2, 7, 11) * np.arange(1, 12)),
    _collect("no fundamental", f0_hz=np.where(F0 > 400.0, F0, 0.0)),
    _collect("above Nyquist", f0_hz=F0 + RATE / 2),
    Case("harmonic_to_sinusoidal", "core.harmonic_to_sinusoidal", HARMONICS, {"sample_rate": RATE}),
    Case(
        "harmonic_to_sinusoidal above Nyquist",
        "core.harmonic_to_sinusoidal",
        {**HARMONICS, "f0_hz": F0 + RATE / 2},
        {"sample_rate": RATE},
    ),
]

OSCILLATORS = [
    Case("angular_cumsum", "core.angular_cumsum", {"angular_frequency": OMEGA}),
    Case("angular_cumsum 2d", "core.angular_cumsum", {"angular_frequency": OMEGA[..., 0]}),
    Case("angular_cumsum one", "core.angular_cumsum", {"angular_frequency": OMEGA[:, :1]}),
    Case("get_harmonic_frequencies", "core.get_harmonic_frequencies", {"frequencies": F0}, {"n_harmonics": 5}),
    Case(
        "remove_above_nyquist", "core.remove_above_nyquist", BANK, {"sample_rate": RATE}, wrt=("amplitude_envelopes",)
    ),
    Case("normalize_harmonics", "core.normalize_harmonics", {"harmonic_distribution": DISTRIBUTION}),
    Case(
        "normalize_harmonics nyquist",
        "core.normalize_harmonics",
        {"harmonic_distribution": DISTRIBUTION, "f0_hz": F0},
        {"sample_rate": RATE},
        wrt=("harmonic_distribution",),
    ),
    Case("oscillator_bank", "core.oscillator_bank", BANK, {"sample_rate": RATE}, rtol32=1e-5),
    Case(
        "oscillator_bank apart",
        "core.oscillator_bank",
        BANK,
        {"sample_rate": RATE, "sum_sinusoids": False},
        rtol32=1e-5,
    ),
    Case(
        "harmonic_oscillator_bank",
        "core.harmonic_oscillator_bank",
        {"frequency": SAMPLE_F0, "amplitude_envelopes": uniform("hob", 0.0, 1.0, 2, 99, 4)},
        {"sample_rate": RATE},
        rtol32=1e-5,
    ),
    Case(
        "harmonic_oscillator_bank phase",
        "core.harmonic_oscillator_bank",
        {
            "frequency": SAMPLE_F0,
            "amplitude_envelopes": uniform("hob", 0.0, 1.0, 2, 99, 4),
            "initial_phase": uniform("initial phase", 0.0, 1.0, 2, 1, 1),
        },
        {"sample_rate": RATE},
        rtol32=1e-5,
    ),
    _synthesis("window"),
    _synthesis("linear", method="linear"),
    _synthesis("nearest", method="nearest"),
    _synthesis("cubic", method="cubic", rtol32=1.6e-5),
    _synthesis("even hop", n_samples=7 * 24),
    _synthesis("even hop linear", n_samples=7 * 24, method="linear"),
    _synthesis("plain", harmonic_distribution=None),
    _synthesis("shifts", harmonic_shifts=SHIFTS, rtol32=1.6e-5),
    _synthesis("shifts only", harmonic_distribution=None, harmonic_shifts=SHIFTS, rtol32=1.6e-5),
    _synthesis("one sample", n_samples=1, method="linear"),
    _synthesis("fewer samples than frames", n_samples=5, method="linear"),
    Case(
        "plain_harmonic_synthesis",
        "core.plain_harmonic_synthesis",
        {"f0_hz": F0, "amplitudes": DISTRIBUTION},
        {"n_samples": 155, "sample_rate": RATE, "initial_phase": 0.3},
        rtol32=1e-4,
    ),
    _streaming("linear"),
    _streaming("window", method="window", initial_phase=uniform("initial phase", 0.0, 1.0, 2, 1, 1)),
]

CASES = [*MATH, *UNITS, *SCALING, *RESAMPLE, *CONVERSIONS, *OSCILLATORS]
