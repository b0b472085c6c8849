"""Figures of docs/losses.md on learning a frequency: losses over the frequency error, and gradient descent."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np

import ddsp

from .style import BLACK, BLUE, ORANGE, RATE, SKY, cosines, figure


@figure
def landscapes():
    f0_hz = 440.0
    semitones = np.linspace(-12.0, 12.0, 241)
    hz = f0_hz * 2.0 ** (semitones / 12.0)
    losses, one = ddsp.losses, np.ones((1, 1, 1))

    def audio_loss(loss, n_samples=8192):
        target = cosines(f0_hz, n_samples)
        return [loss(target, cosines(f, n_samples)) for f in hz]

    def frequency_loss(loss):
        return [loss(one, f0_hz * one, one, f * one) for f in hz]

    def surrogate_loss(magnitude, n_samples=256):
        z = ddsp.core.frequencies_to_surrogate(hz[:, None], magnitude, RATE)
        audio = ddsp.core.surrogate_oscillator_bank(*z, n_samples=n_samples)
        return np.mean((cosines(f0_hz, n_samples) - audio) ** 2, axis=1)

    running_sums = losses.SpectralLoss((512,), "L2", mag_weight=0.0, cumsum_freq_weight=1.0)
    panels = {
        "ESRLoss, 1024 samples": audio_loss(losses.ESRLoss(), 1024),
        "SpectralLoss, frames of 2048": audio_loss(losses.SpectralLoss((2048,))),
        "SpectralLoss, six sizes": audio_loss(losses.SpectralLoss()),
        "Cumulative sums, frames of 512, L2": audio_loss(running_sums),
        "Squared error of a surrogate, |z| = 0.98": surrogate_loss(0.98),
        "Consistency losses": frequency_loss(losses.WassersteinConsistencyLoss()),
    }
    fig, axes = plt.subplots(2, 3, figsize=(8.0, 4.2), sharex=True, sharey=True)
    for ax, (title, values) in zip(axes.flat, panels.items(), strict=True):
        values = np.asarray(values) - np.min(values)
        values = values / values.max()
        first, last = valley(values)
        ax.axvspan(semitones[first], semitones[last], color=SKY, alpha=0.3, lw=0)
        ax.plot(semitones, values)
        ax.set_title(title, fontsize=8.5)
    kernels = frequency_loss(losses.KDEConsistencyLoss(scale_a=1.0, scale_b=1.0))
    kernels = np.asarray(kernels) - np.min(kernels)
    ax.plot(semitones, kernels / kernels.max(), ls="--", label="KDEConsistencyLoss")
    ax.lines[0].set_label("WassersteinConsistencyLoss")
    ax.legend(loc="upper center", fontsize=7)
    for ax in axes[1]:
        ax.set_xlabel("Frequency error (semitones)", fontsize=8)
    for ax in axes[:, 0]:
        ax.set_ylabel("Loss / maximum")
    return fig


def valley(values: np.ndarray) -> tuple[int, int]:
    """The two ends of the slope that leads down to the lowest value."""
    first = last = int(np.argmin(values))
    while first > 0 and values[first - 1] > values[first]:
        first -= 1
    while last < len(values) - 1 and values[last + 1] > values[last]:
        last += 1
    return first, last


@figure
def learning():
    import jax
    import jax.numpy as jnp
    import optax

    f0_hz, n_samples, n_steps = 440.0, 256, 600
    target = jnp.asarray(cosines(f0_hz, n_samples), jnp.float32)

    def descend(loss, values):
        adam = optax.adam(1e-3)

        def step(carry, _):
            updates, state = adam.update(jax.grad(loss)(carry[0]), carry[1])
            return (optax.apply_updates(carry[0], updates), state), carry[0]

        return jax.lax.scan(step, (values, adam.init(values)), None, length=n_steps)[1]

    def steady_loss(omega):
        return jnp.mean((jnp.cos(omega * jnp.arange(n_samples)) - target) ** 2)

    def surrogate_loss(z):
        return jnp.mean((ddsp.core.surrogate_oscillator_bank(*z, n_samples=n_samples) - target) ** 2)

    fig, axes = plt.subplots(1, 2, figsize=(8.0, 2.8))
    for color, start in ((BLUE, 660.0), (ORANGE, 293.3)):
        z = descend(surrogate_loss, ddsp.core.frequencies_to_surrogate(jnp.asarray([[start]]), sample_rate=RATE))
        omega = descend(steady_loss, jnp.asarray(2 * np.pi * start / RATE))
        found = ddsp.core.surrogate_to_frequencies(*z, RATE)[:, 0, 0]
        axes[0].plot(found, color=color, label=f"surrogate from {start:.0f} Hz")
        axes[0].plot(omega * RATE / (2 * np.pi), color=color, ls=":", label=f"sinusoid from {start:.0f} Hz")
        axes[1].plot(jnp.hypot(*z)[:, 0, 0], color=color, label=f"from {start:.0f} Hz")
    axes[0].axhline(f0_hz, color=BLACK, lw=0.8, ls="--", label="target, 440 Hz")
    axes[0].set(title="Frequency", xlabel="Step", ylabel="Frequency (Hz)", ylim=(250, 1000))
    axes[0].legend(loc="upper right", labelspacing=0.2)
    axes[1].set(title="|z| of the surrogates (below 1: damped)", xlabel="Step", ylabel="|z|")
    axes[1].legend(loc="center", bbox_to_anchor=(0.5, 0.6))
    return fig
