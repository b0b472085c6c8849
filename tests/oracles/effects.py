"""Effects: each oracle takes the settings of the processor first, as a dict."""

import numpy as np

from .filters import fft_convolve, frequency_filter
from .processors import noise_controls, noise_signal
from .units import exp_sigmoid


def scaled(init, x):
    return x if init.get("scale_fn", "default") is None else exp_sigmoid(x)


def reverb_controls(init, audio, ir):
    return {"audio": audio, "ir": ir}


def reverb_signal(init, audio, ir):
    """The first tap of the response, which would be dry signal, is ignored; add_dry adds the dry signal."""
    ir = ir[None] if ir.ndim == 1 else ir[..., 0] if ir.ndim == 3 else ir
    wet = fft_convolve(audio, np.concatenate([0.0 * ir[:, :1], ir[:, 1:]], axis=1), "same", 0)
    return wet + audio if init.get("add_dry", True) else wet


def exp_decay_controls(init, audio, gain, decay, noise):
    """Time is from 0 to 1 over the response of any length."""
    length = init["reverb_length"]
    ir = np.zeros((max(np.size(gain), noise.shape[0]), length))
    for n in range(length):
        fall = np.exp(-(2.0 + np.exp(decay)) * n / max(length - 1, 1))
        ir[:, n : n + 1] = scaled(init, gain) * fall * noise[:, n : n + 1]
    return {"audio": audio, "ir": ir}


def noise_reverb_controls(init, audio, magnitudes, noise):
    magnitudes = magnitudes[None] if magnitudes.ndim == 2 else magnitudes
    synth = {"initial_bias": -3.0, **init}
    return {"audio": audio, "ir": noise_signal(synth, **noise_controls(synth, magnitudes), noise=noise)}


def fir_controls(init, audio, magnitudes):
    return {"audio": audio, "magnitudes": scaled(init, magnitudes)}


def fir_signal(init, audio, magnitudes):
    return frequency_filter(audio, magnitudes, init.get("window_size", 257))


METHODS = {
    "effects.Reverb.get_controls": reverb_controls,
    "effects.Reverb.get_signal": reverb_signal,
    "effects.Reverb.__call__": reverb_signal,
    "effects.ExpDecayReverb.get_controls": exp_decay_controls,
    "effects.ExpDecayReverb.__call__": lambda init, **x: reverb_signal(init, **exp_decay_controls(init, **x)),
    "effects.FilteredNoiseReverb.get_controls": noise_reverb_controls,
    "effects.FilteredNoiseReverb.__call__": lambda init, **x: reverb_signal(init, **noise_reverb_controls(init, **x)),
    "effects.FIRFilter.get_controls": fir_controls,
    "effects.FIRFilter.get_signal": fir_signal,
    "effects.FIRFilter.__call__": lambda init, **x: fir_signal(init, **fir_controls(init, **x)),
}
