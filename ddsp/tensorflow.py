"""`import ddsp.tensorflow as ddsp`: processors and losses are `keras.layers.Layer`s, their trainable values weights."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from . import Processor, __version__, core, spectral_ops
from ._doors import build, open_door, present, settings_of
from ._processor import Trainable
from .backends import load

__all__ = [
    "Processor", "ProcessorGroup", "__version__", "core", "effects", "losses", "pretrained_models", "processors",
    "spectral_ops", "synths", "wrap",
]  # fmt: skip

if keras.backend.backend() != "tensorflow":
    raise ImportError(f"ddsp.tensorflow needs Keras on TensorFlow, got KERAS_BACKEND={keras.backend.backend()}")
load("tensorflow")  # now, not while a trace runs

_classes: dict[str, type] = {}


class _Layer(keras.layers.Layer):
    """A plain processor or loss with its trainable values as weights."""

    plain_class: type

    def __init__(self, *args: Any, seed: int = 0, **kwargs: Any):
        plain, nodes = build(self.plain_class, args, kwargs)
        # Keras would cast float64 inputs to its own default; a processor computes in the dtype of its inputs.
        super().__init__(name=plain.name if hasattr(plain, "name") else None, autocast=False)
        self.plain = plain
        self.nodes: dict[str, Any] = {}
        self.own: dict[str, Any] = {}
        for name, value in plain.initial_params(seed).items():
            if isinstance(value, dict):  # a node of a graph: a layer of its own
                self.nodes[name] = nodes.get(name) or self._node(name, seed)
            else:
                initial = keras.initializers.Constant(value)
                self.own[name] = self.add_weight(shape=value.shape, initializer=initial, name=name)
        self.built = True

    def _node(self, name: str, seed: int) -> Any:
        plain = self.plain.nodes[name]
        return wrap(type(plain))(seed=seed, **settings_of(plain))

    def trainable_values(self) -> dict[str, Any]:
        """Trainable values by name, as the plain processor takes them."""
        own = {name: tf.convert_to_tensor(weight) for name, weight in self.own.items()}
        return own | {name: node.trainable_values() for name, node in self.nodes.items()}

    @tf.autograph.experimental.do_not_convert
    def call(self, *args: Any, **kwargs: Any) -> Any:
        return self.plain(*args, **self.trainable_values(), **kwargs)

    @tf.autograph.experimental.do_not_convert
    def get_controls(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        return self.plain.get_controls(*args, **self.trainable_values(), **kwargs)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name in ("plain", "own", "nodes", "built"):
            raise AttributeError(name)
        return self.own[name] if name in self.__dict__.get("own", {}) else getattr(self.plain, name)

    def get_config(self) -> dict[str, Any]:
        return {name: _to_config(value) for name, value in settings_of(self.plain).items()}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        return cls(**{name: _from_config(value) for name, value in config.items()})


def _to_config(value: Any) -> Any:
    """A setting as JSON: functions of `ddsp.core` by name, the nodes of a graph by their own settings."""
    if isinstance(value, Trainable):
        settings = {name: _to_config(v) for name, v in settings_of(value).items()}
        return {"processor": type(value).__name__, "settings": settings}
    if isinstance(value, (list, tuple)):
        return [_to_config(v) for v in value]
    if callable(value):
        name = getattr(value, "__name__", "")
        if getattr(core, name, None) is not value:
            raise ValueError(
                f"cannot save the function {value!r}: only functions of ddsp.core have a name to load it by"
            )
        return {"function": name}
    return value


def _from_config(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_from_config(v) for v in value)
    if isinstance(value, dict) and "function" in value:
        return getattr(core, value["function"])
    if isinstance(value, dict) and "processor" in value:
        settings = {name: _from_config(v) for name, v in value["settings"].items()}
        return _classes[value["processor"]](**settings)
    return value


def wrap(plain_class: type) -> type:
    """The layer class of a processor or loss class, your own included."""
    cls = present(type(plain_class.__name__, (_Layer,), {"plain_class": plain_class}), plain_class, __name__)
    _classes[plain_class.__name__] = plain_class
    return keras.saving.register_keras_serializable(package="ddsp")(cls)


_rooms = open_door(__name__, wrap)
processors, synths, effects = _rooms["processors"], _rooms["synths"], _rooms["effects"]
losses, pretrained_models = _rooms["losses"], _rooms["pretrained_models"]
ProcessorGroup = processors.ProcessorGroup
