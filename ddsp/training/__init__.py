"""Gradient descent over arrays of any backend, on any loss of a dict of arrays or on the controls of a recording."""

from .adam import Adam, AdamState, cosine_schedule
from .descent import gradient_step, minimize
from .evaluation import evaluate_resynthesis
from .refinement import refine, refinement_loss

__all__ = [
    "Adam",
    "AdamState",
    "cosine_schedule",
    "evaluate_resynthesis",
    "gradient_step",
    "minimize",
    "refine",
    "refinement_loss",
]
