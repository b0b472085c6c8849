"""Analysis of audio without autodiff: harmonic amplitudes at a known f0, and noise bands of the residual."""

from .controls import analyze, voicing
from .frames import spread_frames
from .harmonic_sum import synthesize_harmonics
from .noise import noise_magnitudes
from .offset import remove_offset
from .pitch import refine_f0, resolve_subharmonics
from .projection import harmonic_amplitudes
from .resynthesis import analyze_recording, change_speed, render_controls, render_in_chunks
from .tones import harmonic_share, strongest_tones
from .tracking import hop_and_count, place_pitch, track_loudness, track_pitch

__all__ = [
    "analyze",
    "analyze_recording",
    "change_speed",
    "harmonic_amplitudes",
    "harmonic_share",
    "hop_and_count",
    "noise_magnitudes",
    "place_pitch",
    "refine_f0",
    "remove_offset",
    "render_controls",
    "render_in_chunks",
    "resolve_subharmonics",
    "spread_frames",
    "strongest_tones",
    "synthesize_harmonics",
    "track_loudness",
    "track_pitch",
    "voicing",
]
