"""The scripts in examples/ are short, use public names only, and achieve their purpose."""

from __future__ import annotations

import ast
import os
import re
import runpy
import subprocess
import sys
from functools import partial
from importlib import import_module
from pathlib import Path

import pytest
import soundfile

from conftest import require_backend
from tests import distributed

ROOT = Path(__file__).parents[1]
SCRIPTS = sorted((ROOT / "examples").glob("*.py"))
MAX_LINES = 50

by_script = pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)


def run(folder: Path, name: str, *options: str) -> str:
    """Run a script like a user, in a folder for its output files, and return what it prints."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(ROOT / "examples" / f"{name}.py"), *options]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return written(done.stdout, folder)


def run_here(name: str, options: tuple[str, ...], folder: Path, monkeypatch, capsys) -> str:
    """Run a script in this process, which has loaded the frameworks, in a folder for its output files, and return what
    it prints.
    """
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "argv", [f"{name}.py", *options])
    runpy.run_path(str(ROOT / "examples" / f"{name}.py"), run_name="__main__")
    return written(capsys.readouterr().out, folder)


def written(printed: str, folder: Path) -> str:
    """What a script has printed, whose files are not empty."""
    for name in re.findall(r"wrote (\S+)", printed):
        assert (folder / name).stat().st_size > 1000
    return printed


def losses(printed: str) -> tuple[float, float]:
    """The first and the last loss that is printed."""
    before, *_, after = re.findall(r"(?:loss|->) ([\d.e+-]+)", printed)
    return float(before), float(after)


@pytest.mark.parametrize(("name", "framework"), [
    ("learn_a_reverb", "torch"), ("train_a_network", "torch"), ("learn_a_filter", "jax"),
])  # fmt: skip
def test_the_loss_falls(name, framework, tmp_path, monkeypatch, capsys):
    require_backend(framework)
    before, after = losses(run_here(name, ("--steps", "3"), tmp_path, monkeypatch, capsys))
    assert after < 0.9 * before


@pytest.mark.usefixtures("quick_jax")
@pytest.mark.parametrize(("framework", "steps"), [("torch", 3), ("jax", 21), ("tensorflow", 3)])
def test_a_sound_is_fitted(framework, steps, tmp_path, monkeypatch, capsys):
    """JAX compiles from 21 steps on, which is faster here."""
    require_backend(framework)
    options = ("--backend", framework, "--steps", str(steps))
    before, after = losses(run_here("fit_a_sound", options, tmp_path, monkeypatch, capsys))
    assert after < 0.95 * before and (tmp_path / "fit.wav").exists()


@pytest.mark.usefixtures("quick_jax")
@pytest.mark.parametrize(("name", "framework", "options", "files"), [
    ("train_torch", "torch", ("--epochs", "8"), ("torch_flute.wav",)),
    ("train_jax", "jax", ("--steps", "8"), ("jax_flute/model.safetensors", "jax_flute.wav")),
    ("train_keras", "tensorflow", ("--epochs", "8"), ("flute.keras", "keras_flute.wav")),
    ("own_decoder", "torch", ("--backend", "torch", "--steps", "4"), ("own_decoder.wav",)),
])  # fmt: skip
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras, when it saves
def test_an_instrument_learns(name, framework, options, files, tmp_path, monkeypatch, capsys):
    """From two seconds of sound, with a small network and loss."""
    require_backend(framework)
    distributed.make_small(import_module(f"ddsp.{framework}"), monkeypatch.setattr)
    monkeypatch.setattr(soundfile, "read", partial(soundfile.read, frames=32000))
    before, after = losses(run_here(name, options, tmp_path, monkeypatch, capsys))
    assert after < 0.98 * before
    assert all((tmp_path / path).stat().st_size > 1000 for path in files)


def test_a_vocoded_sound_has_the_pitch_of_the_melody(tmp_path):
    printed = run(tmp_path, "vocode", "--seconds", "2")
    assert float(re.search(r"([\d.]+) cents", printed)[1]) < 10.0 and (tmp_path / "vocoded.wav").exists()


@by_script
def test_a_script_is_short(path):
    assert len(path.read_text().splitlines()) <= MAX_LINES


@by_script
def test_a_script_uses_public_names_alone(path):
    tree = ast.parse(path.read_text())
    names = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    names += [f"{node.module}.{alias.name}" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)
              for alias in node.names]  # fmt: skip
    names += [ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    private = [name for name in names if re.search(r"(^|\.)_(?!_init__$)", name)]
    assert not private, f"{path.name} uses {private}"


def test_every_script_is_run():
    source = Path(__file__).read_text()
    here = [path.name for path in SCRIPTS if f'"{path.stem}"' in source]
    assert sorted([*here, *distributed.EXAMPLES.values()]) == [path.name for path in SCRIPTS]
