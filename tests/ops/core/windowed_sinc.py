"""Windowed-sinc filters."""

from typing import Any

import numpy as np

from tests.cases import Case, normal, uniform
from tests.draws import Call, Draw, drawn
from tests.oracles import oracle

from ..inputs import SHORT_AUDIO
from .convolution import fft_convolve

# Oracles ------------------------------------------------------------------------------------------------------------


@oracle("core.sinc")
def sinc(x):
    return np.sinc(x)


@oracle("core.sinc_impulse_response")
def sinc_impulse_response(cutoff_frequency, window_size=512, sample_rate=None, high_pass=False):
    """Ideal low-pass under a Hamming window, with gain 1 at 0 Hz; the high-pass is its complement.

    Cutoffs above Nyquist are replaced by Nyquist; in the original they alias.
    """
    cutoff = cutoff_frequency if sample_rate is None else cutoff_frequency / (sample_rate / 2)
    half = window_size // 2
    taps = np.arange(-half, half + 1)
    low_pass = np.sinc(np.clip(cutoff, 0.0, 1.0) * taps) * (0.54 + 0.46 * np.cos(np.pi * taps / max(half, 1)))
    low_pass = low_pass / low_pass.sum(-1, keepdims=True)
    return (taps == 0) - low_pass if high_pass else low_pass


@oracle("core.sinc_filter")
def sinc_filter(audio, cutoff_frequency, window_size=512, sample_rate=None, padding="same", high_pass=False):
    return fft_convolve(audio, sinc_impulse_response(cutoff_frequency, window_size, sample_rate, high_pass), padding)


# Cases --------------------------------------------------------------------------------------------------------------

CUTOFF = uniform("cutoff", 0.05, 0.95, 2, 5, 1)
X = np.concatenate([[0.0, 1e-25, 1e-4, -0.03, 0.04, 1.0, -2.0], normal("sinc", 9, scale=3.0)])


def _sinc_response(label, cutoff=CUTOFF, window_size=17, rtol32=2e-6, **kwargs):
    inputs, kwargs = {"cutoff_frequency": cutoff}, {"window_size": window_size, **kwargs}
    return Case(f"sinc_impulse_response {label}", "core.sinc_impulse_response", inputs, kwargs, rtol32=rtol32)


def _sinc_filter(label, cutoff=CUTOFF, audio=SHORT_AUDIO, window_size=20, **kwargs):
    inputs, kwargs = {"audio": audio, "cutoff_frequency": cutoff}, {"window_size": window_size, **kwargs}
    return Case(f"sinc_filter {label}", "core.sinc_filter", inputs, kwargs)


CASES = [
    Case("sinc", "core.sinc", {"x": X}),
    _sinc_response("low-pass"),
    _sinc_response("high-pass", high_pass=True),
    _sinc_response("96 kHz", 48000.0 * CUTOFF, window_size=6, sample_rate=96000),
    _sinc_response("fixed", CUTOFF[:, 0], window_size=8),
    _sinc_response("1 tap", window_size=1),
    _sinc_response("3 taps", window_size=2, high_pass=True, rtol32=4e-6),
    _sinc_response("out of range", np.asarray([[-0.1], [1.2], [1.7], [5.0]])),
    _sinc_filter("varying"),
    _sinc_filter("varying high-pass", 4000.0 * CUTOFF, sample_rate=8000, high_pass=True, padding="valid"),
    _sinc_filter("fixed", CUTOFF[:, 0]),
    _sinc_filter("shared", CUTOFF[:1, :1]),
    _sinc_filter("one sample", CUTOFF[:, :1], SHORT_AUDIO[:, :1]),
    _sinc_filter("a frame a sample", np.repeat(CUTOFF, 19, axis=1)[:, :93], SHORT_AUDIO[:, :93]),
]


# Drawn arguments ----------------------------------------------------------------------------------------------------


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
