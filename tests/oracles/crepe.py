"""The network CREPE, tap by tap."""

import numpy as np

from ddsp.pretrained_models import weights


def plain_layers(frames):
    """Outputs of all layers of the tiny model, with explicit zero padding, float64: {name: [frames, depth]}."""
    w = {name: array.astype(np.float64) for name, array in weights.load_weights("tiny").items()}
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
