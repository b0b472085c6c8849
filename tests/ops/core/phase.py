"""Phase in extended precision."""

import numpy as np

from tests.cases import Case, uniform
from tests.draws import Call, drawn
from tests.oracles import oracle

# Oracles ------------------------------------------------------------------------------------------------------------


def cycles(frequency, sample_rate):
    """Phase in cycles, wrapped to [0, 1): the cumulative sum up to and including each sample, along axis 1."""
    advance = np.asarray(frequency, np.longdouble) / sample_rate
    return np.asarray(np.cumsum(advance, axis=1) % 1.0, np.float64)


@oracle("core.angular_cumsum")
def angular_cumsum(angular_frequency):
    """Cumulative sum in radians along axis 1, wrapped to [0, 2 pi)."""
    total = np.cumsum(np.asarray(angular_frequency, np.longdouble), axis=1)
    turn = 8 * np.arctan(np.longdouble(1))
    return np.asarray(total % turn, np.float64)


# Cases --------------------------------------------------------------------------------------------------------------

OMEGA = uniform("omega", 0.01, 3.0, 2, 131, 1)

CASES = [
    Case("angular_cumsum", "core.angular_cumsum", {"angular_frequency": OMEGA}),
    Case("angular_cumsum 2d", "core.angular_cumsum", {"angular_frequency": OMEGA[..., 0]}),
    Case("angular_cumsum one", "core.angular_cumsum", {"angular_frequency": OMEGA[:, :1]}),
]


# Drawn arguments ----------------------------------------------------------------------------------------------------


@drawn("core.angular_cumsum")
def _(d):
    return Call({"angular_frequency": d.uniform(0.01, 3.0, d.batch, d.samples, d.channels)})
