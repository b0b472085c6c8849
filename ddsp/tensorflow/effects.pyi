"""The types of `ddsp.tensorflow.effects`; written by `python -m tests.stubs`."""

from collections.abc import Callable
from typing import Any

from ddsp.core.streaming import State
from ddsp.extend import Array, Float, Key
from ddsp.processors.base import ParamSpec
from ddsp.tensorflow._module import _Layer

__all__ = [
    "DecayingReverb",
    "ExpDecayReverb",
    "FIRFilter",
    "FilteredNoiseReverb",
    "ModDelay",
    "Reverb",
    "TrainableReverb",
]

class DecayingReverb(_Layer):
    def __init__(
        self, reverb_length: int = ..., add_dry: bool = ..., name: str = ..., *, seed: int = ..., dtype: Any = ...
    ) -> None: ...
    def call(
        self,
        audio: Float[Array, "#batch time"],
        gain: Float[Array, " 1"] | None = ...,
        decay: Float[Array, " 1"] | None = ...,
        noise: Float[Array, " taps"] | None = ...,
        *,
        return_outputs_dict: bool = ...,
    ) -> Float[Array, "batch time"]: ...
    def __call__(
        self,
        audio: Float[Array, "#batch time"],
        gain: Float[Array, " 1"] | None = ...,
        decay: Float[Array, " 1"] | None = ...,
        noise: Float[Array, " taps"] | None = ...,
        *,
        return_outputs_dict: bool = ...,
    ) -> Float[Array, "batch time"]: ...
    @property
    def reverb_length(self) -> int: ...
    @property
    def add_dry(self) -> bool: ...
    @property
    def name(self) -> str: ...
    def flush(self, state: State) -> tuple[Array, State]: ...
    def get_controls(
        self,
        audio: Float[Array, "#batch time"],
        gain: Float[Array, " 1"] | None = ...,
        decay: Float[Array, " 1"] | None = ...,
        noise: Float[Array, " taps"] | None = ...,
    ) -> dict[str, Array]: ...
    def get_signal(
        self,
        audio: Float[Array, "#batch time"],
        ir: Float[Array, " taps"] | Float[Array, "#batch taps"] | Float[Array, "#batch taps 1"],
    ) -> Float[Array, "batch time"]: ...
    def init_state(self, batch: int = ..., *, like: Any, hop_size: int = ..., **constants: Any) -> State: ...
    def initial_params(self, seed: int = ...) -> dict[str, Any]: ...
    @classmethod
    def input_names(cls) -> tuple[list[str], list[str]]: ...
    def latency_samples(self, hop_size: int = ...) -> int: ...
    @property
    def params(self) -> tuple[ParamSpec, ...]: ...
    def step(self, state: State, audio: Array, *inputs: Any, **constants: Any) -> tuple[Array, State]: ...
    def step_signal(self, state: State, audio: Float[Array, "#batch time"]) -> tuple[Array, State]: ...

class ExpDecayReverb(_Layer):
    def __init__(
        self,
        trainable: bool = ...,
        reverb_length: int = ...,
        scale_fn: Callable[[Array], Array] | None = ...,
        add_dry: bool = ...,
        name: str = ...,
        *,
        seed: int = ...,
        dtype: Any = ...,
    ) -> None: ...
    def call(
        self,
        audio: Float[Array, "#batch time"],
        gain: Float[Array, " 1"] | Float[Array, "#batch 1"] | None = ...,
        decay: Float[Array, " 1"] | Float[Array, "#batch 1"] | None = ...,
        *,
        key: Key = ...,
        noise: Float[Array, "#batch taps"] | None = ...,
        return_outputs_dict: bool = ...,
    ) -> Float[Array, "batch time"]: ...
    def __call__(
        self,
        audio: Float[Array, "#batch time"],
        gain: Float[Array, " 1"] | Float[Array, "#batch 1"] | None = ...,
        decay: Float[Array, " 1"] | Float[Array, "#batch 1"] | None = ...,
        *,
        key: Key = ...,
        noise: Float[Array, "#batch taps"] | None = ...,
        return_outputs_dict: bool = ...,
    ) -> Float[Array, "batch time"]: ...
    @property
    def trainable(self) -> bool: ...
    @property
    def reverb_length(self) -> int: ...
    @property
    def scale_fn(self) -> Callable[[Array], Array] | None: ...
    @property
    def add_dry(self) -> bool: ...
    @property
    def name(self) -> str: ...
    def flush(self, state: State) -> tuple[Array, State]: ...
    def get_controls(
        self,
        audio: Float[Array, "#batch time"],
        gain: Float[Array, " 1"] | Float[Array, "#batch 1"] | None = ...,
        decay: Float[Array, " 1"] | Float[Array, "#batch 1"] | None = ...,
        *,
        key: Key = ...,
        noise: Float[Array, "#batch taps"] | None = ...,
    ) -> dict[str, Array]: ...
    def get_signal(
        self,
        audio: Float[Array, "#batch time"],
        ir: Float[Array, " taps"] | Float[Array, "#batch taps"] | Float[Array, "#batch taps 1"],
    ) -> Float[Array, "batch time"]: ...
    def init_state(self, batch: int = ..., *, like: Any, hop_size: int = ..., **constants: Any) -> State: ...
    def initial_params(self, seed: int = ...) -> dict[str, Any]: ...
    @classmethod
    def input_names(cls) -> tuple[list[str], list[str]]: ...
    def latency_samples(self, hop_size: int = ...) -> int: ...
    @property
    def params(self) -> tuple[ParamSpec, ...]: ...
    def step(self, state: State, audio: Array, *inputs: Any, **constants: Any) -> tuple[Array, State]: ...
    def step_signal(self, state: State, audio: Float[Array, "#batch time"]) -> tuple[Array, State]: ...

class FIRFilter(_Layer):
    def __init__(
        self,
        window_size: int = ...,
        scale_fn: Callable[[Array], Array] | None = ...,
        name: str = ...,
        *,
        seed: int = ...,
        dtype: Any = ...,
    ) -> None: ...
    def call(
        self,
        audio: Float[Array, "#batch time"],
        magnitudes: Float[Array, "#batch bands"] | Float[Array, "#batch frames bands"],
        *,
        return_outputs_dict: bool = ...,
    ) -> Float[Array, "batch time"]: ...
    def __call__(
        self,
        audio: Float[Array, "#batch time"],
        magnitudes: Float[Array, "#batch bands"] | Float[Array, "#batch frames bands"],
        *,
        return_outputs_dict: bool = ...,
    ) -> Float[Array, "batch time"]: ...
    @property
    def window_size(self) -> int: ...
    @property
    def scale_fn(self) -> Callable[[Array], Array] | None: ...
    @property
    def name(self) -> str: ...
    def flush(self, state: State) -> tuple[Array, State]: ...
    def get_controls(
        self,
        audio: Float[Array, "#batch time"],
        magnitudes: Float[Array, "#batch bands"] | Float[Array, "#batch frames bands"],
    ) -> dict[str, Array]: ...
    def get_signal(
        self,
        audio: Float[Array, "#batch time"],
        magnitudes: Float[Array, "#batch bands"] | Float[Array, "#batch frames bands"],
    ) -> Float[Array, "batch time"]: ...
    def init_state(self, batch: int = ..., *, like: Any, hop_size: int = ...) -> State: ...
    def initial_params(self, seed: int = ...) -> dict[str, Any]: ...
    @classmethod
    def input_names(cls) -> tuple[list[str], list[str]]: ...
    def latency_samples(self, hop_size: int = ...) -> int: ...
    @property
    def params(self) -> tuple[ParamSpec, ...]: ...
    def step(self, state: State, *inputs: Any, **kwargs: Any) -> tuple[Array, State]: ...
    def step_signal(
        self,
        state: State,
        audio: Float[Array, "#batch time"],
        magnitudes: Float[Array, "#batch bands"] | Float[Array, "#batch frames bands"],
    ) -> tuple[Array, State]: ...

class FilteredNoiseReverb(_Layer):
    def __init__(
        self,
        trainable: bool = ...,
        reverb_length: int = ...,
        window_size: int = ...,
        n_frames: int = ...,
        n_filter_banks: int = ...,
        scale_fn: Callable[[Array], Array] | None = ...,
        initial_bias: float = ...,
        add_dry: bool = ...,
        name: str = ...,
        *,
        seed: int = ...,
        dtype: Any = ...,
    ) -> None: ...
    def call(
        self,
        audio: Float[Array, "#batch time"],
        magnitudes: Float[Array, "frames bands"] | Float[Array, "#batch frames bands"] | None = ...,
        *,
        key: Key = ...,
        noise: Float[Array, "#batch taps"] | None = ...,
        return_outputs_dict: bool = ...,
    ) -> Float[Array, "batch time"]: ...
    def __call__(
        self,
        audio: Float[Array, "#batch time"],
        magnitudes: Float[Array, "frames bands"] | Float[Array, "#batch frames bands"] | None = ...,
        *,
        key: Key = ...,
        noise: Float[Array, "#batch taps"] | None = ...,
        return_outputs_dict: bool = ...,
    ) -> Float[Array, "batch time"]: ...
    @property
    def trainable(self) -> bool: ...
    @property
    def reverb_length(self) -> int: ...
    @property
    def window_size(self) -> int: ...
    @property
    def n_frames(self) -> int: ...
    @property
    def n_filter_banks(self) -> int: ...
    @property
    def scale_fn(self) -> Callable[[Array], Array] | None: ...
    @property
    def initial_bias(self) -> float: ...
    @property
    def add_dry(self) -> bool: ...
    @property
    def name(self) -> str: ...
    def flush(self, state: State) -> tuple[Array, State]: ...
    def get_controls(
        self,
        audio: Float[Array, "#batch time"],
        magnitudes: Float[Array, "frames bands"] | Float[Array, "#batch frames bands"] | None = ...,
        *,
        key: Key = ...,
        noise: Float[Array, "#batch taps"] | None = ...,
    ) -> dict[str, Array]: ...
    def get_signal(
        self,
        audio: Float[Array, "#batch time"],
        ir: Float[Array, " taps"] | Float[Array, "#batch taps"] | Float[Array, "#batch taps 1"],
    ) -> Float[Array, "batch time"]: ...
    def init_state(self, batch: int = ..., *, like: Any, hop_size: int = ..., **constants: Any) -> State: ...
    def initial_params(self, seed: int = ...) -> dict[str, Any]: ...
    @classmethod
    def input_names(cls) -> tuple[list[str], list[str]]: ...
    def latency_samples(self, hop_size: int = ...) -> int: ...
    @property
    def params(self) -> tuple[ParamSpec, ...]: ...
    def step(self, state: State, audio: Array, *inputs: Any, **constants: Any) -> tuple[Array, State]: ...
    def step_signal(self, state: State, audio: Float[Array, "#batch time"]) -> tuple[Array, State]: ...

class ModDelay(_Layer):
    def __init__(
        self,
        center_ms: float = ...,
        depth_ms: float = ...,
        sample_rate: float = ...,
        gain_scale_fn: Callable[[Array], Array] | None = ...,
        phase_scale_fn: Callable[[Array], Array] | None = ...,
        add_dry: bool = ...,
        name: str = ...,
        *,
        seed: int = ...,
        dtype: Any = ...,
    ) -> None: ...
    def call(
        self,
        audio: Float[Array, "#batch time"],
        gain: Float[Array, "#batch time"] | Float[Array, "#batch time 1"],
        phase: Float[Array, "#batch time"] | Float[Array, "#batch time 1"],
        *,
        return_outputs_dict: bool = ...,
    ) -> Float[Array, "batch time"]: ...
    def __call__(
        self,
        audio: Float[Array, "#batch time"],
        gain: Float[Array, "#batch time"] | Float[Array, "#batch time 1"],
        phase: Float[Array, "#batch time"] | Float[Array, "#batch time 1"],
        *,
        return_outputs_dict: bool = ...,
    ) -> Float[Array, "batch time"]: ...
    @property
    def center_ms(self) -> float: ...
    @property
    def depth_ms(self) -> float: ...
    @property
    def sample_rate(self) -> float: ...
    @property
    def gain_scale_fn(self) -> Callable[[Array], Array] | None: ...
    @property
    def phase_scale_fn(self) -> Callable[[Array], Array] | None: ...
    @property
    def add_dry(self) -> bool: ...
    @property
    def name(self) -> str: ...
    def flush(self, state: State) -> tuple[Array, State]: ...
    def get_controls(
        self,
        audio: Float[Array, "#batch time"],
        gain: Float[Array, "#batch time"] | Float[Array, "#batch time 1"],
        phase: Float[Array, "#batch time"] | Float[Array, "#batch time 1"],
    ) -> dict[str, Array]: ...
    def get_signal(
        self,
        audio: Float[Array, "#batch time"],
        gain: Float[Array, "#batch time"] | Float[Array, "#batch time 1"],
        phase: Float[Array, "#batch time"] | Float[Array, "#batch time 1"],
    ) -> Float[Array, "batch time"]: ...
    def init_state(self, batch: int = ..., *, like: Any, hop_size: int = ...) -> State: ...
    def initial_params(self, seed: int = ...) -> dict[str, Any]: ...
    @classmethod
    def input_names(cls) -> tuple[list[str], list[str]]: ...
    def latency_samples(self, hop_size: int = ...) -> int: ...
    @property
    def params(self) -> tuple[ParamSpec, ...]: ...
    def step(self, state: State, *inputs: Any, **kwargs: Any) -> tuple[Array, State]: ...
    def step_signal(
        self,
        state: State,
        audio: Float[Array, "#batch time"],
        gain: Float[Array, "#batch time"] | Float[Array, "#batch time 1"],
        phase: Float[Array, "#batch time"] | Float[Array, "#batch time 1"],
    ) -> tuple[Array, State]: ...

class Reverb(_Layer):
    def __init__(
        self,
        trainable: bool = ...,
        reverb_length: int = ...,
        add_dry: bool = ...,
        name: str = ...,
        *,
        seed: int = ...,
        dtype: Any = ...,
    ) -> None: ...
    def call(
        self,
        audio: Float[Array, "#batch time"],
        ir: Float[Array, " taps"] | Float[Array, "#batch taps"] | Float[Array, "#batch taps 1"] | None = ...,
        *,
        return_outputs_dict: bool = ...,
    ) -> Float[Array, "batch time"]: ...
    def __call__(
        self,
        audio: Float[Array, "#batch time"],
        ir: Float[Array, " taps"] | Float[Array, "#batch taps"] | Float[Array, "#batch taps 1"] | None = ...,
        *,
        return_outputs_dict: bool = ...,
    ) -> Float[Array, "batch time"]: ...
    @property
    def trainable(self) -> bool: ...
    @property
    def reverb_length(self) -> int: ...
    @property
    def add_dry(self) -> bool: ...
    @property
    def name(self) -> str: ...
    def flush(self, state: State) -> tuple[Array, State]: ...
    def get_controls(
        self,
        audio: Float[Array, "#batch time"],
        ir: Float[Array, " taps"] | Float[Array, "#batch taps"] | Float[Array, "#batch taps 1"] | None = ...,
    ) -> dict[str, Array]: ...
    def get_signal(
        self,
        audio: Float[Array, "#batch time"],
        ir: Float[Array, " taps"] | Float[Array, "#batch taps"] | Float[Array, "#batch taps 1"],
    ) -> Float[Array, "batch time"]: ...
    def init_state(self, batch: int = ..., *, like: Any, hop_size: int = ..., **constants: Any) -> State: ...
    def initial_params(self, seed: int = ...) -> dict[str, Any]: ...
    @classmethod
    def input_names(cls) -> tuple[list[str], list[str]]: ...
    def latency_samples(self, hop_size: int = ...) -> int: ...
    @property
    def params(self) -> tuple[ParamSpec, ...]: ...
    def step(self, state: State, audio: Array, *inputs: Any, **constants: Any) -> tuple[Array, State]: ...
    def step_signal(self, state: State, audio: Float[Array, "#batch time"]) -> tuple[Array, State]: ...

class TrainableReverb(_Layer):
    def __init__(
        self,
        trainable: bool = ...,
        reverb_length: int = ...,
        add_dry: bool = ...,
        name: str = ...,
        *,
        seed: int = ...,
        dtype: Any = ...,
    ) -> None: ...
    def call(
        self,
        audio: Float[Array, "#batch time"],
        ir: Float[Array, " taps"] | Float[Array, "#batch taps"] | Float[Array, "#batch taps 1"] | None = ...,
        *,
        return_outputs_dict: bool = ...,
    ) -> Float[Array, "batch time"]: ...
    def __call__(
        self,
        audio: Float[Array, "#batch time"],
        ir: Float[Array, " taps"] | Float[Array, "#batch taps"] | Float[Array, "#batch taps 1"] | None = ...,
        *,
        return_outputs_dict: bool = ...,
    ) -> Float[Array, "batch time"]: ...
    @property
    def trainable(self) -> bool: ...
    @property
    def reverb_length(self) -> int: ...
    @property
    def add_dry(self) -> bool: ...
    @property
    def name(self) -> str: ...
    def flush(self, state: State) -> tuple[Array, State]: ...
    def get_controls(
        self,
        audio: Float[Array, "#batch time"],
        ir: Float[Array, " taps"] | Float[Array, "#batch taps"] | Float[Array, "#batch taps 1"] | None = ...,
    ) -> dict[str, Array]: ...
    def get_signal(
        self,
        audio: Float[Array, "#batch time"],
        ir: Float[Array, " taps"] | Float[Array, "#batch taps"] | Float[Array, "#batch taps 1"],
    ) -> Float[Array, "batch time"]: ...
    def init_state(self, batch: int = ..., *, like: Any, hop_size: int = ..., **constants: Any) -> State: ...
    def initial_params(self, seed: int = ...) -> dict[str, Any]: ...
    @classmethod
    def input_names(cls) -> tuple[list[str], list[str]]: ...
    def latency_samples(self, hop_size: int = ...) -> int: ...
    @property
    def params(self) -> tuple[ParamSpec, ...]: ...
    def step(self, state: State, audio: Array, *inputs: Any, **constants: Any) -> tuple[Array, State]: ...
    def step_signal(self, state: State, audio: Float[Array, "#batch time"]) -> tuple[Array, State]: ...
