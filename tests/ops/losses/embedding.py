"""Differences of embeddings."""

import numpy as np

from tests.cases import Case, normal
from tests.oracles import oracle

from ..pretrained_models.crepe import plain_layers
from .differences import mean_difference

# Oracles ------------------------------------------------------------------------------------------------------------


@oracle("losses.EmbeddingLoss.__call__")
def embedding_loss(target_audio, audio, pretrained_model, weight=1.0, loss_type="L1"):
    return weight * mean_difference(pretrained_model(target_audio), pretrained_model(audio), loss_type)


#: Layers in network order with their factors, which are from the original except for 'conv1' to 'conv6'.
CREPE_SCALES = {
    "conv1-BN": 1.3, "conv1-maxpool": 1.0, "conv2-BN": 1.4, "conv2-maxpool": 1.1, "conv3-BN": 1.9,
    "conv3-maxpool": 1.6, "conv4-BN": 1.5, "conv4-maxpool": 1.4, "conv5-BN": 1.9, "conv5-maxpool": 1.7,
    "conv6-BN": 30.0, "conv6-maxpool": 25.0, "classifier": 130.0,
    "conv1": 0.12, "conv2": 0.023, "conv3": 0.066, "conv4": 0.096, "conv5": 0.14, "conv6": 0.19,
}  # fmt: skip


@oracle("losses.PretrainedCREPEEmbeddingLoss.__call__")
def crepe_embedding_loss(target_audio, audio, weight=1.0, loss_type="L1", activation_layer="classifier"):
    """Frames of 1024 samples around the multiples of 1024, through the tiny network."""

    def embedding(x):
        padded = np.pad(x, ((0, 0), (512, 512)))
        frames = [padded[:, k : k + 1024] for k in range(0, x.shape[1] + 1, 1024)]
        return np.stack([plain_layers(frame)[activation_layer] for frame in frames], axis=1)

    difference = mean_difference(embedding(target_audio), embedding(audio), loss_type)
    return 20.0 * CREPE_SCALES[activation_layer] * weight * difference


# Cases --------------------------------------------------------------------------------------------------------------

SOUNDS = {"target_audio": normal("embedded target", 2, 50), "audio": normal("embedded", 2, 50)}
TONES = {"target_audio": normal("crepe target", 2, 1100), "audio": normal("crepe audio", 2, 1100)}


def polynomial(audio):
    """Embedding of the golden cases of EmbeddingLoss."""
    return audio * audio + 0.5 * audio


def _crepe(label, wrt, **settings):
    """A case with a small step: a larger one reaches kinks of ReLUs. The oracle has no floor of the variance."""
    return Case(
        f"PretrainedCREPEEmbeddingLoss {label}", "losses.PretrainedCREPEEmbeddingLoss.__call__", TONES, init=settings,
        wrt=wrt, step=1e-7, directions=1, atol64=1e-6,
    )  # fmt: skip


CASES = [
    Case(
        "EmbeddingLoss",
        "losses.EmbeddingLoss.__call__",
        SOUNDS,
        init={"weight": 2.0, "loss_type": "L2", "pretrained_model": polynomial},
    ),
    _crepe("conv1-BN", ("target_audio", "audio"), activation_layer="conv1-BN", weight=0.5),
    _crepe("classifier", ()),
]
