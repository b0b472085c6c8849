"""The nodes of an instrument in a call and in steps: what is called, its inputs, and the controls from its outputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .. import nn, synths
from ..extend import Array, common_backend

__all__: list[str] = []

#: Trainable values of a node by name, or a module that has them.
Values = Mapping[str, Any] | Callable | None
#: Outputs of a decoder.
OUTPUTS = ("amplitudes", "harmonic_distribution", "noise_magnitudes")


def called(name: str, node: Any, given: Values) -> tuple[Any, dict[str, Any]]:
    """What to call for a node, and the values to pass: a module of a framework has its own."""
    if callable(given):
        return given, {}
    if node is None:
        raise TypeError(f"{name}: got None, expected a processor or a module, as a setting or in the call")
    return node, dict(given or {})


def called_reverb(node: Any, given: Values) -> tuple[Any, dict[str, Any]]:
    """`called` for a reverb, whose impulse response is used, not its call."""
    effect, values = called("reverb", node, given)
    if not hasattr(effect, "get_controls") or getattr(effect, "overrides_call", False):
        raise TypeError(f"reverb: got a {type(effect).__name__}, expected a reverb of ddsp.effects or a processor")
    return effect, values


def decoder_inputs(f0_hz: Array, loudness_db: Array, z: Array | None) -> list[Array]:
    """The inputs of a decoder."""
    common_backend(f0_hz=f0_hz, loudness_db=loudness_db, z=z)
    return [nn.scale_f0_hz(f0_hz), nn.scale_loudness_db(loudness_db)] + ([] if z is None else [z])


def synth_controls(
    outputs: Mapping[str, Array], f0_hz: Array, gain: Array | None, sample_rate: float, max_harmonics: int | None
) -> dict[str, Array]:
    """The controls of the synthesizers from the outputs of a decoder."""
    if missing := [name for name in OUTPUTS if name not in outputs]:
        raise ValueError(f"decoder: got outputs {sorted(outputs)}, expected {missing[0]} among them")
    harmonic = synths.Harmonic(sample_rate=sample_rate)
    played = outputs["harmonic_distribution"][:, :, :max_harmonics]
    controls = harmonic.get_controls(outputs["amplitudes"], played, f0_hz)
    controls |= synths.FilteredNoise().get_controls(outputs["noise_magnitudes"])
    return controls if gain is None else controls | {x: controls[x] * gain for x in ("amplitudes", "magnitudes")}
