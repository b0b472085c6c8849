"""Instruments that a network plays, and the features that control them."""

from .features import compute_features

__all__ = ["compute_features"]
