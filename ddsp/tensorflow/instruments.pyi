"""The types of `ddsp.tensorflow.instruments`; written by `python -m tests.stubs`."""

from pathlib import Path
from typing import Any

from ddsp.core.streaming import State
from ddsp.extend import Array, Float, Key
from ddsp.instruments import (
    KeyboardInstrument,
    Patch,
    Score,
    TrainedInstrument,
    TransferSettings,
    compute_features,
    compute_long_features,
    find_voiced,
    flatten_values,
    hold_pitch,
    hush,
    instrument_config,
    instrument_files,
    make_synth,
    match_loudness,
    match_octave,
    nest_values,
    play,
    play_score,
    save_instrument,
    score_of,
    split_level,
    tune,
)
from ddsp.instruments.nodes import Values
from ddsp.processors.base import ParamSpec, Processor
from ddsp.tensorflow._module import _Layer

__all__ = [
    "Instrument",
    "KeyboardInstrument",
    "Patch",
    "Score",
    "TrainedInstrument",
    "TransferSettings",
    "compute_features",
    "compute_long_features",
    "find_voiced",
    "flatten_values",
    "hold_pitch",
    "hush",
    "instrument_config",
    "instrument_files",
    "load_instrument",
    "make_synth",
    "match_loudness",
    "match_octave",
    "nest_values",
    "play",
    "play_score",
    "save_instrument",
    "score_of",
    "split_level",
    "tune",
]

class Instrument(_Layer):
    def __init__(
        self,
        decoder: Any = ...,
        reverb: Any = ...,
        sample_rate: float = ...,
        hop_size: int = ...,
        max_harmonics: int | None = ...,
        name: str = ...,
        *,
        seed: int = ...,
        dtype: Any = ...,
    ) -> None: ...
    def call(
        self,
        f0_hz: Float[Array, "batch frames 1"],
        loudness_db: Float[Array, "batch frames 1"],
        z: Float[Array, "batch frames latents"] | None = ...,
        *,
        gain: Float[Array, "#batch frames 1"] | None = ...,
        key: Key = ...,
        noise: Float[Array, "#batch time"] | None = ...,
        return_outputs_dict: bool = ...,
    ) -> Float[Array, "batch time"]: ...
    def __call__(
        self,
        f0_hz: Float[Array, "batch frames 1"],
        loudness_db: Float[Array, "batch frames 1"],
        z: Float[Array, "batch frames latents"] | None = ...,
        *,
        gain: Float[Array, "#batch frames 1"] | None = ...,
        key: Key = ...,
        noise: Float[Array, "#batch time"] | None = ...,
        return_outputs_dict: bool = ...,
    ) -> Float[Array, "batch time"]: ...
    @property
    def decoder(self) -> Any: ...
    @property
    def reverb(self) -> Any: ...
    @property
    def sample_rate(self) -> float: ...
    @property
    def hop_size(self) -> int: ...
    @property
    def max_harmonics(self) -> int | None: ...
    @property
    def name(self) -> str: ...
    def dry(self) -> Instrument: ...
    def flush(self, state: State) -> tuple[Array, State]: ...
    def get_controls(
        self,
        f0_hz: Float[Array, "batch frames 1"],
        loudness_db: Float[Array, "batch frames 1"],
        z: Float[Array, "batch frames latents"] | None = ...,
        *,
        gain: Float[Array, "#batch frames 1"] | None = ...,
    ) -> dict[str, Array]: ...
    def get_signal(
        self,
        amplitudes: Float[Array, "batch frames 1"],
        harmonic_distribution: Float[Array, "batch frames harmonics"],
        f0_hz: Float[Array, "batch frames 1"],
        magnitudes: Float[Array, "batch frames bands"],
        ir: Float[Array, "#batch taps"] | None = ...,
        *,
        key: Key = ...,
        noise: Float[Array, "#batch time"] | None = ...,
    ) -> Float[Array, "batch time"]: ...
    def impulse_response(self, like: Array, reverb: Values = ...) -> Array: ...
    def init_state(self, batch: int = ..., *, like: Any, hop_size: int | None = ..., key: Key = ...) -> State: ...
    def initial_params(self, seed: int = ...) -> dict[str, Any]: ...
    @classmethod
    def input_names(cls) -> tuple[list[str], list[str]]: ...
    def latency_samples(self, hop_size: int | None = ...) -> int: ...
    @property
    def nodes(self) -> dict[str, Processor]: ...
    @property
    def params(self) -> tuple[ParamSpec, ...]: ...
    def step(
        self,
        state: State,
        f0_hz: Array,
        loudness_db: Array | None = ...,
        z: Array | None = ...,
        *,
        gain: Array | None = ...,
    ) -> tuple[Array, State]: ...
    def step_signal(self, state: State, **controls: Array) -> tuple[Array, State]: ...

def load_instrument(path: str | Path = ..., decoder: Any = ...) -> Instrument: ...
