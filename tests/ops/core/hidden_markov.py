"""Hidden Markov models, by their full transition matrix."""

import numpy as np

from tests.cases import Case, normal
from tests.draws import Call, drawn
from tests.oracles import oracle

# Oracles ------------------------------------------------------------------------------------------------------------


def transition_matrix(n_states, hold):
    """Transition probabilities from the state of the row to the state of the column."""
    matrix = np.full((n_states, n_states), (1.0 - hold) / (n_states - 1))
    np.fill_diagonal(matrix, hold)
    return matrix


@oracle("core.hmm_log_likelihood")
def hmm_log_likelihood(log_observations, hold):
    """The forward algorithm, one recording after another."""
    n_states = log_observations.shape[-1]
    log_transitions = np.log(transition_matrix(n_states, hold))
    found = []
    for frames in log_observations:
        forward = np.log(1.0 / n_states) + frames[0]
        for frame in frames[1:]:
            forward = np.logaddexp.reduce(forward[:, np.newaxis] + log_transitions, axis=0) + frame
        found.append(np.logaddexp.reduce(forward))
    return np.asarray(found)


@oracle("core.hmm_viterbi")
def hmm_viterbi(log_observations, hold):
    """Viterbi's algorithm, one recording after another."""
    log_transitions = np.log(transition_matrix(log_observations.shape[-1], hold))
    paths = []
    for frames in log_observations:
        score, origins = frames[0], []
        for frame in frames[1:]:
            arriving = score[:, np.newaxis] + log_transitions
            origins.append(np.argmax(arriving, axis=0))
            score = np.max(arriving, axis=0) + frame
        path = [int(np.argmax(score))]
        for origin in reversed(origins):
            path.append(int(origin[path[-1]]))
        paths.append(path[::-1])
    return np.asarray(paths)


# Cases --------------------------------------------------------------------------------------------------------------

LOG_OBSERVATIONS = normal("log observations", 2, 7, 5, scale=3.0)

CASES = [
    Case("hmm_log_likelihood", "core.hmm_log_likelihood", {"log_observations": LOG_OBSERVATIONS}, {"hold": 0.7}),
    Case("hmm_log_likelihood even", "core.hmm_log_likelihood", {"log_observations": LOG_OBSERVATIONS}, {"hold": 0.2}),
    Case("hmm_viterbi", "core.hmm_viterbi", {"log_observations": LOG_OBSERVATIONS}, {"hold": 0.7}, wrt=()),
]


# Drawn arguments ----------------------------------------------------------------------------------------------------


@drawn("core.hmm_log_likelihood", "core.hmm_viterbi")
def _(d):
    shape = (d.batch, d.frames, d.channels + 1)
    return Call({"log_observations": d.normal(*shape)}, {"hold": d.choose(0.6, 0.99)})
