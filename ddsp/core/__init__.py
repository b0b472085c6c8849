"""Core DSP: pure functions of arrays, one topic a file."""

from .activations import sigmoid, soft_limit, softplus
from .band_limiting import band_limited_wavetables
from .convolution import crop_and_compensate_delay, fft_convolve, get_fft_size
from .decibels import amplitude_to_db, db_to_amplitude, db_to_power, power_to_db
from .delays import variable_length_delay
from .envelopes import adsr
from .filters import apply_window_to_impulse_response, frequency_filter, frequency_impulse_response
from .framing import center_crop, frame, overlap_and_add
from .harmonic import harmonic_synthesis, plain_harmonic_synthesis, streaming_harmonic_synthesis
from .hearing import bark_to_hz, erb_to_hz, hz_to_bark, hz_to_erb, hz_to_mel, mel_to_hz
from .hidden_markov import hmm_log_likelihood, hmm_viterbi
from .math import (
    diff,
    gradient_reversal,
    log10,
    log_scale,
    logb,
    nan_to_num,
    safe_divide,
    safe_log,
)
from .oscillators import (
    get_harmonic_frequencies,
    harmonic_oscillator_bank,
    normalize_harmonics,
    oscillator_bank,
    remove_above_nyquist,
)
from .padding import pad_axis
from .phase import angular_cumsum
from .rates import resample_audio
from .resampling import resample, upsample_with_windows
from .scaling import exp_sigmoid, frequencies_critical_bands, frequencies_sigmoid, frequencies_softmax, sym_exp_sigmoid
from .sinusoid_conversion import harmonic_to_sinusoidal, sinusoidal_to_harmonic
from .surrogate import (
    frequencies_to_surrogate,
    surrogate_harmonics,
    surrogate_oscillator_bank,
    surrogate_to_frequencies,
)
from .units import (
    hz_to_midi,
    hz_to_unit,
    midi_to_hz,
    midi_to_unit,
    unit_to_hz,
    unit_to_midi,
)
from .wavetables import harmonic_distribution_to_wavetable, linear_lookup, wavetable_synthesis
from .windowed_sinc import sinc, sinc_filter, sinc_impulse_response

__all__ = [
    "adsr",
    "amplitude_to_db",
    "angular_cumsum",
    "apply_window_to_impulse_response",
    "band_limited_wavetables",
    "bark_to_hz",
    "center_crop",
    "crop_and_compensate_delay",
    "db_to_amplitude",
    "db_to_power",
    "diff",
    "erb_to_hz",
    "exp_sigmoid",
    "fft_convolve",
    "frame",
    "frequencies_critical_bands",
    "frequencies_sigmoid",
    "frequencies_softmax",
    "frequencies_to_surrogate",
    "frequency_filter",
    "frequency_impulse_response",
    "get_fft_size",
    "get_harmonic_frequencies",
    "gradient_reversal",
    "harmonic_distribution_to_wavetable",
    "harmonic_oscillator_bank",
    "harmonic_synthesis",
    "harmonic_to_sinusoidal",
    "hmm_log_likelihood",
    "hmm_viterbi",
    "hz_to_bark",
    "hz_to_erb",
    "hz_to_mel",
    "hz_to_midi",
    "hz_to_unit",
    "linear_lookup",
    "log10",
    "log_scale",
    "logb",
    "mel_to_hz",
    "midi_to_hz",
    "midi_to_unit",
    "nan_to_num",
    "normalize_harmonics",
    "oscillator_bank",
    "overlap_and_add",
    "pad_axis",
    "plain_harmonic_synthesis",
    "power_to_db",
    "remove_above_nyquist",
    "resample",
    "resample_audio",
    "safe_divide",
    "safe_log",
    "sigmoid",
    "sinc",
    "sinc_filter",
    "sinc_impulse_response",
    "sinusoidal_to_harmonic",
    "soft_limit",
    "softplus",
    "streaming_harmonic_synthesis",
    "surrogate_harmonics",
    "surrogate_oscillator_bank",
    "surrogate_to_frequencies",
    "sym_exp_sigmoid",
    "unit_to_hz",
    "unit_to_midi",
    "upsample_with_windows",
    "variable_length_delay",
    "wavetable_synthesis",
]
