"""Which form of harmonic synthesis runs: the table of `ddsp.core.harmonic` as code."""

from __future__ import annotations

from enum import Enum

from ...extend import Adapter, Array

#: Fewest samples a frame for which rows of samples pay.
LEAST_HOP = 8
#: Elementwise operations for each harmonic in the recurrence.
OPS_PER_HARMONIC = 7


class Form(Enum):
    """How the harmonics of a row of samples are added up."""

    PAIRS = "pairs.py"
    PRODUCTS = "products.py"
    RECURRENCE = "recurrence.py"


def needs_free_partials(n_frames: int, n_samples: int, method: str, has_shifts: bool = False) -> bool:
    """Whether partials must be computed one by one: `free.py` instead of rows of samples.

    Shifted partials have no common fundamental. 'cubic' blends four frames, where a row blends two.
    """
    return has_shifts or method == "cubic" or n_samples < LEAST_HOP * n_frames


def choose_form(backend: Adapter, phase: Array) -> Form:
    """The form for rows in which harmonics may cross Nyquist."""
    return Form.RECURRENCE if backend.traits(phase).max_fused_ops else Form.PRODUCTS


def groups_at_once(backend: Adapter, phase: Array, n_harmonics: int, n_groups: int) -> int:
    """Groups of harmonics that the recurrence computes side by side: 1 if a compiler can fuse all its steps."""
    fits = OPS_PER_HARMONIC * n_harmonics <= backend.traits(phase).max_fused_ops
    return 1 if fits else n_groups
