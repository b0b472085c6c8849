"""Convolution frame by frame, by direct sums."""

import numpy as np

from tests.cases import Case, normal
from tests.draws import Call, drawn
from tests.oracles import oracle

from ..inputs import SHORT_AUDIO

# Oracles ------------------------------------------------------------------------------------------------------------


@oracle("core.get_fft_size")
def get_fft_size(frame_size, ir_size, power_of_2=True):
    """Length of the full convolution, rounded up to a power of two, or to 2^a 3^b 5^c."""
    size = frame_size + ir_size - 1
    while not (_is_smooth(size, (2,)) if power_of_2 else _is_smooth(size, (2, 3, 5))):
        size += 1
    return size


def _is_smooth(n, primes):
    for p in primes:
        while n % p == 0:
            n //= p
    return n == 1


def group_delay(ir_size):
    """Delay of a linear-phase filter: the index of its middle tap, or of the first tap of the second half.

    The original takes (ir_size - 1) // 2 - 1: two samples late for even sizes.
    """
    return ir_size // 2


@oracle("core.crop_and_compensate_delay")
def crop_and_compensate_delay(audio, audio_size, ir_size, padding, delay_compensation):
    """Samples delay ... delay + size of the full convolution; zeros after its end (the original may return nothing)."""
    start = group_delay(ir_size) if delay_compensation < 0 else delay_compensation
    size = audio_size if padding == "same" else audio_size + ir_size - 1
    extended = np.pad(audio, [(0, 0), (0, max(0, start + size - audio.shape[-1]))])
    return extended[:, start : start + size]


@oracle("core.fft_convolve")
def fft_convolve(audio, impulse_response, padding="same", delay_compensation=-1):
    """Convolve each frame of the audio with its filter, and add the overlapping tails."""
    batch, n_samples = audio.shape
    filters = impulse_response[:, None, :] if impulse_response.ndim == 2 else impulse_response
    n_frames, ir_size = filters.shape[1:]
    hop = -(-n_samples // n_frames)
    full = np.zeros((batch, n_samples + ir_size - 1))
    for b in range(batch):
        for k in range(n_frames):
            frame = audio[b, k * hop : (k + 1) * hop]
            if frame.size:
                tail = np.convolve(frame, filters[b % filters.shape[0], k])
                full[b, k * hop : k * hop + tail.size] += tail
    return crop_and_compensate_delay(full, n_samples, ir_size, padding, delay_compensation)


# Cases --------------------------------------------------------------------------------------------------------------


def _convolve(label, *ir_shape, audio=SHORT_AUDIO, **kwargs):
    inputs = {"audio": audio, "impulse_response": normal(label, *ir_shape)}
    return Case(f"fft_convolve {label}", "core.fft_convolve", inputs, kwargs, rtol32=4e-6)


def _sizes(frame_size, ir_size, power_of_2):
    kwargs = {"frame_size": frame_size, "ir_size": ir_size, "power_of_2": power_of_2}
    return Case(f"get_fft_size {frame_size} {ir_size} {power_of_2}", "core.get_fft_size", {}, kwargs)


CASES = [
    *(_sizes(n, m, p) for n, m in ((1000, 257), (1, 1), (512, 513), (48001, 7)) for p in (True, False)),
    Case(
        "crop_and_compensate_delay",
        "core.crop_and_compensate_delay",
        {"audio": SHORT_AUDIO},
        {"audio_size": 60, "ir_size": 15, "padding": "same", "delay_compensation": -1},
    ),
    Case(
        "crop_and_compensate_delay to the end",
        "core.crop_and_compensate_delay",
        {"audio": SHORT_AUDIO[:, :74]},
        {"audio_size": 60, "ir_size": 15, "padding": "valid", "delay_compensation": 0},
    ),
    _convolve("3d", 2, 5, 12),
    _convolve("2d", 2, 13),
    _convolve("2d valid", 2, 13, padding="valid", delay_compensation=0),
    _convolve("3d one frame", 2, 1, 12),
    _convolve("shared", 1, 13),
    _convolve("1 tap", 2, 1),
    _convolve("2 taps", 2, 2),
    _convolve("crop ends at 0", 2, 65, audio=SHORT_AUDIO[:, :64], padding="valid", delay_compensation=0),
    _convolve("power of two", 2, 33, audio=SHORT_AUDIO[:, :32]),
    _convolve("long response", 2, 211),
    _convolve("one sample", 2, 5, audio=SHORT_AUDIO[:, :1]),
    _convolve("one sample, 1 tap", 2, 1, audio=SHORT_AUDIO[:, :1]),
    _convolve("a frame a sample", 2, 97, 6),
    _convolve("delay beyond", 2, 3, 8, padding="valid", delay_compensation=20),
]


# Drawn arguments ----------------------------------------------------------------------------------------------------


@drawn("core.get_fft_size")
def _(d):
    sizes = {"frame_size": d.integer(1, 5000), "ir_size": d.integer(1, 5000)}
    return Call({}, {**sizes, "power_of_2": d.choose(True, False)})


@drawn("core.crop_and_compensate_delay")
def _(d):
    taps, delay = d.integer(1, 30), d.integer(-1, 30)
    kwargs = {
        "audio_size": d.samples,
        "ir_size": taps,
        "padding": d.choose("same", "valid"),
        "delay_compensation": delay,
    }
    return Call({"audio": d.normal(d.batch, d.samples + taps - 1)}, kwargs)


@drawn("core.fft_convolve")
def _(d):
    taps, frames = d.integer(1, 40), d.frames_of_a_filter()
    shape = d.choose((d.batch, taps), (1, taps), (d.batch, frames, taps))
    kwargs = {"padding": d.choose("same", "valid"), "delay_compensation": d.integer(-1, 5)}
    return Call({"audio": d.audio(), "impulse_response": d.normal(*shape)}, kwargs)
