"""Envelopes, voices and damped exponentials: one note, one voice, one sample at a time."""

import numpy as np

from .oscillators import harmonic_synthesis, normalize_harmonics
from .units import exp_sigmoid

# Envelopes ------------------------------------------------------------------------------------------------------


def _bend(u, curve):
    return u if curve == 0.0 else (1.0 - np.exp(-curve * u)) / (1.0 - np.exp(-curve))


def _level(t, attack, decay, sustain, curve):
    """Level of a held note t seconds after its start."""
    if t <= 0.0:
        return 0.0
    if t < attack:
        return _bend(t / attack, curve)
    if t < attack + decay:
        return 1.0 - (1.0 - sustain) * _bend((t - attack) / decay, curve)
    return sustain


def _note(t, attack, decay, sustain, release, note_off, note_on, curve):
    end = max(note_off, note_on)
    if t <= end:
        return _level(t - note_on, attack, decay, sustain, curve)
    if t >= end + release:
        return 0.0
    return _level(end - note_on, attack, decay, sustain, curve) * (1.0 - _bend((t - end) / release, curve))


def adsr(
    attack, decay, sustain, release, note_off, note_on=None, n_frames=1000, frame_rate=250.0, curve=0.0, min_time=1e-3
):
    attack, decay, release = (np.maximum(x, min_time) for x in (attack, decay, release))
    note_on = np.zeros_like(note_off) if note_on is None else note_on
    notes = np.broadcast_arrays(attack, decay, sustain, release, note_off, note_on)
    out = np.zeros((*notes[0].shape[:-1], n_frames, 1))
    for item in np.ndindex(notes[0].shape[:-1]):
        for i in range(n_frames):
            out[(*item, i, 0)] = _note(i / frame_rate, *(float(x[(*item, 0)]) for x in notes), curve)
    return out


def adsr_controls(init, attack, decay, sustain, release, note_off, note_on=None):
    if init.get("scale_fn", "default") is not None:
        longest = init.get("max_time", 2.0)
        attack, decay, release = (longest / (1.0 + np.exp(-x)) for x in (attack, decay, release))
        sustain = 1.0 / (1.0 + np.exp(-sustain))
    note_on = 0.0 * note_off if note_on is None else note_on
    times = {"attack": attack, "decay": decay, "sustain": sustain, "release": release}
    return {**times, "note_off": note_off, "note_on": note_on}


def adsr_signal(init, **controls):
    return adsr(**controls, **{k: init[k] for k in ("n_frames", "frame_rate", "curve") if k in init})


# Voices ---------------------------------------------------------------------------------------------------------


def voices_synthesis(frequencies, amplitudes, harmonic_shifts=None, harmonic_distribution=None, **options):
    """Sum of single voices; an axis of length 1 is broadcast."""
    controls = {"frequencies": frequencies, "amplitudes": amplitudes, "harmonic_shifts": harmonic_shifts,
                "harmonic_distribution": harmonic_distribution}  # fmt: skip
    controls = {name: x for name, x in controls.items() if x is not None}
    n_voices = max(x.shape[1] for x in controls.values())
    return sum(
        harmonic_synthesis(**{name: x[:, min(v, x.shape[1] - 1)] for name, x in controls.items()}, **options)
        for v in range(n_voices)
    )


def voices_controls(amplitudes, harmonic_distribution, f0_hz, sample_rate):
    distribution = [
        normalize_harmonics(exp_sigmoid(harmonic_distribution[:, v]), f0_hz[:, v], sample_rate)
        for v in range(f0_hz.shape[1])
    ]
    distribution = np.stack(distribution, axis=1)
    return {"amplitudes": exp_sigmoid(amplitudes), "harmonic_distribution": distribution, "f0_hz": f0_hz}


# Surrogates -----------------------------------------------------------------------------------------------------


def surrogate_oscillator_bank(real, imag, amplitudes=None, initial_phase=None, n_samples=64000, sum_sinusoids=True):
    z = np.asarray(real + 1j * imag, np.clongdouble)
    z = z / np.maximum(np.abs(z), 1.0)
    waves = np.exp(2j * np.pi * initial_phase) if initial_phase is not None else 1.0
    waves = waves * (1.0 if amplitudes is None else amplitudes)
    audio = np.stack([np.real(waves * z**n) for n in range(n_samples)], axis=1).astype(np.float64)
    return audio.sum(axis=2) if sum_sinusoids else audio


def surrogate_harmonics(real, imag, n_harmonics):
    z = real + 1j * imag
    z = (z / np.maximum(np.abs(z), 1.0)) ** np.arange(1, n_harmonics + 1)
    return z.real, z.imag


def surrogate_to_frequencies(real, imag, sample_rate=16000):
    return np.abs(np.angle(real + 1j * imag)) / (2.0 * np.pi) * sample_rate


def frequencies_to_surrogate(frequencies, magnitude=1.0, sample_rate=16000):
    z = magnitude * np.exp(2j * np.pi * frequencies / sample_rate)
    return z.real, z.imag


def surrogate_controls(init, amplitudes, real, imag, initial_phase=None):
    amplitudes = amplitudes if init.get("scale_fn", "default") is None else exp_sigmoid(amplitudes)
    initial_phase = 0.0 * real if initial_phase is None else initial_phase
    return {"amplitudes": amplitudes, "real": real, "imag": imag, "initial_phase": initial_phase}


def surrogate_signal(init, **controls):
    return surrogate_oscillator_bank(**controls, n_samples=init.get("n_samples", 64000))


OPS = (
    adsr, surrogate_oscillator_bank, surrogate_harmonics, surrogate_to_frequencies, frequencies_to_surrogate,
)  # fmt: skip

METHODS = {
    "synths.ADSR.get_controls": adsr_controls,
    "synths.ADSR.get_signal": adsr_signal,
    "synths.ADSR.__call__": lambda init, **x: adsr_signal(init, **adsr_controls(init, **x)),
    "synths.SurrogateSinusoidal.get_controls": surrogate_controls,
    "synths.SurrogateSinusoidal.get_signal": surrogate_signal,
    "synths.SurrogateSinusoidal.__call__": lambda init, **x: surrogate_signal(init, **surrogate_controls(init, **x)),
}
