"""Tables and delays, sample by sample: Fourier sums, np.interp and loops."""

import numpy as np

from .oscillators import _cycles
from .resample import resample
from .units import exp_sigmoid, sigmoid


def _broadcast(*arrays):
    """Broadcast batches of 1 to the largest batch."""
    batch = max(x.shape[0] for x in arrays)
    return [np.broadcast_to(x, (batch, *x.shape[1:])) for x in arrays]


def linear_lookup(phase, wavetables):
    """Linear interpolation of the periodic table on [0, 1]; outside, it falls to 0 within one sample."""
    phase = phase[..., 0] if phase.ndim == 3 else phase
    tables = wavetables[:, None] if wavetables.ndim == 2 else wavetables
    phase, tables = _broadcast(phase, tables)
    size = tables.shape[-1]
    corners = np.arange(-1, size + 2) / size
    out = np.zeros(phase.shape)
    for b, n in np.ndindex(*phase.shape):
        table = tables[b, min(n, tables.shape[1] - 1)]
        out[b, n] = np.interp(phase[b, n], corners, [0.0, *table, table[0], 0.0])
    return out


def harmonic_distribution_to_wavetable(harmonic_distribution, n_wavetable=2048):
    turns = np.arange(n_wavetable) / n_wavetable
    table = np.zeros((*harmonic_distribution.shape[:-1], n_wavetable))
    for k in range(harmonic_distribution.shape[-1]):
        half = 0.5 if 2 * (k + 1) == n_wavetable else 1.0
        table += half * harmonic_distribution[..., k : k + 1] * np.cos(2 * np.pi * (k + 1) * turns)
    return table


# Band limits ----------------------------------------------------------------------------------------------------


def _with_gains(table, gains):
    """Fourier series of a table [n] at its samples, with gains [..., harmonics] for harmonics 0 ... n // 2."""
    size = len(table)
    turns = np.arange(size) / size
    out = np.zeros((*gains.shape[:-1], size))
    for h in range(size // 2 + 1):
        c = np.sum(table * np.exp(-2j * np.pi * h * turns)) / size
        both = 1.0 if h in (0, size / 2) else 2.0  # h and -h
        out += gains[..., h : h + 1] * both * np.real(c * np.exp(2j * np.pi * h * turns))
    return out


def _level_tops(size, per_octave=8):
    most = size // 2
    tops = {round(2.0 ** (k / per_octave)) for k in range(per_octave * 20)}
    return sorted({t for t in tops if t <= most} | {0, most}, reverse=True)


def band_limited_wavetables(wavetables, levels_per_octave=8):
    size = wavetables.shape[-1]
    levels = [
        [
            _with_gains(table, (np.arange(size // 2 + 1) <= top).astype(float))
            for top in _level_tops(size, levels_per_octave)
        ]
        for table in wavetables
    ]
    return np.asarray(levels)


def _gain_of_level(size, top, count):
    """Gain of the harmonics of the level that ends at `top`, if `count` harmonics are below Nyquist.

    They fade over a ninth of `top`, or less if the next level is nearer.
    """
    if top == 0:
        return np.ones_like(count)
    above = [t for t in _level_tops(size) if t > top]
    width = min([top / 9, *(t - top for t in above)])
    return np.clip((count - top) / width, 0.0, 1.0)


def _limited_static(table, f0, sample_rate):
    """Table at each sample, [time, n], with the gains of its levels."""
    size = len(table)
    count = sample_rate / 2 / np.maximum(np.abs(f0), sample_rate / 2 / size)
    tops = _level_tops(size)
    gains = [_gain_of_level(size, min(t for t in tops if t >= h), count) for h in range(size // 2 + 1)]
    return _with_gains(table, np.stack(gains, axis=-1))


def _limited_frames(tables, f0_frames, f0, n_samples, sample_rate):
    """Tables of frames, one per frame of f0, band-limited to the highest f0 from the previous to the next frame."""
    frames, size = tables.shape
    n_rows = frames * int(np.ceil(f0_frames / frames))
    tables = resample(tables[None], max(n_rows, frames))[0]
    n_rows = len(tables)
    out = []
    for row in range(n_rows):
        near = [abs(f0[n]) for n in range(n_samples) if row - 1 <= n * n_rows / n_samples < row + 1]
        if row == n_rows - 1:
            near = [abs(f0[n]) for n in range(n_samples) if row - 1 <= n * n_rows / n_samples]
        count = sample_rate / 2 / max([*near, sample_rate / 2 / size])
        h = np.arange(size // 2 + 1)
        out.append(_with_gains(tables[row], np.where(h > 0, np.clip((count - h) * 9 / np.maximum(h, 1), 0, 1), 1.0)))
    return np.asarray(out)


# Synthesis ------------------------------------------------------------------------------------------------------


def wavetable_synthesis(frequencies, amplitudes, wavetables, n_samples=64000, sample_rate=16000, band_limit=False):
    """The phase is exclusive: the first sample has phase 0."""
    tables = wavetables[:, None] if wavetables.ndim == 2 else wavetables
    frequencies, amplitudes, tables = _broadcast(frequencies, amplitudes, tables)
    f0 = resample(frequencies, n_samples)
    inclusive = _cycles(f0, sample_rate)[..., 0]
    phase = np.concatenate([np.zeros_like(inclusive[:, :1]), inclusive[:, :-1]], axis=1)
    if band_limit and tables.shape[1] == 1:
        tables = np.stack([_limited_static(t[0], f[:, 0], sample_rate) for t, f in zip(tables, f0, strict=True)])
    elif band_limit:
        n_frames = frequencies.shape[1]
        tables = np.stack(
            [_limited_frames(t, n_frames, f[:, 0], n_samples, sample_rate) for t, f in zip(tables, f0, strict=True)]
        )
    tables = resample(tables, n_samples)
    tables = _lengthened(tables) if band_limit else tables
    return resample(amplitudes, n_samples, "window")[..., 0] * linear_lookup(phase, tables)


def _lengthened(tables):
    """Fourier series of tables at 32 times their samples, at most 8192."""
    size = tables.shape[-1]
    n = max(size, min(32 * size, 8192))
    h = np.arange(size // 2 + 1)
    weights = np.where((h == 0) | (2 * h == size), 1.0, 2.0) / size
    turns = np.exp(2j * np.pi * np.outer(h, np.arange(n)) / n)
    return np.real((np.fft.rfft(tables) * weights) @ turns) if n > size else tables


def variable_length_delay(phase, audio, max_length=512):
    """Linear interpolation of past samples, with silence before the first one.

    The delay line of the original ends one sample earlier and continues periodically with the current sample.
    """
    phase = phase[..., 0] if phase.ndim == 3 else phase
    phase, audio = _broadcast(phase, audio)
    out = np.zeros(audio.shape)
    for b, n in np.ndindex(*audio.shape):
        past = [audio[b, n - k] if k <= n else 0.0 for k in range(max_length + 1)]
        out[b, n] = np.interp(phase[b, n] * max_length, np.arange(max_length + 1), past)
    return out


# Processors -----------------------------------------------------------------------------------------------------


def wavetable_controls(init, amplitudes, wavetables, f0_hz):
    if init.get("scale_fn", "default") is not None:
        amplitudes, wavetables = exp_sigmoid(amplitudes), exp_sigmoid(wavetables)
    return {"amplitudes": amplitudes, "wavetables": wavetables, "f0_hz": f0_hz}


def wavetable_signal(init, amplitudes, wavetables, f0_hz):
    names = ("n_samples", "sample_rate", "band_limit")
    return wavetable_synthesis(f0_hz, amplitudes, wavetables, **{name: init[name] for name in names if name in init})


def mod_delay_controls(init, audio, gain, phase):
    return {
        "audio": audio,
        "gain": exp_sigmoid(gain) if init.get("gain_scale_fn", "default") is not None else gain,
        "phase": sigmoid(phase) if init.get("phase_scale_fn", "default") is not None else phase,
    }


def mod_delay_signal(init, audio, gain, phase):
    """Delays of center_ms +- depth_ms (in the original, center_ms + phase * depth_ms)."""
    centre, depth, rate = init.get("center_ms", 15.0), init.get("depth_ms", 10.0), init.get("sample_rate", 16000)
    milliseconds = centre + depth * (2 * np.clip(phase, 0.0, 1.0) - 1)
    longest = 2 * int(np.ceil((centre + depth) * rate / 1000))  # any sufficient length
    wet = variable_length_delay(milliseconds * rate / 1000 / longest, audio, longest)
    wet = wet * (gain[..., 0] if gain.ndim == 3 else gain)
    return wet + audio if init.get("add_dry", True) else wet


OPS = (
    band_limited_wavetables, harmonic_distribution_to_wavetable, linear_lookup, variable_length_delay,
    wavetable_synthesis,
)  # fmt: skip
METHODS = {
    "synths.Wavetable.get_controls": wavetable_controls,
    "synths.Wavetable.get_signal": wavetable_signal,
    "synths.Wavetable.__call__": lambda init, **x: wavetable_signal(init, **wavetable_controls(init, **x)),
    "effects.ModDelay.get_controls": mod_delay_controls,
    "effects.ModDelay.get_signal": mod_delay_signal,
    "effects.ModDelay.__call__": lambda init, **x: mod_delay_signal(init, **mod_delay_controls(init, **x)),
}
