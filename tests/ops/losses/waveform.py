"""Differences of waveforms, example by example."""

import numpy as np

from tests.cases import uniform
from tests.draws import Call, drawn
from tests.oracles import oracle

from .signal_ratios import CLOSE, error_to_signal_ratio, si_sdr, sounds, waveform_case

# Oracles ------------------------------------------------------------------------------------------------------------


def _weighted_mean(values, weights):
    return np.mean(values * (1.0 if weights is None else weights))


@oracle("losses.SISDRLoss.__call__")
def si_sdr_loss(target_audio, audio, weights=None, weight=1.0, zero_mean=True):
    return -weight * _weighted_mean(si_sdr(target_audio, audio, zero_mean)[:, None], weights)


@oracle("losses.ESRLoss.__call__")
def esr_loss(target_audio, audio, weights=None, weight=1.0, pre_emphasis=0.0):
    return weight * _weighted_mean(error_to_signal_ratio(target_audio, audio, pre_emphasis)[:, None], weights)


@oracle("losses.DCLoss.__call__")
def dc_loss(target_audio, audio, weights=None, weight=1.0):
    ratios = [np.mean(s - x) ** 2 / max(np.mean(s**2), 1e-8) for s, x in zip(target_audio, audio, strict=True)]
    return weight * _weighted_mean(np.asarray(ratios)[:, None], weights)


@oracle("losses.LogCoshLoss.__call__")
def log_cosh_loss(target_audio, audio, weights=None, weight=1.0, a=1.0):
    return weight * _weighted_mean(np.log(np.cosh(a * (target_audio - audio))) / a, weights)


# Cases --------------------------------------------------------------------------------------------------------------


WEIGHTED = {**CLOSE, "weights": uniform("example weights", 0.5, 1.5, 2, 1)}

CASES = [
    waveform_case("SISDRLoss", "losses.SISDRLoss.__call__"),
    waveform_case("SISDRLoss offset", "losses.SISDRLoss.__call__", WEIGHTED, zero_mean=False, weight=0.1),
    waveform_case("ESRLoss", "losses.ESRLoss.__call__"),
    waveform_case("ESRLoss pre-emphasis", "losses.ESRLoss.__call__", WEIGHTED, pre_emphasis=0.95, weight=2.0),
    waveform_case("DCLoss", "losses.DCLoss.__call__"),
    waveform_case("DCLoss weights", "losses.DCLoss.__call__", WEIGHTED, weight=2.0),
    waveform_case("LogCoshLoss", "losses.LogCoshLoss.__call__"),
    waveform_case("LogCoshLoss sharp", "losses.LogCoshLoss.__call__", WEIGHTED, a=9.0, weight=2.0),
]


# Drawn arguments ----------------------------------------------------------------------------------------------------


@drawn("losses.SISDRLoss.__call__", "losses.ESRLoss.__call__")
def _(d):
    return Call(sounds(d), rtol32=1e-3)


@drawn("losses.DCLoss.__call__", "losses.LogCoshLoss.__call__")
def _(d):
    return Call(sounds(d), rtol32=1e-3)
