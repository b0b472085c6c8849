"""ProcessorGroup: runs in order, gives every intermediate, and is checked when it is built."""

from __future__ import annotations

import numpy as np
import pytest

from ddsp import ProcessorGroup
from ddsp.effects import Reverb, TrainableReverb
from ddsp.processors import Add, Processor
from ddsp.synths import FilteredNoise, Harmonic

HARMONIC = (Harmonic(n_samples=320), ["amplitudes", "harmonic_distribution", "f0_hz"])
NOISE = (FilteredNoise(n_samples=320), ["magnitudes"])
ADD = (Add(), ["harmonic/signal", "filtered_noise/signal"])


def inputs():
    rng = np.random.default_rng(0)
    sizes = {"amplitudes": 1, "harmonic_distribution": 4, "magnitudes": 9}
    arrays = {name: rng.standard_normal((2, 10, n)) for name, n in sizes.items()}
    return arrays | {"f0_hz": np.full((2, 10, 1), 300.0), "ir": 0.1 * rng.standard_normal((1, 50))}


def test_a_group_is_its_nodes_in_order(backend):
    given = {name: backend.asarray(x, "float32") for name, x in inputs().items()}
    noise = backend.asarray(np.random.default_rng(1).uniform(-1, 1, (2, 320)), "float32")
    group = ProcessorGroup(dag=[HARMONIC, NOISE, ADD, (Reverb(), ["add/signal", "ir"])])
    outputs = group(given, noise={"filtered_noise": noise}, return_outputs_dict=True)
    tone = HARMONIC[0](given["amplitudes"], given["harmonic_distribution"], given["f0_hz"])
    wind = NOISE[0](given["magnitudes"], noise=noise)
    expected = backend.to_numpy(Reverb()(tone + wind, given["ir"]))
    np.testing.assert_allclose(backend.to_numpy(outputs["signal"]), expected, atol=1e-6)
    np.testing.assert_array_equal(backend.to_numpy(outputs["controls"]["harmonic"]["signal"]), backend.to_numpy(tone))
    assert set(outputs["controls"]["reverb"]["controls"]) == {"audio", "ir"}
    assert outputs["controls"]["out"] is outputs["controls"]["reverb"]


def test_keys_are_split_among_the_nodes_that_draw_noise():
    two = (FilteredNoise(n_samples=320, name="second"), ["magnitudes"])
    group = ProcessorGroup(dag=[NOISE, two, (Add(), ["filtered_noise/signal", "second/signal"])])
    outputs = [group(inputs(), key=key, return_outputs_dict=True)["controls"] for key in (0, 0, 1)]
    signals = [(o["filtered_noise"]["signal"], o["second"]["signal"]) for o in outputs]
    assert not np.allclose(signals[0][0], signals[0][1]) and not np.allclose(signals[0][0], signals[2][0])
    np.testing.assert_array_equal(signals[0], signals[1])


def test_parameters_are_nested_by_node():
    reverb = TrainableReverb(reverb_length=50)
    group = ProcessorGroup(dag=[HARMONIC, (reverb, ["harmonic/signal"])])
    assert group.initial_params(3)["reverb"]["ir"].shape == (50,)
    ir = np.zeros(50)
    ir[7] = 1.0
    wet = group(inputs(), reverb={"ir": ir}) - HARMONIC[0](*(inputs()[k] for k in HARMONIC[1]))
    np.testing.assert_allclose(wet[:, 7:], (group(inputs(), reverb={"ir": 0 * ir}))[:, :-7], atol=1e-12)


@pytest.mark.parametrize(
    ("dag", "message"),
    [
        ([], "no nodes"),
        ([HARMONIC, HARMONIC], "two nodes are named 'harmonic'"),
        ([(Harmonic(), ["amplitudes"])], "'harmonic' got 1 input keys"),
        ([(Add(), ["a", "b", "c"])], "'add' got 3 input keys"),
        ([(Add(), ["add/signal", "b"])], "'add' reads 'add/signal' of a node that does not come before"),
        ([ADD, HARMONIC, NOISE], "'add' reads 'harmonic/signal' of a node that does not come before"),
        ([HARMONIC, (Add(), ["harmonic/signal", "noise/signal"])], "no node is named 'noise'"),
        ([HARMONIC, (Add(), ["harmonic/audio", "b"])], "reads 'harmonic/audio', expected 'harmonic/signal'"),
    ],
)
def test_faults_are_named_when_the_group_is_built(dag, message):
    with pytest.raises(ValueError, match=message):
        ProcessorGroup(dag=dag)


def test_missing_inputs_are_named():
    group = ProcessorGroup(dag=[HARMONIC])
    with pytest.raises(KeyError, match="harmonic_distribution"):
        group({name: x for name, x in inputs().items() if name != "harmonic_distribution"})


def test_a_processor_must_say_what_it_does():
    with pytest.raises(TypeError, match="Processor: a processor must define get_controls"):
        Processor()(np.ones(3))
    with pytest.raises(ValueError, match="ir: got None"):
        Reverb()(np.ones((1, 3)))
