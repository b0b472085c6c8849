"""Every way to run a function: a framework, eagerly or compiled, forwards or with gradient."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np

from ddsp import backends

__all__ = ["MODES", "Mode", "installed_modes"]

#: Mode -> the package that it needs.
MODES = {
    "numpy": "numpy",
    "torch": "torch",
    "torch.compile": "torch",
    "jax": "jax",
    "jax.jit": "jax",
    "tensorflow": "tensorflow",
    "tf.function": "tensorflow",
    "tf.function XLA": "tensorflow",
}


def installed_modes() -> list[str]:
    """Those whose package is there."""
    return [mode for mode, package in MODES.items() if find_spec(package)]


class Mode:
    """A framework and how it compiles: arrays, a function of them, and waiting for its result."""

    def __init__(self, name: str):
        self.name = name
        self.package = MODES[name]
        self.library = import_module(self.package)
        self.adapter = backends.load(self.package)

    @property
    def device(self) -> str:
        """'cpu', or the accelerator that the framework finds."""
        if self.package == "torch" and self.library.cuda.is_available():
            return "cuda"
        return self.library.default_backend() if self.package == "jax" else "cpu"

    def array(self, x: np.ndarray) -> Any:
        """As a float32 array of this framework, on its device."""
        x = x.astype(np.float32)
        if self.package == "torch":
            return self.library.from_numpy(x).to(self.device)
        return self.adapter.xp.asarray(x)

    @property
    def key(self) -> Any:
        """For noise: None draws anew at every call, where the framework can."""
        return self.library.random.key(0) if self.package == "jax" else None

    def function(
        self, compute: Callable[..., Any], inputs: dict[str, np.ndarray], trained: tuple[str, ...]
    ) -> Callable[[], Any]:
        """A function without arguments: `compute(key, **inputs)`, and its gradients for `trained`, if any."""
        arrays = {name: self.array(x) for name, x in inputs.items()}
        params = {name: arrays.pop(name) for name in trained}
        key, xp = self.key, self.adapter.xp

        def value(params: dict[str, Any], fixed: dict[str, Any], key: Any) -> Any:
            return compute(key, **params, **fixed)

        def scalar(params: dict[str, Any], fixed: dict[str, Any], key: Any) -> Any:
            result = value(params, fixed, key)
            return xp.sum(result * result)

        if not trained:
            run = self.compiled(value)
        elif self.package == "torch":  # compiles the function and its gradient each on its own
            run = self.adapter.value_and_grad(self.compiled(scalar))
        else:
            run = self.compiled(self.adapter.value_and_grad(scalar))
        return lambda: run(params, arrays, key)

    def compiled(self, f: Callable) -> Callable:
        """`f`, compiled as this mode does; whatever breaks its graph is an error."""
        if self.name == "torch.compile":
            return self.library.compile(f, fullgraph=True)
        if self.name == "jax.jit":
            return self.library.jit(f)
        if self.name.startswith("tf.function"):
            return self.library.function(f, autograph=False, jit_compile=self.name.endswith("XLA"))
        return f

    def wait(self, result: Any) -> None:
        """Until it is computed."""
        if self.package == "jax":
            self.library.block_until_ready(result)
        elif self.device == "cuda":
            self.library.cuda.synchronize()
