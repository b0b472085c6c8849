"""Linear-phase filters, by a sum of cosines."""

import numpy as np

from tests.cases import Case, normal
from tests.draws import Call, drawn
from tests.oracles import oracle

from ..formulas import hann
from ..inputs import MAGNITUDES, SHORT_AUDIO
from .convolution import fft_convolve

# Oracles ------------------------------------------------------------------------------------------------------------


@oracle("core.apply_window_to_impulse_response")
def apply_window_to_impulse_response(impulse_response, window_size=0, causal=False):
    """Causal form of a zero-phase response (or a causal one with a central peak) under a centered Hann window.

    The window is that of the original (periodic for even sizes, symmetric for odd ones), with its maximum at the peak.
    In the original, windows of odd sizes are off by one sample, and even sizes give one tap less than requested.
    """
    size = impulse_response.shape[-1]
    taps = window_size if 0 < window_size <= size else size
    window = hann(taps)
    out = np.zeros((*impulse_response.shape[:-1], taps))
    for i in range(taps):
        n = i - taps // 2
        source = n + size // 2 if causal else n % size
        out[..., i] = window[i] * impulse_response[..., source]
    return out


@oracle("core.frequency_impulse_response")
def frequency_impulse_response(magnitudes, window_size=0):
    """Sum of a cosine per band: DC and Nyquist count once, the others twice."""
    size = 2 * (magnitudes.shape[-1] - 1)
    n = np.arange(size)
    zero_phase = np.zeros((*magnitudes.shape[:-1], size))
    for k in range(size // 2 + 1):
        count = 1 if k in (0, size // 2) else 2
        zero_phase += count / size * magnitudes[..., k : k + 1] * np.cos(2 * np.pi * k * n / size)
    return apply_window_to_impulse_response(zero_phase, window_size)


@oracle("core.frequency_filter")
def frequency_filter(audio, magnitudes, window_size=0, padding="same"):
    return fft_convolve(audio, frequency_impulse_response(magnitudes, window_size), padding)


# Cases --------------------------------------------------------------------------------------------------------------


def _window(taps, size, causal):
    name = f"apply_window {taps} taps, window {size}{', causal' * causal}"
    inputs = {"impulse_response": normal("ir", 2, 3, taps)}
    return Case(name, "core.apply_window_to_impulse_response", inputs, {"window_size": size, "causal": causal})


CASES = [
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
    Case("frequency_filter", "core.frequency_filter", {"audio": SHORT_AUDIO, "magnitudes": MAGNITUDES}),
    Case(
        "frequency_filter odd",
        "core.frequency_filter",
        {"audio": SHORT_AUDIO, "magnitudes": MAGNITUDES},
        {"window_size": 11},
    ),
    Case("frequency_filter fixed", "core.frequency_filter", {"audio": SHORT_AUDIO, "magnitudes": MAGNITUDES[:, 0]}),
    Case(
        "frequency_filter valid",
        "core.frequency_filter",
        {"audio": SHORT_AUDIO, "magnitudes": MAGNITUDES},
        {"padding": "valid"},
    ),
]


# Drawn arguments ----------------------------------------------------------------------------------------------------


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
