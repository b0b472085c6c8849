"""Figures of the effects in docs/synths_and_effects.md."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np

import ddsp

from .style import BLACK, RATE, decibels, figure, response, sawtooth, spectrogram


@figure
def reverbs():
    length, n_frames, n_bands = RATE, 100, 16
    audio = np.zeros((1, length))
    decay = ddsp.effects.ExpDecayReverb(reverb_length=length)
    uniform = decay.get_controls(audio, np.zeros((1, 1)), np.full((1, 1), 1.5), key=0)["ir"]
    time, band = np.linspace(0.0, 1.0, n_frames)[:, None], np.linspace(0.0, 1.0, n_bands)
    levels = 0.3 * np.exp(-(4.0 + 14.0 * band) * time)[None]  # high frequencies decay faster, as in air
    shaped = ddsp.effects.FilteredNoiseReverb(reverb_length=length, scale_fn=None, initial_bias=0.0)
    colored = shaped.get_controls(audio, levels, key=0)["ir"]
    fig, axes = plt.subplots(1, 3, figsize=(8.0, 2.6), width_ratios=(1, 1.1, 1.1))
    axes[0].plot(np.arange(length) / RATE, uniform[0], lw=0.3)
    axes[0].set(title="ExpDecayReverb, waveform", xlabel="Time (s)", ylabel="Impulse response")
    for ax, ir, title in zip(axes[1:], (uniform, colored), ("ExpDecayReverb", "FilteredNoiseReverb"), strict=True):
        spectrogram(ax, ir, range_db=60.0)
        ax.set_title(title)
    return fig


@figure
def decaying_reverb():
    length = RATE // 2
    reverb, audio = ddsp.effects.DecayingReverb(reverb_length=length), np.zeros((1, length))
    fig, axes = plt.subplots(1, 3, figsize=(8.0, 2.6), sharey=True)
    shown = {
        "Initial values": (-2.2, -0.7),
        "Shorter: decay -3": (-2.2, -3.0),
        "The limit: gain, decay 10": (10.0, 10.0),
    }
    for ax, (title, (gain, decay)) in zip(axes, shown.items(), strict=True):
        values = {"gain": np.asarray([gain]), "decay": np.asarray([decay])}
        ir = reverb.get_controls(audio, **values)["ir"][0]
        limit = reverb.get_controls(audio, **values, noise=np.full(length, 9.0))["ir"][0]  # tanh(9) is 1
        ax.plot(np.arange(length) / RATE, decibels(ir), lw=0.3)
        ax.plot(np.arange(length) / RATE, decibels(limit), color=BLACK, lw=1.0)
        ax.set(title=title, xlabel="Time (s)", ylim=(-110.0, -20.0))
    axes[0].set(ylabel="Impulse response (dB)")
    return fig


@figure
def fir():
    bands = np.linspace(0.0, 8000.0, 65)
    gains = np.where(np.abs(bands - 2500.0) < 500.0, 1.0, 0.01)[None]
    impulse = np.zeros((1, 1024))
    impulse[0, 512] = 1.0
    fig, ax = plt.subplots(figsize=(8.0, 2.6))
    ax.plot(bands / 1000.0, decibels(gains[0]), "o", ms=3, color=BLACK, label="input gains, 65 bands")
    for taps in (257, 33):
        filtered = ddsp.effects.FIRFilter(window_size=taps, scale_fn=None)(impulse, gains)
        ax.plot(*response(filtered[0]), label=f"response, window_size={taps}")
    ax.set(xlabel="Frequency (kHz)", ylabel="Gain (dB)", ylim=(-60.0, 5.0), xlim=(0.0, 8.0))
    ax.legend(loc="upper right")
    return fig


@figure
def mod_delay():
    n_samples = 2 * RATE
    time = np.arange(n_samples) / RATE
    ones = np.ones((1, n_samples, 1))
    white = np.random.default_rng(0).uniform(-1.0, 1.0, (1, n_samples))
    options = {"gain_scale_fn": None, "phase_scale_fn": None}
    flanger = ddsp.effects.ModDelay(center_ms=1.0, depth_ms=0.8, **options)
    swept = flanger(white, ones, 0.5 + 0.5 * np.cos(2 * np.pi * 0.5 * time)[None, :, None])
    tone = ddsp.synths.Harmonic(n_samples=n_samples, scale_fn=None)(
        np.full((1, 50, 1), 0.5), sawtooth(8, 50), np.full((1, 50, 1), 440.0)
    )
    vibrato = ddsp.effects.ModDelay(center_ms=3.0, depth_ms=2.0, add_dry=False, **options)
    moved = vibrato(tone, ones, 0.5 + 0.5 * np.sin(2 * np.pi * 3.0 * time)[None, :, None])
    fig, axes = plt.subplots(1, 2, figsize=(8.0, 2.4))
    spectrogram(axes[0], swept, range_db=40.0)
    axes[0].set_title("Flanger: white noise, delay 0.2 to 1.8 ms")
    spectrogram(axes[1], moved, top_khz=3.0, size=1024, range_db=60.0)
    axes[1].set_title("Vibrato: 440 Hz tone, delay 1 to 5 ms")
    return fig
