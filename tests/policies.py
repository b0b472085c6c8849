"""Settings that a framework keeps for a whole process: set in a block, and held to be as they were after each test."""

from __future__ import annotations

import sys
from contextlib import contextmanager


@contextmanager
def policy(name: str, floatx: str = "float32"):
    """Keras's dtype policy, or its floatx, in a block."""
    import keras

    keras.utils.clear_session(free_memory=False)  # forget the policy, which goes before floatx
    keras.config.set_floatx(floatx)
    if name != floatx:
        keras.config.set_dtype_policy(name)
    try:
        yield name
    finally:
        keras.config.set_floatx("float32")
        keras.config.set_dtype_policy("float32")  # the first layer of a block keeps the floatx of that time as policy
        keras.utils.clear_session(free_memory=False)


def changed() -> list[str]:
    """What is not as the frameworks start with, of those that are imported; it is put back."""
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
