"""Arguments of spectral features, processors and losses, at any size."""

from __future__ import annotations

from typing import Any

import numpy as np

from .properties import Call, Draw, drawn, harmonic_inputs, synthesis_options

# Spectra and levels ---------------------------------------------------------------------------------------------


def _spectrum_options(d: Draw, size: str, sizes: tuple[int, ...]) -> dict[str, Any]:
    return {size: d.choose(*sizes), "overlap": d.choose(0.5, 0.75), "pad_end": d.choose(True, False)}


def _long_enough(d: Draw, size: int, pad_end: bool) -> np.ndarray:
    """Audio with at least one whole frame if there is no padding."""
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


@drawn("spectral_ops.compute_mfcc")
def _(d):
    kwargs = _spectrum_options(d, "fft_size", (256, 512)) | {"mel_bins": d.integer(5, 20), "mfcc_bins": d.integer(1, 5)}
    return Call({"audio": _long_enough(d, kwargs["fft_size"], kwargs["pad_end"])}, kwargs, rtol32=1e-3)


@drawn("spectral_ops.get_framed_lengths")
def _(d):
    hop_size = max(d.integer(1, 50) / d.choose(1, 1, 2, 3, 7, 37), 1.0)
    kwargs = {"input_length": d.integer(1, 300), "frame_size": d.integer(1, 100), "hop_size": hop_size}
    return Call({}, {**kwargs, "padding": d.choose("center", "same", "valid")})


@drawn("spectral_ops.pad")
def _(d):
    kwargs = {"frame_size": d.integer(20, 60), "hop_size": d.integer(1, 20), "padding": d.choose("center", "same")}
    return Call({"x": d.normal(d.batch, d.samples + 60)}, kwargs)


@drawn("spectral_ops.compute_rms_energy", "spectral_ops.compute_power")
def _(d):
    kwargs = {"sample_rate": d.sample_rate, "frame_rate": d.frame_rate(), "frame_size": d.choose(64, 99, 256)}
    audio = d.normal(d.batch, d.samples + 256)
    return Call({"audio": audio}, {**kwargs, "padding": d.choose("center", "same", "valid")}, rtol32=1e-4)


@drawn("spectral_ops.compute_loudness")
def _(d):
    kwargs = {"sample_rate": d.sample_rate, "frame_rate": d.frame_rate(), "n_fft": d.choose(64, 99, 256)}
    kwargs["normalize"] = d.choose(True, False)
    audio = d.normal(d.batch, d.samples + 256)
    return Call({"audio": audio}, {**kwargs, "padding": d.choose("center", "same", "valid")}, rtol32=1e-4)


@drawn("spectral_ops.pad_or_trim_to_expected_length")
def _(d):
    length = max(1, d.samples + d.integer(-20, 20))
    return Call({"vector": d.normal(d.batch, d.samples)}, {"expected_len": length, "pad_value": -1.0})


# Processors and losses ------------------------------------------------------------------------------------------


@drawn("synths.Harmonic.__call__", "synths.Harmonic.get_signal")
def _(d):
    inputs = harmonic_inputs(d)
    inputs["f0_hz"] = inputs.pop("frequencies")
    return Call(inputs, init=synthesis_options(d), rtol32=1e-4)


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


@drawn("processors.Mix.__call__")
def _(d):
    signals = {name: d.normal(d.batch, d.samples) for name in ("signal_one", "signal_two")}
    level = d.normal(d.batch, d.integer(1, d.samples), 1)
    return Call(signals | {"nn_out_mix_level": level}, rtol32=1e-4)


@drawn("processors.Crop.__call__")
def _(d):
    init = {"frame_size": d.integer(1, d.samples), "crop_location": d.choose("front", "center", "back")}
    return Call({"audio": d.normal(d.batch, d.samples + 1)}, init=init)


@drawn("synths.TensorToAudio.__call__")
def _(d):
    return Call({"samples": d.normal(d.batch, d.samples, 1)})


@drawn("synths.Sinusoidal.__call__")
def _(d):
    shape = (d.batch, d.frames, d.channels)
    inputs = {"amplitudes": d.normal(*shape), "frequencies": d.normal(*shape)}
    return Call(inputs, init=synthesis_options(d), rtol32=1e-4)


@drawn("synths.Wavetable.__call__")
def _(d):
    inputs = {
        "amplitudes": d.normal(d.batch, d.frames, 1),
        "wavetables": d.normal(d.batch, d.integer(2, 40)),
        "f0_hz": d.uniform(0.0, 0.4 * d.sample_rate, d.batch, d.frames, 1),
    }
    init = {"n_samples": max(d.samples, d.frames), "sample_rate": d.sample_rate, "band_limit": d.choose(True, False)}
    return Call(inputs, init=init, rtol32=1e-3)


@drawn("synths.SurrogateSinusoidal.__call__")
def _(d):
    shape = (d.batch, d.channels)
    inputs = {"amplitudes": d.normal(*shape), "real": d.normal(*shape), "imag": d.normal(*shape)}
    return Call(inputs, init={"n_samples": d.samples}, rtol32=1e-4)


@drawn("synths.ADSR.__call__")
def _(d):
    names = ("attack", "decay", "sustain", "release")
    inputs = {name: d.normal(d.batch, 1) for name in names} | {"note_off": d.uniform(0.1, 1.0, d.batch, 1)}
    return Call(inputs, init={"n_frames": d.samples, "frame_rate": 100.0}, rtol32=1e-4)


@drawn("effects.ExpDecayReverb.__call__")
def _(d):
    taps = d.integer(1, 60)
    shapes = {"gain": (d.batch, 1), "decay": (d.batch, 1), "noise": (1, taps)}
    inputs = {"audio": d.audio()} | {name: d.normal(*shape) for name, shape in shapes.items()}
    return Call(inputs, init={"reverb_length": taps, "add_dry": d.choose(True, False)}, rtol32=1e-4)


@drawn("effects.FilteredNoiseReverb.__call__")
def _(d):
    bands, noise = d.integer(2, 9), d.normal(d.batch, d.samples)
    inputs = {"audio": d.audio(), "magnitudes": d.normal(d.batch, d.frames_of_a_filter(), bands), "noise": noise}
    return Call(inputs, init={"reverb_length": d.samples, "window_size": d.integer(0, 20)}, rtol32=1e-4)


@drawn("effects.FIRFilter.__call__")
def _(d):
    magnitudes = d.normal(d.batch, d.frames_of_a_filter(), d.integer(2, 20))
    return Call({"audio": d.audio(), "magnitudes": magnitudes}, init={"window_size": d.integer(0, 40)}, rtol32=1e-4)


@drawn("effects.ModDelay.__call__")
def _(d):
    inputs = {"audio": d.audio(), "gain": d.normal(d.batch, d.samples, 1), "phase": d.normal(d.batch, d.samples, 1)}
    init = {"center_ms": 2.0, "depth_ms": d.choose(0.5, 2.0), "sample_rate": d.sample_rate}
    return Call(inputs, init=init, rtol32=1e-3)


# Losses, of at least one example ---------------------------------------------------------------------------------


def _pair(d: Draw, first: str, second: str, low: float, high: float) -> dict[str, np.ndarray]:
    shape = (d.batch + 1, d.frames, d.channels)
    return {first: d.uniform(low, high, *shape), second: d.uniform(low, high, *shape)}


#: Error of a difference of two MIDI pitches up to 107 in float32: measured 3.7e-6, times 4.
ROUNDED_PITCHES = 1.5e-5


def _sets(d: Draw) -> dict[str, np.ndarray]:
    """Amplitudes and frequencies of two sets of sinusoids."""
    inputs = {}
    for side, n in (("a", d.channels), ("b", d.integer(1, 6))):
        inputs[f"amps_{side}"] = d.uniform(0.1, 1, d.batch + 1, d.frames, n)
        inputs[f"freqs_{side}"] = d.uniform(50, 4000, d.batch + 1, d.frames, n)
    return inputs


@drawn("losses.amp_loss")
def _(d):
    return Call(_pair(d, "amp", "amp_target", 0.1, 1), {"log": d.choose(True, False)}, rtol32=1e-4)


@drawn("losses.freq_loss")
def _(d):
    return Call(_pair(d, "f_hz", "f_hz_target", 50, 4000), {"loss_type": d.choose("L1", "L2")}, rtol32=1e-4,
                atol32=ROUNDED_PITCHES)  # fmt: skip


@drawn("losses.ParamLoss.__call__")
def _(d):
    return Call(_pair(d, "pred", "target", -1, 1), init={"loss_type": d.choose("L1", "L2")}, rtol32=1e-4)


@drawn("losses.FilteredNoiseConsistencyLoss.__call__")
def _(d):
    return Call(_pair(d, "noise_magnitudes", "noise_magnitudes_target", 0, 1), rtol32=1e-4)


@drawn("losses.HarmonicConsistencyLoss.__call__")
def _(d):
    inputs = _pair(d, "harm_dist", "harm_dist_target", 0.1, 1)
    for name, low, high in (("harm_amp", 0.1, 1), ("f0_hz", 100, 400)):
        for end in ("", "_target"):
            inputs[name + end] = d.uniform(low, high, d.batch + 1, d.frames, 1)
    return Call(inputs, rtol32=1e-4, atol32=ROUNDED_PITCHES)


@drawn("losses.wasserstein_distance")
def _(d):
    m = d.integer(1, 6)
    inputs = {name: d.normal(d.batch, d.frames, n) for name, n in (("u_values", d.channels), ("v_values", m))}
    if d.choose(True, False):
        for name, n in (("u_weights", d.channels), ("v_weights", m)):
            inputs[name] = d.uniform(0.1, 1, d.batch, d.frames, n)
    return Call(inputs, {"p": d.choose(1.0, 2.0)}, rtol32=1e-4)


@drawn("losses.WassersteinConsistencyLoss.__call__")
def _(d):
    return Call(_sets(d), init={"midi": d.choose(True, False)}, rtol32=1e-4, atol32=ROUNDED_PITCHES)


@drawn("losses.KDEConsistencyLoss.__call__")
def _(d):
    return Call(_sets(d), rtol32=1e-3)


@drawn("losses.TWMLoss.__call__")
def _(d):
    shape = (d.batch + 1, d.frames)
    inputs = {
        "f0_candidates": d.uniform(80, 500, *shape, d.integer(1, 5)),
        "freqs": d.uniform(80, 4000, *shape, d.channels),
        "amps": d.uniform(0.1, 1, *shape, d.channels),
    }
    return Call(inputs, rtol32=1e-3)


@drawn("losses.HmmTranscriber.nll")
def _(d):
    shape = (d.batch + 1, d.frames, 1)
    inputs = {"pitch": d.uniform(0, 127, *shape), "amps": d.uniform(0, 2, *shape)}
    return Call(inputs, {"per_example_loss": d.choose(True, False)}, rtol32=1e-4)


@drawn("losses.spectral_convergence")
def _(d):
    return Call(_pair(d, "target", "value", 0.1, 1), rtol32=1e-4)


def _sounds(d: Draw) -> dict[str, np.ndarray]:
    shape = (d.batch + 1, d.samples + 3)
    return {"target_audio": d.normal(*shape), "audio": d.normal(*shape)}


@drawn("losses.si_sdr", "losses.error_to_signal_ratio", "losses.SISDRLoss.__call__", "losses.ESRLoss.__call__")
def _(d):
    return Call(_sounds(d), rtol32=1e-3)


@drawn("losses.DCLoss.__call__", "losses.LogCoshLoss.__call__", "losses.MultiScaleEnvelopeLoss.__call__")
def _(d):
    return Call(_sounds(d), rtol32=1e-3)


@drawn("losses.mean_difference")
def _(d):
    shape = (d.batch + 1, d.frames, d.channels)
    kwargs = {"loss_type": d.choose("L1", "L2", "COSINE")}
    if kwargs["loss_type"] == "COSINE":
        shape = (d.batch + 1, d.frames, 7)  # a cosine of 1 would leave only rounding errors
    return Call({"target": d.uniform(0.5, 2, *shape), "value": d.normal(*shape)}, kwargs, rtol32=1e-4)


@drawn("losses.plain_spectral_loss")
def _(d):
    shape = (d.batch + 1, d.samples)
    return Call({"target_audio": d.normal(*shape), "audio": d.normal(*shape)}, {"fft_sizes": (64, 16)}, rtol32=1e-4)


@drawn("losses.SpectralLoss.__call__")
def _(d):
    shape = (d.batch + 1, d.samples)
    init = {"fft_sizes": (64, 16), "loss_type": d.choose("L1", "L2"), "logmag_weight": d.choose(0.0, 1.0)}
    return Call({"target_audio": d.normal(*shape), "audio": d.normal(*shape)}, init=init, rtol32=1e-4)
