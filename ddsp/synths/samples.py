"""Network outputs as audio."""

from __future__ import annotations

from dataclasses import dataclass

from ..extend import Array, Float, checked, common_backend
from ..processors.base import SampleProcessor

__all__ = ["TensorToAudio"]


@dataclass(frozen=True)
class TensorToAudio(SampleProcessor):
    """Audio samples computed by a network, without their channel axis.

    Parameters
    ----------
    name
        Name of the node in a `ProcessorGroup`.

    See Also
    --------
    ddsp.processors.Crop : Cuts samples from the ends of audio.

    Examples
    --------
    >>> import numpy as np
    >>> TensorToAudio()(np.ones((1, 3, 1)))
    array([[1., 1., 1.]])
    """

    name: str = "tensor_to_audio"

    @checked
    def get_controls(self, samples: Float[Array, "batch time 1"]) -> dict[str, Array]:
        """Return the samples unchanged.

        Parameters
        ----------
        samples
            Audio, [batch, time, 1].

        Returns
        -------
        controls : dict
            `samples`, unchanged.

        Raises
        ------
        ValueError
            `samples` of any other shape.
        """
        common_backend(samples=samples)
        if len(samples.shape) != 3 or samples.shape[2] != 1:
            raise ValueError(f"samples: got shape {tuple(samples.shape)}, expected [batch, time, 1]")
        return {"samples": samples}

    @checked
    def get_signal(self, samples: Float[Array, "batch time 1"]) -> Float[Array, "batch time"]:
        """Remove the channel axis.

        Parameters
        ----------
        samples
            Audio, [batch, time, 1].

        Returns
        -------
        audio : array
            [batch, time].
        """
        return samples[:, :, 0]
