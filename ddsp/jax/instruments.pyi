"""The types of `ddsp.jax.instruments`; written by `python -m tests.stubs`."""

from collections.abc import Mapping
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
from ddsp.jax._module import _Module
from ddsp.processors.base import ParamSpec, Processor

__all__ = [
    "Instrument",
    "KeyboardInstrument",
    "Listener",
    "LiveInstrument",
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

class Instrument(_Module):
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
        trainable_values: Any = ...,
    ) -> None: ...
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
    def live(self, statistics: Mapping[str, Any] | None = ..., **settings: Any) -> LiveInstrument: ...
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

class Listener(_Module):
    def __init__(
        self,
        sample_rate: float = ...,
        hop_size: int = ...,
        tracker: Any = ...,
        confidence: tuple[float, float] | None = ...,
        pitch_midi: tuple[float, float, float] | None = ...,
        loudness_db: tuple[float, float, float] | None = ...,
        octave: int | None = ...,
        transpose: float = ...,
        loudness_shift: float = ...,
        tuning: float = ...,
        player_db: float | None = ...,
        smoothing: int = ...,
        name: str = ...,
        *,
        seed: int = ...,
        trainable_values: Any = ...,
    ) -> None: ...
    def __call__(self, audio: Float[Array, "batch time"], *, return_outputs_dict: bool = ...) -> Any: ...
    @property
    def sample_rate(self) -> float: ...
    @property
    def hop_size(self) -> int: ...
    @property
    def tracker(self) -> Any: ...
    @property
    def confidence(self) -> tuple[float, float] | None: ...
    @property
    def pitch_midi(self) -> tuple[float, float, float] | None: ...
    @property
    def loudness_db(self) -> tuple[float, float, float] | None: ...
    @property
    def octave(self) -> int | None: ...
    @property
    def transpose(self) -> float: ...
    @property
    def loudness_shift(self) -> float: ...
    @property
    def tuning(self) -> float: ...
    @property
    def player_db(self) -> float | None: ...
    @property
    def smoothing(self) -> int: ...
    @property
    def name(self) -> str: ...
    def flush(self, state: State) -> tuple[Any, State]: ...
    def get_controls(self, audio: Float[Array, "batch time"]) -> dict[str, Array]: ...
    def get_signal(self, audio: Float[Array, "batch time"]) -> Any: ...
    def init_state(self, batch: int = ..., *, like: Any, hop_size: int | None = ...) -> State: ...
    def initial_params(self, seed: int = ...) -> dict[str, Any]: ...
    @classmethod
    def input_names(cls) -> tuple[list[str], list[str]]: ...
    def latency_samples(self, hop_size: int | None = ...) -> int: ...
    @property
    def params(self) -> tuple[ParamSpec, ...]: ...
    def step(self, state: State, audio: Array) -> tuple[Any, State]: ...
    def step_signal(self, state: State, audio: Array) -> tuple[Any, State]: ...

class LiveInstrument(_Module):
    def __init__(
        self,
        instrument: Any,
        listener: Listener,
        values: Any = ...,
        name: str = ...,
        *,
        seed: int = ...,
        trainable_values: Any = ...,
    ) -> None: ...
    def __call__(
        self,
        audio: Float[Array, "batch time"],
        *,
        key: Key = ...,
        noise: Array | None = ...,
        return_outputs_dict: bool = ...,
    ) -> Array: ...
    @property
    def instrument(self) -> Any: ...
    @property
    def listener(self) -> Listener: ...
    @property
    def values(self) -> Any: ...
    @property
    def name(self) -> str: ...
    def flush(self, state: State) -> tuple[Array, State]: ...
    def get_controls(self, audio: Float[Array, "batch time"]) -> dict[str, Array]: ...
    def get_signal(self, *, key: Key = ..., noise: Array | None = ..., **controls: Array) -> Array: ...
    def heard_hz(self, state: State) -> Array: ...
    def init_state(self, batch: int = ..., *, like: Any, hop_size: int | None = ..., key: Key = ...) -> State: ...
    def initial_params(self, seed: int = ...) -> dict[str, Any]: ...
    @classmethod
    def input_names(cls) -> tuple[list[str], list[str]]: ...
    def latency_samples(self, hop_size: int | None = ...) -> int: ...
    @property
    def nodes(self) -> dict[str, Any]: ...
    @property
    def params(self) -> tuple[ParamSpec, ...]: ...
    def step(self, state: State, audio: Array) -> tuple[Array, State]: ...
    def step_signal(self, state: State, *args: Any, **kwargs: Any) -> tuple[Array, State]: ...

def load_instrument(path: str | Path = ..., decoder: Any = ...) -> Instrument: ...
