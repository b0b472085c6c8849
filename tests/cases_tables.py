"""Cases of wavetables and delays. Lengths are odd on purpose."""

from __future__ import annotations

import numpy as np

from .cases import Case, normal, uniform
from .cases_core import RATE

SIZE = 24
TABLE = normal("table", 2, SIZE)
FRAMES = normal("table frames", 2, 3, SIZE)
PHASE = uniform("table phase", 0.0, 1.0, 2, 37, 1)
ENDS = np.asarray([[0.0, 1.0, 1.0 - 2.0**-24, 0.5, -0.03, 1.03, -7.0, 9.0]])  # edges of the range, and values outside

#: Step of finite differences; a larger one would cross the corners of a table.
STEP = 1e-6
#: Steep tables amplify the rounding error of a float32 phase.
TONE = {
    "frequencies": uniform("table f0", 90.0, 700.0, 2, 7, 1),
    "amplitudes": uniform("table amplitudes", 0.2, 1.0, 2, 5, 1),
}
#: f0 rises until many of the table's 12 harmonics are above Nyquist.
HIGH = {**TONE, "frequencies": np.sort(uniform("table high f0", 150.0, 2300.0, 2, 7, 1), axis=1)}


def _synthesis(label, wavetables, inputs=TONE, n_samples=155, **more):
    rtol32 = more.pop("rtol32", 2e-5)
    kwargs = {"n_samples": n_samples, "sample_rate": RATE, **more}
    inputs = {**inputs, "wavetables": wavetables}
    path = "core.wavetable_synthesis"
    return Case(f"wavetable_synthesis {label}", path, inputs, kwargs, rtol32=rtol32, step=STEP)


DELAYED = {"phase": uniform("delay phase", 0.0, 1.0, 2, 67, 1), "audio": normal("delayed", 2, 67)}
NETWORK = {"amplitudes": normal("t a", 2, 7, 1), "wavetables": normal("t w", 2, 7, SIZE), "f0_hz": TONE["frequencies"]}
SCALED = {"amplitudes": TONE["amplitudes"], "wavetables": TABLE, "f0_hz": TONE["frequencies"]}
MODULATED = {"audio": normal("delayed", 2, 67), "gain": normal("gain", 2, 67, 1), "phase": normal("p", 2, 67, 1)}
EFFECT = {"center_ms": 5.0, "depth_ms": 4.9, "sample_rate": RATE}

CASES = [
    Case("linear_lookup", "core.linear_lookup", {"phase": PHASE, "wavetables": TABLE}, rtol32=1e-5, step=STEP),
    Case("linear_lookup each", "core.linear_lookup",
         {"phase": PHASE[..., 0], "wavetables": normal("each", 2, 37, 8)}, rtol32=1e-5, step=STEP),
    Case("linear_lookup ends", "core.linear_lookup", {"phase": ENDS, "wavetables": TABLE[:1, None]},
         wrt=("wavetables",), rtol32=1e-5),
    Case("linear_lookup one table", "core.linear_lookup", {"phase": PHASE, "wavetables": TABLE[:1]},
         rtol32=1e-5, step=STEP),
    Case("linear_lookup one sample", "core.linear_lookup", {"phase": PHASE, "wavetables": TABLE[:, :1]},
         wrt=("wavetables",), rtol32=1e-5),
    Case("harmonic_distribution_to_wavetable", "core.harmonic_distribution_to_wavetable",
         {"harmonic_distribution": normal("cosines", 2, 3, 5)}, {"n_wavetable": 24}),
    Case("harmonic_distribution_to_wavetable odd", "core.harmonic_distribution_to_wavetable",
         {"harmonic_distribution": normal("cosines", 2, 5)}, {"n_wavetable": 11}),
    Case("band_limited_wavetables", "core.band_limited_wavetables", {"wavetables": TABLE}),
    Case("band_limited_wavetables odd", "core.band_limited_wavetables", {"wavetables": TABLE[:, :15]},
         {"levels_per_octave": 1}),
    _synthesis("static", TABLE),
    _synthesis("frames", FRAMES),
    _synthesis("one frame", FRAMES[:, :1]),
    _synthesis("one table", TABLE[:1]),
    _synthesis("as many frames as samples", normal("each", 2, 37, 8), n_samples=37),
    _synthesis("more frames than samples", normal("each", 2, 37, 8), n_samples=7),
    _synthesis("one sample", TABLE, {name: x[:, :1] for name, x in TONE.items()}, n_samples=1),
    _synthesis("band-limited", TABLE, HIGH, band_limit=True),
    _synthesis("band-limited frames", FRAMES, HIGH, band_limit=True),
    _synthesis("band-limited one sample", FRAMES, {k: x[:, :1] for k, x in HIGH.items()}, n_samples=1, band_limit=True),
    Case("variable_length_delay", "core.variable_length_delay", DELAYED, {"max_length": 40}, rtol32=1e-5, step=STEP),
    Case("variable_length_delay longer", "core.variable_length_delay", {**DELAYED, "phase": DELAYED["phase"][:, :, 0]},
         {"max_length": 100}, rtol32=2e-5, step=STEP),
    Case("variable_length_delay ends", "core.variable_length_delay",
         {"phase": ENDS, "audio": normal("ends", 2, 8)}, {"max_length": 3}, wrt=("audio",)),
    Case("Wavetable", "synths.Wavetable.__call__", NETWORK, init={"n_samples": 155, "sample_rate": RATE}, rtol32=2e-5,
         step=STEP),
    Case("Wavetable controls", "synths.Wavetable.get_controls", NETWORK, wrt=("amplitudes", "wavetables")),
    Case("Wavetable signal", "synths.Wavetable.get_signal", SCALED,
         init={"n_samples": 155, "sample_rate": RATE, "band_limit": True}, rtol32=2e-5, step=STEP),
    Case("ModDelay", "effects.ModDelay.__call__", MODULATED, init=EFFECT, rtol32=1e-5, step=STEP),
    Case("ModDelay controls", "effects.ModDelay.get_controls", MODULATED, init=EFFECT),
    Case("ModDelay signal", "effects.ModDelay.get_signal", {**MODULATED, "phase": DELAYED["phase"][:, :, 0]},
         init={**EFFECT, "center_ms": 3.2, "depth_ms": 1.1, "add_dry": False}, rtol32=1e-5, step=STEP),
]  # fmt: skip
