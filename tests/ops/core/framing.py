"""Framing, overlapping and cropping."""

from fractions import Fraction
from math import floor

import numpy as np

from tests.cases import Case, normal
from tests.draws import Call, drawn
from tests.oracles import oracle

from ..formulas import exact

# Oracles ------------------------------------------------------------------------------------------------------------


@oracle("core.center_crop")
def center_crop(audio, frame_size):
    half = frame_size // 2
    return audio[:, half : audio.shape[1] - half]


@oracle("core.frame")
def frame(audio, frame_size, hop_size):
    """All whole frames. Frame k starts at the sample nearest to k hops, with halves rounded up."""
    hop, room = exact(hop_size), audio.shape[-1] - frame_size
    starts = [floor(k * hop + Fraction(1, 2)) for k in range(room + 1) if k * hop <= room]
    if not starts:
        return np.zeros((*audio.shape[:-1], 0, frame_size))
    return np.stack([audio[..., start : start + frame_size] for start in starts], axis=-2)


@oracle("core.overlap_and_add")
def overlap_and_add(frames, hop_size):
    batch, n_frames, frame_size = frames.shape
    out = np.zeros((batch, (n_frames - 1) * hop_size + frame_size))
    for k in range(n_frames):
        out[:, k * hop_size : k * hop_size + frame_size] += frames[:, k]
    return out


# Cases --------------------------------------------------------------------------------------------------------------

CASES = [
    Case("frame", "core.frame", {"audio": normal("framed", 2, 33)}, {"frame_size": 7, "hop_size": 3}),
    Case("frame whole hops", "core.frame", {"audio": normal("framed", 33)}, {"frame_size": 8, "hop_size": 2}),
    Case("frame 2.5", "core.frame", {"audio": normal("framed", 2, 33)}, {"frame_size": 7, "hop_size": 2.5}),
    Case(
        "frame many phases", "core.frame", {"audio": normal("framed", 2, 333)}, {"frame_size": 7, "hop_size": 266 / 59}
    ),
    Case("overlap_and_add", "core.overlap_and_add", {"frames": normal("frames", 2, 5, 7)}, {"hop_size": 3}),
    Case("center_crop", "core.center_crop", {"audio": normal("audio", 2, 33)}, {"frame_size": 5}),
]


# Drawn arguments ----------------------------------------------------------------------------------------------------


@drawn("core.center_crop")
def _(d):
    return Call({"audio": d.normal(d.batch, d.samples + 1)}, {"frame_size": d.integer(1, d.samples)})


@drawn("core.frame")
def _(d):
    hop_size = d.integer(1, 40) / d.choose(1, 1, 2, 3, 7, 37)
    return Call({"audio": d.audio()}, {"frame_size": d.integer(1, d.samples), "hop_size": max(hop_size, 1.0)})


@drawn("core.overlap_and_add")
def _(d):
    return Call({"frames": d.normal(d.batch, d.frames, d.samples)}, {"hop_size": d.integer(1, d.samples)})
