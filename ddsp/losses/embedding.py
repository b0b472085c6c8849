"""Distances between what a pretrained network makes of two sounds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Final

from ..core import resample_audio
from ..extend import Array, Float, checked, common_backend, one_of
from ..pretrained_models import PretrainedCREPE
from ._loss import Loss
from .differences import mean_difference

__all__ = ["EmbeddingLoss", "PretrainedCREPEEmbeddingLoss"]


@dataclass(frozen=True)
class EmbeddingLoss(Loss):
    """Average distance of the embeddings of two sounds: alike in what a network was trained to hear.

    Parameters
    ----------
    weight : factor of the loss.
    loss_type : 'L1', 'L2' or 'COSINE', as in `mean_difference`.
    pretrained_model : any function of audio, in the arrays that the loss is called with, that returns an embedding;
        such as a `torch.nn.Module` or a `keras.Model`. It stays as it is: the loss neither trains nor moves it.
    name : the key in `get_losses_dict`.

    Raises
    ------
    ValueError : a loss_type that is none of the three, or a model that cannot be called, or hashed.

    Examples
    --------
    >>> import numpy as np
    >>> from ddsp.spectral_ops import compute_rms_energy
    >>> loss = EmbeddingLoss(pretrained_model=compute_rms_energy)
    >>> float(loss(np.zeros((1, 640)), np.zeros((1, 640))))
    0.0
    """

    weight: float = 1.0
    loss_type: str = "L1"
    pretrained_model: Callable[[Array], Array] | None = None
    name: str = "embedding_loss"

    def __post_init__(self) -> None:
        super().__post_init__()
        one_of("loss_type", self.loss_type.upper(), ("L1", "L2", "COSINE"))
        if not callable(self.pretrained_model):
            raise ValueError(f"pretrained_model: got {self.pretrained_model!r}, expected a function audio -> embedding")
        try:
            hash(self.pretrained_model)
        except TypeError:
            raise ValueError(
                f"pretrained_model: got a {type(self.pretrained_model).__name__} that cannot be hashed, as settings "
                "must; give a function that calls it"
            ) from None

    @checked
    def __call__(
        self, target_audio: Float[Array, "#batch time"], audio: Float[Array, "#batch time"]
    ) -> Float[Array, ""]:
        """The loss of audio against its target."""
        common_backend(target_audio=target_audio, audio=audio)
        model = self.pretrained_model
        return self.weight * mean_difference(model(target_audio), model(audio), self.loss_type)  # type: ignore[misc]


#: Factors that bring the layers' L1 losses to one size. Those of the layers before batch normalisation, which the
#: original has none for, give the loss of their '-BN' in the tiny model, over pairs of tones, noise and a flute.
LAYER_SCALES: Final = {
    "conv1": 0.12, "conv1-BN": 1.3, "conv1-maxpool": 1.0,
    "conv2": 0.023, "conv2-BN": 1.4, "conv2-maxpool": 1.1,
    "conv3": 0.066, "conv3-BN": 1.9, "conv3-maxpool": 1.6,
    "conv4": 0.096, "conv4-BN": 1.5, "conv4-maxpool": 1.4,
    "conv5": 0.14, "conv5-BN": 1.9, "conv5-maxpool": 1.7,
    "conv6": 0.19, "conv6-BN": 30.0, "conv6-maxpool": 25.0,
    "classifier": 130.0,
}  # fmt: skip
#: Brings the loss of unlike sounds to the size of a `SpectralLoss`.
COMMON_SCALE: Final = 20.0


@dataclass(frozen=True)
class PretrainedCREPEEmbeddingLoss(Loss):
    """Average distance of the activations of the pitch network CREPE, blind to loudness: frames are normalised.

    Parameters
    ----------
    weight : factor of the loss, beside a factor of the layer that brings all layers to one size.
    loss_type : 'L1', 'L2' or 'COSINE', as in `mean_difference`.
    model_capacity, activation_layer : as in `PretrainedCREPE`; the first layers tell timbre, 'classifier' the pitch.
    name : the key in `get_losses_dict`.
    sample_rate : of the audio, in Hz; it is converted to CREPE's 16 kHz by `ddsp.core.resample_audio`.

    Raises
    ------
    ValueError : an unknown setting.

    Notes
    -----
    The gradient on silent frames is finite, where the original's is NaN. The original has no factors for 'conv1' to
    'conv6' without a suffix, and refuses them.

    Examples
    --------
    >>> import numpy as np
    >>> def tone(hz):
    ...     return np.sin(2 * np.pi * hz / 16000.0 * np.arange(4096))[np.newaxis, :].astype(np.float32)
    >>> loss = PretrainedCREPEEmbeddingLoss()
    >>> bool(loss(tone(440.0), tone(442.0)) < loss(tone(440.0), tone(500.0)))
    True
    """

    weight: float = 1.0
    loss_type: str = "L1"
    model_capacity: str = "tiny"
    activation_layer: str = "classifier"
    name: str = "pretrained_crepe_embedding_loss"
    sample_rate: float = PretrainedCREPE.sample_rate

    #: Samples at 16 kHz between frames, as many as a frame has.
    hop_size: ClassVar[int] = 1024

    def __post_init__(self) -> None:
        super().__post_init__()
        one_of("loss_type", self.loss_type.upper(), ("L1", "L2", "COSINE"))
        PretrainedCREPE(self.model_capacity, self.activation_layer)  # raises where there is no such model

    @checked
    def __call__(
        self, target_audio: Float[Array, "#batch time"], audio: Float[Array, "#batch time"]
    ) -> Float[Array, ""]:
        """The loss of audio against its target.

        Raises
        ------
        ImportError : h5py or the data package with the weights is not installed; the message says what to install.
        """
        common_backend(target_audio=target_audio, audio=audio)
        model = PretrainedCREPE(self.model_capacity, self.activation_layer)
        at_16_khz = (resample_audio(x, self.sample_rate, model.sample_rate) for x in (target_audio, audio))
        target, value = (model(model.frame_audio(x, self.hop_size)) for x in at_16_khz)
        scale = COMMON_SCALE * LAYER_SCALES[self.activation_layer] * self.weight
        return scale * mean_difference(target, value, self.loss_type)
