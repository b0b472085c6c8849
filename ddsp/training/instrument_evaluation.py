"""Evaluation of an instrument: how near it comes to recordings that it plays, and how fast it plays."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from ..analysis import analyze_recording, place_pitch, render_controls
from ..extend import Adapter
from ..instruments import TrainedInstrument, compute_long_features, play
from ..instruments.voicing import SILENCE_DB
from ..losses import SpectralLoss
from .dataset import Passage
from .evaluation import CHUNK_SAMPLES, evaluate_resynthesis
from .recordings import VOICED
from .refinement import equal_runs

__all__ = ["compare_features", "evaluate_instrument", "join_figures"]

#: FFT sizes of the spectral distance.
DISTANCE_SIZES = (2048, 1024, 512)
#: Distance in cents from which a pitch is an outlier.
OUTLIER_CENTS = 50.0
#: Frames that `real_time_factor` plays, at most: one chunk of `play`, 8 s.
TIMED_FRAMES = 2000
#: The weight of each mean in `join_figures`, given the figures.
WEIGHTS = {
    "spectral_loss": lambda x: x["seconds"],
    "spectral_distance": lambda x: x["seconds"],
    "loudness_l1_db": lambda x: x["loudness_frames"],
    "f0_l1_cents": lambda x: x["f0_frames"] * (1.0 - (x["f0_outliers"] or 0.0)),
    "f0_outliers": lambda x: x["f0_frames"],
}
SUMS = ("seconds", "loudness_frames", "voiced_frames", "f0_frames")


def spectral_distance(sample_rate: int = 16000) -> SpectralLoss:
    """The multi-scale distance of `evaluate_instrument`, as a loss."""
    return SpectralLoss(
        DISTANCE_SIZES,
        mag_weight=0.0,
        logmag_weight=1.0,
        convergence_weight=1.0,
        fft_weights=(1.0 / len(DISTANCE_SIZES),) * len(DISTANCE_SIZES),
        sample_rate=sample_rate,
    )


def compare_features(target: Mapping[str, np.ndarray], played: Mapping[str, np.ndarray]) -> dict[str, Any]:
    r"""Compare the loudness and the pitch of a resynthesis with those of its recording.

    Loudness is compared in the frames that are at most 50 dB softer than the loudest ones of the recording (their
    99 % quantile), pitch in those of them where both pitches have a confidence above 0.5. A pitch more than 50 cents
    away is an outlier, usually another octave. It counts in the share of outliers but not in the mean error, which
    would otherwise measure little else (compare the gross and fine pitch errors of Rabiner et al., 1976, "A comparative
    performance study of several pitch detection algorithms").

    Parameters
    ----------
    target
        `f0_hz`, `confidence` and `loudness_db` of the recording, as from `ddsp.instruments.compute_long_features`,
        [frames].
    played
        The same of the resynthesis.

    Returns
    -------
    figures : dict
        `loudness_l1_db`, the mean absolute difference in dB over `loudness_frames` frames; `f0_l1_cents`, the mean
        absolute difference in cents without outliers, and `f0_outliers`, their share, from 0 to 1, of `f0_frames`
        frames; `voiced_frames`, the number of frames in which the recording has a pitch. A mean of no frames is None.

    See Also
    --------
    evaluate_instrument : Plays, and computes these figures.

    Examples
    --------
    >>> ones = np.ones(100)
    >>> features = {"f0_hz": 440.0 * ones, "confidence": 0.9 * ones, "loudness_db": -20.0 * ones}
    >>> higher = {**features, "f0_hz": 440.0 * 2.0 ** (ones * 30.0 / 1200.0), "loudness_db": -23.0 * ones}
    >>> {name: round(x, 6) for name, x in compare_features(features, higher).items() if "frames" not in name}
    {'loudness_l1_db': 3.0, 'f0_l1_cents': 30.0, 'f0_outliers': 0.0}
    """
    loudness = np.asarray(target["loudness_db"], np.float64)
    loud = loudness > np.quantile(loudness, 0.99) - SILENCE_DB
    voiced = loud & (target["confidence"] > VOICED)
    both = voiced & (played["confidence"] > VOICED)
    hertz = (np.asarray(x["f0_hz"], np.float64)[both] for x in (target, played))
    cents = np.abs(1200.0 * np.subtract(*map(np.log2, hertz)))
    outliers = cents > OUTLIER_CENTS

    def mean(x: np.ndarray) -> float | None:
        return float(np.mean(x)) if len(x) else None

    return {
        "loudness_l1_db": mean(np.abs(played["loudness_db"] - loudness)[loud]),
        "f0_l1_cents": mean(cents[~outliers]),
        "f0_outliers": mean(outliers),
        "loudness_frames": int(loud.sum()),
        "voiced_frames": int(voiced.sum()),
        "f0_frames": int(both.sum()),
    }


def compare_audio(target: np.ndarray, audio: np.ndarray, sample_rate: int) -> dict[str, Any]:
    """Length, spectral loss and spectral distance of a resynthesis, [time]."""
    distance, runs = spectral_distance(sample_rate), equal_runs(len(target), 1, CHUNK_SAMPLES)
    return {
        "seconds": len(target) / sample_rate,
        "spectral_loss": evaluate_resynthesis(target, audio, sample_rate)["spectral_loss"],
        "spectral_distance": float(np.mean([float(distance(target[None, run], audio[None, run])) for run in runs])),
    }


def evaluate_instrument(
    trained: TrainedInstrument, passage: Passage, reverb: bool = True, seed: int = 0
) -> tuple[dict[str, Any], np.ndarray]:
    r"""Let an instrument play the pitch and the loudness of a passage, and compare the result with the recording.

    The spectral loss is that of the training (`refinement_loss`), so the figure of a held-out passage is the
    `held_out_loss` in the `metrics.jsonl` of its run. The multi-scale spectral distance is the mean over FFT sizes of
    2048, 1024 and 512 of spectral convergence plus log-magnitude distance,

    $$\frac{1}{3} \sum_i \left( \frac{\lVert S_i - X_i \rVert}{\lVert S_i \rVert} +
    \operatorname{mean} | \ln S_i - \ln X_i | \right),$$

    the multi-resolution STFT loss of Yamamoto et al., 2020 ("Parallel WaveGAN", arXiv:1910.11480), with an overlap of
    75 % and magnitudes S of the recording and X of the result. Loudness and pitch of the result are those of
    `ddsp.instruments.compute_features`, as for the recording.

    Parameters
    ----------
    trained
        The instrument.
    passage
        What to play, at the sample rate and hop size of the instrument.
    reverb
        If False, without the reverb of the instrument.
    seed
        Seed of the noise, an integer >= 0.

    Returns
    -------
    figures : dict
        `seconds`, `spectral_loss`, `spectral_distance`, and the figures of `compare_features`.
    audio : array
        What the instrument played, [time].

    See Also
    --------
    join_figures : Means over passages.
    compare_features : Loudness and pitch.
    """
    instrument = trained.instrument if reverb else trained.instrument.dry()
    audio = np.concatenate(list(play(instrument, trained.values, passage.f0_hz, passage.loudness_db, seed)))
    rate = round(instrument.sample_rate)
    played = compute_long_features([audio], rate, instrument.hop_size)
    return compare_audio(passage.audio, audio, rate) | compare_features(features_of(passage), played), audio


def features_of(passage: Passage) -> dict[str, np.ndarray]:
    """Features of a passage by name. A pitch of unknown confidence counts as certain."""
    known = passage.confidence if len(passage.confidence) else np.ones_like(passage.f0_hz)
    return {"f0_hz": passage.f0_hz, "confidence": known, "loudness_db": passage.loudness_db}


def evaluate_analysis(passage: Passage, sample_rate: int, seed: int = 0) -> dict[str, Any]:
    """Figures of the direct analysis of a passage: about the least that a decoder of the same synthesizers can reach.

    `analyze_recording` measures the controls, 500 per second, with all harmonics and 129 noise bands.
    """
    known = features_of(passage)
    hop = len(passage.audio) // len(passage.f0_hz)
    hertz = np.where(known["confidence"] > VOICED, passage.f0_hz, 0.0).astype(np.float32)
    times = (np.arange(len(hertz)) * (hop / sample_rate)).astype(np.float32)
    f0_hz, confidence = place_pitch(times, hertz, len(passage.audio), sample_rate)
    target = np.asarray(passage.audio)[None]
    controls = analyze_recording(target, sample_rate, f0_hz, confidence)
    audio = render_controls(controls, sample_rate, target.shape[1], key=seed)[0]
    played = compute_long_features([audio], sample_rate, hop)
    return compare_audio(passage.audio, audio, sample_rate) | compare_features(known, played)


def join_figures(parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Join the figures of passages or recordings to those of all together.

    Parameters
    ----------
    parts
        Figures of `evaluate_instrument` or of this function, at least one.

    Returns
    -------
    figures : dict
        The same figures: the spectral ones weighted by length, the others by the number of frames that they are means
        of, and the sums of lengths and numbers.

    See Also
    --------
    evaluate_instrument : The figures of a passage.

    Examples
    --------
    >>> one = {"spectral_loss": 4.0, "seconds": 1.0, "loudness_frames": 0, "voiced_frames": 0, "f0_frames": 0}
    >>> none = dict.fromkeys(("spectral_distance", "loudness_l1_db", "f0_l1_cents", "f0_outliers"))
    >>> join_figures([one | none, one | none | {"spectral_loss": 7.0, "seconds": 2.0}])["spectral_loss"]
    6.0
    """
    joined: dict[str, Any] = {}
    for name, weight in WEIGHTS.items():
        known = [(part[name], weight(part)) for part in parts if part[name] is not None]
        values, weights = zip(*known, strict=True) if known else ((), ())
        joined[name] = float(np.average(values, weights=weights)) if sum(weights) > 0.0 else None
    return joined | {name: sum(part[name] for part in parts) for name in SUMS}


def real_time_factor(
    trained: TrainedInstrument,
    passages: Iterable[Passage],
    backend: Adapter,
    reverb: bool = True,
    compiled: bool = False,
    repeats: int = 5,
) -> float:
    """Seconds of computing for a second of sound: the fastest of several calls after a first one, which may compile.

    All play the same score, the longest passage or its first 8 s. Other programs only make a call slower, so the
    fastest one depends least on them.
    """
    instrument = trained.instrument if reverb else trained.instrument.dry()
    longest = max(passages, key=lambda passage: len(passage.f0_hz))
    f0_hz, loudness_db = (np.array(x[:TIMED_FRAMES]) for x in (longest.f0_hz, longest.loudness_db))
    seconds = []
    for _ in range(1 + repeats):
        began = time.perf_counter()
        for _ in play(instrument, trained.values, f0_hz, loudness_db, backend=backend, compiled=compiled):
            pass
        seconds.append(time.perf_counter() - began)
    return min(seconds[1:]) * instrument.sample_rate / (len(f0_hz) * instrument.hop_size)
