"""Modules of `ddsp.jax` as values: frozen, compared by content, copied with changes; derived classes are pytrees."""

from __future__ import annotations

import copy
import dataclasses

import numpy as np
import pytest

from conftest import require_backend


@pytest.fixture
def ddsp():
    require_backend("jax")
    import ddsp.jax

    return ddsp.jax


@pytest.fixture
def jax():
    return require_backend("jax").jax


def test_settings_are_frozen(ddsp):
    """An assignment would change the attribute, but not the sound."""
    module = ddsp.effects.TrainableReverb(reverb_length=8)
    for name, how in (("add_dry", "add_dry=..."), ("ir", "trainable_values=..."), ("plain", "trainable_values=...")):
        with pytest.raises(AttributeError, match=rf"{name}: .*dataclasses\.replace\(module, {how}\)"):
            setattr(module, name, None)
    with pytest.raises(AttributeError, match="ir: .* frozen"):
        del module.ir
    assert module.trainable is True and ddsp.effects.Reverb().trainable is False  # the setting, not the values


def test_a_changed_copy(ddsp, jax):
    module = ddsp.effects.TrainableReverb(reverb_length=8, seed=3)
    changed = dataclasses.replace(module, add_dry=False)
    assert (changed.add_dry, changed.name) == (False, "reverb") and changed.ir is module.ir
    group = ddsp.ProcessorGroup([(module, ["audio"])])
    renamed = dataclasses.replace(group, name="room")
    assert renamed.name == "room" and renamed.reverb["ir"] is module.ir

    zero = dataclasses.replace(module, trainable_values=jax.tree.map(lambda x: 0.0 * x, module.trainable_values))
    assert not np.any(zero.ir)
    with pytest.raises(ValueError, match=r"trainable_values: got ir of shape \(8,\), expected \(9,\)"):
        dataclasses.replace(module, reverb_length=9)
    assert dataclasses.replace(module, reverb_length=9, trainable_values=None).ir.shape == (9,)
    with pytest.raises(ValueError, match="trainable_values: got other, expected ir"):
        dataclasses.replace(module, trainable_values={"other": module.ir})


def test_equal_modules(ddsp, jax):
    """jax.jit compares static arguments, so equal modules must not compile again."""
    one, two = (ddsp.synths.Harmonic(n_samples=n) for n in (64, 64))
    assert one == two and hash(one) == hash(two) and one != ddsp.synths.Harmonic(n_samples=65)
    assert one != one.plain
    traced = []

    compiled = jax.jit(lambda module, x: (traced.append(module), x)[1], static_argnums=0)
    compiled(one, 1.0), compiled(two, 1.0)
    assert len(traced) == 1

    rooms = [ddsp.effects.TrainableReverb(reverb_length=8, seed=seed) for seed in (0, 0, 1)]
    assert rooms[0] == rooms[1] != rooms[2] and hash(rooms[0]) == hash(rooms[1])
    assert not jax.jit(lambda room: room == rooms[0])(rooms[1])  # values of a traced module are unknown


def test_copies_and_trees(ddsp, jax):
    module = ddsp.effects.TrainableReverb(reverb_length=8)
    leaves, how = jax.tree.flatten(module)
    assert jax.tree.unflatten(how, leaves) == module == copy.deepcopy(module) == copy.copy(module)
    ((path, _),) = jax.tree_util.tree_flatten_with_path(module)[0]
    assert jax.tree_util.keystr(path) == ".trainable_values['ir']"


def test_a_derived_module_is_a_pytree(ddsp, jax):
    class Room(ddsp.effects.TrainableReverb):
        def __call__(self, audio):
            return 2.0 * super().__call__(audio)

    room, audio = Room(reverb_length=8), np.ones((1, 20), np.float32)
    found = jax.jit(lambda room, audio: room(audio))(room, jax.numpy.asarray(audio))
    np.testing.assert_allclose(found, 2.0 * ddsp.effects.TrainableReverb(reverb_length=8)(found * 0 + 1), rtol=1e-6)
    assert isinstance(jax.tree.map(lambda x: x, room), Room)
