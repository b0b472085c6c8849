"""Losses wired into a graph."""

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
    """Several losses of one dictionary of outputs, such as a `ProcessorGroup` or a network gives.

    Parameters
    ----------
    dag : a list of (loss, [input keys]). A key is a path in the outputs ('audio', 'harmonic/controls/f0_hz'), or what
        an earlier node gives. Processors may stand between: (Crop(512), ['audio']) gives 'crop/signal'.
    name : the group's name.

    Raises
    ------
    ValueError : no nodes, two of one name, a wrong number of inputs, or a key of a node that comes later; the message
        names the node. A key that the outputs lack is a KeyError of the call.

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
        """Each loss by its name; those of a group inside by 'group/loss'.

        Parameters
        ----------
        outputs : arrays by key, nested as deep as the keys ask for.
        key : random key, split among the losses that draw.
        **params : trainable values by the name of the node, each a dict by name.
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
        """The same as the call: groups nest."""
        return self(outputs, **kwargs)

    @checked
    def total(self, outputs: Mapping[str, Any], **kwargs: Any) -> Float[Array, ""]:
        """The sum of the losses, to be minimised. Each loss has its weight among its own settings."""
        total, *more = self(outputs, **kwargs).values()
        for value in more:
            total = total + value
        return total
