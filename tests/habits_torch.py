"""What PyTorch users do with modules: rows of docs/habits.md."""

from __future__ import annotations

import copy

from .habits import habit

#: Modules with trainable values.
TRAINED = ("TrainableReverb", "ProcessorGroup")


@habit("torch", "call in float32")
def call(use):
    use.check(use.call())


@habit("torch", "`copy.deepcopy`")
def deepcopy(use):
    use.check(use.call(copy.deepcopy(use.module)))
