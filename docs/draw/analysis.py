"""Figures of ddsp.analysis and ddsp.training, of the flute phrase that is bundled with the library."""

from __future__ import annotations

from importlib.resources import as_file, files

import matplotlib.pyplot as plt
import numpy as np
import soundfile

import ddsp

from .style import BLUE, ORANGE, SKY, figure, spectrogram


def flute() -> tuple[np.ndarray, int]:
    """The first four seconds of the phrase, [1, time], and its sample rate."""
    with as_file(files("ddsp") / "data" / "flute_phrase.wav") as path:
        audio, rate = soundfile.read(path, dtype="float32")
    return audio[np.newaxis, : 4 * rate], rate


@figure
def analysis():
    audio, rate = flute()
    f0_hz, confidence = ddsp.analysis.track_pitch(audio, rate)
    controls = ddsp.analysis.analyze_recording(audio, rate, f0_hz, confidence)
    hop, n_frames = ddsp.analysis.hop_and_count(audio.shape[1], rate)
    seconds = np.arange(n_frames) * hop / rate
    fig, axes = plt.subplots(3, 1, figsize=(8.0, 4.2), sharex=True, height_ratios=(2, 1, 1))
    spectrogram(axes[0], audio, top_khz=4.0, size=2048, rate=rate)
    f0 = controls["f0_hz"][0, :, 0]
    axes[0].plot(seconds, np.where(confidence[0, :, 0] > 0.5, f0, np.nan) / 1000.0, color=SKY, lw=1.5, label="f0")
    axes[0].legend(loc="upper right", labelcolor="white", facecolor="black", frameon=True, framealpha=0.6)
    axes[0].set_title("The bundled flute phrase: pitch, level and loudness")
    axes[0].set_xlabel("")
    axes[1].plot(seconds, controls["amplitudes"][0, :, 0], color=BLUE, label="amplitude")
    axes[1].plot(seconds, confidence[0, :, 0], color=ORANGE, lw=0.8, label="confidence of f0")
    axes[1].set(ylabel="Value", ylim=(0.0, 1.5))
    axes[1].legend(loc="upper right", ncols=2)
    axes[2].plot(seconds, ddsp.analysis.track_loudness(audio, rate)[0], color=BLUE)
    axes[2].set(xlabel="Time (s)", ylabel="Loudness (dB)")
    return fig


@figure
def refinement():
    import jax.numpy as jnp

    audio, rate = flute()
    hop, _ = ddsp.analysis.hop_and_count(rate, rate)
    audio = audio[:, : rate // hop * hop]
    f0_hz, confidence = ddsp.analysis.track_pitch(audio, rate)
    controls = ddsp.analysis.analyze_recording(audio, rate, f0_hz, confidence)
    controls = {name: jnp.asarray(x) for name, x in controls.items()}
    noise = jnp.asarray(np.random.default_rng(0).uniform(-1.0, 1.0, audio.shape), jnp.float32)
    losses: list[float] = []
    ddsp.training.refine(jnp.asarray(audio), controls, noise, rate, 200, losses.append, True)
    fig, ax = plt.subplots(figsize=(8.0, 2.3))
    ax.plot(losses)
    ax.set_title("refine: 200 steps of gradient descent on the controls of one second")
    ax.set(xlabel="Step", ylabel="Spectral loss", xlim=(0, 200), ylim=(0.0, 1.05 * max(losses)))
    return fig


@figure
def features():
    audio, rate = flute()
    options = {"sample_rate": rate, "lo_hz": 80.0, "hi_hz": 8000.0, "fft_size": 2048}
    logmel = ddsp.spectral_ops.compute_logmel(audio, bins=64, **options)[0].T
    mfcc = ddsp.spectral_ops.compute_mfcc(audio, mel_bins=64, mfcc_bins=13, **options)[0].T
    edges = ddsp.design.mel_matrix(8, 1025, rate, 80.0, 8000.0)
    fig, axes = plt.subplots(1, 3, figsize=(8.0, 2.5))
    axes[0].plot(np.linspace(0.0, rate / 2000.0, len(edges)), edges, color=BLUE, lw=0.9)
    axes[0].set(title="Eight mel bands", xlabel="Frequency (kHz)", ylabel="Weight", xlim=(0.0, 8.0))
    for ax, values, title, label in (
        (axes[1], logmel, "compute_logmel", "Mel band"),
        (axes[2], mfcc[1:], "compute_mfcc", "Coefficient, from 1 on"),
    ):
        extent = (0.0, audio.shape[1] / rate, 0.5, 0.5 + len(values))
        ax.imshow(values, origin="lower", aspect="auto", extent=extent, cmap="magma", interpolation="nearest")
        ax.set(title=title, xlabel="Time (s)", ylabel=label)
        ax.grid(False)
    return fig
