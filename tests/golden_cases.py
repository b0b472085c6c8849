"""The golden cases, and the table of those that this library answers differently from the original."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from .oracles import ORACLES

FOLDER = Path(__file__).parent / "golden"
#: Switches of the original that this library has no need of.
DROPPED = ("use_tf", "use_angular_cumsum", "chunk_size", "n_timesteps")

# Differences ----------------------------------------------------------------------------------------------------

LATE = "the original compensates too little delay: {} sample(s) late for this filter"
WINDOW = "the original's window sits beside the peak (odd sizes), or one tap short (even sizes below the response's)"
#: name (or start of it, ending in *) -> (reason, how golden and oracle are related). The library must match the
#: oracle. The relation is checked on the oracle: "earlier n", the same values n samples earlier; "above eps", the same
#: where no argument is in (0, eps); "none", checked by the oracle's own tests alone.
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
    "grad_frequency_filter_w0": (LATE.format(2), "none"),
    "grad_frequency_filter_w9": (WINDOW, "none"),
    "grad_filtered_noise_call": (LATE.format(2), "none"),
    "grad_twm": ("the original's float32 pitches: 8e-7 from float64, where this library is 1e-8 from it", "none"),
}  # fmt: skip

#: Cases in which the original raises or casts, and this library does the other.
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
    """One line of the manifest with its arrays."""

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
        if "initial_phase" in found:  # radians there, cycles here
            found["initial_phase"] = found["initial_phase"] / np.float32(2 * np.pi)
        return found

    def outputs(self):
        """Name -> (expected array, tolerance), with exact phases where they are known; gradients under 'grad/...'."""
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
        """The oracle's outputs in float64, as name -> array."""
        inputs = self.inputs() if inputs is None else inputs
        inputs = {k: v.astype(np.float64) if v.dtype.kind == "f" else v for k, v in inputs.items()}
        oracle = ORACLES[self.function]
        settings = (self.init,) if self.function.count(".") == 2 else ()
        return named(oracle(*settings, **inputs, **self.kwargs))

    def is_phase(self, output: str) -> bool:
        return output == "out/1" and "harmonic" in self.function


def named(result) -> dict[str, Any]:
    """A result under the output names of the manifest: 'out', 'out/0', 'out/key'."""
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


#: Functions whose cases wait for their op: every op that is done takes its line out.
PENDING = [
    "core.frequencies_critical_bands",
    "core.harmonic_distribution_to_wavetable",
    "core.harmonic_to_sinusoidal",
    "core.linear_lookup",
    "core.sinc",
    "core.sinc_filter",
    "core.sinc_impulse_response",
    "core.sinusoidal_to_harmonic",
    "core.variable_length_delay",
    "core.wavetable_synthesis",
    "effects.ExpDecayReverb.__call__",
    "effects.ExpDecayReverb.get_controls",
    "effects.FIRFilter.__call__",
    "effects.FIRFilter.get_controls",
    "effects.FIRFilter.get_signal",
    "effects.FilteredNoiseReverb.__call__",
    "effects.FilteredNoiseReverb.get_controls",
    "effects.ModDelay.__call__",
    "effects.ModDelay.get_controls",
    "effects.ModDelay.get_signal",
    "losses.EmbeddingLoss.__call__",
    "losses.FilteredNoiseConsistencyLoss.__call__",
    "losses.HarmonicConsistencyLoss.__call__",
    "losses.KDEConsistencyLoss.__call__",
    "losses.ParamLoss.__call__",
    "losses.WassersteinConsistencyLoss.__call__",
    "losses.amp_loss",
    "losses.freq_loss",
    "losses.wasserstein_distance",
    "processors.Crop.__call__",
    "processors.Mix.__call__",
    "processors.Mix.get_signal",
    "spectral_ops.PretrainedCREPE.activations_to_f0_and_confidence",
    "spectral_ops.PretrainedCREPE.normalize_frames",
    "spectral_ops.PretrainedCREPE.viterbi_decode",
    "spectral_ops.compute_mfcc",
    "spectral_ops.stft_np",
    "synths.Sinusoidal.get_controls",
    "synths.Sinusoidal.get_signal",
    "synths.TensorToAudio.__call__",
    "synths.Wavetable.get_controls",
    "synths.Wavetable.get_signal",
]


def load_cases() -> list[GoldenCase]:
    records = json.loads((FOLDER / "manifest.json").read_text())["cases"]
    return [
        GoldenCase(r["name"], r["kind"], r["function"], _kept(r["kwargs"]), _kept(r.get("init", {})), r)
        for r in records
        if r["function"] not in PENDING
    ]
