"""Golden cases, and a table of intended differences from the original."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from .ops.losses.embedding import polynomial
from .oracles import expected

FOLDER = Path(__file__).parent / "golden"
#: Options of the original that this library does not need.
DROPPED = ("use_tf", "use_angular_cumsum", "chunk_size")

# Differences ----------------------------------------------------------------------------------------------------

LATE = "the original compensates too little delay: {} sample(s) late for this filter"
WINDOW = "the original's window sits beside the peak (odd sizes), or one tap short (even sizes below the response's)"
WRAPS = "the original's delay wraps to 0 above phase 1 - 1 / max_length"
RANGE = "the original's delays are centre ... centre + depth, not +- depth (see tests/test_tables.py)"
SUMS = "the original computes the sums of the weights, and does not divide by them"
#: Name, or prefix of names with a final *, -> (reason, relation of golden values and oracle). The library must match
#: the oracle. The relation is checked for the oracle. "earlier n": equal values n samples earlier; "above eps": equal
#: if no argument is in (0, eps); "phase to x": equal if the phase is at most x; "none": checked only by the tests of
#: the oracle.
DIFFERENCES = {
    "safe_log": ("the original floors x <= 0 alone: log(1e-30) < log(0)", "above 1e-5"),
    "safe_log_eps": ("as safe_log", "above 0.01"),
    "logb_2": ("as safe_log", "above 1e-5"),
    "logb_3": ("as safe_log", "above 1e-4"),
    "log10": ("as safe_log", "above 1e-5"),
    "safe_divide*": ("the original replaces a denominator of exactly 0 alone", "none"),
    "soft_limit_range": ("the original is off by x_min", "none"),
    "unit_to_hz_zero_min": ("the original gives 8.18 Hz for unit 0 where 0 Hz was asked for", "none"),
    "oscillator_bank_long_*": ("the exact arrays still hold 2 pi f / sample_rate rounded to float32", "none"),
    "crop_and_compensate_delay_same_-1": (LATE.format(1), "earlier 1"),
    "crop_and_compensate_delay_valid_-1": (LATE.format(1), "earlier 1"),
    "fft_convolve_2d_*_dc-1": (LATE.format(2), "earlier 2"),
    "fft_convolve_3d_same_dc-1": (LATE.format(2), "earlier 2"),
    "fft_convolve_3d1_*_dc-1": (LATE.format(2), "earlier 2"),
    "fft_convolve_bcast": (LATE.format(2), "earlier 2"),
    "fft_convolve_nondiv_frames": (LATE.format(2), "earlier 2"),
    "fft_convolve_3d_valid_dc-1": ("the original returns no samples", "none"),
    "fft_convolve_ir2": ("the original returns no samples", "none"),
    **{f"apply_window_9_w{n}_*": (WINDOW, "none") for n in (0, 1, 2, 5, 8, 9, 16)},
    **{f"apply_window_16_w{n}_*": (WINDOW, "none") for n in (1, 2, 5, 8, 15)},
    "apply_window_17_*": (WINDOW, "none"),
    "frequency_impulse_response_3d_w7": (WINDOW, "none"),
    "frequency_impulse_response_3d_w8": (WINDOW, "none"),
    "frequency_filter_3d_*_w0": (LATE.format(2), "earlier 2"),
    "frequency_filter_3d_*_w257": (LATE.format(2), "earlier 2"),
    "frequency_filter_3d_*_w11": (WINDOW, "none"),
    "frequency_filter_2d": (LATE.format(2), "earlier 2"),
    "frequency_filter_ones": (LATE.format(2), "earlier 2"),
    "frequency_filter_65": (LATE.format(2), "earlier 2"),
    "filtered_noise_signal": (LATE.format(2), "earlier 2"),
    "filtered_noise_signal_w0": (LATE.format(2), "earlier 2"),
    "filtered_noise_signal_small": (WINDOW, "none"),
    "sinc_filter_*": (LATE.format(1), "earlier 1"),
    "grad_sinc_filter": (LATE.format(1), "none"),
    "frequencies_sigmoid_depth": ("the original adds the sigmoids up in Hz, and ends at hz_max - hz_min", "none"),
    "frequencies_sigmoid_4d": ("the original adds the sigmoids up in Hz, and ends at hz_max - hz_min", "none"),
    "frequencies_critical_bands_*": ("its soft_limit is off by hz_min", "none"),
    "mix_*": ("the original's gains are both 0 at level 0 and both 1 at level 1", "none"),
    "filtered_noise_reverb_*": ("the filtered noise comes out 2 samples late, so the response does", "none"),
    "fir_filter_call": (LATE.format(2), "earlier 2"),
    "fir_filter_noscale": (LATE.format(2), "earlier 2"),
    "variable_length_delay_1": (WRAPS, "none"),
    "variable_length_delay_2": (WRAPS, "phase to 0.5"),
    "variable_length_delay_ends": (WRAPS, "phase to 0.96875"),
    "mod_delay_call": (RANGE, "none"),
    "mod_delay_signal": (RANGE, "none"),
    "mod_delay_phase_signed": (RANGE, "none"),
    "grad_frequency_filter_w0": (LATE.format(2), "none"),
    "grad_frequency_filter_w9": (WINDOW, "none"),
    "grad_filtered_noise_call": (LATE.format(2), "none"),
    "wasserstein_distance": (SUMS, "none"),
    "wasserstein_distance_p2": (SUMS, "none"),
    "wasserstein_consistency_midiTrue": (SUMS, "none"),
    "wasserstein_consistency_midiFalse": ("the original gives 0 for any frequencies in Hz", "none"),
    "grad_wasserstein": (SUMS, "none"),
    "get_framed_lengths_5_valid": ("a signal shorter than a frame gives -6 frames", "none"),
    "grad_twm": ("the original's float32 pitches: 8e-7 from float64, where this library is 1e-8 from it", "none"),
}  # fmt: skip

#: Settings that are functions, which the manifest describes in words.
FUNCTIONS = {"embedding_loss": {"pretrained_model": polynomial}}

#: Cases in which the original raises an error, and this library does not.
SUPPORTED = {"resample_raises_window_notdiv": "lengths need not divide"}
REFUSED = {"resample_int_input": "integer controls raise; the original casts them to float32"}


def difference_of(name: str) -> tuple[str, str] | None:
    for key, value in DIFFERENCES.items():
        start, star, end = key.partition("*")
        if name == key or (star and name.startswith(start) and name.endswith(end)):
            return value
    return None


# Cases ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class GoldenCase:
    """An entry of the manifest with its arrays."""

    name: str
    kind: str
    function: str
    kwargs: dict[str, Any]
    init: dict[str, Any]
    record: dict[str, Any] = field(repr=False)

    def inputs(self) -> dict[str, np.ndarray]:
        found = {name: self.array(key) for name, key in self.record["inputs"].items() if name != "cotangent"}
        if "noise" in self.record:
            found["noise"] = self.array(self.record["noise"])
        if "initial_phase" in found:  # radians in the original, cycles here
            found["initial_phase"] = found["initial_phase"] / np.float32(2 * np.pi)
        return found

    def outputs(self):
        """Expected array and tolerance by name, with exact phases if known; gradients have names 'grad/...'."""
        exact = self.record.get("exact", {})
        found = {}
        for name, key in self.record["outputs"].items():
            limit = max(1e-5 * self.record["scale"][name], 10 * self.record["sens"][name])
            value = self.array(exact.get(name, key))
            if name == "grad/initial_phase":
                value, limit = value * 2 * np.pi, limit * 2 * np.pi
            found[name] = value, limit
        return found

    def array(self, key):
        arrays = _arrays(self.record["group"])
        return arrays[key["re"]] + 1j * arrays[key["im"]] if isinstance(key, dict) else arrays[key]

    def cotangent(self):
        return self.array(self.record["inputs"]["cotangent"])

    def oracle(self, inputs=None):
        """Outputs of the oracle in float64 by name."""
        inputs = self.inputs() if inputs is None else inputs
        inputs = {k: v.astype(np.float64) if v.dtype.kind == "f" else v for k, v in inputs.items()}
        return named(expected(self.function, {**inputs, **self.kwargs}, self.init))

    def is_phase(self, output: str) -> bool:
        return output == "out/1" and self.function in PHASES


def named(result) -> dict[str, Any]:
    """Arrays of a result by their names in the manifest: 'out', 'out/0', 'out/key'."""
    if isinstance(result, dict):
        return {f"out/{key}": value for key, value in result.items()}
    if isinstance(result, (tuple, list)):
        return {f"out/{i}": value for i, value in enumerate(result)}
    return {"out": result}


@lru_cache
def _arrays(group: str) -> dict[str, np.ndarray]:
    with np.load(FOLDER / f"{group}.npz") as stored:
        return dict(stored)


def _kept(settings: dict[str, Any]) -> dict[str, Any]:
    settings = {key: value for key, value in settings.items() if key not in DROPPED}
    return {key: tuple(value) if isinstance(value, list) else value for key, value in settings.items()}


def _settings(record: dict[str, Any]) -> dict[str, Any]:
    return _kept(record.get("init", {})) | FUNCTIONS.get(record["name"], {})


#: Functions whose second output is a phase.
PHASES = ("core.harmonic_oscillator_bank", "core.streaming_harmonic_synthesis")

#: Functions with another path in this library. The original's NumPy version of `stft` has equal values if frame sizes
#: are powers of two.
ALIASES = {
    "spectral_ops.stft_np": "spectral_ops.stft",
    "spectral_ops.PretrainedCREPE.": "pretrained_models.PretrainedCREPE.",
}


def _here(function: str) -> str:
    for there, here in ALIASES.items():
        function = function.replace(there, here)
    return function


def load_cases() -> list[GoldenCase]:
    records = json.loads((FOLDER / "manifest.json").read_text())["cases"]
    return [
        GoldenCase(r["name"], r["kind"], _here(r["function"]), _kept(r["kwargs"]), _settings(r), r) for r in records
    ]
