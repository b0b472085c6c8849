"""Figures of the functions of ddsp.core: scaling, resampling, filters, scales of frequency and Markov models."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np

import ddsp

from .style import BLACK, RATE, SKY, decibels, figure, response


@figure
def scaling():
    x = np.linspace(-6.0, 6.0, 241)
    fig, axes = plt.subplots(1, 3, figsize=(8.0, 2.5))
    for function, name in (
        (ddsp.core.exp_sigmoid, "exp_sigmoid"),
        (lambda x: 2.0 * ddsp.core.sigmoid(x), "2 sigmoid"),
        (ddsp.core.softplus, "softplus"),
    ):
        axes[0].plot(x, function(x), label=name)
        axes[1].plot(x, decibels(function(x)), label=name)
    axes[0].set(title="Amplitude", xlabel="Network output x", ylabel="Amplitude", ylim=(0.0, 3.0))
    axes[0].legend(loc="upper left")
    axes[1].set(title="Amplitude in dB", xlabel="Network output x", ylabel="Level (dB)", ylim=(-125.0, 20.0))
    hz = ddsp.core.frequencies_sigmoid(x[None, :, None], depth=1, hz_min=20.0, hz_max=8000.0)[0, :, 0]
    axes[2].semilogy(x, hz, label="frequencies_sigmoid")
    bands = ddsp.core.frequencies_critical_bands(x[None, :, None] * np.ones((1, 1, 5)), depth=1)[0]
    axes[2].semilogy(x, bands, color=BLACK, lw=0.8, label=["frequencies_critical_bands", *4 * [None]])
    axes[2].set(title="Frequency", xlabel="Network output x", ylabel="Frequency (Hz)", ylim=(10.0, 2e5))
    axes[2].legend(loc="upper left", labelspacing=0.2)
    return fig


@figure
def resampling():
    values, n_timesteps = np.asarray([0.2, 0.9, 0.6, 0.7, 0.1]), 500
    fig, axes = plt.subplots(1, 4, figsize=(8.0, 2.1), sharey=True)
    for ax, method in zip(axes, ("nearest", "linear", "cubic", "window"), strict=True):
        curve = ddsp.core.resample(values[None, :, None], n_timesteps, method)[0, :, 0]
        ax.plot(np.arange(n_timesteps) / 100.0, curve)
        ax.plot(np.arange(5), values, "o", ms=4, color=BLACK)
        ax.set(title=f'method="{method}"', xlabel="Time (frames)", xticks=range(6))
    axes[0].set_ylabel("Value")
    return fig


@figure
def windowed_sinc():
    fig, axes = plt.subplots(1, 2, figsize=(8.0, 2.5), sharey=True)
    cutoff = np.asarray([2000.0])
    for ax, high_pass, title in zip(axes, (False, True), ("Low-pass", "High-pass"), strict=True):
        for size in (128, 32):
            taps = ddsp.core.sinc_impulse_response(cutoff, size, sample_rate=RATE, high_pass=high_pass)
            ax.plot(*response(taps), lw=0.9, label=f"window_size={size}")
        ax.plot(2.0, -6.02, "o", ms=4, color=BLACK)
        ax.set(title=f"{title}, cutoff 2 kHz", xlabel="Frequency (kHz)", xlim=(0.0, 8.0), ylim=(-100.0, 5.0))
    axes[0].set_ylabel("Gain (dB)")
    axes[0].legend(loc="upper right")
    return fig


@figure
def resampled_audio():
    fig, ax = plt.subplots(figsize=(8.0, 2.3))
    impulse = np.zeros((1, 3001))
    impulse[0, 1500] = 1.0
    up = ddsp.core.resample_audio(impulse, 16000, 48000)[0]
    spectrum = np.fft.rfft(up, 65536) / 3.0
    ax.plot(np.arange(len(spectrum)) * 48000 / 65536 / 1000.0, decibels(spectrum, -180.0), lw=0.7)
    ax.axvline(8.0, color=BLACK, lw=0.8, ls="--", label="Nyquist frequency at 16 kHz")
    ax.set(title="resample_audio from 16 to 48 kHz", xlabel="Frequency (kHz)", ylabel="Gain (dB)")
    ax.set(xlim=(6.0, 10.0), ylim=(-180.0, 10.0))
    ax.legend(loc="upper right")
    return fig


@figure
def viterbi():
    rng = np.random.default_rng(1)
    notes = np.repeat([60.0, 64.0, 62.0, 0.0, 67.0], 40)
    sounding = notes > 0
    pitch = np.where(sounding, notes + rng.normal(0.0, 0.4, 200), rng.uniform(56.0, 70.0, 200))
    pitch[sounding & (rng.random(200) < 0.05)] += 2.0
    amps = np.where(sounding, 1.5, 0.0) + rng.normal(0.0, 0.3, 200)
    transcriber = ddsp.losses.HmmTranscriber()
    found = transcriber.predict_midi(pitch[None, :, None], amps[None, :, None])[0, :, 0]
    fig, axes = plt.subplots(2, 1, figsize=(8.0, 3.0), sharex=True, height_ratios=(2, 1))
    axes[0].plot(pitch, ".", ms=4, color=SKY, label="observed pitch")
    axes[0].plot(np.where(found > 0, found, np.nan), color=BLACK, lw=2.0, label="most likely note")
    axes[0].set_title("Notes of a melody with a rest and outliers of 2 semitones")
    axes[0].set(ylabel="Pitch (MIDI)", ylim=(55.0, 76.0))
    axes[0].legend(loc="upper center", ncols=2)
    axes[1].plot(amps, ".", ms=4, color=SKY)
    axes[1].set(xlabel="Frame", ylabel="Amplitude", xlim=(0, 200))
    return fig


@figure
def harmonic_weights():
    fig, ax = plt.subplots(figsize=(8.0, 2.2))
    hz = np.linspace(50.0, 450.0, 801)[:, None, None]
    f0_hz, ones = np.full((801, 1, 1), 100.0), np.ones((801, 1, 1))
    for width, style in ((0.1, "-"), (0.3, "--")):
        amp, dist = ddsp.core.sinusoidal_to_harmonic(ones, hz, f0_hz, harmonic_width=width, n_harmonics=4)
        for h, color in enumerate(plt.rcParams["axes.prop_cycle"].by_key()["color"][:4]):
            label = f"harmonic_width={width}" if h == 0 else None
            ax.plot(hz[:, 0, 0], (amp * dist)[:, 0, h], style, color=color, label=label)
    ax.set_title("Weights of a sinusoid for harmonics 1 to 4 of f0 = 100 Hz")
    ax.set(xlabel="Frequency of the sinusoid (Hz)", ylabel="Weight", xlim=(50.0, 450.0), ylim=(0.0, 1.3))
    ax.legend(loc="upper center", ncols=2)
    return fig
