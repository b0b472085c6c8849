"""How to draw valid arguments of any size for every public op: what the property tests (test_properties.py) try.

Sizes are drawn by hypothesis, so that a failure shrinks to the smallest sizes that show it; the numbers in the arrays
come from a drawn seed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from hypothesis import strategies as st

RATES = (8000, 16000, 22050, 44100, 48000, 96000)


class Draw:
    """Sizes and arrays of one example. Any batch, from none; at least one frame, sample and channel."""

    def __init__(self, draw: Callable):
        self.integer = lambda low, high: draw(st.integers(low, high))
        self.choose = lambda *options: draw(st.sampled_from(options))
        self.batch, self.frames, self.channels = (self.integer(low, high) for low, high in ((0, 3), (1, 7), (1, 6)))
        self.samples = self.integer(1, 200)
        self.sample_rate = self.choose(*RATES)
        self.rng = np.random.default_rng(self.integer(0, 2**31))

    def normal(self, *shape: int, scale: float = 1.0) -> np.ndarray:
        return scale * self.rng.standard_normal(shape)

    def uniform(self, low: float, high: float, *shape: int) -> np.ndarray:
        return self.rng.uniform(low, high, shape)

    def f0(self, *shape: int) -> np.ndarray:
        """From 0 Hz to beyond half the sample rate."""
        return self.uniform(0.0, 0.6 * self.sample_rate, *shape) * self.choose(0.0, 0.1, 1.0)

    def frames_of_a_filter(self) -> int:
        """A number of filters that all have samples to filter, at ceil(samples / filters) each."""
        fitting = [n for n in range(1, self.frames + 1) if -(-self.samples // -(-self.samples // n)) == n]
        return self.choose(*fitting)

    def audio(self) -> np.ndarray:
        return self.normal(self.batch, self.samples, scale=self.choose(0.0, 1e-6, 1.0))


@dataclass(frozen=True)
class Call:
    """Arguments of one call; float32 results may differ from the oracle by rtol32 of the largest of them."""

    inputs: dict[str, np.ndarray]
    kwargs: dict[str, Any] = field(default_factory=dict)
    init: dict[str, Any] = field(default_factory=dict)
    rtol32: float = 2e-5


PROPERTIES: dict[str, Callable[[Draw], Call]] = {}


def drawn(*paths: str):
    """Register a function as the way to draw the arguments of these ops."""

    def register(make: Callable[[Draw], Call]):
        for path in paths:
            assert path not in PROPERTIES, path
            PROPERTIES[path] = make
        return make

    return register


# Arithmetic, units, scales --------------------------------------------------------------------------------------


def _elementwise(name: str, low: float, high: float, *paths: str, rtol32: float = 2e-5):
    """Ops of any shape, a single number included."""

    def make(d: Draw) -> Call:
        shape = d.choose((), (d.samples,), (d.batch, d.frames), (d.batch, d.frames, d.channels))
        return Call({name: d.uniform(low, high, *shape)}, rtol32=rtol32)

    drawn(*paths)(make)


_elementwise("x", -5.0, 5.0, *(f"core.{n}" for n in ("softplus", "sigmoid", "soft_limit", "exp_sigmoid")))
_elementwise("x", -5.0, 5.0, "core.sym_exp_sigmoid", "core.gradient_reversal", "core.nan_to_num")
_elementwise("x", 1e-3, 5.0, "core.safe_log", "core.logb", "core.log10")
_elementwise("amplitude", 1e-3, 5.0, "core.amplitude_to_db")
_elementwise("power", 1e-3, 5.0, "core.power_to_db")
_elementwise("db", -80.0, 20.0, "core.db_to_amplitude", "core.db_to_power")
_elementwise("notes", 0.0, 127.0, "core.midi_to_hz")
_elementwise("frequencies", 8.0, 2e4, "core.hz_to_midi")
_elementwise("unit", 0.0, 1.0, "core.unit_to_midi")
_elementwise("midi", 0.0, 127.0, "core.midi_to_unit")
_elementwise("hz", 8.0, 2e4, "core.hz_to_bark", "core.hz_to_mel", "core.hz_to_erb")
_elementwise("bark", 0.0, 20.0, "core.bark_to_hz")
_elementwise("mel", 0.0, 3000.0, "core.mel_to_hz")
_elementwise("erb", 25.0, 700.0, "core.erb_to_hz")


@drawn("core.unit_to_hz")
def _(d):
    return Call({"unit": d.uniform(0, 1, d.batch, d.frames)}, {"hz_min": d.choose(0.0, 20.0), "hz_max": 8000.0})


@drawn("core.hz_to_unit")
def _(d):
    return Call({"hz": d.uniform(20, 8000, d.batch, d.frames)}, {"hz_min": 20.0, "hz_max": d.choose(4e3, 8e3)})


@drawn("core.log_scale")
def _(d):
    return Call({"x": d.uniform(-1, 1, d.batch, d.frames)}, {"min_x": d.choose(1.0, 20.0), "max_x": 8e3})


@drawn("core.safe_divide")
def _(d):
    shape = (d.batch, d.frames, d.channels)
    return Call({"numerator": d.normal(*shape), "denominator": d.uniform(0.5, 2, *shape) * d.choose(-1.0, 1.0)})


@drawn("core.diff")
def _(d):
    return Call({"x": d.normal(d.batch, d.frames + 1, d.channels + 1)}, {"axis": d.choose(-1, -2, 1, 2)})


@drawn("core.pad_axis")
def _(d):
    padding = (d.integer(0, 3), d.integer(0, 3))
    return Call({"x": d.normal(d.batch, d.frames, d.channels)}, {"padding": padding, "axis": d.choose(0, 1, -1)})


@drawn("core.frequencies_softmax", "core.frequencies_sigmoid")
def _(d):
    depth = d.integer(1, 5)
    shape = d.choose((d.batch, d.frames, d.channels * depth), (d.batch, d.frames, d.channels, depth))
    return Call({"freqs": d.normal(*shape)}, {"depth": depth, "hz_max": d.choose(4000.0, 8000.0)})


# Resampling, framing --------------------------------------------------------------------------------------------


@drawn("core.resample")
def _(d):
    shape = d.choose((d.frames,), (d.batch, d.frames), (d.batch, d.frames, d.channels))
    method, endpoint = d.choose("linear", "nearest", "cubic", "window"), d.choose(True, False)
    least = d.frames if method == "window" else 1
    n = d.integer(least, 60) if endpoint or d.frames > 1 else d.integer(1, 60)
    if method == "window" and not endpoint and d.frames == 1:
        endpoint = True  # windows between first and last frame: there must be two
    return Call({"inputs": d.normal(*shape)}, {"n_timesteps": n, "method": method, "add_endpoint": endpoint})


@drawn("core.upsample_with_windows")
def _(d):
    return Call({"inputs": d.normal(d.batch, d.frames, d.channels)}, {"n_timesteps": d.integer(d.frames, 90)})


@drawn("core.center_crop")
def _(d):
    return Call({"audio": d.normal(d.batch, d.samples + 1)}, {"frame_size": d.integer(1, d.samples)})


@drawn("core.frame")
def _(d):
    return Call({"audio": d.audio()}, {"frame_size": d.integer(1, d.samples), "hop_size": d.integer(1, 20)})


@drawn("core.overlap_and_add")
def _(d):
    return Call({"frames": d.normal(d.batch, d.frames, d.samples)}, {"hop_size": d.integer(1, d.samples)})


# Oscillators ----------------------------------------------------------------------------------------------------


@drawn("core.angular_cumsum")
def _(d):
    return Call({"angular_frequency": d.uniform(0.01, 3.0, d.batch, d.samples, d.channels)})


@drawn("core.get_harmonic_frequencies")
def _(d):
    return Call({"frequencies": d.f0(d.batch, d.frames, 1)}, {"n_harmonics": d.channels})


@drawn("core.remove_above_nyquist", "core.oscillator_bank")
def _(d):
    shape = (d.batch, d.samples, d.channels)
    inputs = {"frequency_envelopes": d.f0(*shape), "amplitude_envelopes": d.uniform(0, 1, *shape)}
    return Call(inputs, {"sample_rate": d.sample_rate}, rtol32=1e-4)


@drawn("core.normalize_harmonics")
def _(d):
    inputs = {"harmonic_distribution": d.uniform(0.1, 1, d.batch, d.frames, d.channels)}
    if d.choose(True, False):
        return Call(inputs)
    return Call({**inputs, "f0_hz": d.f0(d.batch, d.frames, 1)}, {"sample_rate": d.sample_rate})


@drawn("core.harmonic_oscillator_bank")
def _(d):
    inputs = {
        "frequency": d.f0(d.batch, d.samples, 1),
        "amplitude_envelopes": d.uniform(0, 1, d.batch, d.samples, d.channels),
    }
    return Call(inputs, {"sample_rate": d.sample_rate}, rtol32=1e-4)


def _harmonic_inputs(d: Draw) -> dict[str, np.ndarray]:
    return {
        "frequencies": d.f0(d.batch, d.frames, 1),
        "amplitudes": d.uniform(0, 1, d.batch, d.frames, 1),
        "harmonic_distribution": d.uniform(0.1, 1, d.batch, d.frames, d.channels),
    }


def _synthesis_options(d: Draw) -> dict[str, Any]:
    method = d.choose("linear", "nearest", "cubic", "window")
    n = max(d.samples, d.frames) if method == "window" else d.samples
    return {"n_samples": n, "sample_rate": d.sample_rate, "amp_resample_method": method}


@drawn("core.harmonic_synthesis")
def _(d):
    inputs = _harmonic_inputs(d)
    if d.choose(True, False):
        inputs["harmonic_shifts"] = d.normal(d.batch, d.frames, d.channels, scale=0.02)
    return Call(inputs, _synthesis_options(d), rtol32=1e-4)


@drawn("core.streaming_harmonic_synthesis")
def _(d):
    return Call(_harmonic_inputs(d), _synthesis_options(d), rtol32=1e-4)


# Filters --------------------------------------------------------------------------------------------------------


@drawn("core.get_fft_size")
def _(d):
    sizes = {"frame_size": d.integer(1, 5000), "ir_size": d.integer(1, 5000)}
    return Call({}, {**sizes, "power_of_2": d.choose(True, False)})


@drawn("core.crop_and_compensate_delay")
def _(d):
    taps, delay = d.integer(1, 30), d.integer(-1, 30)
    kwargs = {
        "audio_size": d.samples,
        "ir_size": taps,
        "padding": d.choose("same", "valid"),
        "delay_compensation": delay,
    }
    return Call({"audio": d.normal(d.batch, d.samples + taps - 1)}, kwargs)


@drawn("core.fft_convolve")
def _(d):
    taps, frames = d.integer(1, 40), d.frames_of_a_filter()
    shape = d.choose((d.batch, taps), (1, taps), (d.batch, frames, taps))
    kwargs = {"padding": d.choose("same", "valid"), "delay_compensation": d.integer(-1, 5)}
    return Call({"audio": d.audio(), "impulse_response": d.normal(*shape)}, kwargs)


@drawn("core.apply_window_to_impulse_response")
def _(d):
    kwargs = {"window_size": d.integer(0, 40), "causal": d.choose(True, False)}
    return Call({"impulse_response": d.normal(d.batch, d.frames, d.integer(2, 40))}, kwargs)


@drawn("core.frequency_impulse_response")
def _(d):
    shape = d.choose((d.batch,), (d.batch, d.frames))
    return Call({"magnitudes": d.uniform(0, 1, *shape, d.integer(2, 20))}, {"window_size": d.integer(0, 40)})


@drawn("core.frequency_filter")
def _(d):
    shape = d.choose((d.batch,), (d.batch, d.frames_of_a_filter()))
    kwargs = {"window_size": d.integer(0, 40), "padding": d.choose("same", "valid")}
    return Call({"audio": d.audio(), "magnitudes": d.uniform(0, 1, *shape, d.integer(2, 20))}, kwargs)


# Spectra and levels ---------------------------------------------------------------------------------------------


def _spectrum_options(d: Draw, size: str, sizes: tuple[int, ...]) -> dict[str, Any]:
    return {size: d.choose(*sizes), "overlap": d.choose(0.5, 0.75), "pad_end": d.choose(True, False)}


def _long_enough(d: Draw, size: int, pad_end: bool) -> np.ndarray:
    """Without padding there must be a whole frame."""
    return d.normal(d.batch, d.samples if pad_end else d.samples + size)


@drawn("spectral_ops.stft")
def _(d):
    kwargs = _spectrum_options(d, "frame_size", (16, 25, 64))
    return Call({"audio": _long_enough(d, kwargs["frame_size"], kwargs["pad_end"])}, kwargs)


@drawn("spectral_ops.compute_mag", "spectral_ops.compute_logmag")
def _(d):
    kwargs = _spectrum_options(d, "size", (16, 64))
    return Call({"audio": _long_enough(d, kwargs["size"], kwargs["pad_end"])}, kwargs, rtol32=1e-4)


@drawn("spectral_ops.compute_mel", "spectral_ops.compute_logmel")
def _(d):
    kwargs = _spectrum_options(d, "fft_size", (256, 512)) | {"bins": d.integer(1, 20)}
    return Call({"audio": _long_enough(d, kwargs["fft_size"], kwargs["pad_end"])}, kwargs, rtol32=1e-4)


@drawn("spectral_ops.get_framed_lengths")
def _(d):
    kwargs = {"input_length": d.samples + 100, "frame_size": d.integer(1, 100), "hop_size": d.integer(1, 50)}
    return Call({}, {**kwargs, "padding": d.choose("center", "same", "valid")})


@drawn("spectral_ops.pad")
def _(d):
    kwargs = {"frame_size": d.integer(20, 60), "hop_size": d.integer(1, 20), "padding": d.choose("center", "same")}
    return Call({"x": d.normal(d.batch, d.samples + 60)}, kwargs)


@drawn("spectral_ops.compute_rms_energy", "spectral_ops.compute_power")
def _(d):
    kwargs = {"sample_rate": 16000, "frame_rate": d.choose(250, 500, 1000), "frame_size": d.choose(64, 100, 256)}
    audio = d.normal(d.batch, d.samples + 256)
    return Call({"audio": audio}, {**kwargs, "padding": d.choose("center", "same", "valid")}, rtol32=1e-4)


@drawn("spectral_ops.compute_loudness")
def _(d):
    kwargs = {"sample_rate": 16000, "frame_rate": d.choose(250, 500), "n_fft": d.choose(64, 100, 256)}
    audio = d.normal(d.batch, d.samples + 256)
    return Call({"audio": audio}, {**kwargs, "padding": d.choose("center", "same", "valid")}, rtol32=1e-4)


@drawn("spectral_ops.pad_or_trim_to_expected_length")
def _(d):
    length = max(1, d.samples + d.integer(-20, 20))
    return Call({"vector": d.normal(d.batch, d.samples)}, {"expected_len": length, "pad_value": -1.0})


# Processors and losses ------------------------------------------------------------------------------------------


@drawn("synths.Harmonic.__call__", "synths.Harmonic.get_signal")
def _(d):
    inputs = _harmonic_inputs(d)
    inputs["f0_hz"] = inputs.pop("frequencies")
    return Call(inputs, init=_synthesis_options(d), rtol32=1e-4)


@drawn("synths.FilteredNoise.__call__")
def _(d):
    inputs = {
        "magnitudes": d.normal(d.batch, d.frames_of_a_filter(), d.integer(2, 20)),
        "noise": d.uniform(-1, 1, d.batch, d.samples),
    }
    return Call(inputs, init={"n_samples": d.samples, "window_size": d.integer(0, 40), "initial_bias": 0.0})


@drawn("effects.Reverb.__call__")
def _(d):
    taps = d.integer(1, 60)
    ir = d.normal(*d.choose((taps,), (1, taps), (d.batch, taps), (d.batch, taps, 1)))
    return Call({"audio": d.audio(), "ir": ir}, init={"add_dry": d.choose(True, False)})


@drawn("processors.Add.__call__")
def _(d):
    return Call({"signal_one": d.normal(d.batch, d.samples), "signal_two": d.normal(d.batch, d.samples)})


@drawn("losses.mean_difference")
def _(d):
    shape = (d.batch + 1, d.frames, d.channels)
    kwargs = {"loss_type": d.choose("L1", "L2", "COSINE")}
    if kwargs["loss_type"] == "COSINE":
        shape = (d.batch + 1, d.frames, 7)  # a cosine of 1 would leave rounding alone
    return Call({"target": d.uniform(0.5, 2, *shape), "value": d.normal(*shape)}, kwargs, rtol32=1e-4)


@drawn("losses.SpectralLoss.__call__")
def _(d):
    shape = (d.batch + 1, d.samples)
    init = {"fft_sizes": (64, 16), "loss_type": d.choose("L1", "L2"), "logmag_weight": d.choose(0.0, 1.0)}
    return Call({"target_audio": d.normal(*shape), "audio": d.normal(*shape)}, init=init, rtol32=1e-4)
