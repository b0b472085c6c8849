"""Transcription of notes by a hidden Markov model."""

import numpy as np

from tests.cases import Case, normal
from tests.draws import Call, drawn
from tests.oracles import oracle

from ..core.hidden_markov import hmm_log_likelihood, hmm_viterbi
from ..formulas import log_normal

# Oracles ------------------------------------------------------------------------------------------------------------


def log_of_states(
    pitch, amps, midi_std=0.5, amps_on_center=1.5, amps_on_scale=0.5, amps_off_center=0.0, amps_off_scale=0.1,
    n_timesteps=None, n_pitches=128,
):  # fmt: skip
    """State 0 is silence with any pitch; state k is note k."""
    assert n_timesteps in (None, pitch.shape[1])
    off = log_normal(pitch, n_pitches / 2, n_pitches) + log_normal(amps, amps_off_center, amps_off_scale)
    loud = log_normal(amps, amps_on_center, amps_on_scale)
    notes = [log_normal(pitch, note, midi_std) + loud for note in range(1, n_pitches)]
    return np.concatenate([off, *notes], axis=-1)


@oracle("losses.HmmTranscriber.nll", "losses.HmmTranscriber.__call__")
def nll(init, pitch, amps, per_example_loss=False):
    init = dict(init)
    avg_length, weight = init.pop("avg_length", 200), init.pop("weight", 1.0)
    log_likelihood = hmm_log_likelihood(log_of_states(pitch, amps, **init), 1.0 - 1.0 / avg_length)
    loss = -weight * log_likelihood / pitch.shape[1]
    return loss if per_example_loss else np.mean(loss)


@oracle("losses.HmmTranscriber.predict_midi")
def predict_midi(init, pitch, amps, channel_dim=True):
    init = {key: value for key, value in init.items() if key != "weight"}
    hold = 1.0 - 1.0 / init.pop("avg_length", 200)
    notes = hmm_viterbi(log_of_states(pitch, amps, **init), hold).astype(float)
    return notes[:, :, np.newaxis] if channel_dim else notes


# Cases --------------------------------------------------------------------------------------------------------------

MELODY = {
    "pitch": np.repeat([[[60.0], [64.0], [1.0]], [[31.0], [90.0], [89.0]]], 3, axis=1)
    + normal("melody", 2, 9, 1, scale=0.3),
    "amps": np.repeat([[[1.2], [1.6], [0.0]], [[0.9], [1.5], [1.4]]], 3, axis=1)
    + normal("accents", 2, 9, 1, scale=0.1),
}
FEW = {"avg_length": 3.5, "midi_std": 0.8, "amps_on_center": 1.2, "amps_on_scale": 0.3, "amps_off_center": 0.1}

CASES = [
    Case("HmmTranscriber nll", "losses.HmmTranscriber.nll", MELODY, init=FEW),
    Case("HmmTranscriber each", "losses.HmmTranscriber.nll", MELODY, {"per_example_loss": True}, {"weight": 2.0}),
    Case("HmmTranscriber", "losses.HmmTranscriber.__call__", MELODY, init={"n_pitches": 100}),
    Case("HmmTranscriber predict_midi", "losses.HmmTranscriber.predict_midi", MELODY, wrt=()),
    Case("HmmTranscriber 2d", "losses.HmmTranscriber.predict_midi", MELODY, {"channel_dim": False}, FEW, wrt=()),
]


# Drawn arguments ----------------------------------------------------------------------------------------------------


@drawn("losses.HmmTranscriber.nll")
def _(d):
    shape = (d.batch + 1, d.frames, 1)
    inputs = {"pitch": d.uniform(0, 127, *shape), "amps": d.uniform(0, 2, *shape)}
    return Call(inputs, {"per_example_loss": d.choose(True, False)}, rtol32=1e-4)
