"""Cases of convolution and filters. Lengths are odd on purpose."""

from __future__ import annotations

import numpy as np

from .cases import Case, normal, uniform

AUDIO = normal("audio", 2, 97)
MAGNITUDES = uniform("magnitudes", 0.1, 1.0, 2, 5, 9)


def _convolve(label, *ir_shape, audio=AUDIO, **kwargs):
    inputs = {"audio": audio, "impulse_response": normal(label, *ir_shape)}
    return Case(f"fft_convolve {label}", "core.fft_convolve", inputs, kwargs, rtol32=4e-6)


def _window(taps, size, causal):
    name = f"apply_window {taps} taps, window {size}{', causal' * causal}"
    inputs = {"impulse_response": normal("ir", 2, 3, taps)}
    return Case(name, "core.apply_window_to_impulse_response", inputs, {"window_size": size, "causal": causal})


def _sizes(frame_size, ir_size, power_of_2):
    kwargs = {"frame_size": frame_size, "ir_size": ir_size, "power_of_2": power_of_2}
    return Case(f"get_fft_size {frame_size} {ir_size} {power_of_2}", "core.get_fft_size", {}, kwargs)


CUTOFF = uniform("cutoff", 0.05, 0.95, 2, 5, 1)
X = np.concatenate([[0.0, 1e-25, 1e-4, -0.03, 0.04, 1.0, -2.0], normal("sinc", 9, scale=3.0)])


def _sinc_response(label, cutoff=CUTOFF, window_size=17, rtol32=2e-6, **kwargs):
    inputs, kwargs = {"cutoff_frequency": cutoff}, {"window_size": window_size, **kwargs}
    return Case(f"sinc_impulse_response {label}", "core.sinc_impulse_response", inputs, kwargs, rtol32=rtol32)


def _sinc_filter(label, cutoff=CUTOFF, audio=AUDIO, window_size=20, **kwargs):
    inputs, kwargs = {"audio": audio, "cutoff_frequency": cutoff}, {"window_size": window_size, **kwargs}
    return Case(f"sinc_filter {label}", "core.sinc_filter", inputs, kwargs)


SINC = [
    Case("sinc", "core.sinc", {"x": X}),
    _sinc_response("low-pass"),
    _sinc_response("high-pass", high_pass=True),
    _sinc_response("96 kHz", 48000.0 * CUTOFF, window_size=6, sample_rate=96000),
    _sinc_response("fixed", CUTOFF[:, 0], window_size=8),
    _sinc_response("1 tap", window_size=1),
    _sinc_response("3 taps", window_size=2, high_pass=True, rtol32=4e-6),
    _sinc_response("out of range", np.asarray([[-0.1], [1.2], [1.7], [5.0]])),
    _sinc_filter("varying"),
    _sinc_filter("varying high-pass", 4000.0 * CUTOFF, sample_rate=8000, high_pass=True, padding="valid"),
    _sinc_filter("fixed", CUTOFF[:, 0]),
    _sinc_filter("shared", CUTOFF[:1, :1]),
    _sinc_filter("one sample", CUTOFF[:, :1], AUDIO[:, :1]),
    _sinc_filter("a frame a sample", np.repeat(CUTOFF, 19, axis=1)[:, :93], AUDIO[:, :93]),
]

CASES = [
    *SINC,
    *(_sizes(n, m, p) for n, m in ((1000, 257), (1, 1), (512, 513), (48001, 7)) for p in (True, False)),
    Case(
        "crop_and_compensate_delay",
        "core.crop_and_compensate_delay",
        {"audio": AUDIO},
        {"audio_size": 60, "ir_size": 15, "padding": "same", "delay_compensation": -1},
    ),
    Case(
        "crop_and_compensate_delay to the end",
        "core.crop_and_compensate_delay",
        {"audio": AUDIO[:, :74]},
        {"audio_size": 60, "ir_size": 15, "padding": "valid", "delay_compensation": 0},
    ),
    _convolve("3d", 2, 5, 12),
    _convolve("2d", 2, 13),
    _convolve("2d valid", 2, 13, padding="valid", delay_compensation=0),
    _convolve("3d one frame", 2, 1, 12),
    _convolve("shared", 1, 13),
    _convolve("1 tap", 2, 1),
    _convolve("2 taps", 2, 2),
    _convolve("crop ends at 0", 2, 65, audio=AUDIO[:, :64], padding="valid", delay_compensation=0),
    _convolve("power of two", 2, 33, audio=AUDIO[:, :32]),
    _convolve("long response", 2, 211),
    _convolve("one sample", 2, 5, audio=AUDIO[:, :1]),
    _convolve("one sample, 1 tap", 2, 1, audio=AUDIO[:, :1]),
    _convolve("a frame a sample", 2, 97, 6),
    _convolve("delay beyond", 2, 3, 8, padding="valid", delay_compensation=20),
    *(_window(n, size, causal) for n in (16, 9) for size in (0, 1, 2, 5, 8, n) for causal in (False, True)),
    Case("frequency_impulse_response", "core.frequency_impulse_response", {"magnitudes": MAGNITUDES}),
    Case(
        "frequency_impulse_response 7",
        "core.frequency_impulse_response",
        {"magnitudes": MAGNITUDES},
        {"window_size": 7},
    ),
    Case(
        "frequency_impulse_response 8",
        "core.frequency_impulse_response",
        {"magnitudes": MAGNITUDES},
        {"window_size": 8},
    ),
    Case("frequency_filter", "core.frequency_filter", {"audio": AUDIO, "magnitudes": MAGNITUDES}),
    Case(
        "frequency_filter odd", "core.frequency_filter", {"audio": AUDIO, "magnitudes": MAGNITUDES}, {"window_size": 11}
    ),
    Case("frequency_filter fixed", "core.frequency_filter", {"audio": AUDIO, "magnitudes": MAGNITUDES[:, 0]}),
    Case(
        "frequency_filter valid",
        "core.frequency_filter",
        {"audio": AUDIO, "magnitudes": MAGNITUDES},
        {"padding": "valid"},
    ),
]
