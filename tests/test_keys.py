"""Random keys of every kind: split keys draw independent and reproducible noise."""

from __future__ import annotations

import numpy as np
import pytest

from ddsp.backends import load


def _torch_generator():
    import torch

    return torch.Generator().manual_seed(3)


def _jax_key():
    import jax

    return jax.random.key(3)


def _tf_generator():
    import tensorflow as tf

    return tf.random.Generator.from_seed(3)


#: Functions that make keys, by backend.
KEYS = {
    "numpy": {"seed": lambda: 3, "generator": lambda: np.random.default_rng(3)},
    "torch": {"seed": lambda: 3, "generator": _torch_generator},
    "jax": {"seed": lambda: 3, "key": _jax_key},
    "tensorflow": {
        "seed": lambda: 3,
        "seed tensor": lambda: load("tensorflow").xp.asarray([3, 4]),
        "generator": _tf_generator,
    },
}
#: Kinds of keys that have a state.
WITH_STATE = ("generator",)


@pytest.mark.parametrize("kind", sorted({kind for kinds in KEYS.values() for kind in kinds}))
def test_split_keys(kind, backend):
    if kind not in KEYS.get(backend.name, ()):
        pytest.skip("not a kind of key of this backend")
    adapter, like = load(backend.name), backend.asarray(np.zeros(1), "float32")

    def draws(keys):
        return np.stack([backend.to_numpy(adapter.uniform(key, (1000,), like)) for key in keys])

    key = KEYS[backend.name][kind]()
    found = draws(adapter.split(key, 3))
    assert np.abs(np.corrcoef(found) - np.eye(3)).max() < 0.15  # 4.7 standard deviations
    np.testing.assert_array_equal(found, draws(adapter.split(KEYS[backend.name][kind](), 3)))
    again = draws(adapter.split(key, 3))
    assert np.array_equal(found, again) == (kind not in WITH_STATE)
