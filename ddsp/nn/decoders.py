"""Decoders: networks from pitch and loudness to the inputs of the synthesizers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..extend import Array, Float, checked, common_backend, integer, unchecked
from ..extend.settings import shown
from ..processors.base import ParamSpec
from . import convolution, layers, recurrent
from .initial import convolution_params, dense_params, gru_params, norm_params
from .network import Network, State

__all__ = ["DilatedConvDecoder", "RnnFcDecoder"]

# A step checks its inputs and values once.
causal_convolution, gru = unchecked(convolution.causal_convolution), unchecked(recurrent.gru)
dense, layer_norm, leaky_relu = unchecked(layers.dense), unchecked(layers.layer_norm), unchecked(layers.leaky_relu)

#: Names and numbers of channels of the outputs: inputs of `Harmonic` and of `FilteredNoise`.
OUTPUT_SPLITS = (("amplitudes", 1), ("harmonic_distribution", 60), ("noise_magnitudes", 65))


@dataclass(frozen=True)
class _Decoder(Network):
    """Network from pitch, loudness and an optional latent `z` to several outputs."""

    output_splits: tuple[tuple[str, int], ...] = OUTPUT_SPLITS
    z_channels: int = 0
    name: str = "decoder"

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "output_splits", _checked_splits(self.output_splits))
        integer("z_channels", self.z_channels, 0)

    @checked
    def get_controls(
        self,
        f0_scaled: Float[Array, "batch frames 1"],
        loudness_scaled: Float[Array, "batch frames 1"],
        z: Float[Array, "batch frames latents"] | None = None,
        **values: Array,
    ) -> dict[str, Array]:
        """Compute the outputs of a sequence.

        Parameters
        ----------
        f0_scaled
            Pitch, about 0 to 1, as from `scale_f0_hz`, [batch, frames, 1].
        loudness_scaled
            Loudness, about 0 to 1, as from `scale_loudness_db`, [batch, frames, 1].
        z
            Latent of an encoder, [batch, frames, z_channels]; None if `z_channels` is 0.
        **values
            Trainable values by name.

        Returns
        -------
        outputs : dict
            The arrays that `output_splits` names, [batch, frames, channels].

        Raises
        ------
        TypeError
            `z` is missing, or given although `z_channels` is 0.
        ValueError
            A number of channels of `z` other than `z_channels`.
        """
        return self.step({}, f0_scaled, loudness_scaled, z, **values)[0]

    @property
    def input_sizes(self) -> dict[str, int]:
        """Names and numbers of channels of the inputs."""
        return {"f0_scaled": 1, "loudness_scaled": 1} | ({"z": self.z_channels} if self.z_channels else {})

    @property
    def output_sizes(self) -> dict[str, int]:
        """Names and numbers of channels of the outputs: `output_splits`."""
        return dict(self.output_splits)

    @property
    def _n_outputs(self) -> int:
        return sum(size for _, size in self.output_splits)

    def _split(self, x: Array) -> dict[str, Array]:
        """Outputs by name from channels."""
        found, start = {}, 0
        for name, size in self.output_splits:
            found[name], start = x[:, :, start : start + size], start + size
        return found


@dataclass(frozen=True)
class DilatedConvDecoder(_Decoder):
    r"""Decoder of dilated causal convolutions with residual connections.

    $$x_0 = \mathrm{dense}(inputs), \quad
    x_{l+1} = x_l + \mathrm{conv}_{d_l}(\mathrm{lrelu}(\mathrm{norm}(x_l)))$$

    $$outputs = \mathrm{dense}(\mathrm{lrelu}(\mathrm{norm}(x_L)))$$

    The dilation d doubles from layer to layer: 1, 2, 4, and so on, in each stack. With kernels of 3 frames and two
    stacks of 5 layers, an output depends on the last 125 frames: half a second at 250 frames a second.

    Parameters
    ----------
    output_splits
        Names and numbers of channels of the outputs.
    z_channels
        Number of channels of the latent input; 0 for none.
    name
        Name of the node in a `ProcessorGroup`.
    channels
        Number of channels of each layer.
    layers_per_stack
        Number of layers in a stack, >= 1.
    stacks
        Number of stacks.
    kernel_size
        Number of frames that each layer uses.

    See Also
    --------
    RnnFcDecoder : The decoder of the paper.

    Notes
    -----
    The original's decoder of this name looks into the future as well, and normalizes over time. This one is causal, so
    it also runs one frame at a time.

    Examples
    --------
    >>> import numpy as np
    >>> decoder = DilatedConvDecoder(channels=8)
    >>> frames = np.zeros((1, 20, 1))
    >>> {name: x.shape for name, x in decoder(frames, frames).items()}
    {'amplitudes': (1, 20, 1), 'harmonic_distribution': (1, 20, 60), 'noise_magnitudes': (1, 20, 65)}
    """

    channels: int = 64
    layers_per_stack: int = 5
    stacks: int = 2
    kernel_size: int = 3

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("channels", "layers_per_stack", "stacks", "kernel_size"):
            integer(name, getattr(self, name), 1)

    @property
    def dilations(self) -> tuple[int, ...]:
        """Dilation of each layer."""
        return self.stacks * tuple(2**i for i in range(self.layers_per_stack))

    @property
    def params(self) -> tuple[ParamSpec, ...]:
        """Trainable values of all layers."""
        n = self.channels
        found = dense_params("input", sum(self.input_sizes.values()), n)
        for i, _ in enumerate(self.dilations):
            found += norm_params(f"layer_{i}", n) + convolution_params(f"layer_{i}", self.kernel_size, n, n)
        return found + norm_params("output", n) + dense_params("output", n, self._n_outputs)

    @property
    def state_shapes(self) -> dict[str, tuple[int, ...]]:
        """Shapes of the past frames of each layer."""
        past = self.kernel_size - 1
        return {f"layer_{i}": (past * dilation, self.channels) for i, dilation in enumerate(self.dilations)}

    def compute(self, state: State, inputs: list[Array], values: Mapping[str, Array]) -> tuple[dict[str, Array], State]:
        """Compute the outputs of frames; see `Network.compute`.

        Parameters
        ----------
        state
            Past frames of each layer.
        inputs
            Pitch, loudness and perhaps z.
        values
            Trainable values by name.

        Returns
        -------
        outputs : dict
            Arrays by name.
        state : dict
            State for the frames that follow.
        """
        xp, after = common_backend(f0_scaled=inputs[0]).xp, {}
        x = dense(xp.concat(inputs, axis=2), values["input_weight"], values["input_bias"])
        for i, dilation in enumerate(self.dilations):
            layer = f"layer_{i}"
            y = leaky_relu(layer_norm(x, values[f"{layer}_scale"], values[f"{layer}_offset"]))
            weight, bias = values[f"{layer}_weight"], values[f"{layer}_bias"]
            y, after[layer] = causal_convolution(y, weight, bias, state.get(layer), dilation)
            x = x + y
        x = leaky_relu(layer_norm(x, values["output_scale"], values["output_offset"]))
        return self._split(dense(x, values["output_weight"], values["output_bias"])), after


@dataclass(frozen=True)
class RnnFcDecoder(_Decoder):
    """Decoder of the paper: a stack of dense layers for each input, a recurrent layer, and a stack for the output.

    Each stack has `layers_per_stack` layers: dense, layer normalization, leaky rectifier. The outputs of the input
    stacks go to the recurrent layer, and again, beside its output, to the last stack.

    Parameters
    ----------
    output_splits
        Names and numbers of channels of the outputs.
    z_channels
        Number of channels of the latent input; 0 for none.
    name
        Name of the node in a `ProcessorGroup`.
    channels
        Number of channels of the dense layers.
    rnn_channels
        Number of units of the recurrent layer.
    layers_per_stack
        Number of layers in a stack, >= 0.

    See Also
    --------
    DilatedConvDecoder : Smaller, and faster to train.

    Examples
    --------
    >>> import numpy as np
    >>> decoder = RnnFcDecoder(channels=8, rnn_channels=8)
    >>> frames = np.zeros((1, 20, 1))
    >>> {name: x.shape for name, x in decoder(frames, frames).items()}
    {'amplitudes': (1, 20, 1), 'harmonic_distribution': (1, 20, 60), 'noise_magnitudes': (1, 20, 65)}
    """

    channels: int = 512
    rnn_channels: int = 512
    layers_per_stack: int = 3

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, least in (("channels", 1), ("rnn_channels", 1), ("layers_per_stack", 0)):
            integer(name, getattr(self, name), least)

    @property
    def params(self) -> tuple[ParamSpec, ...]:
        """Trainable values of all layers."""
        found: tuple[ParamSpec, ...] = ()
        sizes = self.input_sizes.values()
        stacked = [self.channels if self.layers_per_stack else size for size in sizes]
        for i, size in enumerate(sizes):
            found += self._stack_params(f"input_{i}", size)
        found += gru_params("rnn", sum(stacked), self.rnn_channels)
        joined = sum(stacked) + self.rnn_channels
        found += self._stack_params("last", joined)
        return found + dense_params("output", self.channels if self.layers_per_stack else joined, self._n_outputs)

    @property
    def state_shapes(self) -> dict[str, tuple[int, ...]]:
        """Shape of the state of the recurrent layer."""
        return {"rnn": (self.rnn_channels,)}

    def compute(self, state: State, inputs: list[Array], values: Mapping[str, Array]) -> tuple[dict[str, Array], State]:
        """Compute the outputs of frames; see `Network.compute`.

        Parameters
        ----------
        state
            State of the recurrent layer.
        inputs
            Pitch, loudness and perhaps z.
        values
            Trainable values by name.

        Returns
        -------
        outputs : dict
            Arrays by name.
        state : dict
            State for the frames that follow.
        """
        xp = common_backend(f0_scaled=inputs[0]).xp
        stacked = [self._stack(x, f"input_{i}", values) for i, x in enumerate(inputs)]
        weights = {kind: values[f"rnn_{kind}"] for kind in ("weight", "recurrent_weight", "bias", "recurrent_bias")}
        x, after = gru(xp.concat(stacked, axis=2), **weights, state=state.get("rnn"))
        x = self._stack(xp.concat([*stacked, x], axis=2), "last", values)
        return self._split(dense(x, values["output_weight"], values["output_bias"])), {"rnn": after}

    def _stack_params(self, name: str, size: int) -> tuple[ParamSpec, ...]:
        found: tuple[ParamSpec, ...] = ()
        for i in range(self.layers_per_stack):
            found += dense_params(f"{name}_{i}", size, self.channels) + norm_params(f"{name}_{i}", self.channels)
            size = self.channels
        return found

    def _stack(self, x: Array, name: str, values: Mapping[str, Array]) -> Array:
        for i in range(self.layers_per_stack):
            layer = f"{name}_{i}"
            x = dense(x, values[f"{layer}_weight"], values[f"{layer}_bias"])
            x = leaky_relu(layer_norm(x, values[f"{layer}_scale"], values[f"{layer}_offset"]))
        return x


def _checked_splits(splits: Any) -> tuple[tuple[str, int], ...]:
    """Names and numbers of channels, as tuples; ValueError for anything else, and for two outputs of one name."""
    expected = "expected pairs of a name and a number of channels, such as (('amplitudes', 1),)"
    try:
        pairs = tuple((name, integer("output_splits", size, 1)) for name, size in splits)
    except (TypeError, ValueError) as error:
        raise ValueError(f"output_splits: got {shown(splits)}, {expected}") from error
    names = [name for name, _ in pairs]
    if not pairs or not all(isinstance(name, str) for name in names) or len(set(names)) < len(names):
        raise ValueError(f"output_splits: got the names {names}, {expected}, each with its own name")
    return pairs
