"""Training on several devices or processes has the loss curve of one device at the same batch size of all together."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import ddsp
from conftest import require_backend
from ddsp.instruments import Instrument, load_instrument
from ddsp.training import Augmentation, draw_windows, load_dataset, training_noise
from tests import distributed, tiny_runs

ROOT = Path(__file__).parents[1]
#: Seconds after which a process is stuck.
STUCK = 300


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    pytest.importorskip("safetensors")
    return tiny_runs.write_dataset(tmp_path_factory.mktemp("distributed") / "data", (300, 200))


def run(folder: Path, *arguments: str) -> list[str]:
    """Lines that `tests.distributed` prints, in processes of its own."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [sys.executable, "-m", *arguments]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=STUCK
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.splitlines()


@pytest.mark.parametrize(("framework", "sizes", "devices", "written"), [
    ("torch", "4,6", 2, "torch_distributed/model.safetensors"),
    ("jax", "4,8", 4, "jax_distributed/model.safetensors"),
    ("tensorflow", "4,6", 2, "distributed.keras"),
])  # fmt: skip
def test_several_devices_have_the_curve_of_one(framework, sizes, devices, written, data, tmp_path):
    """In float64, whatever the batch size; and the example begins with the loss that NumPy computes."""
    require_backend(framework)
    launcher = ("torch.distributed.run", "--standalone", "--nproc-per-node", str(devices), "-m")
    started = launcher if framework == "torch" else ()
    first, *others = run(tmp_path, *started, "tests.distributed", framework, sizes, "3", str(data))
    for size, curves in json.loads(first).items():
        one = curves.pop("one")
        assert len(one) == 3 and np.ptp(one) > 0.02 and curves, size
        for way, several in curves.items():
            np.testing.assert_allclose(several, one, rtol=1e-13, err_msg=f"{way}, batch of {size}")
    printed = re.findall(r"(?:loss|->) ([\d.]+)", "\n".join(others))
    # In float32 the logarithms of quiet bins differ: 1.6e-5 in TensorFlow.
    assert float(printed[0]) == pytest.approx(first_loss(data), rel=6.4e-5)
    assert len(printed) == 2 and (tmp_path / written).stat().st_size > 1000
    if written.endswith(".safetensors"):
        assert load_instrument(tmp_path / Path(written).parent).statistics["voiced"] == 1.0


def first_loss(folder: Path) -> float:
    """Loss of the first step of the examples, by NumPy."""
    dataset = load_dataset(folder)
    windows = draw_windows(dataset.passages, 16, distributed.SHORT_FRAMES, 0, 0)
    instrument = Instrument(distributed.make_instrument(ddsp).decoder)
    noise = training_noise(windows["audio"].shape, 0, 0)
    return float(
        distributed.make_loss(ddsp)(windows["audio"], instrument(windows["f0_hz"], windows["loudness_db"], noise=noise))
    )


def test_parts_of_the_windows():
    """Each process draws its part of the batch, with the same random changes."""
    passages, changes = [tiny_runs.note(220.0, 40), tiny_runs.note(330.0, 25)], Augmentation(3.0, 2.0, 2.0)
    whole = draw_windows(passages, 7, 8, 1, 2, changes)
    for part in (slice(0, None, 3), slice(2, None, 3), slice(1, 4)):
        found = draw_windows(passages, 7, 8, 1, 2, changes, part)
        assert all(np.array_equal(found[name], x[part]) for name, x in whole.items())
    with pytest.raises(ValueError, match=r"part: got slice\(7, None, 8\), none of 7 windows"):
        draw_windows(passages, 7, 8, 0, 0, part=slice(7, None, 8))
