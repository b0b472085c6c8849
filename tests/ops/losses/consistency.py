"""Differences of synthesizer controls."""

import numpy as np

from tests.cases import Case, uniform
from tests.draws import Call, drawn
from tests.oracles import oracle

from ..core.units import hz_to_midi
from .differences import PAIR, WEIGHTS, mean_difference, pair

# Oracles ------------------------------------------------------------------------------------------------------------


@oracle("losses.amp_loss")
def amp_loss(amp, amp_target, loss_type="L1", weights=None, log=False, amin=1e-5):
    if log:
        amp, amp_target = np.log10(np.maximum(amp, amin)), np.log10(np.maximum(amp_target, amin))
    return mean_difference(amp, amp_target, loss_type, weights)


@oracle("losses.freq_loss")
def freq_loss(f_hz, f_hz_target, loss_type="L1", weights=None):
    return mean_difference(hz_to_midi(f_hz), hz_to_midi(f_hz_target), loss_type, weights)


@oracle("losses.ParamLoss.__call__")
def param_loss(pred, target, weights=None, weight=1.0, loss_type="L1"):
    return weight * mean_difference(pred, target, loss_type, weights)


@oracle("losses.HarmonicConsistencyLoss.__call__")
def harmonic_consistency_loss(
    harm_amp, harm_amp_target, harm_dist, harm_dist_target, f0_hz, f0_hz_target,
    amp_weight=1.0, dist_weight=1.0, f0_weight=1.0, amp_threshold=1e-4,
):  # fmt: skip
    audible = np.where(harm_amp_target >= amp_threshold, 1.0, 0.0)
    semitones = np.abs(hz_to_midi(f0_hz) - hz_to_midi(f0_hz_target))
    return {
        "harm_amp_loss": amp_weight * np.mean(np.abs(harm_amp - harm_amp_target)),
        "harm_dist_loss": dist_weight * np.mean(np.abs(harm_dist - harm_dist_target) * audible),
        "f0_hz_loss": f0_weight * np.mean(semitones * audible),
    }


@oracle("losses.FilteredNoiseConsistencyLoss.__call__")
def noise_consistency_loss(noise_magnitudes, noise_magnitudes_target, weight=1.0):
    return weight * np.mean(np.abs(noise_magnitudes - noise_magnitudes_target))


# Cases --------------------------------------------------------------------------------------------------------------

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

CASES = [
    Case("amp_loss", "losses.amp_loss", AMPS, {"log": True}),
    Case("amp_loss floor", "losses.amp_loss", AMPS, {"log": True, "amin": 0.2, "loss_type": "L2"}),
    Case("amp_loss weights", "losses.amp_loss", {**AMPS, "weights": WEIGHTED}, {"loss_type": "L2"}),
    Case("freq_loss", "losses.freq_loss", FREQS),
    Case("freq_loss weights", "losses.freq_loss", {**FREQS, "weights": WEIGHTED}, {"loss_type": "L2"}),
    *(
        Case(
            f"ParamLoss {t}",
            "losses.ParamLoss.__call__",
            {"pred": PAIR["value"], "target": PAIR["target"], **w},
            init={"weight": 0.3, "loss_type": t},
        )
        for t, w in (("L1", {}), ("L2", {"weights": WEIGHTS}), ("cosine", {}))
    ),
    Case("FilteredNoiseConsistencyLoss", "losses.FilteredNoiseConsistencyLoss.__call__", NOISE, init={"weight": 1.7}),
    Case(
        "HarmonicConsistencyLoss",
        "losses.HarmonicConsistencyLoss.__call__",
        HARMONIC,
        init={"amp_weight": 1.5, "dist_weight": 0.5, "f0_weight": 0.1},
    ),
    Case(
        "HarmonicConsistencyLoss quiet",
        "losses.HarmonicConsistencyLoss.__call__",
        HARMONIC,
        init={"amp_threshold": 0.5},
    ),
]


# Drawn arguments ----------------------------------------------------------------------------------------------------

#: Error of a difference of two MIDI pitches up to 107 in float32: measured 3.7e-6, times 4.
ROUNDED_PITCHES = 1.5e-5


@drawn("losses.amp_loss")
def _(d):
    return Call(pair(d, "amp", "amp_target", 0.1, 1), {"log": d.choose(True, False)}, rtol32=1e-4)


@drawn("losses.freq_loss")
def _(d):
    return Call(pair(d, "f_hz", "f_hz_target", 50, 4000), {"loss_type": d.choose("L1", "L2")}, rtol32=1e-4,
                atol32=ROUNDED_PITCHES)  # fmt: skip


@drawn("losses.ParamLoss.__call__")
def _(d):
    return Call(pair(d, "pred", "target", -1, 1), init={"loss_type": d.choose("L1", "L2")}, rtol32=1e-4)


@drawn("losses.FilteredNoiseConsistencyLoss.__call__")
def _(d):
    return Call(pair(d, "noise_magnitudes", "noise_magnitudes_target", 0, 1), rtol32=1e-4)


@drawn("losses.HarmonicConsistencyLoss.__call__")
def _(d):
    inputs = pair(d, "harm_dist", "harm_dist_target", 0.1, 1)
    for name, low, high in (("harm_amp", 0.1, 1), ("f0_hz", 100, 400)):
        for end in ("", "_target"):
            inputs[name + end] = d.uniform(low, high, d.batch + 1, d.frames, 1)
    return Call(inputs, rtol32=1e-4, atol32=ROUNDED_PITCHES)
