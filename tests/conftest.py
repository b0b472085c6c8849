"""Fixtures of the command's tests and of training."""

from __future__ import annotations

import signal

import pytest

from tests.backends import is_installed
from tests.command import tone, write


@pytest.fixture
def run(capsys):
    """run(*arguments) -> exit code, stdout, stderr."""
    from ddsp.cli import app

    def call(*arguments):
        code = app.run([str(a) for a in arguments])
        return code, *capsys.readouterr()

    return call


@pytest.fixture
def quick_jax():
    """JAX without optimizations of the compiler, which take half of its time."""
    if not is_installed("jax"):
        yield
        return
    import jax

    jax.config.update("jax_disable_most_optimizations", True)
    yield
    jax.config.update("jax_disable_most_optimizations", False)


@pytest.fixture
def sigint():
    """Default handling of SIGINT, which background jobs ignore."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def tone_file(tmp_path):
    return write(tmp_path / "tone.wav", tone())
