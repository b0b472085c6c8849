"""Padding for frames, and numbers of frames."""

from math import ceil

import numpy as np

from tests.cases import Case
from tests.draws import Call, drawn
from tests.oracles import oracle

from ..formulas import exact
from ..inputs import AUDIO

# Oracles ------------------------------------------------------------------------------------------------------------


@oracle("spectral_ops.get_framed_lengths")
def get_framed_lengths(input_length, frame_size, hop_size, padding="center"):
    """Number of frames and the padded length: frames are counted one by one."""
    hop = exact(hop_size)
    if padding == "same":  # all frames that start before the end
        starts = [k * hop for k in range(input_length) if k * hop < input_length]
        return len(starts), max(ceil((len(starts) - 1) * hop) + frame_size, input_length)
    last = input_length if padding == "center" else input_length - frame_size
    starts = [k * hop for k in range(last + 1) if k * hop <= last]
    return len(starts), input_length + (frame_size if padding == "center" else 0)


@oracle("spectral_ops.pad")
def pad(x, frame_size, hop_size, padding="center", axis=1, mode="CONSTANT", constant_values=0.0):
    axis = axis if x.ndim > 1 else 0
    if padding == "valid":
        return x
    if padding == "same":
        missing = get_framed_lengths(x.shape[axis], frame_size, hop_size, padding)[1] - x.shape[axis]
        amounts = (0, missing)
    else:
        amounts = (frame_size // 2, frame_size - frame_size // 2)
    widths = [(0, 0)] * x.ndim
    widths[axis] = amounts
    options = {"constant_values": constant_values} if mode.lower() == "constant" else {}
    return np.pad(x, widths, mode=mode.lower(), **options)


@oracle("spectral_ops.pad_or_trim_to_expected_length")
def pad_or_trim_to_expected_length(vector, expected_len, pad_value=0, len_tolerance=20):
    missing = expected_len - vector.shape[-1]
    if missing <= 0:
        return vector[..., :expected_len]
    return np.pad(vector, [(0, 0)] * (vector.ndim - 1) + [(0, missing)], constant_values=pad_value)


# Cases --------------------------------------------------------------------------------------------------------------

CASES = [
    *(
        Case(
            f"get_framed_lengths {padding} {n}",
            "spectral_ops.get_framed_lengths",
            {},
            {"input_length": n, "frame_size": 100, "hop_size": 33, "padding": padding},
        )
        for padding in ("center", "same", "valid")
        for n in (1000, 1001, 60)
    ),
    *(
        Case(
            f"pad {padding}", "spectral_ops.pad", {"x": AUDIO}, {"frame_size": 100, "hop_size": 30, "padding": padding}
        )
        for padding in ("center", "same", "valid")
    ),
    *(
        Case(
            f"pad_or_trim_to_expected_length {n}",
            "spectral_ops.pad_or_trim_to_expected_length",
            {"vector": AUDIO[:, :101]},
            {"expected_len": n, "pad_value": -1.0},
        )
        for n in (115, 101, 95)
    ),
]


# Drawn arguments ----------------------------------------------------------------------------------------------------


@drawn("spectral_ops.get_framed_lengths")
def _(d):
    hop_size = max(d.integer(1, 50) / d.choose(1, 1, 2, 3, 7, 37), 1.0)
    kwargs = {"input_length": d.integer(1, 300), "frame_size": d.integer(1, 100), "hop_size": hop_size}
    return Call({}, {**kwargs, "padding": d.choose("center", "same", "valid")})


@drawn("spectral_ops.pad")
def _(d):
    kwargs = {"frame_size": d.integer(20, 60), "hop_size": d.integer(1, 20), "padding": d.choose("center", "same")}
    return Call({"x": d.normal(d.batch, d.samples + 60)}, kwargs)


@drawn("spectral_ops.pad_or_trim_to_expected_length")
def _(d):
    length = max(1, d.samples + d.integer(-20, 20))
    return Call({"vector": d.normal(d.batch, d.samples)}, {"expected_len": length, "pad_value": -1.0})
