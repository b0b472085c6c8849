"""ProcessorGroup: it runs in order, returns every intermediate result, and is checked at construction."""

from __future__ import annotations

import numpy as np
import pytest

from ddsp import ProcessorGroup
from ddsp.effects import ExpDecayReverb, Reverb, TrainableReverb
from ddsp.losses import LossGroup, SpectralLoss
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


def test_rooms_and_losses_that_draw_get_a_key_too():
    rng = np.random.default_rng(3)
    x = {"x": rng.standard_normal((1, 400)), "y": rng.standard_normal((1, 400)), "gain": np.ones((1, 1))}
    room = ProcessorGroup(dag=[(ExpDecayReverb(reverb_length=50), ["x", "gain", "gain"])])
    drawing = LossGroup(dag=[(SpectralLoss(fft_sizes=(128, 64, 32), random_sizes=1), ["x", "y"])], name="drawing")
    nested = LossGroup(dag=[(drawing, ["inputs"])])
    for group in (room, drawing.total, nested.total):
        found = [np.sum(group(x, key=key)) for key in (0, 0, 1, 2, 3, 4)]
        assert found[0] == found[1] and len(set(found)) > 1


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
        ([HARMONIC, (Add(), ["harmonic", "b"])], "reads 'harmonic', expected 'harmonic/signal'"),
        ([(Add(name="out"), ["a", "b"])], "a node is named 'out', which is reserved"),
    ],
)
def test_faults_are_named_when_the_group_is_built(dag, message):
    with pytest.raises(ValueError, match=message):
        ProcessorGroup(dag=dag)


def test_missing_inputs_are_named():
    group = ProcessorGroup(dag=[HARMONIC])
    with pytest.raises(KeyError, match="node 'harmonic' reads 'harmonic_distribution'"):
        group({name: x for name, x in inputs().items() if name != "harmonic_distribution"})


def test_inputs_have_a_name_of_their_own_as_in_the_original():
    group = ProcessorGroup(dag=[(Add(), ["inputs/a", "b"])])
    assert group({"a": np.ones((1, 2)), "b": np.ones((1, 2))}).tolist() == [[2.0, 2.0]]
    assert group.edges() == [("a", "add", ""), ("b", "add", "")]


def test_nodes_are_attributes_and_survive_copies():
    import copy
    import pickle

    group = ProcessorGroup(dag=[HARMONIC, NOISE, ADD])
    assert group.harmonic is HARMONIC[0] and list(group.nodes) == ["harmonic", "filtered_noise", "add"]
    assert copy.deepcopy(group) == pickle.loads(pickle.dumps(group)) == group
    with pytest.raises(AttributeError, match=r"no attribute or node 'reverb', only \['harmonic'"):
        group.reverb  # noqa: B018


def test_a_drawn_graph_shows_all_nodes_inputs_and_edges():
    dot = ProcessorGroup(dag=[HARMONIC, NOISE, ADD, (Reverb(), ["add/signal", "ir"])]).to_dot()
    boxes, ellipses, arrows = (dot.count(mark) for mark in ("shape=box", "shape=ellipse", " -> "))
    assert (boxes, ellipses, arrows) == (4, 5, 8)
    assert '"harmonic" -> "add" [label="signal"];' in dot and '"reverb" [shape=box, label="reverb\\nReverb"];' in dot


# Losses ---------------------------------------------------------------------------------------------------------

LOUD = (SpectralLoss(fft_sizes=(128,)), ["target", "audio/signal"])
QUIET = (SpectralLoss(fft_sizes=(64,), mag_weight=0.0, logmag_weight=1.0, name="log_loss"), ["target", "audio/signal"])


def sounds(backend, dtype="float32"):
    rng = np.random.default_rng(2)
    target, audio = (backend.asarray(rng.standard_normal((2, 333)), dtype) for _ in range(2))
    return {"target": target, "audio": {"signal": audio}}


def test_a_loss_group_is_its_losses_by_name(backend):
    outputs = sounds(backend)
    group = LossGroup(dag=[LOUD, QUIET])
    losses = group(outputs)
    expected = [node(outputs["target"], outputs["audio"]["signal"]) for node, _ in (LOUD, QUIET)]
    assert list(losses) == ["spectral_loss", "log_loss"] == list(group.get_losses_dict(outputs))
    found = [float(backend.to_numpy(x)) for x in (*losses.values(), group.total(outputs))]
    expected = [float(backend.to_numpy(x)) for x in expected]
    np.testing.assert_allclose(found, [*expected, sum(expected)], rtol=1e-6)


def test_a_loss_group_compiles_and_differentiates(compiler):
    backend, mode = compiler
    outputs, group = sounds(backend), LossGroup(dag=[LOUD, QUIET])
    one = [backend.asarray(np.ones(()), "float32")]
    arrays = [outputs["target"], outputs["audio"]["signal"]]

    def total(target, audio):
        return group.total({"target": target, "audio": {"signal": audio}})

    compiled, plain = (backend.value_and_grad(total, arrays, (1,), one, m) for m in (mode, None))
    np.testing.assert_allclose(backend.to_numpy(compiled[0]), backend.to_numpy(plain[0]), rtol=1e-5)
    np.testing.assert_allclose(backend.to_numpy(compiled[1][0]), backend.to_numpy(plain[1][0]), atol=1e-5)


def test_processors_may_stand_before_losses_and_groups_nest():
    outputs = {"x": np.ones((1, 200)), "y": np.zeros((1, 200))}
    inner = LossGroup(dag=[(SpectralLoss(fft_sizes=(64,)), ["x", "y"])], name="inner")
    group = LossGroup(dag=[(Add(), ["x", "y"]), (inner, ["inputs"]), (LOUD[0], ["add/signal", "y"])])
    assert list(group(outputs)) == ["inner/spectral_loss", "spectral_loss"]


@pytest.mark.parametrize(
    ("dag", "message"),
    [
        ([LOUD, LOUD], "two nodes are named 'spectral_loss'"),
        ([(LOUD[0], ["target"])], "'spectral_loss' got 1 input keys"),
        ([(LOUD[0], ["target", "log_loss/log_loss"]), QUIET], "'spectral_loss' reads 'log_loss/log_loss' of a node"),
        ([(Add(), ["a", "b"]), (LOUD[0], ["target", "add/audio"])], "reads 'add/audio', expected 'add/signal'"),
    ],
)
def test_faults_of_loss_groups_are_named_when_built(dag, message):
    with pytest.raises(ValueError, match=message):
        LossGroup(dag=dag)


def test_a_loss_group_names_what_the_outputs_lack():
    with pytest.raises(KeyError, match="node 'spectral_loss' reads 'audio/signal'"):
        LossGroup(dag=[LOUD])({"target": np.ones((1, 100))})


def test_a_processor_must_say_what_it_does():
    with pytest.raises(TypeError, match="Processor: a processor must define get_controls"):
        Processor()(np.ones(3))
    with pytest.raises(ValueError, match="ir: got None"):
        Reverb()(np.ones((1, 3)))
