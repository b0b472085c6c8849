"""Cases of fundamental frequencies and notes."""

from __future__ import annotations

import numpy as np

from .cases import Case, normal, uniform

LOG_OBSERVATIONS = normal("log observations", 2, 7, 5, scale=3.0)

MELODY = {
    "pitch": np.repeat([[[60.0], [64.0], [1.0]], [[31.0], [90.0], [89.0]]], 3, axis=1)
    + normal("melody", 2, 9, 1, scale=0.3),
    "amps": np.repeat([[[1.2], [1.6], [0.0]], [[0.9], [1.5], [1.4]]], 3, axis=1)
    + normal("accents", 2, 9, 1, scale=0.1),
}
FEW = {"avg_length": 3.5, "midi_std": 0.8, "amps_on_center": 1.2, "amps_on_scale": 0.3, "amps_off_center": 0.1}

#: Candidates about an octave apart. The higher ones have harmonics above Nyquist, and some are above it themselves.
CANDIDATES = uniform("candidates", 0.95, 1.05, 2, 3, 5) * [110.0, 220.0, 441.0, 1500.0, 8100.0]
SINUSOIDS = {
    "f0_candidates": CANDIDATES,
    "freqs": uniform("sinusoids", 0.98, 1.02, 2, 3, 4) * [220.0, 437.0, 668.0, 8150.0],
    "amps": uniform("sinusoid amps", 0.05, 0.6, 2, 3, 4),
}
OTHERS = {
    "sinusoids_scale": 0.8, "harmonics_scale": 0.45, "n_harmonic_points": 4, "n_harmonic_gaussians": 7,
    "sample_rate": 8000,
}  # fmt: skip
WEIGHTS = {"sinusoids_weight": 0.4, "harmonics_weight": 1.3}


def _twm(label, method, **init):
    wrt = ("f0_candidates",) if method == "predict_f0" else None
    return Case(f"TWMLoss {label}", f"losses.TWMLoss.{method}", SINUSOIDS, init=init, wrt=wrt)


CASES = [
    Case("hmm_log_likelihood", "core.hmm_log_likelihood", {"log_observations": LOG_OBSERVATIONS}, {"hold": 0.7}),
    Case("hmm_log_likelihood even", "core.hmm_log_likelihood", {"log_observations": LOG_OBSERVATIONS}, {"hold": 0.2}),
    Case("hmm_viterbi", "core.hmm_viterbi", {"log_observations": LOG_OBSERVATIONS}, {"hold": 0.7}, wrt=()),
    Case("HmmTranscriber nll", "losses.HmmTranscriber.nll", MELODY, init=FEW),
    Case("HmmTranscriber each", "losses.HmmTranscriber.nll", MELODY, {"per_example_loss": True}, {"weight": 2.0}),
    Case("HmmTranscriber", "losses.HmmTranscriber.__call__", MELODY, init={"n_pitches": 100}),
    Case("HmmTranscriber predict_midi", "losses.HmmTranscriber.predict_midi", MELODY, wrt=()),
    Case("HmmTranscriber 2d", "losses.HmmTranscriber.predict_midi", MELODY, {"channel_dim": False}, FEW, wrt=()),
    _twm("call", "__call__"),
    _twm("temperature", "__call__", softmin_temperature=3.0, **OTHERS, **WEIGHTS),
    _twm("errors", "get_loss_tensors"),
    _twm("errors otherwise", "get_loss_tensors", **OTHERS),
    _twm("predict_f0", "predict_f0"),
    _twm("predict_f0 weights", "predict_f0", **OTHERS, **WEIGHTS),
]
