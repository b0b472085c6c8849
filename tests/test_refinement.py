"""`ddsp.training`: gradient descent on controls, and how close their sound is."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from ddsp import training
from ddsp.training import evaluation, refinement
from tests.command import tone


def test_spectral_convergence_is_the_same_at_all_rates():
    """A low tone whose phases are lost: frames of 1024 samples gave 0.05 at 16 kHz and 0.7 at 96."""
    found = []
    for rate in (8000, 16000, 44100, 96000):
        t = np.arange(rate) / rate
        x, y = (sum(np.sin(2 * np.pi * 65.4 * h * t + a * h * h) / h for h in range(1, 30)) for a in (0.0, 1.3))
        found.append(training.evaluate_resynthesis(x, y, rate)["spectral_convergence"])
    assert max(found) < 0.1 and max(found) - min(found) < 0.01


def test_long_sounds_are_refined_in_segments():
    runs = refinement.equal_runs(1000, 600)
    assert [r.stop - r.start for r in runs] == [334, 334, 334] and runs[0].start == 0 and runs[-1].stop == 1000
    assert all(later.start <= earlier.stop for earlier, later in pairwise(runs))
    assert all((r.stop - r.start) * 600 <= 1.01 * refinement.SEGMENT_SAMPLES for r in runs)


def test_figures_of_chunks_are_near_those_of_the_whole(monkeypatch):
    x, y = tone(seconds=2.0), 0.9 * tone(seconds=2.0, pitch=301.0)
    whole = training.evaluate_resynthesis(x, y, 16000)
    monkeypatch.setattr(evaluation, "CHUNK_SAMPLES", 16000)
    parts = training.evaluate_resynthesis(x, y, 16000)
    for name in whole:
        assert parts[name] == pytest.approx(whole[name], rel=0.1)
