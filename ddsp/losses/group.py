"""Several losses wired to one dictionary of outputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..extend import Array, Float, Key, checked
from ..processors.graph import Graph
from ._loss import Loss

__all__ = ["LossGroup"]


@dataclass(frozen=True)
class LossGroup(Graph, Loss):
    """Several losses of one dictionary of outputs, such as the output of a `ProcessorGroup` or of a network.

    Parameters
    ----------
    dag
        List of (loss, [input keys]). A key is a path in the outputs ('audio', 'harmonic/controls/f0_hz') or the output
        of an earlier node. Nodes may also be processors: (Crop(512), ['audio']) defines 'crop/signal'.
    name
        Name of the group.

    Raises
    ------
    ValueError
        No nodes, two nodes with the same name, a wrong number of inputs, or a key of a later node. The message names
        the node.

    See Also
    --------
    ddsp.processors.ProcessorGroup : Processors wired in the same way.

    Notes
    -----
    A key that the outputs lack raises a KeyError when the group is called.

    Examples
    --------
    >>> import numpy as np
    >>> from ddsp.losses import SpectralLoss
    >>> group = LossGroup(dag=[
    ...     (SpectralLoss(fft_sizes=(256,)), ["target", "reverb/signal"]),
    ...     (SpectralLoss(fft_sizes=(256,), name="dry_loss"), ["target", "harmonic/signal"]),
    ... ])
    >>> silence, target = np.zeros((1, 1000)), np.ones((1, 1000))
    >>> losses = group({"target": target, "reverb": {"signal": target}, "harmonic": {"signal": silence}})
    >>> {name: float(loss.round(3)) for name, loss in losses.items()}
    {'spectral_loss': 0.0, 'dry_loss': 1.519}
    """

    name: str = "loss_group"

    def __call__(self, outputs: Mapping[str, Any], *, key: Key = None, **params: Any) -> dict[str, Array]:
        """Compute all losses.

        Parameters
        ----------
        outputs
            Arrays by key, in nested dictionaries if keys are paths.
        key
            Random key, split among the losses that draw random numbers.
        **params
            Trainable values by the name of the node, each a dict by name.

        Returns
        -------
        losses : dict
            Scalars by the name of the loss. Losses of a nested group have the key 'group/loss'.
        """
        given = self.run(outputs, key, None, params)
        losses: dict[str, Array] = {}
        for node in self.nodes.values():
            if isinstance(node, LossGroup):
                losses |= {f"{node.name}/{name}": value for name, value in given[node.name].items()}
            elif not hasattr(node, "get_signal"):
                losses |= given[node.name]
        return losses

    def get_losses_dict(self, outputs: Mapping[str, Any], **kwargs: Any) -> dict[str, Array]:
        """Compute all losses; the same as the call.

        Parameters
        ----------
        outputs
            Arrays by key, as for the call.
        **kwargs
            `key` and trainable values, as for the call.

        Returns
        -------
        losses : dict
            Scalars by the name of the loss.
        """
        return self(outputs, **kwargs)

    @checked
    def total(self, outputs: Mapping[str, Any], **kwargs: Any) -> Float[Array, ""]:
        """Sum of all losses, the objective of training.

        Each loss has its weight among its own settings.

        Parameters
        ----------
        outputs
            Arrays by key, as for the call.
        **kwargs
            `key` and trainable values, as for the call.

        Returns
        -------
        total : array
            Scalar.
        """
        total, *more = self(outputs, **kwargs).values()
        for value in more:
            total = total + value
        return total
