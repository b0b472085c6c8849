"""FIR filters by frequency sampling: design and filtering."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import design
from ..extend import Adapter, Array, Float, adapter_of, axis_size, checked, common_backend, one_of, promote_half
from .convolution import convolve_frames, filter_frames, filtering_sizes, get_fft_size
from .framing import add_frames
from .padding import pad_checked
from .streaming import State, broadcast_batch, hop_size_of, init_hop, integer_zeros, zeros

__all__ = ["apply_window_to_impulse_response", "frequency_filter", "frequency_impulse_response"]

#: Number of magnitudes times FFT size up to which a matrix product designs filters faster than two transforms.
LARGEST_MATRIX = 2**16
#: Number of rows that `multiply_rows` multiplies at a time.
ROWS = 8


@checked
def apply_window_to_impulse_response(
    impulse_response: Float[Array, "... taps"], window_size: int = 0, causal: bool = False
) -> Float[Array, "... window"]:
    """Window an impulse response around its peak and center the peak.

    ![Hann, Hamming and rectangular windows, and their spectra](../figures/windows.png)

    Parameters
    ----------
    impulse_response
        Impulse response, [..., taps]. Without `causal` it has zero phase: its peak is at tap 0 and negative times are
        at the end.
    window_size
        Number of taps of the Hann window, whose peak of 1 is on the peak of the response. Less than 1, or more than
        there are taps: all taps.
    causal
        If True, the peak of the input already is at tap taps // 2.

    Returns
    -------
    impulse_response : array
        [..., window_size], dtype of the input, with the peak at tap window_size // 2.

    See Also
    --------
    frequency_impulse_response : Uses this window.

    Notes
    -----
    The original places a window of odd size one sample off the peak. For an even size below the number of taps it
    returns one tap too few; the missing one is 0.

    Examples
    --------
    >>> import numpy as np
    >>> apply_window_to_impulse_response(np.asarray([1.0, 1.0, 1.0, 1.0]))
    array([0. , 0.5, 1. , 0.5])
    """
    backend = common_backend(impulse_response=impulse_response)
    xp = backend.xp
    taps = axis_size(impulse_response, -1)
    size = window_taps(taps, window_size)
    if causal:
        impulse_response = xp.roll(impulse_response, -(taps // 2), axis=-1)
    windowed = impulse_response * backend.constant(design.zero_phase_window(taps, size), impulse_response)
    before = windowed[..., taps - size // 2 :]
    return xp.concat([before, windowed[..., : size - size // 2]], axis=-1) if size > 1 else windowed[..., :1]


@checked
def frequency_impulse_response(
    magnitudes: Float[Array, "... frequencies"], window_size: int = 0
) -> Float[Array, "... taps"]:
    """Design a linear-phase impulse response from magnitudes by frequency sampling.

    J. O. Smith, "Spectral Audio Signal Processing", 2011, "Windowing a desired impulse response".

    ![Given gains, and the frequency responses of filters of 257 and 33 taps](../figures/fir.png)

    Parameters
    ----------
    magnitudes
        Gains at evenly spaced frequencies from 0 to half the sample rate, [..., frequencies], at least 2.
    window_size
        Number of taps of the Hann window. Less than 1: all 2 * (frequencies - 1) taps.

    Returns
    -------
    impulse_response : array
        [..., taps], dtype of the input, with the peak at tap taps // 2. float16 and bfloat16 are computed in float32.

    Raises
    ------
    ValueError
        Fewer than 2 magnitudes.

    See Also
    --------
    frequency_filter : Filters audio with the response.
    apply_window_to_impulse_response : The window.

    Examples
    --------
    >>> import numpy as np
    >>> frequency_impulse_response(np.ones(3)).round(6)
    array([0., 0., 1., 0.])
    """
    xp = common_backend(magnitudes=magnitudes).xp
    n_frequencies = _frequencies(magnitudes)
    spectrum = promote_half(xp, magnitudes)
    complex_dtype = xp.complex128 if spectrum.dtype == xp.float64 else xp.complex64
    response = xp.fft.irfft(xp.astype(spectrum, complex_dtype), n=2 * (n_frequencies - 1))
    return xp.astype(apply_window_to_impulse_response(response, window_size), magnitudes.dtype)


@checked
def frequency_filter(
    audio: Float[Array, "#batch time"],
    magnitudes: Float[Array, "#batch frequencies"] | Float[Array, "#batch frames frequencies"],
    window_size: int = 0,
    padding: str = "same",
) -> Float[Array, "batch out"]:
    """Filter audio with a linear-phase FIR filter of given magnitudes, without delay.

    ![Given gains, and the frequency responses of filters of 257 and 33 taps](../figures/fir.png)

    Parameters
    ----------
    audio
        Audio, [batch, time].
    magnitudes
        Gains from 0 Hz to Nyquist, [batch, frequencies], or [batch, frames, frequencies] for a time-varying filter.
    window_size
        Number of taps of the window of the impulse response. Less than 1: all taps.
    padding
        'same' or 'valid', as in `fft_convolve`.

    Returns
    -------
    audio : array
        [batch, time], or [batch, time + taps - 1] with 'valid', dtype of the inputs.

    Raises
    ------
    ValueError
        Fewer than 2 magnitudes, frames that do not cover the audio, or an unknown `padding`.

    See Also
    --------
    frequency_impulse_response : The impulse response.
    fft_convolve : Filter by an impulse response.
    ddsp.effects.FIRFilter : The filter as a processor.
    ddsp.synths.FilteredNoise : Noise through this filter.

    Notes
    -----
    The group delay is compensated exactly. In the original the output is 2 samples late.

    Examples
    --------
    >>> import numpy as np
    >>> frequency_filter(np.asarray([[0.0, 1.0, 0.0, 0.0]]), np.ones((1, 3))).round(6)
    array([[0., 1., 0., 0.]])
    """
    backend = common_backend(audio=audio, magnitudes=magnitudes)
    one_of("padding", padding, ("same", "valid"))
    magnitudes = magnitudes if len(magnitudes.shape) == 3 else magnitudes[:, None, :]
    return backend.outline_op(_filtered, audio, magnitudes, window_size=window_size, padding=padding)[0]


def _filtered(backend: Adapter, audio: Array, magnitudes: Array, window_size: int, padding: str) -> tuple[Array]:
    taps = filter_taps(magnitudes, window_size)
    frame_size, fft_size = filtering_sizes("magnitudes", axis_size(audio, 1), axis_size(magnitudes, 1), taps)
    response, peak = frequency_responses(magnitudes, window_size, fft_size)
    return (filter_frames(audio, response, frame_size, fft_size, taps, padding, peak=peak),)


def frequency_responses(magnitudes: Array, window_size: int, fft_size: int) -> tuple[Array, int]:
    """Spectra of the filters of magnitudes, [batch, frames, fft_size // 2 + 1], and the tap that is at time 0."""
    backend, n_frequencies = common_backend(magnitudes=magnitudes), axis_size(magnitudes, -1)
    xp, taps = backend.xp, filter_taps(magnitudes, window_size)
    magnitudes = promote_half(xp, magnitudes)
    if n_frequencies * fft_size > LARGEST_MATRIX:
        return xp.fft.rfft(frequency_impulse_response(magnitudes, window_size), n=fft_size), 0
    matrix = backend.constant(design.frequency_sampling(n_frequencies, taps, fft_size), magnitudes)
    return multiply_rows(magnitudes, matrix), taps // 2


def multiply_rows(rows: Array, matrix: Array) -> Array:
    """Rows of [batch, frames, n] times a matrix [n, m]; what a row gives does not depend on how many there are.

    Libraries of linear algebra choose an algorithm by the number of rows, with other roundings. So the rows of a few
    frames are multiplied at a time, always as many. Compilers promise no equal bits in any case.
    """
    backend, n_frames = common_backend(rows=rows, matrix=matrix), axis_size(rows, 1)
    xp = backend.xp
    if backend.traits(rows).max_fused_ops:
        return xp.matmul(rows, matrix)
    rows = pad_checked(rows, (0, -n_frames % ROWS), axis=1)
    tiles = xp.reshape(rows, (-1, axis_size(rows, 1) // ROWS, ROWS, axis_size(rows, 2)))
    products = xp.matmul(tiles, matrix)
    return xp.reshape(products, (-1, axis_size(rows, 1), axis_size(matrix, 1)))[:, :n_frames, :]


def init_filter(batch: int, like: Any, hop_size: int, window_size: int) -> State:
    """State of `filter_step` before the first frame.

    'overlap' is what earlier frames add to later samples. Its size, and the latency of window_size // 2 samples, do not
    depend on the number of magnitudes. 'seen' is the number of samples so far, at most the latency.
    """
    if window_size < 1:
        raise ValueError(
            f"window_size: got {window_size}, expected at least 1 for a stream, whose latency it determines"
        )
    overlap = zeros((batch, window_size - 1 + hop_size), like)  # the length of frames is rounded up to hops
    state = init_hop(batch, like, hop_size) | {"seen": integer_zeros((batch, 1), like)}
    return state | {"overlap": promote_half(adapter_of(overlap).xp, overlap)}


def filter_step(state: State, audio: Array, magnitudes: Array, window_size: int) -> tuple[Array, State]:
    """Filter the next frames as `frequency_filter` does, window_size // 2 samples late.

    Parameters
    ----------
    state
        State of `init_filter` or of the previous step.
    audio
        The next samples, [batch, frames * hop_size], or any number of them with a constant filter.
    magnitudes
        Gains from 0 Hz to Nyquist, [batch, frames, frequencies], or [batch, frequencies] for a constant filter.
    window_size
        Number of taps of the window, as in `init_filter`.

    Returns
    -------
    audio : array
        As many samples as there are in `audio`. The first window_size // 2 of a stream, which would be those before the
        sound, are 0.
    state : dict
        State for the samples that follow.
    """
    xp, n_samples = common_backend(audio=audio, magnitudes=magnitudes).xp, axis_size(audio, 1)
    late = window_size // 2
    frame_size = n_samples if len(magnitudes.shape) == 2 else hop_size_of(state)
    magnitudes = magnitudes if len(magnitudes.shape) == 3 else magnitudes[:, None, :]
    n_frames, taps = axis_size(magnitudes, 1), filter_taps(magnitudes, window_size)
    if n_samples != n_frames * frame_size:
        what = f"{n_frames} frames of {frame_size} samples, the hop size of the state"
        raise ValueError(f"audio: got {n_samples} samples, expected those of {what}")
    fft_size = get_fft_size(frame_size, taps, power_of_2=False)
    response, peak = frequency_responses(magnitudes, window_size, fft_size)
    overlap, wait = state["overlap"], late - taps // 2  # delay of filters with fewer taps than the window
    frames = broadcast_batch(convolve_frames(audio, response, frame_size, fft_size, taps, peak), overlap)
    total = xp.concat([overlap[:, :wait], add_frames(frames, frame_size, overlap[:, wait:])], axis=1)
    n_waiting = axis_size(overlap, 1)
    total = pad_checked(total, (0, max(n_samples + n_waiting - axis_size(total, 1), 0)), axis=1)
    out, state = _without_start(state, total[:, :n_samples], late)
    rest = total[:, n_samples : n_samples + n_waiting]
    return xp.astype(out, audio.dtype), state | {"overlap": rest}


def filter_flush(state: State, window_size: int) -> tuple[Array, State]:
    """The last window_size // 2 samples of a stream of `filter_step`."""
    late, overlap = window_size // 2, state["overlap"]
    out, state = _without_start(state, overlap[:, :late], late)
    rest = pad_checked(overlap[:, late:], (0, late), axis=1)
    return adapter_of(out).xp.astype(out, state["hop"].dtype), state | {"overlap": rest}


def _without_start(state: State, samples: Array, late: int) -> tuple[Array, State]:
    """The next samples of a stream with zeros for the first `late` ones, which are those before the sound."""
    backend, n_samples = adapter_of(samples), axis_size(samples, 1)
    xp, seen, start = backend.xp, state["seen"], samples[:, :late]
    place = seen + backend.constant(np.arange(min(late, n_samples), dtype=np.int32)[np.newaxis], samples)
    start = xp.where(place < late, xp.zeros_like(start), start)
    samples = start if n_samples <= late else xp.concat([start, samples[:, late:]], axis=1)
    return samples, state | {"seen": backend.xp.clip(seen + n_samples, None, late)}


def _frequencies(magnitudes: Array) -> int:
    """Number of magnitudes; ValueError if fewer than 2."""
    n_frequencies = axis_size(magnitudes, -1)
    if n_frequencies < 2:
        raise ValueError(f"magnitudes: got {n_frequencies} frequencies, expected at least 2 (0 Hz and Nyquist)")
    return n_frequencies


def filter_taps(magnitudes: Array, window_size: int) -> int:
    """Number of taps of the filters of magnitudes."""
    return window_taps(2 * (_frequencies(magnitudes) - 1), window_size)


def window_taps(taps: int, window_size: int) -> int:
    """Size of the window of an impulse response: the requested one, or all taps."""
    return taps if window_size < 1 or window_size > taps else int(window_size)
