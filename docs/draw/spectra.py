"""Figures of ddsp.spectral_ops, ddsp.design and the spectral losses: windows, frame sizes, weighting and densities."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np

import ddsp

from .style import BLACK, RATE, decibels, figure, frames, sawtooth, spectrogram


@figure
def windows():
    size, n_fft = 65, 8192
    fig, axes = plt.subplots(1, 2, figsize=(8.0, 2.5))
    for function, name in ((ddsp.design.hann, "Hann"), (ddsp.design.hamming, "Hamming"), (np.ones, "rectangular")):
        window = function(size)
        axes[0].plot(window, label=name)
        spectrum = np.fft.rfft(window, n_fft)
        axes[1].plot(np.arange(n_fft // 2 + 1) * size / n_fft, decibels(spectrum / spectrum[0].real), lw=0.9)
    axes[0].set(title=f"Windows of {size} samples", xlabel="Sample", ylabel="Value", ylim=(0.0, 1.4))
    axes[0].legend(loc="upper center", ncols=3)
    axes[1].set(title="Spectra", xlabel="Frequency (sample rate / size)", ylabel="Level (dB)")
    axes[1].set(xlim=(0.0, 12.0), ylim=(-100.0, 5.0))
    return fig


@figure
def frame_sizes():
    n_frames, n_samples = 200, RATE
    level = np.where(np.arange(n_frames) % 50 < 25, 0.5, 0.0)
    synth = ddsp.synths.Harmonic(n_samples=n_samples, scale_fn=None, amp_resample_method="linear")
    pair = [synth(frames(level), sawtooth(6, n_frames), np.full((1, n_frames, 1), hz)) for hz in (220.0, 247.0)]
    fig, axes = plt.subplots(1, 3, figsize=(8.0, 2.4), sharey=True)
    for ax, size in zip(axes, (2048, 512, 64), strict=True):
        spectrogram(ax, pair[0] + pair[1], top_khz=1.5, size=size, range_db=60.0)
        ax.set(title=f"Frames of {size} samples ({1000 * size // RATE} ms)", ylabel="")
    axes[0].set_ylabel("Frequency (kHz)")
    return fig


@figure
def hearing_scales():
    hz = np.linspace(20.0, 8000.0, 400)
    fig, axes = plt.subplots(1, 3, figsize=(8.0, 2.5))
    for function, name in ((ddsp.core.hz_to_bark, "Bark"), (ddsp.core.hz_to_mel, "mel")):
        axes[0].plot(hz / 1000.0, function(hz) / function(np.asarray(8000.0)), label=name)
    axes[0].set(title="Frequency scales", ylabel="Value / value at 8 kHz")
    axes[0].legend(loc="lower right")
    axes[1].plot(hz / 1000.0, ddsp.core.hz_to_erb(hz))
    axes[1].set(title="hz_to_erb", ylabel="Bandwidth (Hz)")
    n_bins = 4001
    bins = np.linspace(0.0, 8.0, n_bins)[10:]
    axes[2].plot(bins, 10.0 * np.log10(ddsp.design.a_weighting(n_bins, RATE))[10:])
    axes[2].set(title="A-weighting", ylabel="Gain (dB)", xscale="log", xticks=(0.02, 0.1, 1.0, 8.0))
    axes[2].set_xticklabels(["0.02", "0.1", "1", "8"])
    axes[2].minorticks_off()
    for ax in axes:
        ax.set_xlabel("Frequency (kHz)")
    return fig


@figure
def density():
    freqs, amps = np.asarray([[[220.0, 330.0, 440.0]]]), np.asarray([[[1.0, 0.5, 0.25]]])
    semitones = np.linspace(-6.0, 18.0, 1201)
    points = 220.0 * 2.0 ** (semitones / 12.0)[:, None, None]
    one, loss = np.ones_like(points), ddsp.losses.KDEConsistencyLoss()
    target = [np.broadcast_to(x, (len(points), 1, 3)) for x in (amps, freqs)]
    fig, axes = plt.subplots(1, 2, figsize=(8.0, 2.4))
    for scale in (0.5, 2.0):
        nll = loss.nll(one, points, *target, scale_target=scale)[:, 0]
        for ax, values in zip(axes, (np.exp(-nll), nll), strict=True):
            ax.plot(semitones, values, label=f"scale {scale:g} semitones")
    axes[0].vlines(
        12.0 * np.log2(freqs[0, 0] / 220.0), 0.0, 0.5 * amps[0, 0], color=BLACK, lw=2.0, label="amplitudes / 2"
    )
    axes[0].set(title="Density of sinusoids at 220, 330 and 440 Hz", ylabel="p (1 / semitone)", ylim=(0.0, 0.75))
    axes[0].legend(loc="upper right")
    axes[1].set(title="Negative log-likelihood of one sinusoid", ylabel="-log p (nats)", ylim=(0.0, 30.0))
    for ax in axes:
        ax.set_xlabel("Semitones above 220 Hz")
    return fig
