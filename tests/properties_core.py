"""Arguments of the functions of `ddsp.core`, at any size."""

from __future__ import annotations

from typing import Any

import numpy as np

from .properties import Call, Draw, drawn, harmonic_inputs, synthesis_options

# Arithmetic, units, scales --------------------------------------------------------------------------------------


def _elementwise(name: str, low: float, high: float, *paths: str, rtol32: float = 2e-5):
    """Register elementwise ops, with arrays of any shape, including scalars."""

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
    return Call({"x": d.normal(d.batch, d.frames, d.channels)}, {"padding": padding, "axis": d.choose(1, -1)})


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
        endpoint = True  # windows between the first and the last frame need two frames
    return Call({"inputs": d.normal(*shape)}, {"n_timesteps": n, "method": method, "add_endpoint": endpoint})


@drawn("core.resample_audio")
def _(d):
    rates = (8000, 11025, 16000, 22050, 44100, 44100.0, 5512.5, 7919)
    return Call({"audio": d.audio()}, {"from_rate": d.choose(*rates), "to_rate": d.choose(*rates)})


@drawn("core.upsample_with_windows")
def _(d):
    return Call({"inputs": d.normal(d.batch, d.frames, d.channels)}, {"n_timesteps": d.integer(d.frames, 90)})


@drawn("core.center_crop")
def _(d):
    return Call({"audio": d.normal(d.batch, d.samples + 1)}, {"frame_size": d.integer(1, d.samples)})


@drawn("core.frame")
def _(d):
    hop_size = d.integer(1, 40) / d.choose(1, 1, 2, 3, 7, 37)
    return Call({"audio": d.audio()}, {"frame_size": d.integer(1, d.samples), "hop_size": max(hop_size, 1.0)})


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


@drawn("core.harmonic_synthesis")
def _(d):
    inputs = harmonic_inputs(d)
    if d.choose(True, False):
        inputs["harmonic_shifts"] = d.normal(d.batch, d.frames, d.channels, scale=0.02)
    return Call(inputs, synthesis_options(d), rtol32=1e-4)


@drawn("core.plain_harmonic_synthesis")
def _(d):
    inputs = {"f0_hz": d.f0(d.batch, d.frames, 1), "amplitudes": d.uniform(0, 1, d.batch, d.frames, d.channels)}
    options = synthesis_options(d)
    options["method"] = options.pop("amp_resample_method")
    return Call(inputs, {**options, "initial_phase": d.choose(0.0, 0.25)}, rtol32=1e-3)


@drawn("core.streaming_harmonic_synthesis")
def _(d):
    return Call(harmonic_inputs(d), synthesis_options(d), rtol32=1e-4)


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


@drawn("core.sinc")
def _(d):
    return Call({"x": d.uniform(-20, 20, d.batch, d.samples) * d.choose(0.0, 0.01, 1.0)})


def _cutoff(d: Draw, frames: int) -> tuple[np.ndarray, dict[str, Any]]:
    """Cutoff in Hz with a sample rate, otherwise from 0 to 1."""
    rate = d.choose(None, d.sample_rate)
    cutoff = d.uniform(0.0, 1.0, d.batch, frames, 1) * (1.0 if rate is None else rate / 2)
    return cutoff, {"window_size": d.integer(2, 60), "sample_rate": rate, "high_pass": d.choose(True, False)}


@drawn("core.sinc_impulse_response")
def _(d):
    cutoff, kwargs = _cutoff(d, d.frames)
    return Call({"cutoff_frequency": cutoff}, kwargs, rtol32=1e-4)


@drawn("core.sinc_filter")
def _(d):
    cutoff, kwargs = _cutoff(d, d.frames_of_a_filter())
    kwargs |= {"padding": d.choose("same", "valid")}
    return Call({"audio": d.audio(), "cutoff_frequency": cutoff}, kwargs, rtol32=1e-4)


# Sinusoids ------------------------------------------------------------------------------------------------------


@drawn("core.frequencies_critical_bands")
def _(d):
    depth = d.integer(1, 5)
    shape = d.choose((d.batch, d.frames, d.channels * depth), (d.batch, d.frames, d.channels, depth))
    return Call({"freqs": d.normal(*shape)}, {"depth": depth, "scale": d.choose("bark", "mel")}, rtol32=1e-4)


@drawn("core.sinusoidal_to_harmonic")
def _(d):
    shape = (d.batch, d.frames, d.channels)
    inputs = {
        "sin_amps": d.uniform(0.1, 1, *shape),
        "sin_freqs": d.uniform(100, 3000, *shape),
        "f0_hz": d.uniform(100, 400, d.batch, d.frames, 1),
    }
    kwargs = {"n_harmonics": d.integer(1, 12), "sample_rate": d.sample_rate, "normalize": d.choose(True, False)}
    return Call(inputs, {**kwargs, "harmonic_width": d.choose(0.1, 0.5)}, rtol32=1e-4)


@drawn("core.harmonic_to_sinusoidal")
def _(d):
    inputs = {
        "harm_amp": d.uniform(0, 1, d.batch, d.frames, 1),
        "harm_dist": d.uniform(0.1, 1, d.batch, d.frames, d.channels),
        "f0_hz": d.f0(d.batch, d.frames, 1),
    }
    return Call(inputs, {"sample_rate": d.sample_rate})


def _surrogate(d: Draw, *shape: int) -> dict[str, np.ndarray]:
    radius, angle = d.uniform(0.9, 1.1, *shape), d.uniform(-3, 3, *shape)
    return {"real": radius * np.cos(angle), "imag": radius * np.sin(angle)}


@drawn("core.surrogate_oscillator_bank")
def _(d):
    shape = (d.batch, d.channels)
    inputs = _surrogate(d, *shape) | {"amplitudes": d.uniform(0, 1, *shape), "initial_phase": d.uniform(0, 1, *shape)}
    return Call(inputs, {"n_samples": d.samples, "sum_sinusoids": d.choose(True, False)}, rtol32=1e-4)


@drawn("core.surrogate_harmonics")
def _(d):
    return Call(_surrogate(d, d.batch, 1), {"n_harmonics": d.channels}, rtol32=1e-4)


@drawn("core.surrogate_to_frequencies")
def _(d):
    return Call(_surrogate(d, d.batch, d.channels), {"sample_rate": d.sample_rate})


@drawn("core.frequencies_to_surrogate")
def _(d):
    return Call({"frequencies": d.f0(d.batch, d.channels)}, {"sample_rate": d.sample_rate, "magnitude": 0.99})


# Tables, delays, envelopes --------------------------------------------------------------------------------------


@drawn("core.linear_lookup")
def _(d):
    size = d.integer(1, 40)
    phase = d.uniform(-0.2, 1.2, d.batch, d.samples, *d.choose((), (1,)))
    shape = d.choose((d.batch, size), (1, size), (d.batch, d.samples, size))
    return Call({"phase": phase, "wavetables": d.normal(*shape)}, rtol32=1e-3)  # 40 samples x rounding of phase


@drawn("core.harmonic_distribution_to_wavetable")
def _(d):
    inputs = {"harmonic_distribution": d.uniform(0, 1, d.batch, d.frames, d.channels)}
    return Call(inputs, {"n_wavetable": d.integer(2 * d.channels, 60)})


@drawn("core.band_limited_wavetables")
def _(d):
    return Call({"wavetables": d.normal(d.batch, d.integer(2, 40))}, {"levels_per_octave": d.choose(1, 8)})


@drawn("core.wavetable_synthesis")
def _(d):
    size = d.integer(2, 40)
    inputs = {
        "frequencies": d.uniform(0.0, 0.4 * d.sample_rate, d.batch, d.frames, 1),
        "amplitudes": d.uniform(0, 1, d.batch, d.integer(1, min(7, d.samples)), 1),
        "wavetables": d.normal(*d.choose((d.batch, size), (d.batch, d.integer(1, 7), size))),
    }
    kwargs = {"n_samples": d.samples, "sample_rate": d.sample_rate, "band_limit": d.choose(True, False)}
    return Call(inputs, kwargs, rtol32=1e-3)


@drawn("core.variable_length_delay")
def _(d):
    phase = d.uniform(0, 1, d.batch, d.samples, *d.choose((), (1,))) * d.choose(0.0, 1.0)
    return Call({"phase": phase, "audio": d.audio()}, {"max_length": d.integer(2, 90)}, rtol32=1e-4)


@drawn("core.adsr")
def _(d):
    times = {name: d.uniform(0.01, 0.5, d.batch, 1) for name in ("attack", "decay", "release", "note_off")}
    inputs = times | {"sustain": d.uniform(0, 1, d.batch, 1)}
    return Call(inputs, {"n_frames": d.samples, "frame_rate": 100.0, "curve": d.choose(0.0, 3.0)}, rtol32=1e-4)


@drawn("core.hmm_log_likelihood", "core.hmm_viterbi")
def _(d):
    shape = (d.batch, d.frames, d.channels + 1)
    return Call({"log_observations": d.normal(*shape)}, {"hold": d.choose(0.6, 0.99)})
