"""Cases of the losses of controls, sinusoids and embeddings."""

from __future__ import annotations

from .cases import Case, normal, uniform
from .cases_losses import PAIR
from .cases_losses import WEIGHTS as PAIR_WEIGHTS

AMPS = {"amp": uniform("amp", 0.01, 1.0, 2, 9, 4), "amp_target": uniform("amp target", 0.01, 1.0, 2, 9, 4)}
FREQS = {"f_hz": uniform("f", 60.0, 4000.0, 2, 9, 4), "f_hz_target": uniform("f target", 60.0, 4000.0, 2, 9, 4)}
WEIGHTED = uniform("consistency weights", 0.1, 2.0, 2, 9, 1)
NOISE = {
    "noise_magnitudes": uniform("noise magnitudes", 0.0, 1.0, 2, 5, 7),
    "noise_magnitudes_target": uniform("magnitudes target", 0.0, 1.0, 2, 5, 7),
}
HARMONIC = {
    "harm_amp": uniform("harm amp", 0.0, 1.0, 2, 7, 1),
    "harm_amp_target": uniform("harm amp target", 0.1, 1.0, 2, 7, 1),
    "harm_dist": uniform("harm dist", 0.0, 1.0, 2, 7, 5),
    "harm_dist_target": uniform("harm dist target", 0.0, 1.0, 2, 7, 5),
    "f0_hz": uniform("harm f0", 100.0, 900.0, 2, 7, 1),
    "f0_hz_target": uniform("harm f0 target", 100.0, 900.0, 2, 7, 1),
}
POINTS = {"u_values": uniform("u values", 20.0, 90.0, 2, 3, 5), "v_values": uniform("v values", 20.0, 90.0, 2, 3, 4)}
HEAVY = {
    **POINTS,
    "u_weights": uniform("u weights", 0.1, 1.0, 2, 3, 5),
    "v_weights": uniform("v weights", 0.1, 1.0, 2, 3, 4),
}
SINUSOIDS = {
    "amps_a": uniform("amps a", 0.1, 1.0, 2, 5, 4),
    "freqs_a": uniform("freqs a", 100.0, 4000.0, 2, 5, 4),
    "amps_b": uniform("amps b", 0.1, 1.0, 2, 5, 3),
    "freqs_b": uniform("freqs b", 100.0, 4000.0, 2, 5, 3),
}
SOUNDS = {"target_audio": normal("embedded target", 2, 50), "audio": normal("embedded", 2, 50)}
TONES = {"target_audio": normal("crepe target", 2, 1100), "audio": normal("crepe audio", 2, 1100)}


def polynomial(audio):
    """Embedding of the golden cases of EmbeddingLoss."""
    return audio * audio + 0.5 * audio


def _kde_nll(inputs):
    names = {"amps": "amps_a", "freqs": "freqs_a", "amps_target": "amps_b", "freqs_target": "freqs_b"}
    return {name: inputs[key] for name, key in names.items()}


def _crepe(label, wrt, **settings):
    """A case with a small step: a larger one reaches kinks of ReLUs. The oracle has no floor of the variance."""
    return Case(
        f"PretrainedCREPEEmbeddingLoss {label}", "losses.PretrainedCREPEEmbeddingLoss.__call__", TONES, init=settings,
        wrt=wrt, step=1e-7, directions=1, atol64=1e-6,
    )  # fmt: skip


CASES = [
    Case("amp_loss", "losses.amp_loss", AMPS, {"log": True}),
    Case("amp_loss floor", "losses.amp_loss", AMPS, {"log": True, "amin": 0.2, "loss_type": "L2"}),
    Case("amp_loss weights", "losses.amp_loss", {**AMPS, "weights": WEIGHTED}, {"loss_type": "L2"}),
    Case("freq_loss", "losses.freq_loss", FREQS),
    Case("freq_loss weights", "losses.freq_loss", {**FREQS, "weights": WEIGHTED}, {"loss_type": "L2"}),
    *(
        Case(f"ParamLoss {t}", "losses.ParamLoss.__call__", {"pred": PAIR["value"], "target": PAIR["target"], **w},
             init={"weight": 0.3, "loss_type": t})
        for t, w in (("L1", {}), ("L2", {"weights": PAIR_WEIGHTS}), ("cosine", {}))
    ),
    Case(
        "FilteredNoiseConsistencyLoss", "losses.FilteredNoiseConsistencyLoss.__call__", NOISE, init={"weight": 1.7}
    ),
    Case(
        "HarmonicConsistencyLoss", "losses.HarmonicConsistencyLoss.__call__", HARMONIC,
        init={"amp_weight": 1.5, "dist_weight": 0.5, "f0_weight": 0.1},
    ),
    Case(
        "HarmonicConsistencyLoss quiet", "losses.HarmonicConsistencyLoss.__call__", HARMONIC,
        init={"amp_threshold": 0.5},
    ),
    Case("wasserstein_distance", "losses.wasserstein_distance", HEAVY),
    Case("wasserstein_distance p2", "losses.wasserstein_distance", HEAVY, {"p": 2.0}),
    Case("wasserstein_distance p1.5", "losses.wasserstein_distance", HEAVY, {"p": 1.5}),
    Case("wasserstein_distance equal weights", "losses.wasserstein_distance", POINTS),
    Case(
        "wasserstein_distance 1d", "losses.wasserstein_distance",
        {name: x[0, 0] for name, x in HEAVY.items()}, {"p": 3.0},
    ),
    Case(
        "wasserstein_distance one weight for all", "losses.wasserstein_distance",
        {**HEAVY, "u_weights": uniform("one u weight", 0.1, 1.0, 5)},
    ),
    Case("WassersteinConsistencyLoss", "losses.WassersteinConsistencyLoss.__call__", SINUSOIDS, init={"weight": 0.8}),
    Case("WassersteinConsistencyLoss Hz", "losses.WassersteinConsistencyLoss.__call__", SINUSOIDS,
         init={"midi": False}),
    Case("KDEConsistencyLoss", "losses.KDEConsistencyLoss.__call__", SINUSOIDS, init={"scale_a": 2.0, "scale_b": 1.0}),
    Case("KDEConsistencyLoss narrow", "losses.KDEConsistencyLoss.__call__", SINUSOIDS, init={"weight_mean_amp": 9.0}),
    Case(
        "KDEConsistencyLoss a", "losses.KDEConsistencyLoss.__call__", SINUSOIDS,
        init={"weight_a": 2.0, "weight_b": 0.0, "weight_mean_amp": 0.0},
    ),
    Case("KDEConsistencyLoss.nll", "losses.KDEConsistencyLoss.nll", _kde_nll(SINUSOIDS), {"scale_target": 0.5}),
    Case(
        "EmbeddingLoss", "losses.EmbeddingLoss.__call__", SOUNDS,
        init={"weight": 2.0, "loss_type": "L2", "pretrained_model": polynomial},
    ),
    _crepe("conv1-BN", ("target_audio", "audio"), activation_layer="conv1-BN", weight=0.5),
    _crepe("classifier", ()),
]  # fmt: skip
