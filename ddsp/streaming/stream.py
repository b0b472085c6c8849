"""A processor and the state of its stream in one object."""

from __future__ import annotations

from typing import Any

from ..extend import Array, integer
from ..processors.base import Processor

__all__ = ["Stream"]


class Stream:
    """A processor and the state of its stream.

    Functions of steps are pure: they take a state and return the next one. This object keeps it, for code that handles
    one block after the other.

    Parameters
    ----------
    processor
        Processor, group or module of a framework.
    batch
        Number of signals that are computed at the same time.
    like
        Array that gives backend, dtype and device, or a dict of example inputs by name.
    hop_size
        Samples a frame.
    **settings
        Further arguments of `init_state`: a random key, inputs that do not change.

    See Also
    --------
    Rebuffer : Takes blocks that are no whole number of hops.
    ddsp.processors.Processor : Describes steps.

    Examples
    --------
    >>> import numpy as np
    >>> from ddsp.effects import Reverb
    >>> room = Stream(Reverb(), like=np.zeros(1), ir=np.asarray([[0.0, 0.5]]))
    >>> room.process(np.asarray([[1.0]])), room.process(np.asarray([[0.0, 0.0]]))
    (array([[1.]]), array([[0.5, 0. ]]))
    """

    def __init__(self, processor: Processor, batch: int = 1, *, like: Any, hop_size: int = 64, **settings: Any):
        self.processor, self.hop_size = processor, integer("hop_size", hop_size, 1)
        self.state = processor.init_state(batch, like=like, hop_size=hop_size, **settings)

    @property
    def latency_samples(self) -> int:
        """Samples by which the signal is late."""
        return self.processor.latency_samples(self.hop_size)

    def process(self, *inputs: Any, **kwargs: Any) -> Array:
        """Compute the signal of the next block.

        Parameters
        ----------
        *inputs, **kwargs
            The arguments of a call, for the next frames or samples.

        Returns
        -------
        signal : array
            [batch, time].
        """
        signal, self.state = self.processor.step(self.state, *inputs, **kwargs)
        return signal

    def flush(self) -> Array:
        """Compute what latency has held back at the end.

        Returns
        -------
        signal : array
            [batch, time].
        """
        signal, self.state = self.processor.flush(self.state)
        return signal
