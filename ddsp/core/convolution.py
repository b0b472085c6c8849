"""Convolution by FFT, with fixed and time-varying impulse responses."""

from __future__ import annotations

from .. import design
from ..extend import Adapter, Array, Float, axis_size, checked, common_backend, integer, one_of, promote_half
from .framing import add_frames
from .padding import pad_checked

__all__ = ["crop_and_compensate_delay", "fft_convolve", "get_fft_size"]


@checked
def get_fft_size(frame_size: int, ir_size: int, power_of_2: bool = True) -> int:
    """Select a fast FFT size that is long enough for the convolution of a frame with an impulse response.

    Parameters
    ----------
    frame_size, ir_size
        Lengths in samples, >= 1.
    power_of_2
        If True, the next power of two, otherwise the next number whose prime factors are 2, 3 and 5.

    Returns
    -------
    fft_size : int
        At least frame_size + ir_size - 1.

    See Also
    --------
    fft_convolve : The convolution.

    Examples
    --------
    >>> get_fft_size(100, 30), get_fft_size(100, 30, power_of_2=False)
    (256, 135)
    """
    size = integer("frame_size", frame_size, 1) + integer("ir_size", ir_size, 1) - 1
    # int, because Dynamo does not pass the result of one design function to another.
    return 1 << (size - 1).bit_length() if power_of_2 else int(design.fast_fft_size(size))


@checked
def crop_and_compensate_delay(
    audio: Float[Array, "batch time"], audio_size: int, ir_size: int, padding: str, delay_compensation: int
) -> Float[Array, "batch cropped"]:
    """Crop the output of a convolution and compensate the group delay of the filter.

    Parameters
    ----------
    audio
        Full convolution, [batch, time].
    audio_size
        Number of samples before the convolution.
    ir_size
        Number of taps of the impulse response.
    padding
        'same' returns audio_size samples, 'valid' all audio_size + ir_size - 1 (named as in the original).
    delay_compensation
        Number of samples to remove from the start. A negative number removes ir_size // 2, the exact delay of filters
        by `frequency_impulse_response`.

    Returns
    -------
    audio : array
        [batch, audio_size] or [batch, audio_size + ir_size - 1], dtype of the input; zero-padded if the input is too
        short.

    Raises
    ------
    ValueError
        Unknown `padding`.

    See Also
    --------
    fft_convolve : Convolution with this cropping.

    Notes
    -----
    The original assumes a delay of (ir_size - 1) // 2 - 1, so filters of even length are 2 samples late. If it has
    nothing to cut from the end, it returns no samples.

    Examples
    --------
    >>> import numpy as np
    >>> crop_and_compensate_delay(np.arange(8.0)[None], 4, 3, "same", -1)
    array([[1., 2., 3., 4.]])
    """
    one_of("padding", padding, ("same", "valid"))
    common_backend(audio=audio)
    size = audio_size if padding == "same" else audio_size + ir_size - 1
    start = ir_size // 2 if delay_compensation < 0 else delay_compensation
    missing = max(start + size - axis_size(audio, 1), 0)
    return pad_checked(audio, (0, missing), axis=1)[:, start : start + size]


@checked
def fft_convolve(
    audio: Float[Array, "#batch time"],
    impulse_response: Float[Array, "#batch taps"] | Float[Array, "#batch frames taps"],
    padding: str = "same",
    delay_compensation: int = -1,
) -> Float[Array, "batch out"]:
    r"""Filter audio with one impulse response, or with one for each frame.

    $$y[n] = \sum_m x[m] \, h[n - m + delay]$$

    A time-varying filter cuts the audio into equal frames without overlap, convolves each frame with its own response
    h, and adds up the results with their tails.

    Parameters
    ----------
    audio
        Audio, [batch, time].
    impulse_response
        Impulse response, [batch, taps], or [batch, frames, taps] for frames of ceil(time / frames) samples. A batch of
        1 broadcasts.
    padding
        'same' returns time samples, 'valid' time + taps - 1.
    delay_compensation
        Number of samples to remove from the start. A negative number removes taps // 2, the delay of a linear-phase
        filter. Use 0 for a reverb.

    Returns
    -------
    audio : array
        [batch, time] or [batch, time + taps - 1], dtype of the inputs. float16 and bfloat16 are computed in float32.

    Raises
    ------
    ValueError
        Batch sizes that differ, an unknown `padding`, or frames that do not cover the audio.

    See Also
    --------
    frequency_filter : Filter by magnitudes.
    sinc_filter : Low-pass and high-pass filter.
    ddsp.effects.Reverb : Convolution as a processor.

    Examples
    --------
    >>> import numpy as np
    >>> fft_convolve(np.asarray([[1.0, 2.0, 3.0]]), np.asarray([[0.0, 1.0]]), delay_compensation=0).round(6)
    array([[0., 1., 2.]])
    """
    backend = common_backend(audio=audio, impulse_response=impulse_response)
    one_of("padding", padding, ("same", "valid"))
    ir = impulse_response[:, None, :] if len(impulse_response.shape) == 2 else impulse_response
    return backend.outline_op(_convolved, audio, ir, padding=padding, delay_compensation=delay_compensation)[0]


def _convolved(backend: Adapter, audio: Array, ir: Array, padding: str, delay_compensation: int) -> tuple[Array]:
    xp, taps = backend.xp, axis_size(ir, 2)
    frame_size, fft_size = filtering_sizes("impulse_response", axis_size(audio, 1), axis_size(ir, 1), taps)
    response = xp.fft.rfft(promote_half(xp, ir), n=fft_size)
    return (filter_frames(audio, response, frame_size, fft_size, taps, padding, delay_compensation),)


def filtering_sizes(name: str, n_samples: int, n_frames: int, ir_size: int) -> tuple[int, int]:
    """Frame size of audio whose filter changes n_frames times, and FFT size; errors cite the argument `name`."""
    frame_size = -(-n_samples // n_frames)
    if -(-n_samples // frame_size) != n_frames:
        raise ValueError(
            f"{name}: got {n_frames} frames for {n_samples} samples, expected a number whose frames of "
            f"ceil(samples / frames) = {frame_size} samples cover the audio ({-(-n_samples // frame_size)} would)"
        )
    return frame_size, get_fft_size(frame_size, ir_size, power_of_2=False)


def filter_frames(
    audio: Array,
    response: Array,
    frame_size: int,
    fft_size: int,
    ir_size: int,
    padding: str,
    delay_compensation: int = -1,
    peak: int = 0,
) -> Array:
    """`fft_convolve` by the frequency responses of its filters, [batch, frames, fft_size // 2 + 1].

    The impulse responses have `ir_size` taps. Tap `peak` is at time 0; taps before it are at the end of the circular
    response.
    """
    n_samples, n_frames = axis_size(audio, 1), axis_size(response, 1)
    padded = pad_checked(audio, (0, frame_size * n_frames - n_samples), axis=1)
    out = add_frames(convolve_frames(padded, response, frame_size, fft_size, ir_size, peak), frame_size)
    out = crop_and_compensate_delay(out, n_samples, ir_size, padding, delay_compensation)
    return common_backend(audio=audio).xp.astype(out, audio.dtype)


def convolve_frames(
    audio: Array, response: Array, frame_size: int, fft_size: int, ir_size: int, peak: int = 0
) -> Array:
    """Whole frames of audio by their filters, as in `filter_frames`: [batch, frames, time], in at least float32.

    Their length is rounded up to hops, because such frames are added faster. Samples beyond the convolution are 0, up
    to the rounding of the FFT.
    """
    xp, n_frames = common_backend(audio=audio).xp, axis_size(response, 1)
    frames = xp.reshape(promote_half(xp, audio), (-1, n_frames, frame_size))
    spectrum = xp.fft.rfft(pad_checked(frames, (peak, fft_size - frame_size - peak), axis=2))
    convolved = xp.fft.irfft(spectrum * xp.astype(response, spectrum.dtype), n=fft_size)
    return convolved[:, :, : min(fft_size, -(-(frame_size + ir_size - 1) // frame_size) * frame_size)]
