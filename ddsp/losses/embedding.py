"""Distances between the embeddings of two sounds by a pretrained network."""

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
    """Average distance between the embeddings of two sounds by a pretrained network.

    Parameters
    ----------
    weight
        Factor of the loss.
    loss_type
        'L1', 'L2' or 'COSINE', as in `mean_difference`.
    pretrained_model
        Function of audio that returns an embedding, for arrays of the backend that the loss is called with; for example
        a `torch.nn.Module` or a `keras.Model`. The loss neither trains it nor moves it to another device.
    name
        Key in `get_losses_dict`.

    Raises
    ------
    ValueError
        Unknown `loss_type`, or a model that is not callable or not hashable.

    See Also
    --------
    PretrainedCREPEEmbeddingLoss : With the activations of a pitch network.

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
        """Compute the loss of audio against its target.

        Parameters
        ----------
        target_audio, audio
            Audio, [batch, time].

        Returns
        -------
        loss : array
            Scalar, dtype of the embeddings.
        """
        common_backend(target_audio=target_audio, audio=audio)
        model = self.pretrained_model
        return self.weight * mean_difference(model(target_audio), model(audio), self.loss_type)  # type: ignore[misc]


#: Factors that bring the L1 losses of the layers to a similar size. The original has none for the layers before batch
#: normalization: theirs give the same loss as '-BN' in the tiny model, over pairs of tones, noise and a flute.
LAYER_SCALES: Final = {
    "conv1": 0.12, "conv1-BN": 1.3, "conv1-maxpool": 1.0,
    "conv2": 0.023, "conv2-BN": 1.4, "conv2-maxpool": 1.1,
    "conv3": 0.066, "conv3-BN": 1.9, "conv3-maxpool": 1.6,
    "conv4": 0.096, "conv4-BN": 1.5, "conv4-maxpool": 1.4,
    "conv5": 0.14, "conv5-BN": 1.9, "conv5-maxpool": 1.7,
    "conv6": 0.19, "conv6-BN": 30.0, "conv6-maxpool": 25.0,
    "classifier": 130.0,
}  # fmt: skip
#: Brings the loss of two different sounds to the size of a `SpectralLoss`.
COMMON_SCALE: Final = 20.0


@dataclass(frozen=True)
class PretrainedCREPEEmbeddingLoss(Loss):
    """Average distance between activations of the pitch network CREPE for two sounds.

    CREPE normalizes each frame, so the loss does not depend on loudness.

    Parameters
    ----------
    weight
        Factor of the loss. A second, fixed factor for each layer brings the losses of all layers to a similar size.
    loss_type
        'L1', 'L2' or 'COSINE', as in `mean_difference`.
    model_capacity
        Size of the network, as in `PretrainedCREPE`.
    activation_layer
        Layer whose activations are compared, as in `PretrainedCREPE`. The first layers represent timbre, 'classifier'
        the pitch.
    name
        Key in `get_losses_dict`.
    sample_rate
        Sample rate of the audio in Hz. `ddsp.core.resample_audio` converts the audio to CREPE's 16 kHz.

    Raises
    ------
    ValueError
        A setting that `PretrainedCREPE` or `mean_difference` does not know.

    See Also
    --------
    EmbeddingLoss : With any network.
    ddsp.pretrained_models.PretrainedCREPE : The network.

    Notes
    -----
    The gradient on silent frames is finite; in the original it is NaN. The original has no factors for 'conv1' to
    'conv6' without a suffix and refuses these layers.

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

    #: Hop in samples at 16 kHz. It equals the frame size, so frames do not overlap.
    hop_size: ClassVar[int] = 1024

    def __post_init__(self) -> None:
        super().__post_init__()
        one_of("loss_type", self.loss_type.upper(), ("L1", "L2", "COSINE"))
        PretrainedCREPE(self.model_capacity, self.activation_layer)  # raises if there is no such model

    @checked
    def __call__(
        self, target_audio: Float[Array, "#batch time"], audio: Float[Array, "#batch time"]
    ) -> Float[Array, ""]:
        """Compute the loss of audio against its target.

        Parameters
        ----------
        target_audio, audio
            Audio at `sample_rate`, [batch, time].

        Returns
        -------
        loss : array
            Scalar, dtype of the activations.

        Raises
        ------
        ImportError
            Missing h5py or data package with the weights. The message says how to install it.
        """
        common_backend(target_audio=target_audio, audio=audio)
        model = PretrainedCREPE(self.model_capacity, self.activation_layer)
        at_16_khz = (resample_audio(x, self.sample_rate, model.sample_rate) for x in (target_audio, audio))
        target, value = (model(model.frame_audio(x, self.hop_size)) for x in at_16_khz)
        scale = COMMON_SCALE * LAYER_SCALES[self.activation_layer] * self.weight
        return scale * mean_difference(target, value, self.loss_type)
