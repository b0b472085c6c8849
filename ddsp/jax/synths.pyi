"""The types of `ddsp.jax.synths`; written by `python -m tests.stubs`."""

from collections.abc import Callable
from typing import Any

from ddsp.core.streaming import State
from ddsp.extend import Array, Float, Key
from ddsp.jax._module import _Module
from ddsp.processors.base import ParamSpec

__all__ = [
    "ADSR",
    "Additive",
    "FilteredNoise",
    "Harmonic",
    "Sinusoidal",
    "SurrogateSinusoidal",
    "TensorToAudio",
    "Wavetable",
]

class ADSR(_Module):
    def __init__(
        self,
        n_frames: int = ...,
        frame_rate: float = ...,
        max_time: float = ...,
        scale_fn: Callable[[Array], Array] | None = ...,
        curve: float = ...,
        name: str = ...,
        *,
        seed: int = ...,
        trainable_values: Any = ...,
    ) -> None: ...
    def __call__(
        self,
        attack: Float[Array, "*#batch 1"],
        decay: Float[Array, "*#batch 1"],
        sustain: Float[Array, "*#batch 1"],
        release: Float[Array, "*#batch 1"],
        note_off: Float[Array, "*#batch 1"],
        note_on: Float[Array, "*#batch 1"] | None = ...,
        *,
        return_outputs_dict: bool = ...,
    ) -> Float[Array, "... n_frames 1"]: ...
    @property
    def n_frames(self) -> int: ...
    @property
    def frame_rate(self) -> float: ...
    @property
    def max_time(self) -> float: ...
    @property
    def scale_fn(self) -> Callable[[Array], Array] | None: ...
    @property
    def curve(self) -> float: ...
    @property
    def name(self) -> str: ...
    def flush(self, state: State) -> tuple[Array, State]: ...
    def get_controls(
        self,
        attack: Float[Array, "*#batch 1"],
        decay: Float[Array, "*#batch 1"],
        sustain: Float[Array, "*#batch 1"],
        release: Float[Array, "*#batch 1"],
        note_off: Float[Array, "*#batch 1"],
        note_on: Float[Array, "*#batch 1"] | None = ...,
    ) -> dict[str, Array]: ...
    def get_signal(
        self,
        attack: Float[Array, "*#batch 1"],
        decay: Float[Array, "*#batch 1"],
        sustain: Float[Array, "*#batch 1"],
        release: Float[Array, "*#batch 1"],
        note_off: Float[Array, "*#batch 1"],
        note_on: Float[Array, "*#batch 1"] | None = ...,
    ) -> Float[Array, "... n_frames 1"]: ...
    def init_state(
        self,
        batch: int = ...,
        *,
        like: Any,
        hop_size: int = ...,
        attack: Float[Array, "*#batch 1"],
        decay: Float[Array, "*#batch 1"],
        sustain: Float[Array, "*#batch 1"],
        release: Float[Array, "*#batch 1"],
    ) -> State: ...
    def initial_params(self, seed: int = ...) -> dict[str, Any]: ...
    @classmethod
    def input_names(cls) -> tuple[list[str], list[str]]: ...
    def latency_samples(self, hop_size: int = ...) -> int: ...
    @property
    def params(self) -> tuple[ParamSpec, ...]: ...
    def step(self, state: State, gate: Array) -> tuple[Array, State]: ...
    def step_signal(self, state: State, *args: Any, **kwargs: Any) -> tuple[Array, State]: ...

class Additive(_Module):
    def __init__(
        self,
        n_samples: int = ...,
        sample_rate: float = ...,
        scale_fn: Callable[[Array], Array] | None = ...,
        normalize_below_nyquist: bool = ...,
        amp_resample_method: str = ...,
        name: str = ...,
        *,
        seed: int = ...,
        trainable_values: Any = ...,
    ) -> None: ...
    def __call__(
        self,
        amplitudes: Float[Array, "#batch *#voices frames 1"],
        harmonic_distribution: Float[Array, "#batch *#voices frames harmonics"],
        f0_hz: Float[Array, "#batch *#voices frames 1"],
        *,
        return_outputs_dict: bool = ...,
    ) -> Float[Array, "batch n_samples"]: ...
    @property
    def n_samples(self) -> int: ...
    @property
    def sample_rate(self) -> float: ...
    @property
    def scale_fn(self) -> Callable[[Array], Array] | None: ...
    @property
    def normalize_below_nyquist(self) -> bool: ...
    @property
    def amp_resample_method(self) -> str: ...
    @property
    def name(self) -> str: ...
    def flush(self, state: State) -> tuple[Array, State]: ...
    def get_controls(
        self,
        amplitudes: Float[Array, "#batch *#voices frames 1"],
        harmonic_distribution: Float[Array, "#batch *#voices frames harmonics"],
        f0_hz: Float[Array, "#batch *#voices frames 1"],
    ) -> dict[str, Array]: ...
    def get_signal(
        self,
        amplitudes: Float[Array, "#batch *#voices frames 1"],
        harmonic_distribution: Float[Array, "#batch *#voices frames harmonics"],
        f0_hz: Float[Array, "#batch *#voices frames 1"],
    ) -> Float[Array, "batch n_samples"]: ...
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
        amplitudes: Float[Array, "#batch *#voices frames 1"],
        harmonic_distribution: Float[Array, "#batch *#voices frames harmonics"],
        f0_hz: Float[Array, "#batch *#voices frames 1"],
    ) -> tuple[Array, State]: ...

class FilteredNoise(_Module):
    def __init__(
        self,
        n_samples: int = ...,
        window_size: int = ...,
        scale_fn: Callable[[Array], Array] | None = ...,
        initial_bias: float = ...,
        name: str = ...,
        *,
        seed: int = ...,
        trainable_values: Any = ...,
    ) -> None: ...
    def __call__(
        self,
        magnitudes: Float[Array, "#batch frames bands"],
        *,
        key: Key = ...,
        noise: Float[Array, "#batch n_samples"] | None = ...,
        return_outputs_dict: bool = ...,
    ) -> Float[Array, "batch n_samples"]: ...
    @property
    def n_samples(self) -> int: ...
    @property
    def window_size(self) -> int: ...
    @property
    def scale_fn(self) -> Callable[[Array], Array] | None: ...
    @property
    def initial_bias(self) -> float: ...
    @property
    def name(self) -> str: ...
    def flush(self, state: State) -> tuple[Array, State]: ...
    def get_controls(self, magnitudes: Float[Array, "#batch frames bands"]) -> dict[str, Array]: ...
    def get_signal(
        self,
        magnitudes: Float[Array, "#batch frames bands"],
        *,
        key: Key = ...,
        noise: Float[Array, "#batch n_samples"] | None = ...,
    ) -> Float[Array, "batch n_samples"]: ...
    def init_state(self, batch: int = ..., *, like: Any, hop_size: int = ..., key: Key = ...) -> State: ...
    def initial_params(self, seed: int = ...) -> dict[str, Any]: ...
    @classmethod
    def input_names(cls) -> tuple[list[str], list[str]]: ...
    def latency_samples(self, hop_size: int = ...) -> int: ...
    @property
    def params(self) -> tuple[ParamSpec, ...]: ...
    def step(self, state: State, *inputs: Any, **kwargs: Any) -> tuple[Array, State]: ...
    def step_signal(
        self, state: State, magnitudes: Float[Array, "#batch frames bands"]
    ) -> tuple[Float[Array, "batch time"], State]: ...

Harmonic = Additive

class Sinusoidal(_Module):
    def __init__(
        self,
        n_samples: int = ...,
        sample_rate: float = ...,
        amp_scale_fn: Callable[[Array], Array] | None = ...,
        amp_resample_method: str = ...,
        freq_scale_fn: Callable[[Array], Array] | None = ...,
        name: str = ...,
        *,
        seed: int = ...,
        trainable_values: Any = ...,
    ) -> None: ...
    def __call__(
        self,
        amplitudes: Float[Array, "#batch frames sinusoids"],
        frequencies: Float[Array, "#batch frames channels"],
        *,
        return_outputs_dict: bool = ...,
    ) -> Float[Array, "batch n_samples"]: ...
    @property
    def n_samples(self) -> int: ...
    @property
    def sample_rate(self) -> float: ...
    @property
    def amp_scale_fn(self) -> Callable[[Array], Array] | None: ...
    @property
    def amp_resample_method(self) -> str: ...
    @property
    def freq_scale_fn(self) -> Callable[[Array], Array] | None: ...
    @property
    def name(self) -> str: ...
    def flush(self, state: State) -> tuple[Array, State]: ...
    def get_controls(
        self, amplitudes: Float[Array, "#batch frames sinusoids"], frequencies: Float[Array, "#batch frames channels"]
    ) -> dict[str, Array]: ...
    def get_signal(
        self, amplitudes: Float[Array, "#batch frames sinusoids"], frequencies: Float[Array, "#batch frames sinusoids"]
    ) -> Float[Array, "batch n_samples"]: ...
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
        amplitudes: Float[Array, "#batch frames sinusoids"],
        frequencies: Float[Array, "#batch frames sinusoids"],
    ) -> tuple[Array, State]: ...

class SurrogateSinusoidal(_Module):
    def __init__(
        self,
        n_samples: int = ...,
        scale_fn: Callable[[Array], Array] | None = ...,
        name: str = ...,
        *,
        seed: int = ...,
        trainable_values: Any = ...,
    ) -> None: ...
    def __call__(
        self,
        amplitudes: Float[Array, "#batch sinusoids"],
        real: Float[Array, "#batch sinusoids"],
        imag: Float[Array, "#batch sinusoids"],
        initial_phase: Float[Array, "#batch sinusoids"] | None = ...,
        *,
        return_outputs_dict: bool = ...,
    ) -> Float[Array, "batch n_samples"]: ...
    @property
    def n_samples(self) -> int: ...
    @property
    def scale_fn(self) -> Callable[[Array], Array] | None: ...
    @property
    def name(self) -> str: ...
    def flush(self, state: State) -> tuple[Array, State]: ...
    def get_controls(
        self,
        amplitudes: Float[Array, "#batch sinusoids"],
        real: Float[Array, "#batch sinusoids"],
        imag: Float[Array, "#batch sinusoids"],
        initial_phase: Float[Array, "#batch sinusoids"] | None = ...,
    ) -> dict[str, Array]: ...
    def get_signal(
        self,
        amplitudes: Float[Array, "#batch sinusoids"],
        real: Float[Array, "#batch sinusoids"],
        imag: Float[Array, "#batch sinusoids"],
        initial_phase: Float[Array, "#batch sinusoids"] | None = ...,
    ) -> Float[Array, "batch n_samples"]: ...
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
        amplitudes: Float[Array, "#batch sinusoids"],
        real: Float[Array, "#batch sinusoids"],
        imag: Float[Array, "#batch sinusoids"],
        initial_phase: Float[Array, "#batch sinusoids"] | None = ...,
    ) -> tuple[Array, State]: ...

class TensorToAudio(_Module):
    def __init__(self, name: str = ..., *, seed: int = ..., trainable_values: Any = ...) -> None: ...
    def __call__(
        self, samples: Float[Array, "batch time 1"], *, return_outputs_dict: bool = ...
    ) -> Float[Array, "batch time"]: ...
    @property
    def name(self) -> str: ...
    def flush(self, state: State) -> tuple[Array, State]: ...
    def get_controls(self, samples: Float[Array, "batch time 1"]) -> dict[str, Array]: ...
    def get_signal(self, samples: Float[Array, "batch time 1"]) -> Float[Array, "batch time"]: ...
    def init_state(self, batch: int = ..., *, like: Any, hop_size: int = ...) -> State: ...
    def initial_params(self, seed: int = ...) -> dict[str, Any]: ...
    @classmethod
    def input_names(cls) -> tuple[list[str], list[str]]: ...
    def latency_samples(self, hop_size: int = ...) -> int: ...
    @property
    def params(self) -> tuple[ParamSpec, ...]: ...
    def step(self, state: State, *inputs: Any, **kwargs: Any) -> tuple[Array, State]: ...
    def step_signal(self, state: State, *args: Any, **kwargs: Any) -> tuple[Array, State]: ...

class Wavetable(_Module):
    def __init__(
        self,
        n_samples: int = ...,
        sample_rate: float = ...,
        scale_fn: Callable[[Array], Array] | None = ...,
        band_limit: bool = ...,
        name: str = ...,
        *,
        seed: int = ...,
        trainable_values: Any = ...,
    ) -> None: ...
    def __call__(
        self,
        amplitudes: Float[Array, "#batch amplitude_frames 1"],
        wavetables: Float[Array, "#batch n_wavetable"] | Float[Array, "#batch table_frames n_wavetable"],
        f0_hz: Float[Array, "#batch frames 1"],
        *,
        return_outputs_dict: bool = ...,
    ) -> Float[Array, "batch n_samples"]: ...
    @property
    def n_samples(self) -> int: ...
    @property
    def sample_rate(self) -> float: ...
    @property
    def scale_fn(self) -> Callable[[Array], Array] | None: ...
    @property
    def band_limit(self) -> bool: ...
    @property
    def name(self) -> str: ...
    def flush(self, state: State) -> tuple[Array, State]: ...
    def get_controls(
        self,
        amplitudes: Float[Array, "#batch amplitude_frames 1"],
        wavetables: Float[Array, "#batch n_wavetable"] | Float[Array, "#batch table_frames n_wavetable"],
        f0_hz: Float[Array, "#batch frames 1"],
    ) -> dict[str, Array]: ...
    def get_signal(
        self,
        amplitudes: Float[Array, "#batch amplitude_frames 1"],
        wavetables: Float[Array, "#batch n_wavetable"] | Float[Array, "#batch table_frames n_wavetable"],
        f0_hz: Float[Array, "#batch frames 1"],
    ) -> Float[Array, "batch n_samples"]: ...
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
        amplitudes: Float[Array, "#batch frames 1"],
        wavetables: Float[Array, "#batch n_wavetable"] | Float[Array, "#batch frames n_wavetable"],
        f0_hz: Float[Array, "#batch frames 1"],
    ) -> tuple[Array, State]: ...
