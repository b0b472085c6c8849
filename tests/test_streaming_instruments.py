"""Instruments step by step: the joined steps are the result of one call."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from importlib import import_module

import numpy as np
import pytest
from hypothesis import example, given, settings

import ddsp
from conftest import require_backend
from ddsp import effects, instruments, nn
from ddsp.backends._host import map_tree
from ddsp.extend import adapter_of

from .cases import normal, uniform
from .streams import cuts_of, pieces_of, stream

SPLITS = (("amplitudes", 1), ("harmonic_distribution", 5), ("noise_magnitudes", 9))
HOP, FRAMES = 16, 12
INSTRUMENT = instruments.Instrument(
    nn.make_decoder("least", SPLITS), effects.DecayingReverb(400), sample_rate=4000, hop_size=HOP, max_harmonics=4
)
VALUES = INSTRUMENT.initial_params(3)
F0_HZ, LOUDNESS_DB = uniform("f0", 100.0, 600.0, 2, FRAMES, 1), uniform("loudness", -60.0, -5.0, 2, FRAMES, 1)
SCORE = [F0_HZ, LOUDNESS_DB]
few = settings(max_examples=15, deadline=None, derandomize=True)


@few
@given(cuts=cuts_of(FRAMES))
@example(cuts=list(range(1, FRAMES)))  # steps of one kind are recorded
@pytest.mark.parametrize("hop_size", [HOP, 128, 200], ids=["late noise", "none late", "late harmonics"])
def test_steps_equal_the_call(hop_size, cuts):
    """Whatever is later: the noise by half of its window, 128 samples, or the harmonics by a hop."""
    instrument = replace(INSTRUMENT, hop_size=hop_size)
    assert instrument.latency_samples() == instrument.latency_samples(hop_size) == max(hop_size, 128)
    found = stream(instrument, SCORE, cuts, hop_size=hop_size, step=partial(instrument.step, **VALUES), key=7, **VALUES)
    np.testing.assert_allclose(found, instrument(*SCORE, key=7, **VALUES), atol=1e-13)  # measured: 2e-14, of 1.3


@pytest.mark.parametrize("name", ["numpy", "torch"])
def test_dry_steps_have_the_bits_of_a_call(name):
    """From the same controls. Those of a decoder depend on the number of frames by rounding."""
    backend, dry = require_backend(name), INSTRUMENT.dry()
    score = [backend.asarray(x, "float32") for x in SCORE]
    controls = dry.get_controls(*score)
    expected = backend.to_numpy(dry.get_signal(**controls, key=7))
    for cuts in ([], [0, 1, 1, 5], range(1, FRAMES)):
        state, audio = dry.init_state(2, like=score[0], key=7), []
        for piece in pieces_of(controls, cuts):
            if piece["f0_hz"].shape[1]:
                signal, state = dry.step_signal(state, **piece)
                audio.append(backend.to_numpy(signal))
        audio = np.concatenate([*audio, backend.to_numpy(dry.flush(state)[0])], axis=1)
        np.testing.assert_array_equal(audio[:, dry.latency_samples() :], expected)


def test_a_long_step_begins_with_zeros():
    """The reverb of a long block is one FFT, which would spread rounding errors."""
    score = [np.repeat(x, 10, axis=1).astype(np.float32) for x in SCORE]
    assert stream(INSTRUMENT, score, [], hop_size=HOP).shape == (2, 10 * FRAMES * HOP)


def test_gain_and_latent():
    """Both are arguments of a call and of a step; the gain is that of the dry sound."""
    instrument = replace(INSTRUMENT, decoder=nn.make_decoder("least", SPLITS, z_channels=2), reverb=None)
    z, gain = normal("z", 2, FRAMES, 2), uniform("gain", 0.0, 2.0, 1, FRAMES, 1)
    whole = instrument(*SCORE, z, gain=gain, key=1)
    state = instrument.init_state(2, like={"f0_hz": F0_HZ}, key=1)
    one, state = instrument.step(state, F0_HZ[:, :5], LOUDNESS_DB[:, :5], z[:, :5], gain=gain[:, :5])
    two, state = instrument.step(state, F0_HZ[:, 5:], LOUDNESS_DB[:, 5:], z[:, 5:], gain=gain[:, 5:])
    joined = np.concatenate([one, two, instrument.flush(state)[0]], axis=1)
    np.testing.assert_allclose(joined[:, 128:], whole, atol=1e-14)
    louder = instrument(*SCORE, z, gain=np.full_like(gain, 2.0), key=1)
    np.testing.assert_allclose(louder, 2.0 * instrument(*SCORE, z, key=1), atol=1e-14)


def test_an_instrument_in_a_group():
    group = ddsp.ProcessorGroup(
        dag=[(INSTRUMENT, ["f0", "db"]), (effects.Reverb(name="room"), ["instrument/signal", "ir"])]
    )
    inputs = {"f0": F0_HZ, "db": LOUDNESS_DB, "ir": normal("ir", 1, 40)}
    state, audio = group.init_state(2, like=inputs, hop_size=HOP, key=4, instrument=VALUES), []
    for frame in range(FRAMES):
        block = {name: x[:, frame : frame + 1] if name != "ir" else x for name, x in inputs.items()}
        signal, state = group.step(state, block, instrument=VALUES)
        audio.append(signal)
    joined = np.concatenate([*audio, group.flush(state)[0]], axis=1)
    np.testing.assert_allclose(joined[:, 128:], group(inputs, key=4, instrument=VALUES), atol=1e-13)


def test_modules_step_as_the_plain_instrument(grad_backend):
    """A module supplies its values. In JAX by lax.scan, which shows that a state keeps its shapes."""
    library, plain = import_module(f"ddsp.{grad_backend.name}"), INSTRUMENT
    module = library.instruments.Instrument(
        library.nn.make_decoder("least", SPLITS, seed=3), library.effects.DecayingReverb(400, seed=3),
        sample_rate=4000, hop_size=HOP, max_harmonics=4,
    )  # fmt: skip
    values = {name: node.initial_params(3) for name, node in plain.nodes.items()}
    state, expected = plain.init_state(2, like=F0_HZ, key=7, **values), []
    for frame in range(FRAMES):
        signal, state = plain.step(state, *(x[:, frame : frame + 1] for x in SCORE), **values)
        expected.append(signal)
    score = [grad_backend.asarray(np.moveaxis(x, 1, 0)[:, :, None], "float32") for x in SCORE]
    scan, state = adapter_of(score[0]).scan, module.init_state(2, like=score[0], key=7)

    def play(state, *score):
        return scan(lambda state, frame: module.step(state, *frame)[::-1], state, list(score))

    _, audio = (grad_backend.run(play) if grad_backend.name == "jax" else play)(state, *score)
    found = [grad_backend.to_numpy(x) for x in audio]
    np.testing.assert_allclose(np.stack(found), np.stack(expected), atol=2e-5)


def test_a_state_that_moves_between_backends():
    """From NumPy to PyTorch in the middle of a tone: no click."""
    backend = require_backend("torch")
    score, values = [x.astype(np.float32) for x in SCORE], map_tree(lambda x: x.astype(np.float32), VALUES)
    state = INSTRUMENT.init_state(2, like=score[0], key=7, **values)
    _, state = INSTRUMENT.step(state, *(x[:, :5] for x in score), **values)
    after, _ = INSTRUMENT.step(state, *(x[:, 5:] for x in score), **values)
    state, values = (map_tree(backend.torch.tensor, x) for x in (state, values))
    moved, _ = INSTRUMENT.step(state, *(backend.torch.as_tensor(x[:, 5:]) for x in score), **values)
    np.testing.assert_allclose(moved, after, atol=2e-6)  # measured: 4e-7, of 1.3


MISUSES = {
    "audio": (TypeError, r"loudness_db: got None beside an array of shape \(1, 64\), expected .* live\(\)",
              lambda: INSTRUMENT.step(INSTRUMENT.init_state(like=F0_HZ), np.zeros((1, 64)))),
    "no frames axis": (ValueError, r"loudness_db: got shape \(2, 12\)",
                       lambda: INSTRUMENT.step(INSTRUMENT.init_state(2, like=F0_HZ), F0_HZ, LOUDNESS_DB[..., 0])),
    "other frames": (ValueError, r"loudness_db: got shape \(2, 11, 1\)",
                     lambda: INSTRUMENT.step(INSTRUMENT.init_state(2, like=F0_HZ), F0_HZ, LOUDNESS_DB[:, 1:])),
    "a list": (TypeError, "loudness_db: got a list",
               lambda: INSTRUMENT.step(INSTRUMENT.init_state(2, like=F0_HZ), F0_HZ, [1.0])),
    "another hop": (ValueError, "hop_size: got 64, expected 16",
                    lambda: INSTRUMENT.init_state(like=F0_HZ, hop_size=64)),
    "another hop, asked for": (ValueError, "hop_size: got 64, expected 16", lambda: INSTRUMENT.latency_samples(64)),
    "a function": (TypeError, "decoder: got a function, expected a network with init_state and step",
                   lambda: replace(INSTRUMENT, decoder=lambda f0, db: {}).init_state(like=F0_HZ)),
    "no decoder": (TypeError, "decoder: got None", lambda: replace(INSTRUMENT, decoder=None).init_state(like=F0_HZ)),
    "a reverb without steps": (TypeError, "reverb: got a function, expected a reverb",
                               lambda: replace(INSTRUMENT, reverb=lambda audio: audio).init_state(like=F0_HZ)),
}  # fmt: skip


@pytest.mark.parametrize("slip", MISUSES)
def test_misuses_are_named(slip):
    kind, message, call = MISUSES[slip]
    with pytest.raises(kind, match=f"^({message})"):
        call()
