"""Chords and envelopes: sums of voices under every compiler, errors, and edges of notes."""

from __future__ import annotations

import numpy as np
import pytest

from conftest import require_backend
from ddsp import ProcessorGroup, core
from ddsp.synths import ADSR, Harmonic

from .assertions import assert_close, assert_finite, assert_matches
from .ops import all_cases
from .test_parity import by_case, expected_of, prepare, weights_of

CASES = {case.name: case for case in all_cases()}
CHORD = CASES["Harmonic voices"]
CHORDS = [case for name, case in CASES.items() if " voices" in name and ("harmonic_" in name or "Harmonic" in name)]

# Voices ---------------------------------------------------------------------------------------------------------


def test_a_chord_is_the_sum_of_its_voices(backend):
    """Voices are independent, so results are equal except for the order of the sum."""
    synth = Harmonic(**CHORD.init)
    arrays = {name: backend.asarray(x, "float32") for name, x in CHORD.inputs.items()}
    run = backend.run(lambda *controls: synth(**dict(zip(arrays, controls, strict=True))))
    together = backend.to_numpy(run(*arrays.values()))
    alone = [backend.to_numpy(run(*(x[:, v, ...] for x in arrays.values()))) for v in range(3)]
    assert together.shape == (2, 71)
    assert_close(together, sum(alone), 1e-6 * np.max(np.abs(alone)))


def test_one_voice_is_the_plain_synthesizer(backend):
    synth = Harmonic(**CHORD.init)
    plain = {name: backend.asarray(x[:, 0], "float32") for name, x in CHORD.inputs.items()}
    voiced = {name: backend.asarray(x[:, :1], "float32") for name, x in CHORD.inputs.items()}
    np.testing.assert_array_equal(backend.to_numpy(synth(**voiced)), backend.to_numpy(synth(**plain)))


@by_case([CHORD, CASES["harmonic_synthesis voices shifts"]])
def test_chords_compile(case, compiler):
    backend, mode = compiler
    call, arrays = prepare(case, backend, "float32")
    wrt = range(len(arrays))
    result, grads = backend.value_and_grad(call, arrays, wrt, weights_of(case, backend, "float32"), mode)
    assert_matches(result, expected_of(case, "float32"), backend, "float32", case.rtol32)
    assert_finite(list(grads), backend)


@by_case(CHORDS)
def test_chords_of_unknown_batch_in_tensorflow(case):
    backend = require_backend("tensorflow")
    tf = backend.tf
    call, arrays = prepare(case, backend, "float32")
    traced = tf.function(call, input_signature=[tf.TensorSpec((None, *x.shape[1:]), x.dtype) for x in arrays])
    assert_matches(traced(*arrays), expected_of(case, "float32"), backend, "float32", case.rtol32)


@pytest.mark.parametrize("batch", [0, 1])
def test_edge_batches_of_chords(backend, batch):
    names, arrays = list(CHORD.inputs), [backend.asarray(x[:batch], "float32") for x in CHORD.inputs.values()]
    run = backend.run(lambda *controls: Harmonic(**CHORD.init)(**dict(zip(names, controls, strict=True))))
    assert tuple(run(*arrays).shape) == (batch, 71)


def test_one_batch_item_and_one_voice_serve_all():
    inputs = dict(CASES["harmonic_synthesis voices"].inputs)
    repeated = {**inputs, "amplitudes": np.repeat(inputs["amplitudes"][:1], 2, axis=0)}
    repeated["frequencies"] = np.repeat(inputs["frequencies"][:, :1], 3, axis=1)
    single = {**inputs, "amplitudes": inputs["amplitudes"][:1], "frequencies": inputs["frequencies"][:, :1]}
    options = CASES["harmonic_synthesis voices"].kwargs
    np.testing.assert_array_equal(
        core.harmonic_synthesis(**single, **options), core.harmonic_synthesis(**repeated, **options)
    )


F0, AMPLITUDE, DISTRIBUTION = np.full((2, 3, 5, 1), 200.0), np.ones((2, 3, 5, 1)), np.ones((2, 3, 5, 4))


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ((F0, AMPLITUDE[:, :2], None, DISTRIBUTION), "amplitudes: got shape .* voices \\(2\\), expected to broadcast"),
        ((F0, AMPLITUDE, None, DISTRIBUTION[:, 0]), r"harmonic_distribution: got shape .*, expected as many axes"),
        ((F0[:, 0], AMPLITUDE, None, DISTRIBUTION), r"amplitudes: got shape \(2, 3, 5, 1\), expected as many axes"),
        ((F0[None], AMPLITUDE, None, DISTRIBUTION), r"as many axes as frequencies of shape \(1, 2, 3, 5, 1\)"),
        ((F0, AMPLITUDE, None, DISTRIBUTION[:, :, :4]), "harmonic_distribution: got shape .* frames = 4, expected 5"),
        ((F0[:, :0], AMPLITUDE[:, :0], None, None), "frequencies: got shape .* along 'voices'"),
        ((np.repeat(F0, 2, axis=0), AMPLITUDE, None, None), "amplitudes: got .* a batch of 2, expected 4 or 1"),
    ],
)  # fmt: skip
def test_wrong_voice_axes_are_named(inputs, message):
    with pytest.raises(ValueError, match=message):
        core.harmonic_synthesis(*inputs, n_samples=40)


# Envelopes ------------------------------------------------------------------------------------------------------


def note(attack=0.2, decay=0.2, sustain=0.5, release=0.2, note_off=0.6, note_on=None, **options):
    values = (attack, decay, sustain, release, note_off, note_on)
    arrays = (None if x is None else np.full((1, 1), x) for x in values)
    return core.adsr(*arrays, **{"n_frames": 11, "frame_rate": 10.0, **options})[0, :, 0]


def test_the_four_phases():
    expected = [0.0, 0.5, 1.0, 0.75, 0.5, 0.5, 0.5, 0.25, 0.0, 0.0, 0.0]
    np.testing.assert_allclose(note(), expected, atol=1e-12)
    bent = note(curve=5.0)
    assert np.all(bent[[1, 7]] != note()[[1, 7]]) and bent[1] > 0.5 and bent[3] < 0.75 and bent[7] < 0.25
    np.testing.assert_allclose(bent[[0, 2, 4, 5, 6, 8]], np.asarray(expected)[[0, 2, 4, 5, 6, 8]], atol=1e-12)


def test_release_starts_from_the_level_at_note_off():
    np.testing.assert_allclose(note(attack=0.4, note_off=0.1)[:5], [0.0, 0.25, 0.125, 0.0, 0.0], atol=1e-12)
    np.testing.assert_allclose(note(note_off=0.3)[3:6], [0.75, 0.375, 0.0], atol=1e-12)
    np.testing.assert_allclose(note(attack=100.0, note_off=9.0)[-1], 0.01, atol=1e-12)


def test_notes_may_start_late_early_or_never():
    np.testing.assert_allclose(note(note_on=0.2, note_off=0.8)[2:], note()[:-2], atol=1e-12)
    np.testing.assert_allclose(note(note_on=-0.2, note_off=0.4)[:-2], note()[2:], atol=1e-12)
    assert np.all(note(note_on=0.5, note_off=0.3) == 0.0)
    assert np.all(note(note_off=-1.0) == 0.0)


def test_no_time_at_all(grad_backend):
    """Times of zero give an immediate, finite envelope with finite gradients."""
    np.testing.assert_allclose(note(0.0, 0.0, 0.5, 0.0), [0.0, *[0.5] * 6, *[0.0] * 4], atol=1e-12)
    backend = grad_backend
    zeros = [backend.asarray(np.zeros((2, 1)), "float32") for _ in range(6)]
    f = backend.grad_function(
        lambda *x: core.adsr(*x, n_frames=9), range(6), [backend.asarray(np.ones((2, 9, 1)), "float32")]
    )
    assert_finite(f(*zeros), backend)


def test_an_envelope_at_the_sample_rate_multiplies_audio_of_a_group():
    group = ProcessorGroup(
        dag=[
            (ADSR(n_frames=50, scale_fn=None), ["attack", "decay", "sustain", "release", "note_off"]),
            (Harmonic(n_samples=800, scale_fn=None), ["adsr/signal", "harmonic_distribution", "f0_hz"]),
        ]
    )
    times = {"attack": 0.02, "decay": 0.03, "sustain": 0.5, "release": 0.02, "note_off": 0.1}
    inputs = {name: np.full((2, 3, 1), value) for name, value in times.items()}
    inputs |= {"harmonic_distribution": np.ones((2, 3, 50, 4)), "f0_hz": np.full((2, 3, 50, 1), 300.0)}
    audio = group(inputs)
    assert audio.shape == (2, 800)
    level = np.abs(audio).reshape(2, 8, 100).max(axis=2)
    assert np.all(level[:, 3] > 1.5 * level[:, 6]) and np.all(level[:, 1] > level[:, 0])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"attack": np.ones(2)}, r"attack: got shape \(2,\), expected \[\*batch, 1\]"),
        ({"sustain": np.ones((2, 5))}, r"sustain: got shape \(2, 5\)"),
        ({"curve": -1.0}, "curve: got -1.0"),
        ({"min_time": 0.0}, "min_time: got 0.0"),
        ({"n_frames": 0}, "n_frames: got 0"),
        ({"decay": np.ones((2, 1), np.int64)}, "decay: got dtype int64"),
    ],
)
def test_wrong_notes_are_refused(change, message):
    arrays = {name: np.ones((2, 1)) for name in ("attack", "decay", "sustain", "release", "note_off")}
    with pytest.raises(ValueError, match=message):
        core.adsr(**{**arrays, **change})
