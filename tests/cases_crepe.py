"""Cases of the smallest CREPE network."""

from __future__ import annotations

import numpy as np

from .cases import Case, normal
from .oracles import crepe as oracles

#: Two tones with a little noise, 160 samples between frames.
TIME = np.arange(400) / 16000.0
TONES = np.sin(2 * np.pi * np.asarray([[220.0], [523.0]]) * TIME) + normal("crepe", 2, 400, scale=0.1)
FRAMES = np.pad(TONES, [(0, 0), (312, 312)])

CASES = [
    Case(
        "compute_f0", "spectral_ops.compute_f0", {"audio": TONES}, {"frame_rate": 100, "viterbi": False},
        oracle=oracles.compute_f0, step=1e-7, directions=1,
    ),
    Case(
        "PretrainedCREPE", "pretrained_models.PretrainedCREPE.__call__", {"audio": FRAMES},
        oracle=lambda audio: oracles.plain_layers(audio)["classifier"], step=1e-7, directions=1,
    ),
]  # fmt: skip
