"""Common interface to the array libraries in the tests: make arrays, run and compile functions, differentiate."""

from __future__ import annotations

import importlib.util
import os
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np

from .threads import THREADS

#: Names of `backend` parameters, and the package that each needs. torch precedes tensorflow, because their OpenMP
#: runtimes conflict if loaded in the other order.
BACKENDS = {
    "numpy": "numpy",
    "numpy-readonly": "numpy",
    "strict": "array_api_strict",
    "torch": "torch",
    "jax": "jax",
    "tensorflow": "tensorflow",
}

#: Compilers of the backends that differentiate. (torch also has "inductor", which takes a minute per function.)
COMPILE_MODES = {"torch": ("aot_eager",), "jax": ("jit",), "tensorflow": ("function", "xla")}


#: Modes for compiling a function again, in another dtype, without repeating what does not depend on the dtype:
#: JAX does not optimize, TensorFlow goes without AutoGraph.
CHEAPER_MODES = {"jit": "quick", "function": "graph"}


def is_installed(name: str) -> bool:
    return importlib.util.find_spec(BACKENDS[name]) is not None


def map_leaves(f, tree):
    """Apply f to the arrays of nested tuples, lists and dicts."""
    if isinstance(tree, dict):
        return {key: map_leaves(f, value) for key, value in tree.items()}
    if isinstance(tree, (tuple, list)):
        return type(tree)(map_leaves(f, value) for value in tree)
    return f(tree)


def leaves(tree) -> list[Any]:
    found: list[Any] = []
    map_leaves(found.append, tree)
    return found


class NumpyBackend:
    name = "numpy"
    dtypes = ("float32", "float64")

    def __init__(self, name="numpy", readonly=False):
        self.name = name
        self.readonly = readonly

    @property
    def differentiable(self) -> bool:
        return self.name in COMPILE_MODES

    @property
    def compile_modes(self) -> tuple[str, ...]:
        return COMPILE_MODES.get(self.name, ())

    def scope(self, dtype: str) -> AbstractContextManager:
        """Context that enables arrays of this dtype."""
        return nullcontext()

    def asarray(self, array, dtype=None):
        array = np.array(array, dtype=dtype)
        array.flags.writeable = not self.readonly
        return array

    def to_numpy(self, x) -> np.ndarray:
        return np.array(x)

    def is_own(self, x) -> bool:
        return isinstance(x, (np.ndarray, np.generic))

    def dtype_name(self, x) -> str:
        return str(x.dtype)

    def device(self, x):
        return None

    def real_imag(self, x):
        return x.real, x.imag

    def compile(self, f, mode=None):
        raise NotImplementedError(f"{self.name} does not compile")

    #: Compile mode for tests of plain values and gradients; None runs eagerly.
    plain_mode: str | None = None

    def run(self, f):
        return self.compile(f, self.plain_mode) if self.plain_mode else f

    def grad_function(self, f, wrt, cotangents, mode=None):
        """Return g(*args) -> (f(*args), gradients of the sum of output * cotangent for the arguments `wrt`)."""
        raise NotImplementedError(f"{self.name} does not differentiate")

    def value_and_grad(self, f, args, wrt, cotangents, mode=None):
        return self.grad_function(f, wrt, cotangents, mode)(*args)

    def weigh(self, outputs, cotangents):
        """Scalar to differentiate: the sum of output * cotangent over the outputs that have a cotangent."""
        total = None
        for out, cotangent in zip(leaves(outputs), cotangents, strict=True):
            if cotangent is not None:
                term = self._sum(out * cotangent)
                total = term if total is None else total + term
        return total

    def grad(self, f, *args, wrt=(0,)):
        """Gradients of a scalar function for the arguments at the positions `wrt`."""
        one = self.asarray(np.ones(()), self.dtype_name(args[wrt[0]]))
        return self.value_and_grad(f, args, wrt, [one])[1]


class StrictBackend(NumpyBackend):
    """array_api_strict on its second device, where an op that goes beyond the standard fails."""

    name = "strict"

    def __init__(self):
        import array_api_strict

        super().__init__("strict")
        self.xp = array_api_strict
        array_api_strict.set_array_api_strict_flags(
            api_version="2024.12", boolean_indexing=False, data_dependent_shapes=False
        )
        self.second_device = array_api_strict.Device("device1")

    def asarray(self, array, dtype=None):
        return self.xp.asarray(np.array(array, dtype=dtype), device=self.second_device)

    def to_numpy(self, x):
        return np.array(x.to_device(self.xp.Device("CPU_DEVICE")))

    def is_own(self, x):
        return type(x).__module__.startswith("array_api_strict")

    def dtype_name(self, x):
        return str(x.dtype).rpartition(".")[2]

    def device(self, x):
        return str(x.device)

    def real_imag(self, x):
        return self.xp.real(x), self.xp.imag(x)


class TorchBackend(NumpyBackend):
    def __init__(self):
        import torch

        super().__init__("torch")
        self.torch = torch
        torch.set_num_threads(THREADS)

    def asarray(self, array, dtype=None):
        return self.torch.from_numpy(np.array(array, dtype=dtype))

    def to_numpy(self, x):
        return x.detach().cpu().numpy().copy()

    def is_own(self, x):
        return isinstance(x, self.torch.Tensor)

    def dtype_name(self, x):
        return str(x.dtype).removeprefix("torch.")

    def device(self, x):
        return str(x.device)

    def compile(self, f, mode=None):
        self.torch._dynamo.reset()  # or a function reaches the limit on recompilations
        return self.torch.compile(f, fullgraph=True, dynamic=False, backend=mode or "aot_eager")

    def _sum(self, x):
        return self.torch.sum(x)

    def grad_function(self, f, wrt, cotangents, mode=None):
        f = self.compile(f, mode) if mode else f

        def both(*args):
            args = [x.detach().clone().requires_grad_() if i in wrt else x for i, x in enumerate(args)]
            outputs = f(*args)
            total = self.weigh(outputs, cotangents)
            inputs = [args[i] for i in wrt]
            return outputs, self.torch.autograd.grad(total, inputs, allow_unused=True, materialize_grads=True)

        return both


#: XLA options for functions that run once; compiling takes half the time.
QUICK = {"xla_backend_optimization_level": 0, "xla_llvm_disable_expensive_passes": True}


class JaxBackend(NumpyBackend):
    #: Eager JAX compiles every operation separately, which takes ten times as long.
    plain_mode = "quick"

    def __init__(self):
        import jax

        super().__init__("jax")
        self.jax = jax

    def scope(self, dtype):
        """Enable x64 in float64 tests only: float32 tests must pass without it."""
        return self.jax.enable_x64(True) if dtype == "float64" else nullcontext()

    def asarray(self, array, dtype=None):
        return self.jax.numpy.asarray(np.array(array, dtype=dtype))

    def is_own(self, x):
        return isinstance(x, self.jax.Array)

    def device(self, x):
        return str(x.device)

    def compile(self, f, mode=None):
        return self.jax.jit(f, compiler_options=QUICK if mode == "quick" else None)

    def _sum(self, x):
        return self.jax.numpy.sum(x)

    def grad_function(self, f, wrt, cotangents, mode=None):
        def scalar(*inputs):
            outputs = f(*inputs)
            return self.weigh(outputs, cotangents), outputs

        def both(*args):
            grads, outputs = self.jax.grad(scalar, argnums=tuple(wrt), has_aux=True)(*args)
            return outputs, grads

        return self.compile(both, mode) if mode else both


class TensorflowBackend(NumpyBackend):
    def __init__(self):
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        if is_installed("torch"):
            import torch  # noqa: F401  (before tensorflow)
        import tensorflow as tf

        super().__init__("tensorflow")
        self.tf = tf
        tf.config.threading.set_intra_op_parallelism_threads(THREADS)

    def asarray(self, array, dtype=None):
        return self.tf.constant(np.array(array, dtype=dtype))

    def is_own(self, x):
        return self.tf.is_tensor(x)

    def dtype_name(self, x):
        return x.dtype.name

    def device(self, x):
        return x.device

    def real_imag(self, x):
        return self.tf.math.real(x), self.tf.math.imag(x)

    def compile(self, f, mode=None):
        # AutoGraph converts the source of every function that is called, which takes longer than tracing.
        return self.tf.function(f, jit_compile=mode == "xla", autograph=mode == "function")

    def _sum(self, x):
        return self.tf.reduce_sum(x)

    def grad_function(self, f, wrt, cotangents, mode=None):
        def both(*inputs):
            with self.tf.GradientTape() as tape:
                for i in wrt:
                    tape.watch(inputs[i])
                outputs = f(*inputs)
                total = self.weigh(outputs, cotangents)
            grads = tape.gradient(total, [inputs[i] for i in wrt], unconnected_gradients="zero")
            return outputs, [self.tf.convert_to_tensor(g) for g in grads]

        return self.compile(both, mode) if mode else both


_MAKERS = {
    "numpy": NumpyBackend,
    "numpy-readonly": lambda: NumpyBackend("numpy-readonly", readonly=True),
    "strict": StrictBackend,
    "torch": TorchBackend,
    "jax": JaxBackend,
    "tensorflow": TensorflowBackend,
}
_made: dict[str, NumpyBackend] = {}


def get_backend(name: str) -> NumpyBackend:
    """Test backend by name; its library is imported at the first call."""
    if name not in _made:
        _made[name] = _MAKERS[name]()
    return _made[name]
