"""Plugin of pytest for `tests.mutate`: it hides frameworks that were not chosen, and records the calls of each test."""

from __future__ import annotations

import json
import os
import sys
import time

import pytest

#: Duration of each test, and the functions of the library that it called as (file, first line).
_calls: dict[str, tuple[float, list[tuple[str, int]]]] = {}


def pytest_addoption(parser):
    parser.addoption("--calls", help="note what each test calls, in this file")


def pytest_configure(config):
    """Hide frameworks that are not in --backends from tests that look for them."""
    import conftest

    from . import backends

    chosen = conftest.chosen_backends(config)
    backends.is_installed = conftest.is_installed = chosen.__contains__


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    if not item.config.getoption("--calls"):
        return (yield)
    seen = set()
    before = time.perf_counter()
    sys.settrace(lambda frame, event, argument: seen.add(frame.f_code))
    try:
        return (yield)
    finally:
        sys.settrace(None)
        seconds, folder = time.perf_counter() - before, f"{item.config.rootpath}{os.sep}"
        called = [(c.co_filename.removeprefix(folder), c.co_firstlineno) for c in seen]
        _calls[item.nodeid] = seconds, [(file, line) for file, line in called if file.startswith("ddsp")]


def pytest_sessionfinish(session):
    if path := session.config.getoption("--calls"):
        with open(path, "w") as file:
            json.dump(_calls, file)
