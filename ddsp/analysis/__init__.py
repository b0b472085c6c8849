"""Audio to controls without autodiff: harmonic amplitudes at f0, and noise bands of what they leave over."""

from .controls import analyze, voicing
from .frames import spread_frames
from .noise import noise_magnitudes
from .pitch import refine_f0, resolve_subharmonics
from .projection import harmonic_amplitudes, harmonic_sum

__all__ = [
    "analyze",
    "harmonic_amplitudes",
    "harmonic_sum",
    "noise_magnitudes",
    "refine_f0",
    "resolve_subharmonics",
    "spread_frames",
    "voicing",
]
