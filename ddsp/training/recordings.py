"""Recordings as training material: silence is cut, features are computed, and likely mistakes are found."""

from __future__ import annotations

import numpy as np

from .. import design
from ..analysis import strongest_tones
from ..analysis.frames import Progress
from ..extend import Array, Float, checked
from ..instruments import compute_features
from ..instruments.features import LOUDNESS_SECONDS, frames_per_pitch, hop_and_count
from ..spectral_ops import compute_loudness

__all__ = ["cut_silence", "inspect_recording", "prepare_recording"]

#: A-weighted levels of silence: this far below the loudest frame of the recording, or below an absolute level, in dB.
SILENT_BELOW_LOUDEST, SILENT = 45.0, -70.0
#: Seconds that are kept before and after a sound, for its attack and its release.
ATTACK, RELEASE = 0.15, 0.3
#: Sounds shorter than this, in seconds, are clicks.
CLICK = 0.03
#: Longest passage in seconds, which bounds memory. A longer one is cut where it is quietest.
LONGEST = 60.0
#: Seconds around a passage that its features see, as they would in the whole recording.
CONTEXT = 0.064

#: Confidence above which a frame is voiced.
VOICED = 0.5
#: A recording with a smaller share of voiced frames has no pitch, or hardly any.
UNPITCHED, HARDLY_PITCHED = 0.02, 0.3
#: Samples are clipped if this many neighbors are within one step of 16 bits at full scale, at so many places.
CLIPPED_SAMPLES, CLIPPED_PLACES, FULL_SCALE, STEP = 3, 3, 0.99, 2.0**-15
#: Frames that are searched for a second pitch: at most this many, as loud as this below the loudest, in dB.
LOOKS, LOUD_DB = 240, 30.0
#: Length in seconds of the frames that are searched, and the change of pitch in cents within them that is allowed.
LOOK_SECONDS, STEADY_CENTS = 0.128, 40.0
#: Half width of a harmonic: bins of the Hann window, and a share of its frequency.
WIDTH_BINS, WIDTH_SHARE = 3.0, 0.015
#: A tone is foreign if it has this share of the energy of a frame, and this share of what the harmonics leave.
FOREIGN_SHARE, TONAL_SHARE = 0.03, 0.3
#: Share of frames with a foreign tone above which a recording is polyphonic. Measured: at most 0.01 for single notes,
#: melodies and speech, also with reverb, vibrato, stretched or odd harmonics; 0.4 to 0.9 for thirds and minor sixths of
#: a flute. A second note 10 dB softer is found as often; consonances whose notes are multiples of a half or a third of
#: the pitch are not found.
POLYPHONIC = 0.12
#: A frame has a tone out of CREPE's range if its strongest tone is above it, with this share of the frame's energy.
HIGHEST_HZ, TONE_SHARE = 1975.0, 0.25


@checked
def cut_silence(audio: Float[Array, " time"], sample_rate: int = 16000, hop_size: int | None = None) -> list[slice]:
    """Find the passages of a recording between its silences.

    A frame is silent if its A-weighted level is 45 dB below that of the loudest frame, or below -70 dB. Of the silence
    around a sound, 0.15 s before and 0.3 s after it remain, for its attack and release.

    Parameters
    ----------
    audio
        Recording, [time], a NumPy array.
    sample_rate
        Sample rate in Hz.
    hop_size
        Samples per frame of the features; None for 4 ms, rounded. Passages start at a multiple of it.

    Returns
    -------
    passages : list
        Slices of the audio, in order and without overlap. A sound longer than 60 s is cut where it is quietest.

    See Also
    --------
    prepare_recording : Passages with their features.

    Examples
    --------
    >>> import numpy as np
    >>> tone = 0.5 * np.sin(2 * np.pi * 440.0 * np.arange(16000) / 16000)
    >>> cut_silence(np.concatenate([np.zeros(16000), tone, np.zeros(16000)]))
    [slice(13312, 37376, None)]
    """
    hop, n_frames = hop_and_count(len(audio), sample_rate, hop_size)
    every = frames_per_pitch(sample_rate, hop)  # passages start at estimates of the pitch
    loudness_db = _levels(audio, sample_rate, every * hop)
    sounds = loudness_db > max(float(np.max(loudness_db)) - SILENT_BELOW_LOUDEST, SILENT)
    edges = np.flatnonzero(np.diff(sounds, prepend=False, append=False)).reshape(-1, 2)
    edges = edges[(edges[:, 1] - edges[:, 0]) * every * hop > (CLICK + LOUDNESS_SECONDS) * sample_rate]
    before, after = (round(seconds * sample_rate / (every * hop)) * every for seconds in (ATTACK, RELEASE))
    passages: list[list[int]] = []
    for first, last in (edges * every).tolist():
        start, stop = max(first - before, 0), min(last + after, n_frames)
        if passages and start <= passages[-1][1]:
            passages[-1][1] = stop
        else:
            passages.append([start, stop])
    longest = round(LONGEST * sample_rate / (every * hop)) * every
    parts = [part for start, stop in passages for part in _parts(start, stop, longest, loudness_db, every)]
    return [slice(start * hop, min(stop * hop, len(audio))) for start, stop in parts]


def _levels(audio: np.ndarray, sample_rate: int, hop: int) -> np.ndarray:
    """A-weighted level in dB every `hop` samples, [frames], in chunks that bound memory."""
    n_fft, n_frames = round(LOUDNESS_SECONDS * sample_rate), -(-len(audio) // hop)
    chunk, more, found = 4096, -(-n_fft // hop), []
    for start in range(0, n_frames, chunk):
        first = max(start - more, 0)
        piece = audio[first * hop : (start + chunk + more) * hop]
        levels = compute_loudness(piece, sample_rate, sample_rate / hop, n_fft=n_fft, range_db=120.0, normalize=True)
        found.append(levels[start - first :][: min(chunk, n_frames - start)])
    return np.concatenate(found)


def _parts(start: int, stop: int, longest: int, loudness_db: np.ndarray, every: int) -> list[tuple[int, int]]:
    """Cut frames `start` to `stop` into parts of at most `longest`, each at the quietest frame of its second half."""
    parts = []
    while stop - start > longest:
        first, last = -(-(start + longest // 2) // every), (start + longest) // every
        cut = (first + int(np.argmin(loudness_db[first : last + 1]))) * every
        parts.append((start, min(cut, start + longest)))
        start = parts[-1][1]
    return [*parts, (start, stop)]


@checked
def prepare_recording(
    audio: Float[Array, " time"],
    sample_rate: int = 16000,
    hop_size: int | None = None,
    model_capacity: str = "tiny",
    progress: Progress | None = None,
) -> dict[str, np.ndarray]:
    """Cut the silence of a recording and compute the features of what remains.

    Parameters
    ----------
    audio
        Recording, [time], a NumPy array.
    sample_rate
        Sample rate in Hz.
    hop_size
        Samples per frame; None for 4 ms, rounded.
    model_capacity
        Size of CREPE, as in `ddsp.instruments.compute_features`.
    progress
        Function that is called with the completed fraction, 0 to 1.

    Returns
    -------
    arrays : dict
        The passages one after another: `audio`, [frames * hop_size], float32, the last frame of each passage filled
        with zeros; `f0_hz`, `confidence` and `loudness_db`, [frames], float32; `starts`, the first sample of each
        passage in the recording, and `lengths`, its number of frames, both [passages], int64.

    See Also
    --------
    ddsp.instruments.compute_features : The features.
    load_dataset : Reads the passages of many recordings.

    Examples
    --------
    >>> import numpy as np
    >>> tone = 0.5 * np.sin(2 * np.pi * 440.0 * np.arange(16000) / 16000)
    >>> arrays = prepare_recording(np.concatenate([np.zeros(16000), tone, np.zeros(16000)]))
    >>> arrays["starts"], arrays["lengths"], arrays["audio"].shape, arrays["f0_hz"].shape
    (array([13312]), array([376]), (24064,), (376,))
    """
    hop, _ = hop_and_count(len(audio), sample_rate, hop_size)
    passages, done = cut_silence(audio, sample_rate, hop), 0
    total = sum(part.stop - part.start for part in passages)
    lengths = [-(-(part.stop - part.start) // hop) for part in passages]
    step = frames_per_pitch(sample_rate, hop) * hop
    context = round(CONTEXT * sample_rate / step) * step
    parts: dict[str, list[np.ndarray]] = {name: [] for name in ("audio", "f0_hz", "confidence", "loudness_db")}
    for part, length in zip(passages, lengths, strict=True):
        first = max(part.start - context, 0)
        around = audio[first : part.stop + context].astype(np.float32)

        def within(share: float, size: int = part.stop - part.start, done: int = done) -> None:
            if progress is not None:
                progress((done + share * size) / total)

        features = compute_features(around[np.newaxis], sample_rate, hop, model_capacity, within)
        skipped = (part.start - first) // hop
        for name, values in features.items():
            parts[name].append(values[0, skipped : skipped + length, 0])
        parts["audio"].append(np.pad(audio[part].astype(np.float32), (0, length * hop - (part.stop - part.start))))
        within(1.0)
        done += part.stop - part.start
    arrays = {name: np.concatenate([np.zeros(0, np.float32), *values]) for name, values in parts.items()}
    starts = np.asarray([part.start for part in passages], np.int64)
    return {**arrays, "starts": starts, "lengths": np.asarray(lengths, np.int64)}


@checked
def inspect_recording(
    audio: Float[Array, " time"],
    f0_hz: Float[Array, " frames"],
    confidence: Float[Array, " frames"],
    loudness_db: Float[Array, " frames"],
    sample_rate: int = 16000,
) -> list[str]:
    """Find properties of a recording from which an instrument learns badly.

    Parameters
    ----------
    audio
        Audio, [time], a NumPy array, as `prepare_recording` returns it.
    f0_hz
        Pitch in Hz, [frames].
    confidence
        Confidence of the pitch, [frames].
    loudness_db
        Loudness in dB, [frames].
    sample_rate
        Sample rate in Hz.

    Returns
    -------
    warnings : list
        Lines of text, each with what to do: about a missing pitch, and about several pitches at the same time.

    See Also
    --------
    prepare_recording : The arguments.

    Notes
    -----
    Several pitches are suspected if an eighth of the loud frames with a steady pitch has a tone that is not a harmonic
    of the pitch, nor of a half or a third of it, which CREPE sometimes confuses with the pitch. Two notes in unison or
    an octave, a fifth, a fourth or a major sixth apart are usually not noticed.

    Examples
    --------
    >>> import numpy as np
    >>> arrays = prepare_recording(0.1 * np.random.default_rng(0).standard_normal(16000))
    >>> inspect_recording(*(arrays[name] for name in ("audio", "f0_hz", "confidence", "loudness_db")))
    ['no pitch found: leave it out, unless the instrument is to learn noise']
    """
    loud = loudness_db > np.max(loudness_db) - LOUD_DB
    voiced, hop = float(np.mean(confidence[loud] > VOICED)), len(audio) // len(f0_hz)
    if voiced < HARDLY_PITCHED:
        tone = _tone_above(audio, np.flatnonzero(loud & (confidence <= VOICED)), hop, sample_rate)
        if tone:
            return [
                f"no pitch found, since the tone near {tone:.0f} Hz is above the range of the pitch tracker "
                f"({HIGHEST_HZ:g} Hz): leave it out"
            ]
    share = foreign_share(audio, f0_hz, loud, sample_rate)
    if share > POLYPHONIC:
        return [
            f"several notes or instruments at a time suspected ({100.0 * share:.0f} % of the sound): use recordings of "
            "one instrument that plays one note at a time, without accompaniment"
        ]
    if voiced < UNPITCHED:
        return ["no pitch found: leave it out, unless the instrument is to learn noise"]
    if voiced < HARDLY_PITCHED:
        return [f"only {100.0 * voiced:.0f} % of the sound has a pitch: leave out what is not played on the instrument"]
    return []


def _tone_above(audio: np.ndarray, frames: np.ndarray, hop: int, sample_rate: int) -> float:
    """Median in Hz of the tones above CREPE's range, if half of the frames have one, otherwise 0."""
    frames = frames[:: -(-len(frames) // LOOKS)]
    hertz, shares = strongest_tones(audio, (frames * hop).tolist(), sample_rate)
    above = (hertz > HIGHEST_HZ) & (shares > TONE_SHARE)
    return float(np.median(hertz[above])) if np.mean(above) > 0.5 else 0.0


def foreign_share(audio: np.ndarray, f0_hz: np.ndarray, loud: np.ndarray, sample_rate: int) -> float:
    """Share of the frames with a strong tone that no harmonic of the pitch explains; see `inspect_recording`."""
    hop, size = len(audio) // len(f0_hz), round(LOOK_SECONDS * sample_rate)
    reach = -(-size // (2 * hop))
    cents = 1200.0 * np.log2(np.pad(f0_hz, reach, mode="edge"))
    around = np.lib.stride_tricks.sliding_window_view(cents, 2 * reach + 1)
    frames = np.flatnonzero(loud & (np.ptp(around, axis=-1) < STEADY_CENTS))
    if len(frames) < 0.1 * np.sum(loud):  # too few to judge
        return 0.0
    frames = frames[:: -(-len(frames) // LOOKS)]
    samples = frames[:, np.newaxis] * hop + np.arange(size)
    pieces = np.pad(audio, (size // 2, size))[samples] * design.hann(size)
    power = np.abs(np.fft.rfft(pieces, axis=-1)) ** 2
    power *= design.a_weighting(power.shape[1], sample_rate)
    hertz = np.arange(power.shape[1]) * (sample_rate / size)
    width = WIDTH_BINS * sample_rate / size + WIDTH_SHARE * hertz
    foreign = np.ones(len(frames), bool)
    for divisor in (1, 2, 3):
        fundamental = f0_hz[frames, np.newaxis] / divisor
        apart = np.abs(hertz - fundamental * np.maximum(np.round(hertz / fundamental), 1.0))
        rest = np.where(apart > width, power, 0.0)
        lobe = np.max(np.lib.stride_tricks.sliding_window_view(rest, 5, axis=-1).sum(axis=-1), axis=-1)
        strong = (lobe > FOREIGN_SHARE * power.sum(axis=-1)) & (lobe > TONAL_SHARE * rest.sum(axis=-1))
        resolved = fundamental[:, 0] > 2.5 * WIDTH_BINS * sample_rate / size
        foreign &= strong | ~resolved if divisor > 1 else strong
    return float(np.mean(foreign))


def clipped_places(audio: np.ndarray) -> int:
    """Number of runs of at least 3 samples that stay at full scale, in [time] at the rate of the recording."""
    top = np.abs(audio[1:]) >= FULL_SCALE
    flat = top & (np.abs(np.diff(audio)) <= STEP)
    runs = np.flatnonzero(np.diff(flat, prepend=False, append=False)).reshape(-1, 2)
    return int(np.sum(runs[:, 1] - runs[:, 0] >= CLIPPED_SAMPLES - 1))
