"""`import ddsp.torch as ddsp`: processors and losses are `torch.nn.Module`s with trainable values as `Parameter`s."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import torch

from .._modules import build, copy_metadata, overrides_call, rebuilt, recipe, settings_of
from ..backends import load
from ..backends._torch_autocast import DEVICES, in_one_dtype, without_autocast
from ..instruments import flatten_values

__all__ = ["wrap"]

FRAMEWORK = "ddsp.torch"
#: The module class of each plain class.
_wrapped: dict[type, type] = {}

load("torch")  # at import, not while torch.compile traces


class _Module(torch.nn.Module):
    """A plain processor or loss with its trainable values as parameters.

    Settings cannot be assigned: `replace` makes a changed copy. Parameters are read by attribute at each call, so
    parametrizations, pruning and replicas take effect. Nodes of a graph that are modules are called as modules. Under
    autocast, inputs of several dtypes are cast to the widest of them.
    """

    plain_class: type
    called, shown = "forward", "forward"
    overrides_call = False

    def __init_subclass__(cls, **kwargs: Any):
        super().__init_subclass__(**kwargs)
        cls.overrides_call = overrides_call(cls)

    def __init__(self, *args: Any, seed: int = 0, **kwargs: Any):
        super().__init__()
        self.plain, nodes = build(self.plain_class, args, kwargs, _is_module)
        initial = self.plain.initial_params(seed)
        for name, value in initial.items():
            if not isinstance(value, dict):
                value = torch.as_tensor(value, dtype=torch.get_default_dtype())
                self.register_parameter(name, torch.nn.Parameter(value))
            elif name not in nodes:  # a node becomes a module
                nodes[name] = self._node(name, seed)
        for name, node in nodes.items():
            if isinstance(node, torch.nn.Module):
                self._modules[name] = node  # add_module rejects names that are attributes of the plain group
        self._nodes = tuple(name for name in nodes if name in self._modules)
        self._trained = tuple(name for name in initial if name not in self._nodes)

    def _node(self, name: str, seed: int) -> torch.nn.Module:
        plain = self.plain.nodes[name]
        return wrap(type(plain))(seed=seed, **settings_of(plain))

    @classmethod
    def _loaded(cls, plain: Any, values: Mapping[str, Any]) -> Any:
        """Module of a plain processor, with these values nested by node."""
        module = cls(**settings_of(plain))
        module.load_state_dict({name: torch.as_tensor(x) for name, x in flatten_values(values).items()})
        return module

    def _with_settings(self, settings: dict[str, Any]) -> Any:
        """Module with other settings and the same parameters."""
        nodes = {name: self._modules[name] for name in self._nodes}
        return type(self)(**{**settings_of(self.plain), **nodes, **settings}).train(self.training)

    def trainable_values(self) -> dict[str, Any]:
        """Return trainable values by name, or modules of the nodes, as arguments of the plain processor."""
        own = {name: getattr(self, name) for name in self._trained}
        return own | {name: self._modules[name] for name in self._nodes}

    def replace(self, **settings: Any) -> Any:
        """Return a copy with other settings; trained values are copied if the settings do not change their shapes."""
        own = {name: deepcopy(node) for name in self._nodes if not isinstance(node := self._modules[name], _Module)}
        copy = type(self)(**{**settings_of(self.plain), **own, **settings}).train(self.training)
        for name, new in dict(copy.named_parameters()).items():
            old = dict(self.named_parameters()).get(name)
            if old is not None and old.shape == new.shape:
                owner, _, attribute = name.rpartition(".")
                kept = torch.nn.Parameter(old.detach().clone(), requires_grad=old.requires_grad)
                setattr(copy.get_submodule(owner), attribute, kept)
        return copy

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        return self._computed(self.plain, args, kwargs)

    def _computed(self, f: Any, args: tuple, kwargs: dict[str, Any]) -> Any:
        """Call f with the inputs and the trainable values, without autocast."""
        values = self.trainable_values()
        if not any(torch.is_autocast_enabled(device) for device in DEVICES):
            return f(*args, **values, **kwargs)
        args, kwargs = in_one_dtype((args, {**values, **kwargs}))
        return without_autocast(f, *args, **kwargs)

    def __setattr__(self, name: str, value: Any) -> None:
        if "plain" in vars(self) and (name == "plain" or name in self.plain_class.__dataclass_fields__):  # type: ignore[attr-defined]
            raise AttributeError(
                f"{name}: a setting of a {type(self).__name__} cannot be assigned; make a changed copy: "
                f"module.replace({name}=...)"
            )
        super().__setattr__(name, value)

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


def _is_module(value: Any) -> bool:
    return isinstance(value, torch.nn.Module)


def wrap(plain_class: type) -> type:
    """Wrap a processor or loss class as a `torch.nn.Module` class.

    Parameters
    ----------
    plain_class
        Class of `ddsp`, or your own class derived from `Processor` or `Loss`.

    Returns
    -------
    wrapped : type
        Class of modules with the trainable values as parameters. It is the same class at each call.
    """
    if plain_class not in _wrapped:
        cls = type(plain_class.__name__, (_Module,), {"plain_class": plain_class})
        _wrapped[plain_class] = copy_metadata(cls, plain_class, FRAMEWORK)
    return _wrapped[plain_class]
