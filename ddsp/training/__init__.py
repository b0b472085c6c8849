"""Training: data sets of recordings, and gradient descent over arrays of any backend, on any loss or on controls."""

from .adam import Adam, AdamState, cosine_schedule
from .dataset import Dataset, Passage, load_dataset
from .descent import gradient_step, minimize
from .evaluation import evaluate_resynthesis
from .recordings import cut_silence, inspect_recording, prepare_recording
from .refinement import refine, refinement_loss

__all__ = [
    "Adam",
    "AdamState",
    "Dataset",
    "Passage",
    "cosine_schedule",
    "cut_silence",
    "evaluate_resynthesis",
    "gradient_step",
    "inspect_recording",
    "load_dataset",
    "minimize",
    "prepare_recording",
    "refine",
    "refinement_loss",
]
