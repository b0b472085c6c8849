"""A pytest plugin for the suite: tuples in place of tf.TensorShapes, and no search for the smallest example."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from typing import Any

import ndindex.shapetools
import pytest
import tensorflow as tf
from hypothesis import HealthCheck, Phase, settings
from hypothesis.extra import _array_helpers, array_api


def with_tuples(function: Callable) -> Callable:
    """A function that gets tuples in place of `tf.TensorShape`s."""

    def plain(x: Any) -> Any:
        return tuple(x) if isinstance(x, tf.TensorShape) else x

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        return function(*map(plain, args), **{name: plain(x) for name, x in kwargs.items()})

    return call


def replace(function: Callable, package: str) -> None:
    """Put `with_tuples(function)` wherever modules of a package have imported the function."""
    changed = with_tuples(function)
    for module_name, module in list(sys.modules.items()):
        if module_name.split(".")[0] == package:
            for name in [name for name, value in vars(module).items() if value is function]:
                setattr(module, name, changed)


replace(ndindex.shapetools.asshape, "ndindex")
replace(array_api._arrays, "hypothesis")
replace(_array_helpers.mutually_broadcastable_shapes, "hypothesis")
replace(_array_helpers.broadcastable_shapes, "hypothesis")


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """The suite's settings, without a search for the smallest example that fails."""
    suite = settings.get_profile("array-api-tests")
    phases, checks = (Phase.explicit, Phase.generate), list(HealthCheck)
    settings.register_profile("ddsp", parent=suite, phases=phases, suppress_health_check=checks, database=None)
    settings.load_profile("ddsp")
