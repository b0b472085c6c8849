"""`import ddsp.torch as ddsp`: processors and losses are `torch.nn.Module`s, their trainable values `Parameter`s."""

from __future__ import annotations

from typing import Any

import torch

from .._doors import build, present, rebuilt, recipe, settings_of
from ..backends import load

__all__ = ["wrap"]

DOOR = "ddsp.torch"
#: The module class of each plain class.
_wrapped: dict[type, type] = {}

load("torch")  # now, not while torch.compile traces


class _Module(torch.nn.Module):
    """A plain processor or loss with its trainable values as parameters."""

    plain_class: type
    called, shown = "forward", "forward"

    def __init__(self, *args: Any, seed: int = 0, **kwargs: Any):
        super().__init__()
        self.plain, nodes = build(self.plain_class, args, kwargs)
        for name, value in self.plain.initial_params(seed).items():
            if isinstance(value, dict):  # a node of a graph: a module of its own
                node = nodes.get(name) or self._node(name, seed)
                self._modules[name] = node  # add_module refuses names that the plain group answers to
            else:
                value = torch.as_tensor(value, dtype=torch.get_default_dtype())
                self.register_parameter(name, torch.nn.Parameter(value))

    def _node(self, name: str, seed: int) -> torch.nn.Module:
        plain = self.plain.nodes[name]
        return wrap(type(plain))(seed=seed, **settings_of(plain))

    def trainable_values(self) -> dict[str, Any]:
        """Trainable values by name, as the plain processor takes them."""
        own = dict(self._parameters)
        return own | {name: child.trainable_values() for name, child in self._modules.items()}  # type: ignore[union-attr,operator]

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        return self.plain(*args, **self.trainable_values(), **kwargs)

    def get_controls(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        return self.plain.get_controls(*args, **self.trainable_values(), **kwargs)

    def __reduce__(self) -> tuple:
        return rebuilt, (recipe(self),), vars(self)

    def __getattr__(self, name: str) -> Any:
        try:
            return super().__getattr__(name)
        except AttributeError:
            if name == "plain":
                raise
            return getattr(self.plain, name)

    def extra_repr(self) -> str:
        return repr(self.plain)


def wrap(plain_class: type) -> type:
    """The module class of a processor or loss class, your own included."""
    if plain_class not in _wrapped:
        cls = type(plain_class.__name__, (_Module,), {"plain_class": plain_class})
        _wrapped[plain_class] = present(cls, plain_class, DOOR)
    return _wrapped[plain_class]
