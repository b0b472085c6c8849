"""Pitch and loudness, scaled to the inputs of networks."""

import numpy as np

from tests.cases import Case, uniform
from tests.draws import drawn_elementwise
from tests.oracles import oracle

from ..inputs import HZ

# Oracles ------------------------------------------------------------------------------------------------------------


@oracle("nn.scale_f0_hz")
def scale_f0_hz(f0_hz):
    """The MIDI note of a pitch divided by 127; that of 0 Hz is 0."""
    heard = np.where(f0_hz > 0.0, f0_hz, 1.0)
    return np.where(f0_hz > 0.0, (69.0 + 12.0 * np.log2(heard / 440.0)) / 127.0, 0.0)


@oracle("nn.scale_loudness_db")
def scale_loudness_db(loudness_db, range_db=80.0):
    return (loudness_db + range_db) / range_db


# Cases --------------------------------------------------------------------------------------------------------------

LEVELS = uniform("levels", -80.0, 0.0, 3, 7)

CASES = [
    Case("scale_f0_hz", "nn.scale_f0_hz", {"f0_hz": HZ}),
    Case("scale_loudness_db", "nn.scale_loudness_db", {"loudness_db": LEVELS}, {"range_db": 60.0}),
]


# Drawn arguments ----------------------------------------------------------------------------------------------------

drawn_elementwise("f0_hz", 20.0, 8000.0, "nn.scale_f0_hz")
drawn_elementwise("loudness_db", -80.0, 0.0, "nn.scale_loudness_db")
