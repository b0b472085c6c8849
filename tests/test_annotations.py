"""Shapes in annotations, checked at run time for all cases (NumPy, eager)."""

from __future__ import annotations

import numpy as np
import pytest
from beartype import BeartypeConf, beartype
from beartype.roar import BeartypeException
from jaxtyping import TypeCheckError, jaxtyped

from ddsp import core

from .calling import function_of
from .ops import all_cases

#: An int is valid for a float, as everywhere in Python.
CHECKER = beartype(conf=BeartypeConf(is_pep484_tower=True))
FUNCTIONS = [case for case in all_cases() if case.inputs and case.path.split(".")[1][0].islower()]


@pytest.mark.parametrize("case", FUNCTIONS, ids=lambda case: case.id)
def test_annotated_shapes_are_those_that_run(case):
    checked = jaxtyped(function_of(case.path).__wrapped__, typechecker=CHECKER)
    checked(**{name: None if x is None else np.asarray(x) for name, x in case.inputs.items()}, **case.kwargs)


def test_a_wrong_shape_is_seen():
    checked = jaxtyped(core.oscillator_bank.__wrapped__, typechecker=CHECKER)
    with pytest.raises((TypeCheckError, BeartypeException)):
        checked(np.ones((1, 4)), np.ones((1, 4)))
