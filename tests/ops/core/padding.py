"""Padding of one axis."""

import numpy as np

from tests.cases import Case
from tests.draws import Call, drawn
from tests.oracles import oracle

from ..inputs import CONTROLS

# Oracles ------------------------------------------------------------------------------------------------------------


@oracle("core.pad_axis")
def pad_axis(x, padding=(0, 0), axis=0, constant_values=0.0):
    widths = [(0, 0)] * x.ndim
    widths[axis] = tuple(padding)
    return np.pad(x, widths, constant_values=constant_values)


# Cases --------------------------------------------------------------------------------------------------------------

CASES = [
    Case("pad_axis", "core.pad_axis", {"x": CONTROLS}, {"padding": (2, 3), "axis": 1}),
]


# Drawn arguments ----------------------------------------------------------------------------------------------------


@drawn("core.pad_axis")
def _(d):
    padding = (d.integer(0, 3), d.integer(0, 3))
    return Call({"x": d.normal(d.batch, d.frames, d.channels)}, {"padding": padding, "axis": d.choose(1, -1)})
