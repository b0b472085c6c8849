"""`import ddsp.jax as ddsp`: processors and losses are pytrees whose leaves are their trainable values.

They can be arguments of functions under `jax.jit`, `jax.grad` and `jax.vmap`, optax updates them, and they can be
attributes of Equinox modules. In a Flax NNX module, write `nnx.data(ddsp.effects.TrainableReverb())`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import FrozenInstanceError, field, fields, make_dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from .._modules import build, copy_metadata, overrides_call, rebuilt, recipe, settings_of
from ..backends import load

__all__ = ["wrap"]

FRAMEWORK = "ddsp.jax"
#: The pytree class of each plain class.
_wrapped: dict[type, type] = {}

load("jax")  # at import, not during tracing

#: The name of a module's trainable values, in its constructor and among its fields.
VALUES = "trainable_values"
(_VALUES_FIELD,) = fields(make_dataclass("_", [(VALUES, Any, field(default=None, kw_only=True))]))


class _Module:
    """A plain processor or loss with its trainable values in `trainable_values`, a dict of arrays.

    A module is frozen, like the plain processor: `dataclasses.replace` makes a changed copy. Modules are equal if their
    settings and values are equal.
    """

    plain_class: type
    called, shown = "__call__", "__call__"
    overrides_call = False

    def __init_subclass__(cls, **kwargs: Any):
        """Register each subclass as a pytree with settings and trainable values as fields for `dataclasses.replace`."""
        super().__init_subclass__(**kwargs)
        cls.overrides_call = overrides_call(cls)
        jax.tree_util.register_pytree_with_keys(cls, cls._flatten, cls._unflatten)
        settings = {field.name: field for field in fields(cls.plain_class)}
        cls.__dataclass_fields__ = settings | {VALUES: _VALUES_FIELD}  # type: ignore[attr-defined]

    def __init__(self, *args: Any, seed: int = 0, trainable_values: Any = None, **kwargs: Any):
        plain, nodes = build(self.plain_class, args, kwargs, _is_module)
        values = jax.tree.map(lambda x: jnp.asarray(x, dtype=float), plain.initial_params(seed))
        for name, node in nodes.items():
            if not isinstance(node, _Module) or node.overrides_call:
                values[name] = node
            elif node.trainable_values:
                values[name] = node.trainable_values
        if trainable_values is not None:
            _check_values(trainable_values, values)
            values = trainable_values
        object.__setattr__(self, "plain", plain)
        object.__setattr__(self, VALUES, values)

    @classmethod
    def _loaded(cls, plain: Any, values: Any) -> Any:
        """Module of a plain processor, with these values nested by node."""
        return cls(**settings_of(plain), trainable_values=jax.tree.map(jnp.asarray, values))

    def _with_settings(self, settings: dict[str, Any]) -> Any:
        """Module with other settings and the same values, without those of nodes that are removed."""
        values = {name: x for name, x in self.trainable_values.items() if settings.get(name, x) is not None}
        own = {name: x for name, x in values.items() if _is_module(x)}
        return type(self)(**{**settings_of(self.plain), **own, **settings}, trainable_values=values)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._computed(self.plain, args, kwargs)

    def _computed(self, f: Any, args: tuple, kwargs: dict[str, Any]) -> Any:
        """Call f with the inputs and the trainable values."""
        return f(*args, **self.trainable_values, **kwargs)

    def __reduce__(self) -> tuple:
        return rebuilt, (recipe(self),), vars(self)

    def __getattr__(self, name: str) -> Any:
        if name in ("plain", VALUES):
            raise AttributeError(name)
        if name not in self.trainable_values:
            return getattr(self.plain, name)
        value = self.trainable_values[name]
        if not isinstance(value, dict) or name not in self.__dataclass_fields__:
            return value
        node = self.plain.nodes[name]  # a setting that is a processor, as a module
        return wrap(type(node))._unflatten(node, (value,))  # type: ignore[attr-defined]

    def __setattr__(self, name: str, value: Any) -> None:
        how = f"{name}=..." if name in self.__dataclass_fields__ else f"{VALUES}=..."
        raise FrozenInstanceError(
            f"{name}: a {type(self).__name__} is frozen; make a changed copy with dataclasses.replace(module, {how})"
        )

    def __delattr__(self, name: str) -> None:
        raise FrozenInstanceError(f"{name}: a {type(self).__name__} is frozen")

    def __eq__(self, other: Any) -> Any:
        if type(self) is not type(other):
            return NotImplemented
        if self.plain != other.plain:
            return False
        ours, theirs = _leaves(self.trainable_values), _leaves(other.trainable_values)
        return ours.keys() == theirs.keys() and all(_equal_leaves(x, theirs[name]) for name, x in ours.items())

    def __hash__(self) -> int:
        return hash((type(self), self.plain))

    def __repr__(self) -> str:
        shapes = jax.tree.map(lambda x: tuple(x.shape) if hasattr(x, "shape") else x, self.trainable_values)
        return f"{self.plain!r} with {shapes}"

    def _flatten(self) -> tuple[tuple, Any]:
        return ((jax.tree_util.GetAttrKey(VALUES), self.trainable_values),), self.plain

    @classmethod
    def _unflatten(cls, plain: Any, children: Iterable) -> Any:
        module = object.__new__(cls)
        object.__setattr__(module, "plain", plain)
        object.__setattr__(module, VALUES, *children)
        return module


def _is_module(value: Any) -> bool:
    """Test whether an object is a module of this library or another callable pytree, such as one of Equinox."""
    return isinstance(value, _Module) or (callable(value) and not jax.tree_util.all_leaves([value]))


def _check_values(found: Any, expected: Any) -> None:
    """Raise ValueError unless values have the names and shapes of the initial ones; leading axes may be added."""
    ours, theirs = (_leaves(x, is_leaf=lambda x: x is None) for x in (found, expected))
    if ours.keys() != theirs.keys():
        raise ValueError(f"{VALUES}: got {', '.join(ours) or 'none'}, expected {', '.join(theirs) or 'none'}")
    for name, like in theirs.items():
        x = ours[name]
        shape = tuple(getattr(x, "shape", like.shape))
        if shape[len(shape) - len(like.shape) :] != like.shape:
            raise ValueError(
                f"{VALUES}: got {name} of shape {shape}, expected {like.shape}; {VALUES}=None: initial values"
            )


def _leaves(tree: Any, is_leaf: Any = None) -> dict[str, Any]:
    """Leaves of a pytree by their paths."""
    leaves, _ = jax.tree_util.tree_flatten_with_path(tree, is_leaf)
    return {jax.tree_util.keystr(path, simple=True, separator="/"): leaf for path, leaf in leaves}


def _equal_leaves(x: Any, y: Any) -> bool:
    """Test whether two leaves are identical or arrays with equal values; a tracer equals only itself."""
    if x is y or isinstance(x, jax.core.Tracer) or isinstance(y, jax.core.Tracer):
        return x is y
    if hasattr(x, "dtype") and hasattr(y, "dtype"):
        return x.dtype == y.dtype and np.array_equal(x, y)
    return bool(x == y)


def wrap(plain_class: type) -> type:
    """Wrap a processor or loss class as a pytree class.

    Parameters
    ----------
    plain_class
        Class of `ddsp`, or your own class derived from `Processor` or `Loss`.

    Returns
    -------
    wrapped : type
        Dataclass and pytree whose leaves are the trainable values. It is the same class at each call.
    """
    if plain_class not in _wrapped:
        cls = type(plain_class.__name__, (_Module,), {"plain_class": plain_class})
        _wrapped[plain_class] = copy_metadata(cls, plain_class, FRAMEWORK)
    return _wrapped[plain_class]
