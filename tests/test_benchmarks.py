"""The workloads of the benchmark compute results, and its tables agree with the measurements."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks import instruments
from benchmarks.accelerator import describe, rates
from benchmarks.guard import MARGIN, TYPICAL, guarded_tasks, too_slow
from benchmarks.measuring import measure
from benchmarks.modes import Mode, installed_modes
from benchmarks.realtime import CHAINS, measure_steps, realtime_table
from benchmarks.report import growth_plot, markdown, table_plot
from benchmarks.workloads import WORKLOADS

ROOT = Path(__file__).parents[1]
SMALL = {"batch": 2, "n_samples": 2560, "n_frames": 40, "n_harmonics": 5, "ir_length": 100}


@pytest.mark.parametrize("name", WORKLOADS)
def test_workloads_compute(name):
    workload = WORKLOADS[name]
    size = workload.sized(SMALL)
    inputs = workload.inputs(size)
    assert set(workload.trained) <= set(inputs)
    call = Mode("numpy").function(lambda key, **arrays: workload.compute(size, key, **arrays), inputs, ())
    result = np.asarray(call())
    assert result.dtype == np.float32 and np.all(np.isfinite(result)) and np.any(result != 0.0)
    assert result.shape in ((), (2, 2560))


def test_measure_keeps_the_first_call_apart():
    calls = []
    measured = measure(lambda: calls.append(None), lambda result: None)
    assert len(calls) == measured["calls"] + 1
    assert measured["peak_mb"] >= 0.0


def test_an_accelerator_is_described_and_a_cpu_is_not():
    assert describe(Mode("numpy")) == {}
    assert all(rate > 0.0 for rate in rates(Mode("numpy"), 32).values())


def test_numpy_is_installed():
    assert "numpy" in installed_modes()


def test_reports(tmp_path):
    done = {"peak_mb": 12.0, "first_s": 0.5, "median_s": 0.1}
    results = [
        {"workload": "W1", "mode": "numpy", "gradient": False, "in_y": 1.234, **done},
        {"workload": "W1", "mode": "jax.jit", "gradient": False, "in_y": 0.5, **done},
        {"workload": "W1", "mode": "jax.jit", "gradient": True, "error": "out of memory"},
    ]
    results[1] |= {"device": "Big One", "copy_gb_s": 3000.4, "matmul_tflop_s": 50.06}
    text = markdown(results)
    assert "| numpy | 1.23 |" in text and "| jax.jit | 0.50 / failed |" in text
    assert "W1 jax.jit gradient: out of memory" in text
    assert "jax.jit on Big One: copies 3000 GB/s, multiplies 50.1 TFLOP/s" in text
    table_plot(results, tmp_path / "times.png")
    grown = [{**results[0], "grows": "batch", "size": {"batch": n}, "in_y": float(n)} for n in (1, 2)]
    growth_plot(grown, tmp_path / "growth.png")
    assert all((tmp_path / name).stat().st_size > 1000 for name in ("times.png", "growth.png"))


def test_steps_in_real_time():
    """W9 runs, with audio that is a table of finite times."""
    results = [
        {"chain": chain, "mode": "numpy", **measure_steps(group, Mode("numpy"), 3)} for chain, group in CHAINS.items()
    ]
    assert all(0.0 < r["median_us"] <= r["worst_us"] and r["times_real_time"] > 0.0 for r in results)
    assert len(realtime_table(results).splitlines()) == 2 + len(CHAINS)


def test_the_guard_tells_what_is_too_slow():
    tasks = guarded_tasks(["numpy"])
    assert {task.workload for task in tasks} == {"W1", "W4"}

    def results(factor):
        return [
            {"workload": workload, "mode": mode, "gradient": gradient, "in_y": factor * MARGIN * typical}
            for (workload, mode, gradient), typical in TYPICAL.items()
        ]

    assert too_slow(results(0.99)) == []
    assert len(too_slow(results(1.01))) == len(TYPICAL)
    failed = {"workload": "W1", "mode": "numpy", "gradient": False, "error": "out of memory"}
    assert too_slow([failed]) == ["W1 numpy: out of memory"]


@pytest.mark.parametrize("option", ["--modes", "--workloads"])
def test_an_unknown_choice_is_one_line(option):
    command = [sys.executable, "-m", "benchmarks", option, "abacus"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2 and done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"{option}: got 'abacus', expected some of: ")


# The table of instruments ---------------------------------------------------------------------------------------------


def write_run(arguments):
    """What `ddsp prepare`, `train` and `evaluate` leave that the table needs."""
    command, *rest = map(str, arguments)
    out = Path(rest[rest.index("-o") + 1])
    if command == "evaluate":
        names = ("spectral_loss", "spectral_distance", "loudness_l1_db", "f0_l1_cents", "f0_outliers", "seconds")
        figures = dict.fromkeys(names, 0.25) | dict.fromkeys(("loudness_frames", "voiced_frames", "f0_frames"), 4)
        recordings = [{"learned": state, "analysis": figures} for state in ("learned", "unseen")]
        report = {"learned": figures, "unseen": {**figures, "f0_l1_cents": None}, "total": figures}
        sizes = {"parameters": 2500, "file_bytes": 9600, "real_time_factor": {"numpy": 0.01, "torch": 0.02}}
        out.write_text(json.dumps({**report, **sizes, "recordings": recordings}))
        return
    (out / "step-2").mkdir(parents=True, exist_ok=True)
    (out / "step-2" / "state.json").write_text('{"step": 2, "seconds": 90.0}')
    (out / ("dataset.json" if command == "prepare" else "run.json")).write_text("{}")


def test_the_table_of_instruments_continues_where_it_stopped(tmp_path, monkeypatch):
    calls, folders = [], {"flute": tmp_path / "flute", "cello": tmp_path / "cello"}

    def run_ddsp(*arguments, one_core=False):
        assert one_core == ("all" in arguments)
        if len(calls) == 7 and arguments[0] == "evaluate":
            raise subprocess.CalledProcessError(2, "ddsp")
        calls.append(arguments)
        write_run(arguments)

    monkeypatch.setattr(instruments, "run_ddsp", run_ddsp)
    with pytest.raises(subprocess.CalledProcessError):
        instruments.make_table(folders, tmp_path / "work", steps=2)
    assert [call[0] for call in calls] == ["prepare", "train", "evaluate"] * 2 + ["train"]
    stopped = len(calls)
    calls.append(())
    reports = instruments.make_table(folders, tmp_path / "work", steps=2)
    calls = calls[stopped + 1 :]
    assert calls[0][0] == "train" and calls[0][-1] == "--resume"
    assert [call[0] for call in calls[1:]] == ["evaluate"] + ["train", "evaluate"] * 7 + ["evaluate"] * 5
    speed = tmp_path / "work" / "flute" / "original" / "speed.json"
    assert calls[-1][2:] == (tmp_path / "flute" / "E5.wav", "-o", speed, "--backend", "all")
    n_calls = len(calls)
    assert instruments.make_table(folders, tmp_path / "work", steps=2) == reports and len(calls) == n_calls
    text = instruments.markdown(reports)
    assert "| `least` | 0.25 / 0.25 | 0.25 / 0.25 | 0.25 / 0.25 | 0.2 / - | 25.0 / 25.0 |" in text
    assert "| `least` | 2,500 | 10 | 100 | 50 | 1.5 | 1.5 |" in text and "2 steps" in text
    page = tmp_path / "page.md"
    page.write_text(f"# Title\n\n{instruments.BEGIN}\nold\n{instruments.END}\n\nRest.\n")
    instruments.write_page(page, text)
    assert page.read_text() == f"# Title\n\n{instruments.BEGIN}\n\n{text}\n\n{instruments.END}\n\nRest.\n"
