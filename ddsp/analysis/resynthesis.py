"""From a recording to its controls and back: analysis and rendering at 500 frames per second."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

from .. import synths
from ..core.harmonic.rows import synthesize_frames
from ..core.oscillators import normalize_harmonics
from ..extend import Adapter, Array, Float, Key, adapter_of, axis_size, checked, common_backend, integer
from .controls import analyze
from .frames import Progress
from .tracking import JUMP, hop_and_count, interpolate_pitch, track_pitch

__all__ = ["analyze_recording", "change_speed", "render_controls", "render_in_chunks"]

#: The controls that `render_controls` reads.
CONTROLS = ("amplitudes", "harmonic_distribution", "f0_hz", "magnitudes")
#: Bands of the noise; see `tracking.FRAME_RATE`.
N_BANDS = 129
#: Number of samples that `render_in_chunks` renders at a time.
CHUNK_SAMPLES = 2**20


@checked
def analyze_recording(
    audio: Float[Array, "batch time"],
    sample_rate: float = 16000,
    f0_hz: Float[Array, "#batch frames 1"] | None = None,
    confidence: Float[Array, "#batch frames 1"] | None = None,
    n_harmonics: int | None = None,
    n_bands: int = N_BANDS,
    refine: bool = True,
    progress: Progress | None = None,
) -> dict[str, Array]:
    """Analyze a recording to controls from which `render_controls` resynthesizes the sound.

    The pitch is tracked by CREPE (`track_pitch`) unless it is given. `analyze` then measures harmonics and noise
    without gradient descent. It runs in NumPy on the host for any backend, because its shapes depend on the pitch, so
    a compiler would compile at each call.

    ![Spectrogram of a flute phrase with its pitch, amplitude, confidence and loudness](../figures/analysis.png)

    Parameters
    ----------
    audio
        Recordings of one voice or instrument each, of any length, [batch, time].
    sample_rate
        Sample rate in Hz.
    f0_hz
        Pitch in Hz, > 0, at the frames of `hop_and_count`, [batch, frames, 1]. A batch of 1 broadcasts. None: the pitch
        is tracked.
    confidence
        Confidence of the pitch, from 0 to 1, [batch, frames, 1]; None: 1 for a pitch that is given.
    n_harmonics
        Number of harmonics; None: as many as fit below half the sample rate, at most 200.
    n_bands
        Number of noise bands, >= 2.
    refine
        Correct the pitch by the phases of the harmonics.
    progress
        Function that is called with the completed fraction, 0 to 1.

    Returns
    -------
    controls : dict
        `amplitudes`, `f0_hz` and `voicing` [batch, frames, 1], `harmonic_distribution` [batch, frames, n_harmonics] and
        `magnitudes` [batch, frames, n_bands], as from `analyze`; dtype, backend and device of the audio.

    See Also
    --------
    render_controls : The way back.
    remove_offset : For recordings with an offset.
    ddsp.training.refine : Gradient descent on the controls.

    Examples
    --------
    >>> import numpy as np
    >>> tone = 0.5 * np.sin(2 * np.pi * 440.0 * np.arange(8000) / 16000).astype(np.float32)
    >>> controls = analyze_recording(tone[np.newaxis])
    >>> {name: float(x[0, 100, 0].round(2)) for name, x in controls.items() if name != "magnitudes"}
    {'f0_hz': 440.0, 'amplitudes': 0.5, 'harmonic_distribution': 1.0, 'voicing': 1.0}
    >>> render_controls(controls, n_samples=8000, key=0).shape
    (1, 8000)
    """
    backend = common_backend(audio=audio, f0_hz=f0_hz, confidence=confidence)
    if f0_hz is None:
        f0_hz, confidence = track_pitch(audio, sample_rate)
    n_batch, n_samples = (int(n) for n in audio.shape)
    hop, n_frames = hop_and_count(n_samples, sample_rate)
    if axis_size(f0_hz, 1) != n_frames:
        raise ValueError(f"f0_hz: got {axis_size(f0_hz, 1)} frames, expected {n_frames}, as computed by hop_and_count")
    padded = np.pad(backend.to_numpy(audio), ((0, 0), (0, n_frames * hop - n_samples)))

    def per_sound(x: Array | None) -> np.ndarray | None:
        return None if x is None else np.repeat(backend.to_numpy(x), n_batch // axis_size(x, 0), axis=0)

    controls = analyze(
        padded, per_sound(f0_hz), per_sound(confidence), sample_rate, n_harmonics, n_bands, refine, progress
    )
    if isinstance(audio, np.ndarray):
        return controls  # not copied: long sounds have hundreds of megabytes of controls
    return {name: backend.constant(x, audio) for name, x in controls.items()}


@checked
def render_controls(
    controls: Mapping[str, Array],
    sample_rate: float = 16000,
    n_samples: int | None = None,
    hop_size: int | None = None,
    *,
    key: Key = None,
    noise: Float[Array, "#batch padded_time"] | None = None,
    initial_phase: Float[Array, "#batch 1 1"] | None = None,
) -> Float[Array, "batch time"]:
    r"""Render the controls of a sound: harmonics plus filtered noise.

    $$x[n] = a[n] \sum_h c_h[n] \sin(2\pi h \phi[n]) + (w * g_n)[n]$$

    a are the amplitudes, c_h the harmonic distribution, phi is the phase of f0 in cycles, w white noise, and g_n a
    filter with the magnitudes of the frame of sample n. Differentiable in the controls.

    Parameters
    ----------
    controls
        `amplitudes` [batch, frames, 1], `harmonic_distribution` [batch, frames, harmonics], `f0_hz` [batch, frames, 1]
        and `magnitudes` [batch, frames, bands], as from `analyze_recording`; other entries are ignored. The
        distribution is normalized to a sum of 1.
    sample_rate
        Sample rate in Hz.
    n_samples
        Length of the audio in samples; None for all frames.
    hop_size
        Samples per frame; None for that of `noise` if it is given, otherwise for 2 ms, as in `analyze_recording`.
    key
        Random key of the noise, as in `ddsp.synths.FilteredNoise`: an int seed, a key or generator of the backend, or
        None.
    noise
        Noise, uniform in [-1, 1), [batch, frames * hop_size], instead of a key.
    initial_phase
        Phase of the fundamental before the first sample, in cycles, [batch, 1, 1]; None: 0.

    Returns
    -------
    audio : array
        [batch, n_samples], dtype of the controls.

    Raises
    ------
    ValueError
        More samples than the frames have, or a control is missing.

    See Also
    --------
    analyze_recording : Controls of a recording.
    render_in_chunks : The same for long sounds.

    Examples
    --------
    >>> import numpy as np
    >>> shapes = {"amplitudes": 1, "harmonic_distribution": 4, "f0_hz": 1, "magnitudes": 65}
    >>> controls = {name: np.ones((1, 10, n)) for name, n in shapes.items()}
    >>> render_controls(controls, key=0).shape, render_controls(controls, n_samples=300, key=0).shape
    ((1, 320), (1, 300))
    """
    amplitudes, distribution, f0_hz, magnitudes = sound_controls(controls).values()
    n_frames = axis_size(f0_hz, 1)
    if hop_size is None:
        hop_size = hop_and_count(1, sample_rate)[0] if noise is None else axis_size(noise, 1) // n_frames
    total = n_frames * integer("hop_size", hop_size, 1)
    wanted = total if n_samples is None else integer("n_samples", n_samples, 1)
    if wanted > total:
        raise ValueError(f"n_samples: got {wanted}, expected at most {total}, the length of {n_frames} frames")
    if initial_phase is None:
        harmonic = synths.Harmonic(
            n_samples=total, sample_rate=sample_rate, scale_fn=None, normalize_below_nyquist=False
        )
        tone = harmonic(amplitudes, distribution, f0_hz)
    else:
        backend, amplitudes = adapter_of(f0_hz), amplitudes * normalize_harmonics(distribution)
        tone, _ = synthesize_frames(backend, f0_hz, amplitudes, total, sample_rate, "window", initial_phase)
    audio = tone + synths.FilteredNoise(n_samples=total, scale_fn=None)(magnitudes, key=key, noise=noise)
    return audio if wanted == total else audio[:, :wanted]


def sound_controls(controls: Mapping[str, Array]) -> dict[str, Array]:
    """The entries that a sound is rendered from, in the order of CONTROLS; ValueError if one is missing."""
    for name in CONTROLS:
        if name not in controls:
            raise ValueError(f"controls: got no {name}, expected {', '.join(CONTROLS)}")
    return {name: controls[name] for name in CONTROLS}


@checked
def render_in_chunks(
    controls: Mapping[str, Array],
    noise: Float[Array, "#batch time"],
    sample_rate: float = 16000,
    render: Callable[..., Array] | None = None,
    progress: Progress | None = None,
) -> Float[Array, "batch time"]:
    """Render the controls of a long sound in chunks of 2**20 samples, so that memory is bounded.

    Chunks overlap, and the result is that of one call of `render_controls`. It has no gradient if there are several
    chunks.

    Parameters
    ----------
    controls
        Controls, as for `render_controls`.
    noise
        Noise, uniform in [-1, 1), [batch, frames * hop_size].
    sample_rate
        Sample rate in Hz.
    render
        `partial(render_controls, sample_rate=sample_rate)`, compiled by the framework. All chunks have the same size,
        so sounds of different lengths share one compilation. None: not compiled.
    progress
        Function that is called with the completed fraction, 0 to 1, after each of several chunks.

    Returns
    -------
    audio : array
        [batch, frames * hop_size].

    See Also
    --------
    render_controls : The same at once, with a gradient.

    Examples
    --------
    >>> import numpy as np
    >>> shapes = {"amplitudes": 1, "harmonic_distribution": 4, "f0_hz": 1, "magnitudes": 65}
    >>> controls = {name: np.ones((1, 10, n)) for name, n in shapes.items()}
    >>> render_in_chunks(controls, np.zeros((1, 320))).shape
    (1, 320)
    """
    controls = sound_controls(controls)
    backend, trim = common_backend(**controls, noise=noise), render is None
    render = partial(render_controls, sample_rate=sample_rate) if render is None else render
    if axis_size(noise, 1) <= CHUNK_SAMPLES:
        return render(controls, noise=noise)
    n_frames, n_bands = axis_size(controls["f0_hz"], 1), axis_size(controls["magnitudes"], 2)
    hop = axis_size(noise, 1) // n_frames
    margin = 2 * n_bands // hop + 2  # reach of the noise filters in frames
    length = max(CHUNK_SAMPLES // hop, 3 * margin)
    phase, chunks = phase_at_frames(backend.to_numpy(controls["f0_hz"]), hop, sample_rate), []
    for start in range(0, n_frames, length - 2 * margin):
        first = max(min(start - margin, n_frames - length), 0)
        given = {name: x[:, first : first + length, :] for name, x in controls.items()}
        if trim:  # not if compiled: another number of harmonics would compile again
            given["harmonic_distribution"] = _without_silent(backend, given["harmonic_distribution"])
        part = noise[:, first * hop : (first + length) * hop]
        made = render(given, noise=part, initial_phase=backend.constant(phase[:, first : first + 1], noise))
        stop = min(start + length - 2 * margin, n_frames)
        chunks.append(made[:, (start - first) * hop : (stop - first) * hop])
        if progress is not None:
            progress(stop / n_frames)
    return backend.xp.concat(chunks, axis=1)


def _without_silent(backend: Adapter, distribution: Array) -> Array:
    """The harmonic distribution without the highest harmonics that are 0 in all frames."""
    audible = np.flatnonzero(backend.to_numpy(distribution).any(axis=(0, 1)))
    return distribution[:, :, : max(audible, default=0) + 1]


def phase_at_frames(f0_hz: np.ndarray, hop: int, sample_rate: float) -> np.ndarray:
    """Phase of the fundamental before the first sample of each frame in cycles, [batch, frames, 1]."""
    f0_hz = f0_hz.astype(np.float64)
    change = np.diff(f0_hz, axis=1, append=f0_hz[:, -1:])
    total = np.cumsum((hop * f0_hz + 0.5 * (hop - 1) * change) / sample_rate, axis=1)
    return np.pad(total[:, :-1], ((0, 0), (1, 0), (0, 0))) % 1.0


@checked
def change_speed(controls: dict[str, Array], speed: float) -> dict[str, Array]:
    """Change the tempo of a sound without its pitch, by interpolating its controls.

    Controls are interpolated linearly between frames; at jumps of the pitch by more than a semitone, the pitch of the
    nearest frame is used. Computed on the host.

    Parameters
    ----------
    controls
        Controls, as from `analyze_recording`, [batch, frames, ...].
    speed
        Factor of the tempo, > 0; 2.0 is twice as fast, with half the frames.

    Returns
    -------
    controls : dict
        [batch, ceil(frames / speed), ...]; dtype, backend and device of the given ones.

    See Also
    --------
    analyze_recording : Controls of a recording.
    render_controls : Audio of the changed controls.

    Examples
    --------
    >>> import numpy as np
    >>> slow = change_speed({"f0_hz": np.asarray([[[200.0], [204.0], [300.0]]])}, speed=0.5)
    >>> slow["f0_hz"][0, :, 0]
    array([200., 202., 204., 300., 300., 300.])
    """
    if not speed > 0.0:
        raise ValueError(f"speed: got {speed:g}, expected > 0")
    if speed == 1.0:
        return controls
    backend = common_backend(**controls)
    host = {name: backend.to_numpy(x) for name, x in controls.items()}
    f0_hz = host["f0_hz"][:, :, 0]
    n_frames = f0_hz.shape[1]
    places = np.minimum(np.arange(int(np.ceil(n_frames / speed))) * speed, n_frames - 1.0)
    before = np.floor(places).astype(int)
    after = np.minimum(before + 1, n_frames - 1)
    share = (places - before).astype(f0_hz.dtype)
    ratio = f0_hz[:, after] / np.maximum(f0_hz[:, before], 1e-6)
    glides = np.abs(np.log(np.maximum(ratio, 1e-6))) <= np.log(JUMP)
    found = {"f0_hz": interpolate_pitch(f0_hz, before, after, share, glides)[:, :, np.newaxis]}
    share = share[:, np.newaxis]
    for name in host.keys() - found.keys():
        found[name] = (1.0 - share) * host[name][:, before] + share * host[name][:, after]
    return {name: backend.constant(found[name], controls[name]) for name in controls}
