"""Synths and effects: each oracle takes the settings of the processor first, as a dict."""

import numpy as np

from .filters import fft_convolve, frequency_filter
from .oscillators import harmonic_synthesis, normalize_harmonics
from .units import exp_sigmoid


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


def reverb_controls(init, audio, ir):
    return {"audio": audio, "ir": ir}


def reverb_signal(init, audio, ir):
    """The response's first tap is the dry signal: it is left to add_dry."""
    ir = ir[None] if ir.ndim == 1 else ir[..., 0] if ir.ndim == 3 else ir
    wet = fft_convolve(audio, np.concatenate([0.0 * ir[:, :1], ir[:, 1:]], axis=1), "same", 0)
    return wet + audio if init.get("add_dry", True) else wet


def add_signal(init, signal_one, signal_two):
    return signal_one + signal_two


METHODS = {
    "synths.Harmonic.get_controls": harmonic_controls,
    "synths.Harmonic.get_signal": harmonic_signal,
    "synths.Harmonic.__call__": lambda init, **x: harmonic_signal(init, **harmonic_controls(init, **x)),
    "synths.FilteredNoise.get_controls": noise_controls,
    "synths.FilteredNoise.get_signal": noise_signal,
    "synths.FilteredNoise.__call__": lambda init, magnitudes, noise: noise_signal(
        init, **noise_controls(init, magnitudes), noise=noise
    ),
    "effects.Reverb.get_controls": reverb_controls,
    "effects.Reverb.get_signal": reverb_signal,
    "effects.Reverb.__call__": reverb_signal,
    "processors.Add.__call__": add_signal,
}
