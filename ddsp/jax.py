"""`import ddsp.jax as ddsp`: processors and losses are pytrees, their trainable values the leaves.

So `jax.jit`, `jax.grad` and `jax.vmap` take them as arguments, optax updates them, and Equinox modules hold them as
attributes; Flax NNX modules do so as `nnx.data(ddsp.effects.TrainableReverb())`.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from . import Processor, __version__, core, spectral_ops
from ._doors import build, open_door, present
from .backends import load

__all__ = [
    "Processor", "ProcessorGroup", "__version__", "core", "effects", "losses", "pretrained_models", "processors",
    "spectral_ops", "synths", "wrap",
]  # fmt: skip

load("jax")  # now, not while a trace runs


class _Module:
    """A plain processor or loss with its trainable values in `trainable`, a dict of arrays."""

    plain_class: type

    def __init__(self, *args: Any, seed: int = 0, **kwargs: Any):
        self.plain, nodes = build(self.plain_class, args, kwargs)
        trainable = jax.tree.map(lambda x: jnp.asarray(x, dtype=float), self.plain.initial_params(seed))
        self.trainable = trainable | {name: node.trainable for name, node in nodes.items() if node.trainable}

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.plain(*args, **self.trainable, **kwargs)

    def get_controls(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        return self.plain.get_controls(*args, **self.trainable, **kwargs)

    def __getattr__(self, name: str) -> Any:
        if name in ("plain", "trainable"):
            raise AttributeError(name)
        return self.trainable[name] if name in self.trainable else getattr(self.plain, name)

    def __repr__(self) -> str:
        return f"{self.plain!r} with {jax.tree.map(jnp.shape, self.trainable)}"

    def _flatten(self) -> tuple[tuple, Any]:
        return ((jax.tree_util.GetAttrKey("trainable"), self.trainable),), self.plain

    @classmethod
    def _unflatten(cls, plain: Any, children: tuple) -> Any:
        module = object.__new__(cls)
        module.plain, (module.trainable,) = plain, children
        return module


def wrap(plain_class: type) -> type:
    """The pytree class of a processor or loss class, your own included."""
    cls = type(plain_class.__name__, (_Module,), {"plain_class": plain_class})
    jax.tree_util.register_pytree_with_keys(cls, cls._flatten, cls._unflatten)  # type: ignore[attr-defined]
    return present(cls, plain_class, __name__)


_rooms = open_door(__name__, wrap)
processors, synths, effects = _rooms["processors"], _rooms["synths"], _rooms["effects"]
losses, pretrained_models = _rooms["losses"], _rooms["pretrained_models"]
ProcessorGroup = processors.ProcessorGroup
