"""Steps that are recorded and run as straight-line code: the same bits, and a call of Python where it is needed."""

from __future__ import annotations

import gc
import pickle
import tracemalloc
import warnings
from dataclasses import dataclass
from functools import wraps

import numpy as np
import pytest

from conftest import require_backend
from ddsp.backends import _replay
from ddsp.core import exp_sigmoid
from ddsp.effects import FIRFilter, Reverb
from ddsp.extend.replays import _kept, kept_with
from ddsp.instruments import Instrument
from ddsp.nn import make_decoder
from ddsp.processors import Add, ProcessorGroup
from ddsp.synths import FilteredNoise, Harmonic

from .cases import normal

HOP = 64
INPUTS = {
    "amplitudes": normal("amplitudes", 1, 1, 1),
    "harmonic_distribution": normal("distribution", 1, 1, 9),
    "f0_hz": np.full((1, 1, 1), 220.0),
    "magnitudes": normal("magnitudes", 1, 1, 17),
    "ir": normal("ir", 1, 300),
    "gains": normal("gains", 1, 1, 17),
}


def chain():
    """A new chain: what one keeps, another does not have."""
    return ProcessorGroup(
        dag=[
            (Harmonic(), ["amplitudes", "harmonic_distribution", "f0_hz"]),
            (FilteredNoise(window_size=32), ["magnitudes"]),
            (Add(), ["harmonic/signal", "filtered_noise/signal"]),
            (Reverb(), ["add/signal", "ir"]),
            (FIRFilter(window_size=32), ["reverb/signal", "gains"]),
        ]
    )


def inputs_of(backend, frames=1, **changed):
    inputs = {**INPUTS, **changed}
    inputs = {name: np.repeat(x, frames, axis=1) if x.ndim == 3 else x for name, x in inputs.items()}
    return {name: backend.asarray(x, "float32") for name, x in inputs.items()}


def steps(group, backend, every, plainly=False):
    """Joined signals of steps over inputs, as NumPy arrays; without recording if `plainly`."""
    state = group.init_state(like=every[0], hop_size=HOP, key=3)
    signals = []
    with pytest.MonkeyPatch.context() as patch:
        if plainly:  # nor do the processors of the group
            patch.setattr(_replay, "FIRST", 10**9)
        for inputs in every:
            signal, state = group._step_of_nodes(state, inputs, {}) if plainly else group.step(state, inputs)
            signals.append(backend.to_numpy(signal))
    return np.concatenate(signals, axis=1)


@pytest.fixture(params=["numpy", "torch"])
def eager(request):
    return require_backend(request.param)


def codes_of(group):
    return kept_with(group)["replay"].codes


def test_the_same_bits(eager):
    """Blocks of several sizes, one after the other; f0 glides, and in the end harmonics cross Nyquist."""
    sizes = [1, 1, 1, 1, 2, 2, 2, 2, 1, 3, 1, 1, 2, 1]
    every = [inputs_of(eager, k, f0_hz=np.full((1, 1, 1), 220.0 * 1.15**i)) for i, k in enumerate(sizes)]
    group = chain()
    np.testing.assert_array_equal(steps(group, eager, every), steps(chain(), eager, every, plainly=True))
    assert len(codes_of(group)) == 2  # of one and of two frames


def test_values_lead_elsewhere(eager):
    """A harmonic that crosses Nyquist takes another form: the code stops, and after some failures it is forgotten."""
    low, high = (inputs_of(eager, f0_hz=np.full((1, 1, 1), hz)) for hz in (220.0, 1000.0))
    group, every = chain(), [low] * 5 + [high, low] * 12 + [low]
    np.testing.assert_array_equal(steps(group, eager, every), steps(chain(), eager, every, plainly=True))
    assert len(codes_of(group)) == 1
    every = [low] * 5 + [(low, high)[i % 2] for i in range(3 * _replay.MOST_MISSES)]
    np.testing.assert_array_equal(steps(group, eager, every), steps(chain(), eager, every, plainly=True))


def test_an_optional_input_comes_and_goes(eager):
    """What was None while a step was recorded may be an array later, and the other way round."""
    instrument = Instrument(make_decoder("least"))
    f0_hz, loudness_db, gain = (eager.asarray(np.full((1, 2, 1), x), "float32") for x in (440.0, -20.0, 0.0))
    state = instrument.init_state(like=f0_hz, key=0)
    for given in (None, None, None, None, gain, gain, gain, gain, None):
        _, after = instrument.step(state, f0_hz, loudness_db, gain=given)
        amplitude = eager.to_numpy(after["sound"]["harmonic"]["amplitudes"])
        assert (np.max(amplitude) == 0.0) == (given is gain)
    assert len(codes_of(instrument)) == 2


def test_results_belong_to_the_caller(eager):
    """Whoever writes to a signal changes no later one."""
    group, inputs = chain(), inputs_of(eager)
    state, signals = group.init_state(like=inputs, hop_size=HOP, key=3), []
    for _ in range(8):
        signal, state = group.step(state, inputs)
        signals.append(eager.to_numpy(signal).copy())
        signal[...] = 99.0
    expected = steps(chain(), eager, [inputs] * 8, plainly=True)
    np.testing.assert_array_equal(np.concatenate(signals, axis=1), expected)


def test_gradients_are_not_recorded():
    backend, group = require_backend("torch"), chain()
    inputs = inputs_of(backend)
    steps(group, backend, [inputs] * 4)
    assert codes_of(group)
    inputs["amplitudes"].requires_grad_()
    state = group.init_state(like=inputs, hop_size=HOP, key=3)
    for _ in range(4):
        signal, state = group.step(state, inputs)
    signal.sum().backward()
    assert inputs["amplitudes"].grad.abs().sum() > 0.0


def test_another_device_is_another_call():
    """The constants of a code are on the device of the arrays that were recorded."""
    backend = require_backend("torch")
    import torch

    x = backend.asarray(np.ones((1, 2)), "float32")
    match = _replay._matching(({"a": x},))
    assert match(({"a": torch.ones_like(x)},)) is not None
    assert match(({"a": torch.empty_like(x, device="meta")},)) is None
    kinds: list[list] = [[], []]
    assert all(map(_replay._add_kind, (x, torch.empty_like(x, device="meta")), kinds))
    assert kinds[0] != kinds[1]


def test_numpy_does_not_warn_of_the_numbers_of_torch():
    """PyTorch computes with infinite numbers silently, so NumPy does for it: while recording, and afterwards."""
    backend = require_backend("torch")
    good, bad = inputs_of(backend), inputs_of(backend, f0_hz=np.full((1, 1, 1), np.inf))
    with warnings.catch_warnings(), np.errstate(all="raise"):
        warnings.simplefilter("error")
        for every in ([bad] * 5, [good] * 4 + [bad] * 3):
            group = chain()
            recorded = steps(group, backend, every)
            assert codes_of(group)
            np.testing.assert_array_equal(recorded, steps(chain(), backend, every, plainly=True))


def test_a_lazy_negative_is_an_array_like_any_other():
    """`imag` of a conjugate is a tensor that NumPy refuses."""
    backend = require_backend("torch")
    import torch

    inputs = inputs_of(backend)
    lazy = {name: torch.complex(x, -x).conj().imag for name, x in inputs.items()}
    assert all(x.is_neg() for x in lazy.values())
    found = steps(chain(), backend, [inputs] * 4 + [lazy] * 2)
    np.testing.assert_array_equal(found, steps(chain(), backend, [inputs] * 6))


@dataclass(frozen=True)
class Doubled(Add):
    """A processor of a user, which may do anything."""

    def get_signal(self, signal_one, signal_two):
        CALLS.append(0)
        return signal_one + signal_two


CALLS: list[int] = []


def test_code_of_users_is_called_each_time(eager):
    group = ProcessorGroup(dag=[(Doubled(), ["a", "b"])])
    inputs = {name: eager.asarray(np.ones((1, 8)), "float32") for name in "ab"}
    CALLS.clear()
    steps(group, eager, [inputs] * 6)
    assert len(CALLS) == 6
    loud = ProcessorGroup(dag=[(Harmonic(scale_fn=lambda x: CALLS.append(0) or x), INPUTS_OF_HARMONIC)])
    CALLS.clear()
    steps(loud, eager, [inputs_of(eager)] * 6)
    assert len(CALLS) == 12
    wrapping = wraps(exp_sigmoid)(lambda x: CALLS.append(0) or exp_sigmoid(x))
    wrapped = ProcessorGroup(dag=[(Harmonic(scale_fn=wrapping), INPUTS_OF_HARMONIC)])
    CALLS.clear()
    steps(wrapped, eager, [inputs_of(eager)] * 6)
    assert len(CALLS) == 12


INPUTS_OF_HARMONIC = ["amplitudes", "harmonic_distribution", "f0_hz"]


def test_errors_are_raised_after_recording(eager):
    group, inputs = chain(), inputs_of(eager)
    steps(group, eager, [inputs] * 4)
    state = group.init_state(like=inputs, hop_size=HOP, key=3)
    with pytest.raises(ValueError, match="f0_hz: got shape"):
        group.step(state, {**inputs, "f0_hz": inputs["f0_hz"][:, :, 0]})
    with pytest.raises((TypeError, ValueError), match="f0_hz"):
        group.step(state, {**inputs, "f0_hz": [[[220.0]]]})


def test_what_is_kept_is_bounded_and_not_saved(monkeypatch):
    group, backend = chain(), require_backend("numpy")
    for frames in range(1, _replay.MOST_CODES + 3):
        steps(group, backend, [inputs_of(backend, frames)] * 4)
    assert len(codes_of(group)) == _replay.MOST_CODES
    assert vars(pickle.loads(pickle.dumps(group))).keys() == {"dag", "name"}
    monkeypatch.setattr(_replay, "MOST_KINDS", 4)
    for frames in range(1, 9):
        steps(group, backend, [inputs_of(backend, frames)])
    assert len(kept_with(group)["replay"]._calls) <= 4
    n_kept = len(_kept)
    del group
    gc.collect()
    assert len(_kept) < n_kept


def test_memory_of_a_stream_does_not_grow():
    group, backend = ProcessorGroup(dag=[(FilteredNoise(window_size=32), ["magnitudes"])]), require_backend("numpy")
    inputs = {"magnitudes": inputs_of(backend)["magnitudes"]}
    state = group.init_state(like=inputs, hop_size=HOP, key=3)

    def allocated_after(n_steps, state):
        for i in range(n_steps):
            _, state = group.step(state, inputs)
            if i % 10 == 0:
                group._step_of_nodes(state, inputs, {})  # as without a recording
        gc.collect()
        return tracemalloc.get_traced_memory()[0], state

    tracemalloc.start()
    try:
        before, state = allocated_after(500, state)
        after, state = allocated_after(3000, state)
    finally:
        tracemalloc.stop()
    assert after - before < 16_000  # bytes: no array and no object a step
