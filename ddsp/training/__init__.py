"""Training: data sets of recordings, and gradient descent over arrays of any backend, on any loss or on controls."""

from .adam import Adam, AdamState, cosine_schedule
from .checkpoints import Checkpoint, load_checkpoint, save_best, save_checkpoint
from .dataset import Dataset, Passage, load_dataset
from .descent import gradient_step, minimize
from .evaluation import evaluate_resynthesis
from .fit import Fit, FitSettings, FitState
from .instrument_evaluation import compare_features, evaluate_instrument, join_figures
from .recordings import cut_silence, inspect_recording, prepare_recording
from .refinement import refine, refinement_loss
from .runs import Run, read_run_settings, write_run_settings
from .splitting import split_passages
from .windows import Augmentation, draw_windows, training_noise

__all__ = [
    "Adam",
    "AdamState",
    "Augmentation",
    "Checkpoint",
    "Dataset",
    "Fit",
    "FitSettings",
    "FitState",
    "Passage",
    "Run",
    "compare_features",
    "cosine_schedule",
    "cut_silence",
    "draw_windows",
    "evaluate_instrument",
    "evaluate_resynthesis",
    "gradient_step",
    "inspect_recording",
    "join_figures",
    "load_checkpoint",
    "load_dataset",
    "minimize",
    "prepare_recording",
    "read_run_settings",
    "refine",
    "refinement_loss",
    "save_best",
    "save_checkpoint",
    "split_passages",
    "training_noise",
    "write_run_settings",
]
