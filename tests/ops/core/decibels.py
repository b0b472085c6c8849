"""Levels in decibels."""

import numpy as np

from tests.cases import Case
from tests.draws import drawn_elementwise
from tests.oracles import oracle

from ..inputs import POSITIVE, X

# Oracles ------------------------------------------------------------------------------------------------------------


@oracle("core.power_to_db")
def power_to_db(power, ref_db=0.0, range_db=80.0):
    return 10.0 * np.log10(np.maximum(power, 10.0 ** ((ref_db - range_db) / 10.0))) - ref_db


@oracle("core.amplitude_to_db")
def amplitude_to_db(amplitude, ref_db=0.0, range_db=80.0):
    return power_to_db(amplitude**2, ref_db, range_db)


@oracle("core.db_to_power")
def db_to_power(db):
    return 10.0 ** (db / 10.0)


@oracle("core.db_to_amplitude")
def db_to_amplitude(db):
    return 10.0 ** (db / 20.0)


# Cases --------------------------------------------------------------------------------------------------------------

CASES = [
    Case("amplitude_to_db", "core.amplitude_to_db", {"amplitude": POSITIVE}, {"ref_db": 20.7}),
    Case("power_to_db", "core.power_to_db", {"power": POSITIVE}),
    Case(
        "power_to_db floor", "core.power_to_db", {"power": np.asarray([0.0, 1e-12, 1e-3])}, {"range_db": 60.0}, wrt=()
    ),
    Case(
        "power_to_db negative reference",
        "core.power_to_db",
        {"power": np.asarray([0.0, 1e-12, 1e-9, 1e-7, 1.0])},
        {"ref_db": -20.0},
        wrt=(),
    ),
    Case("db_to_amplitude", "core.db_to_amplitude", {"db": X}),
    Case("db_to_power", "core.db_to_power", {"db": X}),
]


# Drawn arguments ----------------------------------------------------------------------------------------------------

drawn_elementwise("amplitude", 1e-3, 5.0, "core.amplitude_to_db")
drawn_elementwise("power", 1e-3, 5.0, "core.power_to_db")
drawn_elementwise("db", -80.0, 20.0, "core.db_to_amplitude", "core.db_to_power")
