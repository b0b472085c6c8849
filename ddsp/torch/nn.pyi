"""The types of `ddsp.torch.nn`; written by `python -m tests.stubs`."""

from collections.abc import Mapping
from typing import Any

from ddsp.extend import Array, Float
from ddsp.nn import (
    PRESETS,
    Network,
    causal_convolution,
    convolution_params,
    dense,
    dense_params,
    gru,
    gru_params,
    layer_norm,
    leaky_relu,
    norm_params,
    scale_f0_hz,
    scale_loudness_db,
)
from ddsp.nn.network import State
from ddsp.processors.base import ParamSpec
from ddsp.torch._module import _Module

__all__ = [
    "PRESETS",
    "DilatedConvDecoder",
    "MfccTimeDistributedRnnEncoder",
    "Network",
    "RnnFcDecoder",
    "causal_convolution",
    "convolution_params",
    "dense",
    "dense_params",
    "gru",
    "gru_params",
    "layer_norm",
    "leaky_relu",
    "make_decoder",
    "norm_params",
    "scale_f0_hz",
    "scale_loudness_db",
]

class DilatedConvDecoder(_Module):
    def __init__(
        self,
        output_splits: tuple[tuple[str, int], ...] = ...,
        z_channels: int = ...,
        name: str = ...,
        channels: int = ...,
        layers_per_stack: int = ...,
        stacks: int = ...,
        kernel_size: int = ...,
        *,
        seed: int = ...,
    ) -> None: ...
    def forward(
        self,
        f0_scaled: Float[Array, "batch frames 1"],
        loudness_scaled: Float[Array, "batch frames 1"],
        z: Float[Array, "batch frames latents"] | None = ...,
        *,
        return_outputs_dict: bool = ...,
    ) -> dict[str, Array]: ...
    def __call__(
        self,
        f0_scaled: Float[Array, "batch frames 1"],
        loudness_scaled: Float[Array, "batch frames 1"],
        z: Float[Array, "batch frames latents"] | None = ...,
        *,
        return_outputs_dict: bool = ...,
    ) -> dict[str, Array]: ...
    @property
    def output_splits(self) -> tuple[tuple[str, int], ...]: ...
    @property
    def z_channels(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def channels(self) -> int: ...
    @property
    def layers_per_stack(self) -> int: ...
    @property
    def stacks(self) -> int: ...
    @property
    def kernel_size(self) -> int: ...
    def compute(
        self, state: State, inputs: list[Array], values: Mapping[str, Array]
    ) -> tuple[dict[str, Array], State]: ...
    @property
    def dilations(self) -> tuple[int, ...]: ...
    def get_controls(
        self,
        f0_scaled: Float[Array, "batch frames 1"],
        loudness_scaled: Float[Array, "batch frames 1"],
        z: Float[Array, "batch frames latents"] | None = ...,
    ) -> dict[str, Array]: ...
    def get_signal(self, **outputs: Array) -> dict[str, Array]: ...
    def init_state(self, batch: int = ..., *, like: Array) -> State: ...
    def initial_params(self, seed: int = ...) -> dict[str, Any]: ...
    @classmethod
    def input_names(cls) -> tuple[list[str], list[str]]: ...
    @property
    def input_sizes(self) -> dict[str, int]: ...
    @property
    def params(self) -> tuple[ParamSpec, ...]: ...
    @property
    def state_shapes(self) -> dict[str, tuple[int, ...]]: ...
    def step(self, state: State, *inputs: Array) -> tuple[dict[str, Array], State]: ...

class MfccTimeDistributedRnnEncoder(_Module):
    def __init__(
        self,
        mfcc_channels: int = ...,
        rnn_channels: int = ...,
        z_channels: int = ...,
        name: str = ...,
        *,
        seed: int = ...,
    ) -> None: ...
    def forward(
        self, mfcc: Float[Array, "batch frames coefficients"], *, return_outputs_dict: bool = ...
    ) -> dict[str, Array]: ...
    def __call__(
        self, mfcc: Float[Array, "batch frames coefficients"], *, return_outputs_dict: bool = ...
    ) -> dict[str, Array]: ...
    @property
    def mfcc_channels(self) -> int: ...
    @property
    def rnn_channels(self) -> int: ...
    @property
    def z_channels(self) -> int: ...
    @property
    def name(self) -> str: ...
    def compute(
        self, state: State, inputs: list[Array], values: Mapping[str, Array]
    ) -> tuple[dict[str, Array], State]: ...
    def get_controls(self, mfcc: Float[Array, "batch frames coefficients"]) -> dict[str, Array]: ...
    def get_signal(self, **outputs: Array) -> dict[str, Array]: ...
    def init_state(self, batch: int = ..., *, like: Array) -> State: ...
    def initial_params(self, seed: int = ...) -> dict[str, Any]: ...
    @classmethod
    def input_names(cls) -> tuple[list[str], list[str]]: ...
    @property
    def input_sizes(self) -> dict[str, int]: ...
    @property
    def params(self) -> tuple[ParamSpec, ...]: ...
    @property
    def state_shapes(self) -> dict[str, tuple[int, ...]]: ...
    def step(self, state: State, *inputs: Array) -> tuple[dict[str, Array], State]: ...

class RnnFcDecoder(_Module):
    def __init__(
        self,
        output_splits: tuple[tuple[str, int], ...] = ...,
        z_channels: int = ...,
        name: str = ...,
        channels: int = ...,
        rnn_channels: int = ...,
        layers_per_stack: int = ...,
        *,
        seed: int = ...,
    ) -> None: ...
    def forward(
        self,
        f0_scaled: Float[Array, "batch frames 1"],
        loudness_scaled: Float[Array, "batch frames 1"],
        z: Float[Array, "batch frames latents"] | None = ...,
        *,
        return_outputs_dict: bool = ...,
    ) -> dict[str, Array]: ...
    def __call__(
        self,
        f0_scaled: Float[Array, "batch frames 1"],
        loudness_scaled: Float[Array, "batch frames 1"],
        z: Float[Array, "batch frames latents"] | None = ...,
        *,
        return_outputs_dict: bool = ...,
    ) -> dict[str, Array]: ...
    @property
    def output_splits(self) -> tuple[tuple[str, int], ...]: ...
    @property
    def z_channels(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def channels(self) -> int: ...
    @property
    def rnn_channels(self) -> int: ...
    @property
    def layers_per_stack(self) -> int: ...
    def compute(
        self, state: State, inputs: list[Array], values: Mapping[str, Array]
    ) -> tuple[dict[str, Array], State]: ...
    def get_controls(
        self,
        f0_scaled: Float[Array, "batch frames 1"],
        loudness_scaled: Float[Array, "batch frames 1"],
        z: Float[Array, "batch frames latents"] | None = ...,
    ) -> dict[str, Array]: ...
    def get_signal(self, **outputs: Array) -> dict[str, Array]: ...
    def init_state(self, batch: int = ..., *, like: Array) -> State: ...
    def initial_params(self, seed: int = ...) -> dict[str, Any]: ...
    @classmethod
    def input_names(cls) -> tuple[list[str], list[str]]: ...
    @property
    def input_sizes(self) -> dict[str, int]: ...
    @property
    def params(self) -> tuple[ParamSpec, ...]: ...
    @property
    def state_shapes(self) -> dict[str, tuple[int, ...]]: ...
    def step(self, state: State, *inputs: Array) -> tuple[dict[str, Array], State]: ...

def make_decoder(
    preset: str = ..., output_splits: tuple[tuple[str, int], ...] = ..., z_channels: int = ..., *, seed: int = ...
) -> _Module: ...
