"""Pretrained models: the pitch network CREPE, with weights from a data package."""

from .crepe import PretrainedCREPE
from .f0 import compute_f0

__all__ = ["PretrainedCREPE", "compute_f0"]
