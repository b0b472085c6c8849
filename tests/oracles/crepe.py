"""Decoding of CREPE's activations: each oracle takes the settings of the model first, as a dict."""

import numpy as np


def dense_viterbi(acts):
    """Best path by the 360 x 360 transition matrix, float64."""
    bins = np.arange(360)
    transition = np.maximum(12.0 - np.abs(bins[:, np.newaxis] - bins), 1e-5)
    log_transition = np.log(transition / transition.sum(axis=1, keepdims=True))
    evidence = acts.astype(np.float64) * np.log(41.0)
    score, origins = evidence[0], []
    for row in evidence[1:]:
        candidates = score[:, np.newaxis] + log_transition
        origins.append(np.argmax(candidates, axis=0))
        score = np.max(candidates, axis=0) + row
    path = [int(np.argmax(score))]
    for origin in reversed(origins):
        path.append(int(origin[path[-1]]))
    return np.asarray(path[::-1])


def viterbi_decode(init, acts):
    return np.stack([dense_viterbi(one) for one in acts])


def normalize_frames(init, frames):
    deviation = frames.std(-1, keepdims=True)
    return (frames - frames.mean(-1, keepdims=True)) / np.where(deviation == 0.0, 1.0, deviation)  # silence stays so


def activations_to_f0_and_confidence(init, activations):
    """The average of the bins from 4 below to 5 above the largest, the end bins standing for those beyond them."""
    f0_hz = np.zeros(len(activations))
    for i, row in enumerate(activations):
        bins = np.clip(np.argmax(row) + np.arange(-4, 6), 0, 359)
        cents = 1997.3794084376191 + 20.0 * np.sum(row[bins] * bins) / np.sum(row[bins])
        f0_hz[i] = 10.0 * 2.0 ** (cents / 1200.0)
    return f0_hz, activations.max(-1, keepdims=True)


METHODS = {
    f"pretrained_models.PretrainedCREPE.{f.__name__}": f
    for f in (normalize_frames, activations_to_f0_and_confidence, viterbi_decode)
}
