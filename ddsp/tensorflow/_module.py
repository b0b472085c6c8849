"""`import ddsp.tensorflow as ddsp`: processors and losses are `keras.layers.Layer`s with trainable weights."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from .. import core
from .._modules import build, class_of, copy_metadata, overrides_call, recipe, settings_of
from ..backends import load
from ..losses import Loss
from ..processors.base import Trainable

__all__ = ["wrap"]

FRAMEWORK = "ddsp.tensorflow"

if keras.backend.backend() != "tensorflow":
    raise ImportError(f"ddsp.tensorflow needs Keras on TensorFlow, got KERAS_BACKEND={keras.backend.backend()}")
_xp = load("tensorflow").xp  # at import, not during tracing

#: The layer class of each plain class.
_wrapped: dict[type, type] = {}
#: The plain class of each name in a saved configuration.
_saved: dict[str, type] = {}


class _Layer(keras.layers.Layer):
    """A plain processor or loss with its trainable values as weights.

    `dtype` is the dtype of the weights, by default that of Keras. Floating-point inputs are cast to the widest of their
    dtypes and `dtype`, so float64 audio is never rounded. Under a mixed policy of Keras a layer computes in float32,
    because phase needs full precision.

    `layer.trainable = False` freezes the weights, as in every layer. `Reverb` has a setting with this name: `trainable`
    in its constructor determines whether it has a weight.
    """

    plain_class: type
    called, shown = "call", "__call__"  # Keras binds the arguments of `call`
    overrides_call = False

    def __init_subclass__(cls, **kwargs: Any):
        super().__init_subclass__(**kwargs)
        cls.overrides_call = overrides_call(cls)

    def __init__(self, *args: Any, seed: int = 0, dtype: Any = None, **kwargs: Any):
        has_setting = "trainable" in getattr(self.plain_class, "__dataclass_fields__", ())
        trainable = True if has_setting else kwargs.pop("trainable", True)
        plain, given = build(self.plain_class, args, kwargs, _is_layer)
        super().__init__(
            name=getattr(plain, "name", None),
            trainable=bool(plain.trainable) if has_setting else trainable,
            dtype=keras.dtype_policies.get(dtype).variable_dtype,
            autocast=False,  # Keras would round float64 inputs
        )
        self.seed, self.plain = seed, plain
        places: dict[str, str] = {}  # attribute names, by which Keras and tf.train.Checkpoint find them
        called: dict[str, Any] = {name: {} for name, node in given.items() if _is_called(node)}
        for name, value in (called | plain.initial_params(seed)).items():
            places[name] = f"trained_{name}" if name in vars(self) or hasattr(type(self), name) else name
            if isinstance(value, dict):  # a node becomes a layer
                held = given[name] if name in given else self._node(name, seed)
            else:
                initial = keras.initializers.Constant(value)
                held = self.add_weight(shape=value.shape, initializer=initial, name=name, autocast=False)
            super().__setattr__(places[name], held)
        self._places = tuple(places.items())
        self.built = True

    def _node(self, name: str, seed: int) -> Any:
        plain = self.plain.nodes[name]
        return wrap(type(plain))(seed=seed, dtype=self.dtype_policy, **settings_of(plain))

    def _held(self) -> dict[str, Any]:
        """Weights and layers of nodes by name."""
        return {name: getattr(self, place) for name, place in self._places}

    def trainable_values(self) -> dict[str, Any]:
        """Return the trainable values by name, as arguments of the plain processor."""
        return {name: held if _is_called(held) else _values(held) for name, held in self._held().items()}

    def _arguments(self, args: tuple, kwargs: dict[str, Any]) -> tuple[tuple, dict[str, Any]]:
        """Inputs and trainable values, with all floating-point tensors in one dtype."""
        values = self.trainable_values()
        kwargs = {name: x for name, x in kwargs.items() if x is not None or name not in values}  # tf.function adds None
        for name in kwargs.keys() & values.keys():
            raise TypeError(f"{name}: got a value for a weight of the layer, expected none; assign it to the weight")
        nest = (args, kwargs | values)
        nest = keras.tree.map_structure(_as_tensor, nest)
        dtypes = [x.dtype for x in keras.tree.flatten(nest) if _is_float(x)]
        widest = _xp.result_type(self.variable_dtype, *dtypes)
        return keras.tree.map_structure(lambda x: tf.cast(x, widest) if _is_float(x) else x, nest)

    @tf.autograph.experimental.do_not_convert
    def call(self, *args: Any, **kwargs: Any) -> Any:
        try:
            args, kwargs = self._arguments(args, kwargs)
            return self.plain(*args, **kwargs)
        except (TypeError, ValueError) as error:
            error._keras_call_info_injected = True  # type: ignore[union-attr]  # or Keras lists all arguments
            raise

    @tf.autograph.experimental.do_not_convert
    def _computed(self, f: Any, args: tuple, kwargs: dict[str, Any]) -> Any:
        """Call f with the inputs and the trainable values."""
        args, kwargs = self._arguments(args, kwargs)
        return f(*args, **kwargs)

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        """Mark sparse symbolic inputs as dense: Keras marks a symbolic tensor times a number as sparse."""

        def dense(x: Any) -> Any:
            return keras.KerasTensor(x.shape, x.dtype) if isinstance(x, keras.KerasTensor) and x.sparse else x

        args, kwargs = keras.tree.map_structure(dense, (args, kwargs))
        return super().compute_output_spec(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name in ("plain", "seed", "built"):
            raise AttributeError(name)
        return getattr(self.plain, name)

    def __setattr__(self, name: str, value: Any) -> None:
        plain, places = vars(self).get("plain"), dict(vars(self).get("_places", ()))
        if plain is not None and name != "trainable" and name in ("seed", *settings_of(plain)):
            cls = type(self).__name__
            raise AttributeError(
                f"{name}: a setting of a {cls} cannot be assigned; make a changed copy: "
                f"{cls}.from_config({{**layer.get_config(), {name!r}: ...}})"
            )
        if name in places.values() and value is not getattr(self, name):
            raise AttributeError(f"{name}: a weight cannot be replaced; change its values by {name}.assign(...)")
        super().__setattr__(name, value)

    def _constructor(self) -> dict[str, Any]:
        """Keyword arguments that construct an equal layer; nodes with weights are given as layers."""
        settings, held = settings_of(self.plain), self._held()
        settings |= {name: node for name, node in held.items() if name in settings and _is_layer(node)}
        if "dag" in settings:
            settings["dag"] = [(held.get(node.name, node), keys) for node, keys in settings["dag"]]
        return settings | {"seed": self.seed, "dtype": self.variable_dtype}

    @classmethod
    def _loaded(cls, plain: Any, values: dict[str, Any]) -> Any:
        """Layer of a plain processor, with these values nested by node."""
        layer = cls(**settings_of(plain))
        layer._assign(values)
        return layer

    def _assign(self, values: dict[str, Any]) -> None:
        for name, value in values.items():
            held = self._held()[name]
            held._assign(value) if isinstance(held, _Layer) else held.assign(value)

    def _with_settings(self, settings: dict[str, Any]) -> Any:
        """Layer with other settings and the same weights."""
        return type(self)(**{**self._constructor(), **settings})

    def get_config(self) -> dict[str, Any]:
        config = {name: _to_config(value) for name, value in self._constructor().items()}
        return config | {"frozen": not self.trainable}

    def __reduce__(self) -> tuple:
        """Pickle by constructor arguments and weights.

        Keras's own way would fail for classes of other libraries and for functions that are not registered.
        """
        if "plain_class" not in vars(type(self)):  # a derived class may have any attributes
            return super().__reduce__()
        weights = {n: x.numpy() for n, x in self._held().items() if not _is_layer(x)}
        return _restored, (recipe(self), self._constructor(), weights, self.trainable)

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        settings = {name: _from_config(value) for name, value in config.items() if name != "frozen"}
        layer = cls(**settings)
        if config.get("frozen"):
            layer.trainable = False
        return layer


def _is_layer(value: Any) -> bool:
    return isinstance(value, keras.layers.Layer)


def _is_called(held: Any) -> bool:
    """Test whether a node is called as a layer, instead of its plain processor with its weights."""
    return held.overrides_call if isinstance(held, _Layer) else _is_layer(held)


def _values(held: Any) -> Any:
    return held.trainable_values() if isinstance(held, _Layer) else tf.convert_to_tensor(held)


def _restored(found: Any, settings: dict[str, Any], weights: dict[str, Any], trainable: bool) -> Any:
    layer = class_of(found)(**settings)
    layer._assign(weights)
    if not trainable:
        layer.trainable = False
    return layer


class _PairLoss(_Layer, keras.losses.Loss):
    """A loss of a target and a value, for `compile(loss=...)`, with sample weights.

    Keras passes the weights, [batch] or [batch, 1], as the third argument. The result is then the mean over the batch
    of weight times loss of each example.

    In the scope of a `tf.distribute.Strategy`, the result is divided by the number of replicas, as for every loss of
    Keras, since gradients are summed over the replicas.
    """

    reduction = "sum_over_batch_size"

    @tf.autograph.experimental.do_not_convert
    def call(self, *args: Any, sample_weight: Any = None, **kwargs: Any) -> Any:
        if len(args) == 3 and (args[2] is None or _weighs_examples(args[2], args[1])):
            *args, weight = args  # type: ignore[assignment]
            sample_weight = weight if sample_weight is None else sample_weight
        if sample_weight is None:
            loss = super().call(*args, **kwargs)
        else:
            values = self.by_example(*args, **kwargs)
            weight = tf.cast(tf.reshape(sample_weight, [-1]), values.dtype)
            loss = tf.reduce_mean(values * weight)
        replicas = tf.distribute.get_strategy().num_replicas_in_sync
        return loss if replicas == 1 else loss / replicas

    @tf.autograph.experimental.do_not_convert
    def by_example(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the loss of each example, [batch]."""
        args, kwargs = self._arguments(args, kwargs)
        return tf.map_fn(
            lambda pair: self.plain(*(x[None] for x in pair), **kwargs), args, fn_output_signature=args[0].dtype
        )


def _weighs_examples(weights: Any, value: Any) -> bool:
    """Test whether there is one weight per example: [batch] or [batch, 1]."""
    shape, batch = tuple(getattr(weights, "shape", ())), value.shape[0]
    return len(shape) in (1, 2) and shape[1:] in ((), (1,)) and (None in (shape[0], batch) or shape[0] == batch)


def _as_tensor(x: Any) -> Any:
    return tf.convert_to_tensor(x) if isinstance(x, (np.ndarray, keras.Variable)) else x


def _is_float(x: Any) -> bool:
    return tf.is_tensor(x) and x.dtype.is_floating


def _saved_name(plain_class: type) -> str:
    """Name for saving a class with Keras, in the package `ddsp` or, for a class of another library, `Custom`."""
    package = "ddsp" if plain_class.__module__.partition(".")[0] == "ddsp" else "Custom"
    return f"{package}>{plain_class.__name__}"


def _to_config(value: Any) -> Any:
    """Convert a setting to JSON: functions of `ddsp.core` by name, nodes of a graph by their settings."""
    if _is_layer(value):
        return {"layer": keras.saving.serialize_keras_object(value)}
    if isinstance(value, Trainable):
        name = _saved_name(type(value))
        if _saved.get(name) is not type(value):
            raise ValueError(f"cannot save {type(value).__name__}: ddsp.tensorflow.wrap makes its name known to Keras")
        return {"processor": name, "settings": {n: _to_config(v) for n, v in settings_of(value).items()}}
    if isinstance(value, (list, tuple)):
        return [_to_config(v) for v in value]
    if isinstance(value, np.generic):
        return value.item()
    if callable(value):
        name = keras.saving.get_registered_name(value) if hasattr(value, "__name__") else ""
        if _function(name) is not value:
            raise ValueError(
                f"cannot save the function {value!r}: expected one of ddsp.core, or one that is named to Keras by "
                "keras.saving.register_keras_serializable"
            )
        return {"function": name}
    return value


def _function(name: str) -> Any:
    return getattr(core, name, None) or keras.saving.get_registered_object(name)


def _from_config(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return tuple(_from_config(v) for v in value)
    if isinstance(value, dict) and "function" in value:
        return _function(value["function"])
    if isinstance(value, dict) and "layer" in value:
        return keras.saving.deserialize_keras_object(value["layer"])
    if isinstance(value, dict) and "processor" in value:
        name = value["processor"]
        if name not in _saved:
            raise ValueError(f"cannot load {name}: call ddsp.tensorflow.wrap with this class first")
        return _saved[name](**{n: _from_config(v) for n, v in value["settings"].items()})
    return value


def wrap(plain_class: type) -> type:
    """Wrap a processor or loss class as a class of Keras layers.

    Parameters
    ----------
    plain_class
        Class of `ddsp`, or your own class derived from `Processor` or `Loss`.

    Returns
    -------
    wrapped : type
        Class of layers with the trainable values as weights, registered for saving. It is the same class at each call.
    """
    if plain_class not in _wrapped:
        is_pair = issubclass(plain_class, Loss) and len(plain_class.input_names()[0]) == 2
        base = _PairLoss if is_pair else _Layer
        cls = copy_metadata(type(plain_class.__name__, (base,), {"plain_class": plain_class}), plain_class, FRAMEWORK)
        package, _, name = _saved_name(plain_class).partition(">")
        _wrapped[plain_class] = keras.saving.register_keras_serializable(package, name)(cls)
        _saved[_saved_name(plain_class)] = plain_class
    return _wrapped[plain_class]
