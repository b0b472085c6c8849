"""Backend fixtures: `--backends numpy,torch` chooses, DDSP_REQUIRE_BACKENDS makes a missing framework a failure."""

from __future__ import annotations

import itertools
import os
import sys
from pathlib import Path

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # before TensorFlow is first imported
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")  # its other kernels round differently, and announce themselves
# Test processes share what JAX compiles, also with later runs. It takes half of the time of JAX's tests to compile.
os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(Path(__file__).parent / ".pytest_cache" / "jax"))
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES", "-1")

from tests import threads  # noqa: F401, I001  # before NumPy is imported
from tests import habits, policies
from tests.backends import BACKENDS, COMPILE_MODES, get_backend, is_installed
from tests.parity_table import EVERY_OP, PARITY_TESTS, Collector, Selector, measured, rows_named  # noqa: F401

#: Not searched for doctests: torch's lazy classes fail a search, the framework modules repeat the examples of the plain
#: classes, and the plugin is for the suite that tests/conformance runs.
collect_ignore = ["ddsp/backends", "ddsp/torch", "ddsp/jax", "ddsp/tensorflow", "tests/conformance"]


def pytest_addoption(parser):
    parser.addoption("--backends", default=",".join(BACKENDS), help="comma list of: " + ", ".join(BACKENDS))
    parser.addoption(
        "--parity",
        nargs="?",
        const=EVERY_OP,
        metavar="OP",
        help="write docs/parity.md from what the parity tests measure; with OP, a comma list of parts of names of ops, "
        "run their parity tests alone and write their rows alone",
    )
    parser.addoption("--habits", action="store_true", help="write the rows of docs/habits.md that are run")


def pytest_configure(config):
    ops = config.getoption("--parity")
    rows = rows_named(ops) if ops and ops != EVERY_OP else None
    if rows is not None:
        config.args = [str(PARITY_TESTS)]
        config.pluginmanager.register(Selector(rows))
    if hasattr(config, "workerinput"):  # tables are written once, not in every worker process
        return
    if ops:
        config.pluginmanager.register(Collector(rows=rows))
    if config.getoption("--habits"):
        config.pluginmanager.register(habits.Collector())


def chosen_backends(config) -> list[str]:
    names = [name.strip() for name in config.getoption("--backends").split(",") if name.strip()]
    unknown = set(names) - set(BACKENDS)
    if unknown:
        raise pytest.UsageError(f"--backends: unknown {sorted(unknown)}, expected some of {', '.join(BACKENDS)}")
    return names


def _is_required(name: str) -> bool:
    """DDSP_REQUIRE_BACKENDS=1 requires all of them, a comma list those named."""
    value = os.environ.get("DDSP_REQUIRE_BACKENDS", "")
    return value not in ("", "0") and (value == "1" or name in [part.strip() for part in value.split(",")])


def require_backend(name: str):
    """The test backend of this name; if its package is missing, skip, or fail where it is required."""
    if not is_installed(name):
        message = f"{BACKENDS[name]} is not installed"
        if _is_required(name):
            pytest.fail(f"{message}, and DDSP_REQUIRE_BACKENDS asks for it", pytrace=False)
        pytest.skip(message)
    return get_backend(name)


def pytest_generate_tests(metafunc):
    """`backend`: every chosen one. `grad_backend`: those that differentiate. `compiler`: (backend, compile mode)."""
    names = chosen_backends(metafunc.config)
    if "backend" in metafunc.fixturenames:
        metafunc.parametrize("backend", names, indirect=True)
    if "grad_backend" in metafunc.fixturenames:
        metafunc.parametrize("grad_backend", [n for n in names if n in COMPILE_MODES], indirect=True)
    if "compiler" in metafunc.fixturenames:
        pairs = [(n, mode) for n in names for mode in COMPILE_MODES.get(n, ())]
        metafunc.parametrize("compiler", pairs, indirect=True, ids=["-".join(pair) for pair in pairs])


@pytest.fixture
def backend(request):
    return require_backend(request.param)


@pytest.fixture
def grad_backend(request):
    return require_backend(request.param)


@pytest.fixture
def compiler(request):
    name, mode = request.param
    return require_backend(name), mode


@pytest.fixture(autouse=True)
def settings_of_the_process():
    """A test that leaves a framework's dtype changed would break those after it in the same process."""
    yield
    left = policies.changed()
    assert not left, "; ".join(left)


#: Number of the test in this process.
NUMBER = itertools.count(1)


@pytest.fixture(autouse=True)
def few_programs():
    """JAX keeps all that it has compiled: several gigabytes after 10,000 tests."""
    yield
    if next(NUMBER) % 500 == 0 and "jax" in sys.modules:
        sys.modules["jax"].clear_caches()
