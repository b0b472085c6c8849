"""The types of `ddsp.tensorflow.pretrained_models`; written by `python -m tests.stubs`."""

from typing import Any

from ddsp.extend import Array, Float, Int
from ddsp.pretrained_models import compute_f0
from ddsp.processors.base import ParamSpec
from ddsp.tensorflow._module import _Layer

__all__ = ["PretrainedCREPE", "compute_f0"]

class PretrainedCREPE(_Layer):
    def __init__(
        self,
        model_capacity: str = ...,
        activation_layer: str = ...,
        hop_size: int = ...,
        *,
        seed: int = ...,
        dtype: Any = ...,
    ) -> None: ...
    def call(self, audio: Float[Array, ...]) -> Float[Array, "*n depth"]: ...
    def __call__(self, audio: Float[Array, ...]) -> Float[Array, "*n depth"]: ...
    @property
    def model_capacity(self) -> str: ...
    @property
    def activation_layer(self) -> str: ...
    @property
    def hop_size(self) -> int: ...
    @staticmethod
    def activations_to_f0_and_confidence(
        activations: Float[Array, "*n 360"], centers: Int[Array, "*n"] | None = ...
    ) -> tuple[Float[Array, "*n"], Float[Array, "*n 1"]]: ...
    def frame_audio(
        self, audio: Float[Array, " time"] | Float[Array, "batch time"], hop_size: int | None = ..., center: bool = ...
    ) -> Float[Array, "*batch n_frames 1024"]: ...
    def initial_params(self, seed: int = ...) -> dict[str, Any]: ...
    @staticmethod
    def normalize_frames(frames: Float[Array, "*n size"]) -> Float[Array, "*n size"]: ...
    @property
    def params(self) -> tuple[ParamSpec, ...]: ...
    def predict_f0_and_confidence(
        self,
        audio: Float[Array, " time"] | Float[Array, "batch time"],
        hop_size: int | None = ...,
        viterbi: bool = ...,
        padding: str = ...,
        sample_rate: float = ...,
    ) -> tuple[Float[Array, "batch n_frames"], Float[Array, "batch n_frames"]]: ...
    @staticmethod
    def viterbi_decode(acts: Float[Array, "batch n_frames 360"]) -> Int[Array, "batch n_frames"]: ...
