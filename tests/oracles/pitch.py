"""Hidden Markov models by their full transition matrix, and the two-way mismatch Gaussian by Gaussian."""

import numpy as np


def transition_matrix(n_states, hold):
    """Transition probabilities from the state of the row to the state of the column."""
    matrix = np.full((n_states, n_states), (1.0 - hold) / (n_states - 1))
    np.fill_diagonal(matrix, hold)
    return matrix


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


def log_normal(x, mean, std):
    return -0.5 * ((x - mean) / std) ** 2 - np.log(std * np.sqrt(2.0 * np.pi))


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


def nll(init, pitch, amps, per_example_loss=False):
    init = dict(init)
    avg_length, weight = init.pop("avg_length", 200), init.pop("weight", 1.0)
    log_likelihood = hmm_log_likelihood(log_of_states(pitch, amps, **init), 1.0 - 1.0 / avg_length)
    loss = -weight * log_likelihood / pitch.shape[1]
    return loss if per_example_loss else np.mean(loss)


def predict_midi(init, pitch, amps, channel_dim=True):
    init = {key: value for key, value in init.items() if key != "weight"}
    hold = 1.0 - 1.0 / init.pop("avg_length", 200)
    notes = hmm_viterbi(log_of_states(pitch, amps, **init), hold).astype(float)
    return notes[:, :, np.newaxis] if channel_dim else notes


def twm_losses(
    f0_candidates, freqs, amps, sinusoids_scale=0.5, harmonics_scale=0.2, n_harmonic_points=10,
    n_harmonic_gaussians=30, sample_rate=16000,
):  # fmt: skip
    """Both errors of every candidate, by loops over frames and candidates.

    Unlike in the original, candidates below 1 Hz count as 1 Hz, and a fundamental above Nyquist counts as well.
    """
    harmonics = np.arange(1, n_harmonic_gaussians + 1)
    points = np.arange(1, n_harmonic_points + 1)
    importance = np.linspace(1.0, 1.0 / n_harmonic_points, n_harmonic_points)
    found = np.zeros((2, *f0_candidates.shape))
    for batch, frame, candidate in np.ndindex(f0_candidates.shape):
        f0, f, a = f0_candidates[batch, frame, candidate], freqs[batch, frame], amps[batch, frame]

        ratios = f / max(f0, 1.0)
        log_p = np.logaddexp.reduce(log_normal(ratios[:, np.newaxis], harmonics, harmonics_scale), axis=1)
        log_p = log_p - np.log(n_harmonic_gaussians)
        first = -np.sum(log_p * a) / max(np.sum(a), 1e-7)

        height = np.maximum(a, 1e-7)
        height = height / np.sum(height)
        above = 12.0 * np.log2(points[:, np.newaxis]), 12.0 * np.log2(np.maximum(ratios, 1e-5))  # f0, in semitones
        log_p = np.logaddexp.reduce(np.log(height) + log_normal(*above, sinusoids_scale), axis=1)
        counted = (f0 * points < sample_rate / 2) | (points == 1)
        second = -np.sum((log_p * importance)[counted]) / np.sum(counted)
        found[:, batch, frame, candidate] = first, second
    return found[0], found[1]


def twm_error(init, inputs):
    init = dict(init)
    weights = init.pop("sinusoids_weight", 1.0), init.pop("harmonics_weight", 1.0)
    first, second = twm_losses(**inputs, **init)
    return weights[0] * first + weights[1] * second


def twm_call(init, **inputs):
    temperature = init.get("softmin_temperature", 1.0)
    error = twm_error({key: value for key, value in init.items() if key != "softmin_temperature"}, inputs)
    best = np.exp((np.min(error, axis=-1, keepdims=True) - error) / temperature)
    return np.mean(error * best / np.sum(best, axis=-1, keepdims=True))


def twm_predict_f0(init, **inputs):
    best = np.argmin(twm_error(init, inputs), axis=-1)[..., np.newaxis]
    return np.take_along_axis(inputs["f0_candidates"], best, axis=-1)


OPS = (hmm_log_likelihood, hmm_viterbi)
METHODS = {
    "losses.HmmTranscriber.__call__": nll,
    "losses.HmmTranscriber.nll": nll,
    "losses.HmmTranscriber.predict_midi": predict_midi,
    "losses.TWMLoss.__call__": twm_call,
    "losses.TWMLoss.predict_f0": twm_predict_f0,
    "losses.TWMLoss.get_loss_tensors": lambda init, **inputs: twm_losses(**inputs, **init),
}
