"""The DSP itself: pure functions, arrays in, arrays out, one topic a file."""

from .convolution import crop_and_compensate_delay, fft_convolve, get_fft_size
from .filters import apply_window_to_impulse_response, frequency_filter, frequency_impulse_response
from .framing import center_crop, frame, overlap_and_add
from .harmonic_synthesis import harmonic_synthesis, streaming_harmonic_synthesis
from .hearing import bark_to_hz, erb_to_hz, hz_to_bark, hz_to_erb, hz_to_mel, mel_to_hz
from .hidden_markov import hmm_log_likelihood, hmm_viterbi
from .math import (
    diff,
    gradient_reversal,
    log10,
    log_scale,
    logb,
    nan_to_num,
    pad_axis,
    safe_divide,
    safe_log,
    sigmoid,
    soft_limit,
    softplus,
)
from .oscillators import (
    get_harmonic_frequencies,
    harmonic_oscillator_bank,
    normalize_harmonics,
    oscillator_bank,
    remove_above_nyquist,
)
from .phase import angular_cumsum
from .resample import resample, upsample_with_windows
from .scaling import exp_sigmoid, frequencies_sigmoid, frequencies_softmax, sym_exp_sigmoid
from .units import (
    amplitude_to_db,
    db_to_amplitude,
    db_to_power,
    hz_to_midi,
    hz_to_unit,
    midi_to_hz,
    midi_to_unit,
    power_to_db,
    unit_to_hz,
    unit_to_midi,
)

__all__ = [
    "amplitude_to_db",
    "angular_cumsum",
    "apply_window_to_impulse_response",
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
    "frequencies_sigmoid",
    "frequencies_softmax",
    "frequency_filter",
    "frequency_impulse_response",
    "get_fft_size",
    "get_harmonic_frequencies",
    "gradient_reversal",
    "harmonic_oscillator_bank",
    "harmonic_synthesis",
    "hmm_log_likelihood",
    "hmm_viterbi",
    "hz_to_bark",
    "hz_to_erb",
    "hz_to_mel",
    "hz_to_midi",
    "hz_to_unit",
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
    "power_to_db",
    "remove_above_nyquist",
    "resample",
    "safe_divide",
    "safe_log",
    "sigmoid",
    "soft_limit",
    "softplus",
    "streaming_harmonic_synthesis",
    "sym_exp_sigmoid",
    "unit_to_hz",
    "unit_to_midi",
    "upsample_with_windows",
]
