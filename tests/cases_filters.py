"""Cases of convolution and filters. Lengths are odd on purpose."""

from __future__ import annotations

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


CASES = [
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
