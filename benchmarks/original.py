"""The original DDSP on the same workloads. Run by a Python that has it, with a task and a file of inputs as arguments.

It prints a line of JSON as `cell.py` does. It must not see this library, which has the same name: it is run by its path
from another folder, and imports nothing of `benchmarks` but the measuring, which is given to it as a path.
"""

from __future__ import annotations

import json
import os
import runpy
import sys
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
FFT_SIZES = (2048, 1024, 512, 256, 128, 64)


def workloads(size: dict[str, int]) -> dict[str, Any]:
    """Functions of the inputs by name, as `workloads.py` has them."""
    import tensorflow as tf

    import ddsp

    n_samples = size["n_samples"]
    additive = ddsp.synths.Harmonic(n_samples=n_samples, sample_rate=size["sample_rate"])
    filtered = ddsp.synths.FilteredNoise(n_samples=n_samples)
    reverb = ddsp.effects.Reverb()
    distance = ddsp.losses.SpectralLoss(fft_sizes=FFT_SIZES, logmag_weight=1.0)

    # Keras wants the first argument by position.
    def harmonic(amplitudes: Any, harmonic_distribution: Any, f0_hz: Any) -> Any:
        return additive(amplitudes, harmonic_distribution, f0_hz)

    def noise(magnitudes: Any) -> Any:
        return filtered(magnitudes)

    def room(audio: Any, ir: Any) -> Any:
        return reverb(audio, tf.tile(ir[None, :], [size["batch"], 1]))

    def loss(target: Any, audio: Any) -> Any:
        return distance(target, audio)

    def chain(target: Any, magnitudes: Any, ir: Any, **controls: Any) -> Any:
        return loss(target, room(harmonic(**controls) + noise(magnitudes), ir))

    return {"W1": harmonic, "W2": noise, "W3": room, "W4": loss, "W5": chain, "W6": harmonic}


def main() -> None:
    """Measure one task: that of `cell.py`, with the names of its trained inputs, and paths."""
    task = json.loads(sys.argv[1])
    import numpy as np
    import tensorflow as tf

    measuring = runpy.run_path(task.pop("measuring"))
    with np.load(task.pop("inputs")) as file:
        inputs = {name: tf.constant(file[name]) for name in file.files}
    names = task.pop("trained") if task["gradient"] else []
    params = {name: inputs.pop(name) for name in names}
    compute = workloads(task["size"])[task["workload"]]

    def both(params: dict[str, Any], fixed: dict[str, Any]) -> Any:
        if not params:
            return compute(**fixed)
        with tf.GradientTape() as tape:
            tape.watch(params)
            scalar = tf.reduce_sum(compute(**params, **fixed) ** 2)
        return scalar, tape.gradient(scalar, params)

    run = both if task["mode"] == "original" else tf.function(both)
    print(json.dumps({**task, **measuring["measure"](lambda: run(params, inputs), lambda result: None)}))


if __name__ == "__main__":
    main()
