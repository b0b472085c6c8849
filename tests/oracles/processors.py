"""Synths and small processors: each oracle takes the settings of the processor first, as a dict."""

import numpy as np

from .filters import frequency_filter
from .oscillators import harmonic_synthesis, normalize_harmonics, oscillator_bank, remove_above_nyquist
from .resample import resample
from .units import exp_sigmoid, frequencies_sigmoid, sigmoid


def harmonic_controls(init, amplitudes, harmonic_distribution, f0_hz):
    if init.get("scale_fn", "default") is not None:
        amplitudes, harmonic_distribution = exp_sigmoid(amplitudes), exp_sigmoid(harmonic_distribution)
    below_nyquist = init.get("normalize_below_nyquist", True)
    distribution = normalize_harmonics(
        harmonic_distribution, f0_hz if below_nyquist else None, init.get("sample_rate", 16000)
    )
    return {"amplitudes": amplitudes, "harmonic_distribution": distribution, "f0_hz": f0_hz}


def harmonic_signal(init, amplitudes, harmonic_distribution, f0_hz):
    return harmonic_synthesis(
        f0_hz,
        amplitudes,
        harmonic_distribution=harmonic_distribution,
        n_samples=init.get("n_samples", 64000),
        sample_rate=init.get("sample_rate", 16000),
        amp_resample_method=init.get("amp_resample_method", "window"),
    )


def noise_controls(init, magnitudes):
    biased = magnitudes + init.get("initial_bias", -5.0)
    return {"magnitudes": biased if init.get("scale_fn", "default") is None else exp_sigmoid(biased)}


def noise_signal(init, magnitudes, noise):
    return frequency_filter(noise, magnitudes, init.get("window_size", 257))


def sinusoidal_controls(init, amplitudes, frequencies):
    if init.get("amp_scale_fn", "default") is not None:
        amplitudes = exp_sigmoid(amplitudes)
    if init.get("freq_scale_fn", "default") is not None:
        frequencies = frequencies_sigmoid(frequencies, hz_max=init.get("sample_rate", 16000) / 2.0)
        amplitudes = remove_above_nyquist(frequencies, amplitudes, init.get("sample_rate", 16000))
    return {"amplitudes": amplitudes, "frequencies": frequencies}


def sinusoidal_signal(init, amplitudes, frequencies):
    n_samples = init.get("n_samples", 64000)
    envelopes = resample(amplitudes, n_samples, init.get("amp_resample_method", "window"))
    return oscillator_bank(resample(frequencies, n_samples), envelopes, init.get("sample_rate", 16000))


def samples_signal(init, samples):
    return samples[..., 0]


def add_signal(init, signal_one, signal_two):
    return signal_one + signal_two


def mix_controls(init, signal_one, signal_two, nn_out_mix_level):
    mix_level = resample(sigmoid(nn_out_mix_level), signal_one.shape[1])
    return {"signal_one": signal_one, "signal_two": signal_two, "mix_level": mix_level}


def mix_signal(init, signal_one, signal_two, mix_level):
    """Gains from the second signal to the first are a quarter circle; the gains of the original do not cross-fade."""
    turn = (mix_level if signal_one.ndim == 3 else mix_level[..., 0]) * np.pi / 2
    return np.sin(turn) * signal_one + np.cos(turn) * signal_two


def crop_signal(init, audio):
    """Remove the padding of two halves of a frame, at the place of `crop_location`."""
    half = init["frame_size"] // 2
    front = {"front": 2 * half, "center": half, "back": 0}[init.get("crop_location", "back")]
    return audio[:, front : front + audio.shape[1] - 2 * half]


METHODS = {
    "synths.Harmonic.get_controls": harmonic_controls,
    "synths.Harmonic.get_signal": harmonic_signal,
    "synths.Harmonic.__call__": lambda init, **x: harmonic_signal(init, **harmonic_controls(init, **x)),
    "synths.FilteredNoise.get_controls": noise_controls,
    "synths.FilteredNoise.get_signal": noise_signal,
    "synths.FilteredNoise.__call__": lambda init, magnitudes, noise: noise_signal(
        init, **noise_controls(init, magnitudes), noise=noise
    ),
    "synths.Sinusoidal.get_controls": sinusoidal_controls,
    "synths.Sinusoidal.get_signal": sinusoidal_signal,
    "synths.Sinusoidal.__call__": lambda init, **x: sinusoidal_signal(init, **sinusoidal_controls(init, **x)),
    "synths.TensorToAudio.__call__": samples_signal,
    "processors.Add.__call__": add_signal,
    "processors.Mix.get_signal": mix_signal,
    "processors.Mix.__call__": lambda init, **x: mix_signal(init, **mix_controls(init, **x)),
    "processors.Crop.__call__": crop_signal,
}
