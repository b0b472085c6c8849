"""Encoders: networks from features of audio to a latent sequence `z`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..extend import Array, Float, checked, integer
from ..processors.base import ParamSpec
from .initial import dense_params, gru_params, norm_params
from .layers import dense, layer_norm
from .network import Network, State
from .recurrent import gru

__all__ = ["MfccTimeDistributedRnnEncoder"]


@dataclass(frozen=True)
class MfccTimeDistributedRnnEncoder(Network):
    """Encoder of mel-frequency cepstral coefficients to a latent sequence: normalization, recurrent layer, dense layer.

    Parameters
    ----------
    mfcc_channels
        Number of coefficients of each frame.
    rnn_channels
        Number of units of the recurrent layer.
    z_channels
        Number of channels of the latent.
    name
        Name of the node in a `ProcessorGroup`.

    See Also
    --------
    ddsp.spectral_ops.compute_mfcc : The coefficients.
    RnnFcDecoder : Takes the latent, with the same `z_channels`.

    Notes
    -----
    The original computes the coefficients inside, normalizes them over time, and interpolates the latent to the frames
    of the decoder. Here the coefficients are an input and each frame is normalized by itself, so the encoder is causal.

    Examples
    --------
    >>> import numpy as np
    >>> encoder = MfccTimeDistributedRnnEncoder(mfcc_channels=13, rnn_channels=8, z_channels=4)
    >>> encoder(np.zeros((1, 20, 13)))["z"].shape
    (1, 20, 4)
    """

    mfcc_channels: int = 30
    rnn_channels: int = 512
    z_channels: int = 16
    name: str = "encoder"

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("mfcc_channels", "rnn_channels", "z_channels"):
            integer(name, getattr(self, name), 1)

    @property
    def params(self) -> tuple[ParamSpec, ...]:
        """Trainable values of all layers."""
        return (
            *norm_params("input", self.mfcc_channels),
            *gru_params("rnn", self.mfcc_channels, self.rnn_channels),
            *dense_params("output", self.rnn_channels, self.z_channels),
        )

    @property
    def input_sizes(self) -> dict[str, int]:
        """Name and number of channels of the input."""
        return {"mfcc": self.mfcc_channels}

    @property
    def output_sizes(self) -> dict[str, int]:
        """Name and number of channels of the output."""
        return {"z": self.z_channels}

    @property
    def state_shapes(self) -> dict[str, tuple[int, ...]]:
        """Shape of the state of the recurrent layer."""
        return {"rnn": (self.rnn_channels,)}

    @checked
    def get_controls(self, mfcc: Float[Array, "batch frames coefficients"], **values: Array) -> dict[str, Array]:
        """Compute the latent of a sequence.

        Parameters
        ----------
        mfcc
            Coefficients, [batch, frames, mfcc_channels].
        **values
            Trainable values by name.

        Returns
        -------
        outputs : dict
            `z`, [batch, frames, z_channels].

        Raises
        ------
        ValueError
            Another number of coefficients.
        """
        return self.step({}, mfcc, **values)[0]

    def compute(self, state: State, inputs: list[Array], values: Mapping[str, Array]) -> tuple[dict[str, Array], State]:
        """Compute the latent of frames; see `Network.compute`.

        Parameters
        ----------
        state
            State of the recurrent layer.
        inputs
            The coefficients.
        values
            Trainable values by name.

        Returns
        -------
        outputs : dict
            `z`.
        state : dict
            State for the frames that follow.
        """
        x = layer_norm(inputs[0], values["input_scale"], values["input_offset"])
        weights = {kind: values[f"rnn_{kind}"] for kind in ("weight", "recurrent_weight", "bias", "recurrent_bias")}
        x, after = gru(x, **weights, state=state.get("rnn"))
        return {"z": dense(x, values["output_weight"], values["output_bias"])}, {"rnn": after}
