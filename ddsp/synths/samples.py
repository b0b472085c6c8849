"""No synthesizer at all: a network that computes samples."""

from __future__ import annotations

from dataclasses import dataclass

from ..extend import Array, Float, checked, common_backend
from ..processors.base import Processor

__all__ = ["TensorToAudio"]


@dataclass(frozen=True)
class TensorToAudio(Processor):
    """Samples that come straight from a network, without their axis of channels.

    Examples
    --------
    >>> import numpy as np
    >>> TensorToAudio()(np.ones((1, 3, 1)))
    array([[1., 1., 1.]])
    """

    name: str = "tensor_to_audio"

    @checked
    def get_controls(self, samples: Float[Array, "batch time 1"]) -> dict[str, Array]:
        """The samples, unchanged; [batch, time, 1]."""
        common_backend(samples=samples)
        if len(samples.shape) != 3 or samples.shape[2] != 1:
            raise ValueError(f"samples: got shape {tuple(samples.shape)}, expected [batch, time, 1]")
        return {"samples": samples}

    @checked
    def get_signal(self, samples: Float[Array, "batch time 1"]) -> Float[Array, "batch time"]:
        """Audio [batch, time]."""
        return samples[:, :, 0]
