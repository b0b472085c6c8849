"""Figures of the synthesizers in docs/synths_and_effects.md."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np

import ddsp

from .style import BLACK, RATE, decibels, figure, frames, sawtooth, spectrogram


@figure
def harmonic():
    n_frames, n_samples = 200, 2 * RATE
    synth = ddsp.synths.Harmonic(n_samples=n_samples, scale_fn=None)
    glide = synth(np.full((1, n_frames, 1), 0.5), sawtooth(30, n_frames), frames(np.geomspace(200.0, 790.0, n_frames)))
    envelope = ddsp.synths.ADSR(n_frames=n_frames, frame_rate=n_frames / 2.0, scale_fn=None)
    onsets = np.asarray([[[0.1], [0.6], [1.1]]])
    numbers = [np.full((1, 3, 1), x) for x in (0.02, 0.3, 0.3, 0.2)]
    levels = envelope(*numbers, note_off=np.full((1, 3, 1), 1.7), note_on=onsets)
    f0_hz = np.asarray([220.0, 277.2, 329.6])[None, :, None, None] * np.ones((1, 3, n_frames, 1))
    chord = synth(levels, sawtooth(12, n_frames)[:, None], f0_hz)
    fig, axes = plt.subplots(1, 2, figsize=(8.0, 2.8))
    spectrogram(axes[0], glide, size=1024)
    axes[0].set_title("One voice: glide from 200 to 790 Hz, 30 harmonics")
    spectrogram(axes[1], chord, top_khz=2.0, size=2048)
    axes[1].set_title("Three voices, which start at 0.1, 0.6 and 1.1 s")
    return fig


@figure
def adsr():
    n_frames, rate = 1000, 1000.0
    numbers = [np.full((1, 1), x) for x in (0.1, 0.2, 0.5, 0.25)]
    fig, ax = plt.subplots(figsize=(8.0, 2.4))
    for curve in (0.0, 5.0):
        envelope = ddsp.synths.ADSR(n_frames=n_frames, frame_rate=rate, scale_fn=None, curve=curve)
        level = envelope(*numbers, note_off=np.full((1, 1), 0.6))
        ax.plot(np.arange(n_frames) / rate, level[0, :, 0], label=f"curve={curve:g}")
    for end in (0.0, 0.1, 0.3, 0.6, 0.85):
        ax.axvline(end, color=BLACK, lw=0.6, ls=":")
    for middle, text in ((0.05, "attack"), (0.2, "decay"), (0.45, "sustain"), (0.725, "release")):
        ax.text(middle, 1.06, text, ha="center", fontsize=8)
    ax.set(xlabel="Time (s)", ylabel="Level", ylim=(0.0, 1.18), xlim=(0.0, 1.0))
    ax.legend(loc="upper right", bbox_to_anchor=(1.0, 0.9))
    return fig


@figure
def noise():
    n_frames, n_samples = 50, RATE
    bands = np.linspace(0.0, 8000.0, 65)
    center = np.linspace(1000.0, 6000.0, n_frames)[:, None]
    gains = np.exp(-(((bands - center) / 400.0) ** 2))[None]
    wind = ddsp.synths.FilteredNoise(n_samples=n_samples, scale_fn=None)(gains, key=0)
    fig, axes = plt.subplots(1, 2, figsize=(8.0, 2.8))
    half = 8.0 / 64 / 2
    extent = (0.0, 1.0, -half, 8.0 + half)
    shown = axes[0].imshow(gains[0].T, origin="lower", aspect="auto", extent=extent, cmap="viridis")
    axes[0].set(title="Gains: 50 frames of 65 bands", xlabel="Time (s)", ylabel="Frequency (kHz)", ylim=(0.0, 8.0))
    axes[0].grid(False)
    fig.colorbar(shown, ax=axes[0], label="Gain")
    spectrogram(axes[1], wind, range_db=60.0)
    axes[1].set_title("Filtered noise")
    return fig


@figure
def wavetable():
    n_frames, n_samples = 100, 2 * RATE
    table = ddsp.core.harmonic_distribution_to_wavetable(sawtooth(40, 1), n_wavetable=2048)[:, 0]
    rise = frames(np.geomspace(200.0, 3000.0, n_frames))
    fig, axes = plt.subplots(1, 2, figsize=(8.0, 2.4), sharey=True)
    for ax, band_limit in zip(axes, (False, True), strict=True):
        synth = ddsp.synths.Wavetable(n_samples=n_samples, scale_fn=None, band_limit=band_limit)
        spectrogram(ax, synth(np.full((1, n_frames, 1), 0.5), table, rise), range_db=60.0)
        ax.set_title(f"band_limit={band_limit}")
    axes[1].set_ylabel("")
    return fig


@figure
def sinusoids():
    n_frames, n_samples = 200, 2 * RATE
    ratios = np.asarray([0.56, 0.92, 1.19, 1.71, 2.0, 2.74, 3.0, 3.76])
    time = np.arange(n_frames)[:, None] * n_samples / n_frames / RATE
    bell = ddsp.synths.Sinusoidal(n_samples=n_samples, amp_scale_fn=None, freq_scale_fn=None)
    audio = bell(np.exp(-2.0 * ratios * time)[None] / 8, np.broadcast_to(440.0 * ratios, (1, n_frames, 8)))
    fig, axes = plt.subplots(1, 3, figsize=(8.0, 2.8), width_ratios=(1.2, 1, 1))
    spectrogram(axes[0], audio, top_khz=2.0, size=2048)
    axes[0].set_title("Sinusoidal: a bell")
    n = 400
    for magnitude in (1.0, 0.995, 0.98):
        real, imag = ddsp.core.frequencies_to_surrogate(np.asarray([[440.0]]), magnitude, RATE)
        wave = ddsp.core.surrogate_oscillator_bank(real, imag, n_samples=n)[0]
        axes[1].plot(1000.0 * np.arange(n) / RATE, wave, lw=0.9, label=f"|z| = {magnitude}")
        spectrum = np.abs(np.fft.rfft(wave, 16384))
        axes[2].plot(np.arange(8193) * RATE / 16384, decibels(spectrum / spectrum.max()))
    axes[1].set(title=r"Surrogates $\mathrm{Re}\,z^n$, 440 Hz", xlabel="Time (ms)", ylabel="Sample value")
    axes[1].set(ylim=(-1.0, 1.9), yticks=(-1, 0, 1))
    axes[1].legend(loc="upper right", labelspacing=0.2)
    axes[2].set(title="Spectra of the surrogates", xlabel="Frequency (Hz)", ylabel="Level (dB)")
    axes[2].set(xlim=(0, 1200), ylim=(-50, 3))
    return fig
