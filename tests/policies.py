"""Process-wide settings of frameworks: set within a context, and checked after each test."""

from __future__ import annotations

import sys
from contextlib import contextmanager


@contextmanager
def policy(name: str, floatx: str = "float32"):
    """Set Keras's dtype policy or floatx within a context."""
    import keras

    keras.utils.clear_session(free_memory=False)  # forget the policy, which overrides floatx
    keras.config.set_floatx(floatx)
    if name != floatx:
        keras.config.set_dtype_policy(name)
    try:
        yield name
    finally:
        keras.config.set_floatx("float32")
        keras.config.set_dtype_policy("float32")  # the first layer in the context made its floatx the policy
        keras.utils.clear_session(free_memory=False)


def changed() -> list[str]:
    """List changed settings of the imported frameworks, and restore the defaults."""
    found = []
    if "keras" in sys.modules:
        import keras

        for what, read, write in (
            ("floatx", keras.config.floatx, keras.config.set_floatx),
            ("dtype_policy", lambda: keras.config.dtype_policy().name, keras.config.set_dtype_policy),
        ):
            if read() != "float32":
                found.append(f"keras.config.{what}: {read()}")
                write("float32")
    if "torch" in sys.modules:
        import torch

        if torch.get_default_dtype() is not torch.float32:
            found.append(f"torch.get_default_dtype: {torch.get_default_dtype()}")
            torch.set_default_dtype(torch.float32)
    if "jax" in sys.modules:
        import jax

        if jax.config.jax_enable_x64:
            found.append("jax_enable_x64: True")
            jax.config.update("jax_enable_x64", False)
    return found
