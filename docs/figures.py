"""Draws the figures of the guide: `python docs/figures.py` writes docs/figures/*.png, one for each function in FIGURES.

`python docs/figures.py group landscapes` draws some of them.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
from PIL import Image

import ddsp

FOLDER = Path(__file__).parent / "figures"
FIGURES: dict[str, Callable] = {}
#: Okabe and Ito's colours, which colour-blind readers can tell apart.
BLACK, ORANGE, SKY, GREEN, BLUE, RED, PINK = (
    "#000000", "#E69F00", "#56B4E9", "#009E73", "#0072B2", "#D55E00", "#CC79A7",
)  # fmt: skip
STYLE = {
    "axes.grid": True,
    "axes.prop_cycle": plt.cycler(color=[BLUE, ORANGE, GREEN, PINK, RED, SKY, BLACK]),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 10,
    "figure.constrained_layout.use": True,
    "figure.dpi": 100,
    "font.size": 9,
    "grid.alpha": 0.3,
    "legend.fontsize": 8,
    "legend.frameon": False,
    "lines.linewidth": 1.3,
    "savefig.dpi": 100,
}
RATE = 16000


def figure(function: Callable) -> Callable:
    """Keep a function that returns a figure, under its name."""
    FIGURES[function.__name__] = function
    return function


def draw(name: str, folder: Path = FOLDER) -> None:
    """Write one figure."""
    with plt.rc_context(STYLE):
        fig = FIGURES[name]()
        fig.savefig(drawn := io.BytesIO(), format="png")
        plt.close(fig)
    # A palette of 64 colours makes the file several times smaller.
    colours = Image.open(drawn).convert("RGB").quantize(64, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    colours.save(folder / f"{name}.png", optimize=True)


def spectrogram(ax, audio: np.ndarray, top_khz: float = 8.0, size: int = 512, range_db: float = 80.0) -> None:
    """Magnitudes of [1, time] audio in dB below the loudest bin, of frames that lie inside it, at their middles."""
    mag = ddsp.spectral_ops.compute_mag(audio, size=size, pad_end=False)[0].T
    db = 20.0 * np.log10(np.maximum(mag / mag.max(), 10.0 ** (-range_db / 20.0)))
    start = 0.5 * (size - size / 4) / RATE
    extent = (start, start + mag.shape[1] * size / 4 / RATE, 0.0, RATE / 2000.0)
    ax.imshow(db, origin="lower", aspect="auto", extent=extent, cmap="magma", vmin=-range_db, vmax=0.0)
    ax.set_facecolor(plt.colormaps["magma"](0.0))
    ax.set(xlabel="time (s)", ylabel="frequency (kHz)", ylim=(0.0, top_khz), xlim=(0.0, audio.shape[1] / RATE))
    ax.grid(False)


# Processors -----------------------------------------------------------------------------------------------------


@figure
def controls():
    rng = np.random.default_rng(4)
    n_frames, n_samples = 100, 6400
    time = np.arange(n_frames) * n_samples / n_frames / RATE
    walk = np.cumsum(rng.normal(0.0, 0.25, (1, n_frames, 3)), axis=1)
    inputs = {
        "amplitudes": walk[:, :, :1] - 1.0,
        "harmonic_distribution": np.concatenate([walk[:, :, 1:], rng.normal(-2.0, 0.1, (1, n_frames, 2))], axis=2),
        "f0_hz": 220.0 + 10.0 * np.sin(2 * np.pi * 6.0 * time)[None, :, None],
    }
    outputs = ddsp.synths.Harmonic(n_samples=n_samples)(**inputs, return_outputs_dict=True)
    fig, axes = plt.subplots(1, 3, figsize=(8.0, 2.4))
    for ax, arrays, title in (
        (axes[0], inputs, "inputs: any numbers"),
        (axes[1], outputs["controls"], "controls: level, weights (sum 1)"),
    ):
        ax.plot(time, arrays["amplitudes"][0], color=BLACK, lw=1.8, label="amplitude")
        for h, color in enumerate((BLUE, ORANGE, GREEN, PINK)):
            ax.plot(time, arrays["harmonic_distribution"][0, :, h], color=color, lw=0.9, label=f"harmonic {h + 1}")
        ax.set(title=title, xlabel="time (s)")
    axes[0].set_ylim(top=9.0)
    axes[0].legend(loc="upper left", labelspacing=0.2)
    axes[2].plot(np.arange(n_samples) / RATE, outputs["signal"][0], lw=0.4, color=BLUE)
    axes[2].set(title="signal", xlabel="time (s)", ylabel="amplitude")
    return fig


def layout(edges: list[tuple[str, str, str]]) -> dict[str, tuple[float, float]]:
    """(column, row) of everything in a graph: nodes right of what they read, inputs one column before their reader."""
    nodes = list(dict.fromkeys(target for _, target, _ in edges))
    column: dict[str, int] = {}
    for node in nodes:  # in the graph's own order: what a node reads has its column already
        column[node] = 1 + max([column.get(source, 0) for source, target, _ in edges if target == node])
    for source, target, _ in reversed(edges):
        if source not in nodes:
            column[source] = min(column.get(source, column[target]), column[target] - 1)
    order = list(dict.fromkeys(name for source, target, _ in edges for name in (source, target)))
    places = {}
    for x in sorted(set(column.values())):
        names = [name for name in order if column[name] == x]
        for i, name in enumerate(names):
            places[name] = (x, 0.5 * (len(names) - 1) - i)
    return places


@figure
def group():
    n = 1600
    flute = ddsp.ProcessorGroup(
        dag=[
            (ddsp.synths.Harmonic(n_samples=n), ["amplitudes", "harmonic_distribution", "f0_hz"]),
            (ddsp.synths.FilteredNoise(n_samples=n), ["magnitudes"]),
            (ddsp.processors.Add(), ["harmonic/signal", "filtered_noise/signal"]),
            (ddsp.effects.TrainableReverb(reverb_length=800), ["add/signal"]),
        ],
        name="flute",
    )
    edges, nodes = flute.edges(), flute.nodes
    places = {name: (2.2 * x, 0.9 * y) for name, (x, y) in layout(edges).items()}
    fig, ax = plt.subplots(figsize=(8.0, 2.5))
    texts = {}
    for name, (x, y) in places.items():
        if name in nodes:
            label, style, color = f"{name}\n{type(nodes[name]).__name__}", "round,pad=0.5", "#CDE8F8"
        else:
            label, style, color = name.replace("harmonic_", "harmonic_\n"), "ellipse,pad=0.2", "white"
        box = {"boxstyle": style, "fc": color, "ec": BLACK, "lw": 0.8}
        texts[name] = ax.text(x, y, label, ha="center", va="center", bbox=box, zorder=3)
    for source, target, what in edges:
        ends = {"patchA": texts[source].get_bbox_patch(), "patchB": texts[target].get_bbox_patch()}
        arrow = {"arrowstyle": "-|>", "color": BLACK, "lw": 0.8, "shrinkA": 0, "shrinkB": 0, **ends}
        ax.annotate("", places[target], places[source], arrowprops=arrow, zorder=2)
        if what:
            middle = np.mean([places[source], places[target]], axis=0)
            ax.text(*middle, what, ha="center", va="center", fontsize=8, bbox={"fc": "white", "ec": "none", "pad": 1})
    xs, ys = zip(*places.values(), strict=True)
    ax.set(xlim=(min(xs) - 1.0, max(xs) + 0.7), ylim=(min(ys) - 0.35, max(ys) + 0.35))
    ax.axis("off")
    return fig


# Synthesizers and effects ---------------------------------------------------------------------------------------


def frames(values) -> np.ndarray:
    """[1, frames, 1] of one value a frame."""
    return np.asarray(values, dtype=float)[None, :, None]


def saw(n_harmonics: int, n_frames: int) -> np.ndarray:
    return np.ones((1, n_frames, 1)) / np.arange(1, n_harmonics + 1)


@figure
def harmonic():
    n_frames, n_samples = 200, 2 * RATE
    glide = ddsp.synths.Harmonic(n_samples=n_samples, scale_fn=None)(
        np.full((1, n_frames, 1), 0.5), saw(30, n_frames), frames(np.geomspace(200.0, 800.0, n_frames))
    )
    envelope = ddsp.synths.ADSR(n_frames=n_frames, frame_rate=n_frames / 2.0, scale_fn=None)
    onsets = np.asarray([[[0.1], [0.6], [1.1]]])
    numbers = [np.full((1, 3, 1), x) for x in (0.02, 0.3, 0.3, 0.2)]
    levels = envelope(*numbers, note_off=np.full((1, 3, 1), 1.7), note_on=onsets)
    f0_hz = np.asarray([220.0, 277.2, 329.6])[None, :, None, None] * np.ones((1, 3, n_frames, 1))
    chord = ddsp.synths.Harmonic(n_samples=n_samples, scale_fn=None)(levels, saw(12, n_frames)[:, None], f0_hz)
    fig, axes = plt.subplots(1, 2, figsize=(8.0, 2.8))
    spectrogram(axes[0], glide, size=1024)
    axes[0].set_title("one voice: a sawtooth's distribution, 200 to 800 Hz")
    spectrogram(axes[1], chord, top_khz=2.0, size=2048)
    axes[1].set_title("three voices: a chord, note by note")
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
    ax.set(xlabel="time (s)", ylabel="level", ylim=(0.0, 1.18), xlim=(0.0, 1.0))
    ax.legend(loc="upper right", bbox_to_anchor=(1.0, 0.9))
    return fig


@figure
def noise():
    n_frames, n_samples = 50, RATE
    bands = np.linspace(0.0, 8000.0, 65)
    centre = np.linspace(1000.0, 6000.0, n_frames)[:, None]
    gains = np.exp(-(((bands - centre) / 400.0) ** 2))[None]
    wind = ddsp.synths.FilteredNoise(n_samples=n_samples, scale_fn=None)(gains, key=0)
    fig, axes = plt.subplots(1, 2, figsize=(8.0, 2.8))
    half = 8.0 / 64 / 2
    shown = axes[0].imshow(
        gains[0].T, origin="lower", aspect="auto", extent=(0.0, 1.0, -half, 8.0 + half), cmap="viridis"
    )
    axes[0].set(title="gains: 65 bands, 50 frames", xlabel="time (s)", ylabel="frequency (kHz)", ylim=(0.0, 8.0))
    axes[0].grid(False)
    fig.colorbar(shown, ax=axes[0], label="gain")
    spectrogram(axes[1], wind, range_db=60.0)
    axes[1].set_title("the noise behind the filter")
    return fig


@figure
def wavetable():
    n_frames, n_samples = 100, 2 * RATE
    table = ddsp.core.harmonic_distribution_to_wavetable(saw(40, 1), n_wavetable=2048)[:, 0]
    rise = frames(np.geomspace(200.0, 3000.0, n_frames))
    fig, axes = plt.subplots(1, 2, figsize=(8.0, 2.4), sharey=True)
    for ax, band_limit in zip(axes, (False, True), strict=True):
        synth = ddsp.synths.Wavetable(n_samples=n_samples, scale_fn=None, band_limit=band_limit)
        spectrogram(ax, synth(np.full((1, n_frames, 1), 0.5), table, rise), range_db=60.0)
        ax.set_title(f"band_limit={band_limit}")
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
        axes[2].plot(np.arange(8193) * RATE / 16384, 20.0 * np.log10(np.maximum(spectrum / spectrum.max(), 1e-5)))
    axes[1].set(title=r"$\mathrm{Re}\,z^n$, 440 Hz", xlabel="time (ms)", ylim=(-1.0, 1.9), yticks=(-1, 0, 1))
    axes[1].legend(loc="upper right", labelspacing=0.2)
    axes[2].set(title="their spectra", xlabel="frequency (Hz)", ylabel="level (dB)", xlim=(0, 1200), ylim=(-50, 3))
    return fig


@figure
def rooms():
    length, n_frames, n_bands = RATE, 100, 16
    audio = np.zeros((1, length))
    decay = ddsp.effects.ExpDecayReverb(reverb_length=length)
    plain = decay.get_controls(audio, np.zeros((1, 1)), np.full((1, 1), 1.5), key=0)["ir"]
    time, band = np.linspace(0.0, 1.0, n_frames)[:, None], np.linspace(0.0, 1.0, n_bands)
    levels = 0.3 * np.exp(-(4.0 + 14.0 * band) * time)[None]  # high frequencies die away first, as in air
    shaped = ddsp.effects.FilteredNoiseReverb(reverb_length=length, scale_fn=None, initial_bias=0.0)
    coloured = shaped.get_controls(audio, levels, key=0)["ir"]
    fig, axes = plt.subplots(1, 3, figsize=(8.0, 2.6), width_ratios=(1, 1.1, 1.1))
    axes[0].plot(np.arange(length) / RATE, plain[0], lw=0.3)
    axes[0].set(title="ExpDecayReverb", xlabel="time (s)", ylabel="impulse response")
    titles = ("its spectrogram", "FilteredNoiseReverb")
    for ax, response, title in zip(axes[1:], (plain, coloured), titles, strict=True):
        spectrogram(ax, response, range_db=60.0)
        ax.set_title(title)
    return fig


@figure
def fir():
    bands = np.linspace(0.0, 8000.0, 65)
    gains = np.where(np.abs(bands - 2500.0) < 500.0, 1.0, 0.01)[None]
    impulse = np.zeros((1, 1024))
    impulse[0, 512] = 1.0
    fig, ax = plt.subplots(figsize=(8.0, 2.6))
    ax.plot(bands / 1000.0, 20.0 * np.log10(gains[0]), "o", ms=3, color=BLACK, label="gains asked for, 65 bands")
    for taps in (257, 33):
        response = ddsp.effects.FIRFilter(window_size=taps, scale_fn=None)(impulse, gains)
        db = 20.0 * np.log10(np.maximum(np.abs(np.fft.rfft(response[0], 4096)), 1e-4))
        ax.plot(np.arange(2049) * RATE / 4096 / 1000.0, db, label=f"window_size={taps}")
    ax.set(xlabel="frequency (kHz)", ylabel="level (dB)", ylim=(-60.0, 5.0), xlim=(0.0, 8.0))
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
        np.full((1, 50, 1), 0.5), saw(8, 50), np.full((1, 50, 1), 440.0)
    )
    vibrato = ddsp.effects.ModDelay(center_ms=3.0, depth_ms=2.0, add_dry=False, **options)
    moved = vibrato(tone, ones, 0.5 + 0.5 * np.sin(2 * np.pi * 3.0 * time)[None, :, None])
    fig, axes = plt.subplots(1, 2, figsize=(8.0, 2.4))
    spectrogram(axes[0], swept, range_db=40.0)
    axes[0].set_title("flanger: noise, delays of 0.2 to 1.8 ms")
    spectrogram(axes[1], moved, top_khz=3.0, size=1024, range_db=60.0)
    axes[1].set_title("vibrato: a tone of 440 Hz, delays of 1 to 5 ms")
    return fig


# Losses ---------------------------------------------------------------------------------------------------------


def cosines(hz, n_samples: int) -> np.ndarray:
    """[batch, n_samples], one cosine for each frequency."""
    return np.cos(2 * np.pi * np.reshape(hz, (-1, 1)) * np.arange(n_samples) / RATE)


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
        "waveforms: ESRLoss, 1024 samples": audio_loss(losses.ESRLoss(), 1024),
        "SpectralLoss, frames of 2048": audio_loss(losses.SpectralLoss((2048,))),
        "SpectralLoss, six sizes": audio_loss(losses.SpectralLoss()),
        "cumsum_freq_weight, frames of 512, L2": audio_loss(running_sums),
        "surrogate, |z| = 0.98: squared error": surrogate_loss(0.98),
        "WassersteinConsistencyLoss": frequency_loss(losses.WassersteinConsistencyLoss()),
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
    ax.legend(loc="upper center")
    for ax in axes[1]:
        ax.set_xlabel("error of the frequency (semitones)", fontsize=8)
    for ax in axes[:, 0]:
        ax.set_ylabel("loss / its maximum")
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
    axes[0].axhline(f0_hz, color=BLACK, lw=0.8, ls="--")
    axes[0].set(title="frequency: 440 Hz is to be found", xlabel="step", ylabel="frequency (Hz)", ylim=(250, 1000))
    axes[0].legend(loc="upper right", labelspacing=0.2)
    axes[1].set(title="|z| < 1: damped; 1 and above: steady", xlabel="step", ylabel="|z|")
    axes[1].legend(loc="center", bbox_to_anchor=(0.5, 0.6))
    return fig


@figure
def hearing():
    n_frames, n_samples = 100, RATE
    rng = np.random.default_rng(0)
    envelope = ddsp.synths.ADSR(n_frames=n_frames, frame_rate=100.0, scale_fn=None)
    level = 0.5 * envelope(*[np.full((1, 1), x) for x in (0.05, 0.2, 0.6, 0.2)], note_off=np.full((1, 1), 0.7))

    def tone(f0_hz=440.0, level=level):
        synth = ddsp.synths.Harmonic(n_samples=n_samples, scale_fn=None)
        return synth(level, saw(10, n_frames), np.full((1, n_frames, 1), f0_hz))

    target = tone()
    noise = rng.normal(0.0, 0.1 * np.sqrt(np.mean(target**2)), target.shape)
    changes = {
        "6 dB\nsofter": 0.5 * target,
        "upside\ndown": -target,
        "1 ms\nlater": np.pad(target, ((0, 0), (16, 0)))[:, :-16],
        "noise,\n-20 dB": target + noise,
        "10 cents\nsharp": tone(440.0 * 2 ** (10 / 1200)),
        "an octave\nhigher": tone(880.0),
        "no\nattack": tone(level=np.where(np.arange(n_frames)[None, :, None] < 10, level[:, 10:11], level)),
        "silence": 0.0 * target,
    }
    losses = {
        "ESRLoss": ddsp.losses.ESRLoss(),
        "SISDRLoss (dB)": ddsp.losses.SISDRLoss(),
        "SpectralLoss": ddsp.losses.SpectralLoss(),
        "SpectralLoss, logarithms": ddsp.losses.SpectralLoss(mag_weight=0.0, logmag_weight=1.0),
        "MultiScaleEnvelopeLoss": ddsp.losses.MultiScaleEnvelopeLoss(),
    }
    table = np.asarray([[float(loss(target, audio)) for audio in changes.values()] for loss in losses.values()])
    lowest, highest = table.min(axis=1, keepdims=True), table.max(axis=1, keepdims=True)
    lowest = np.where(lowest < 0, lowest, 0.0)
    fig, ax = plt.subplots(figsize=(8.0, 2.9))
    ax.imshow((table - lowest) / (highest - lowest), cmap="Blues", vmin=0.0, vmax=1.6, aspect="auto")
    for row, column in np.ndindex(*table.shape):
        ax.text(column, row, f"{table[row, column] + 0.0:.2g}", ha="center", va="center", fontsize=9)
    ax.set_xticks(range(len(changes)), list(changes))
    ax.set_yticks(range(len(losses)), list(losses))
    ax.grid(False)
    return fig


@figure
def mismatch():
    freqs = 200.0 * np.arange(1, 7)[None, None, :]
    amps = 1.0 / np.arange(1, 7)[None, None, :]
    candidates = np.geomspace(60.0, 1000.0, 600)[None, None, :]
    errors = ddsp.losses.TWMLoss(n_harmonic_points=6).get_loss_tensors(candidates, freqs, amps)
    ticks = (66.7, 100, 200, 400, 1000)
    fig, axes = plt.subplots(1, 2, figsize=(8.0, 2.5))
    titles = ("sinusoids given harmonics", "harmonics given sinusoids")
    for ax, error, title in zip(axes, errors, titles, strict=True):
        ax.plot(candidates[0, 0], error[0, 0])
        ax.set_xscale("log")
        ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        ax.minorticks_off()
        ax.set(xlabel="candidate f0 (Hz)", title=title)
    axes[0].set_ylabel("-log p, nats")
    return fig


# Backends -------------------------------------------------------------------------------------------------------


@figure
def phase():
    n_samples, f0_hz, hop = 60 * RATE, 440.3, 160
    omega = np.full((1, n_samples), 2 * np.pi * f0_hz / RATE, np.float32)
    exact = np.cumsum(omega.astype(np.float64))
    seconds = np.arange(n_samples)[::hop] / RATE
    fig, ax = plt.subplots(figsize=(8.0, 2.8))
    for found, label in (
        (np.cumsum(omega[0]), "running sum in float32 (NumPy)"),
        (ddsp.core.angular_cumsum(omega)[0], "ddsp.core.angular_cumsum in float32"),
    ):
        error = (found - exact) / (2 * np.pi)
        error = np.abs(error - np.round(error))[: n_samples // hop * hop].reshape(-1, hop).max(axis=1)
        ax.semilogy(seconds, np.maximum(error, 1e-9), label=label)
    ax.axhline(0.5, color=BLACK, lw=0.8, ls="--", label="the worst there is: half a cycle")
    ax.set(title=f"a sine of {f0_hz} Hz at {RATE // 1000} kHz", xlabel="time (s)", ylabel="phase error (cycles)")
    ax.set(ylim=(1e-9, 10.0))
    ax.legend(loc="center right")
    return fig


# Write your own -------------------------------------------------------------------------------------------------


@figure
def saturation():
    x = np.linspace(-1.0, 1.0, 201)
    n_samples, f0_hz = 16000, 1100.0
    sine = np.sin(2 * np.pi * f0_hz * np.arange(n_samples) / RATE)
    fig, axes = plt.subplots(1, 2, figsize=(8.0, 2.8))
    for drive in (0.0, 2.0, 5.0):
        axes[0].plot(x, np.tanh(drive * x) / np.tanh(drive) if drive else x, label=f"drive {drive:g}")
    axes[0].set(title="output over input", xlabel="x", ylabel="y")
    axes[0].legend()
    spectrum = np.abs(np.fft.rfft(np.tanh(5.0 * sine) / np.tanh(5.0))) * 2 / n_samples
    db = 20.0 * np.log10(np.maximum(spectrum, 1e-6))
    for h in range(1, 14, 2):
        folded = h * f0_hz > RATE / 2
        hz = abs(h * f0_hz - RATE * round(h * f0_hz / RATE))
        level = db[round(hz * n_samples / RATE)]
        axes[1].vlines(hz / 1000.0, -90.0, level, color=RED if folded else BLUE, lw=2)
        axes[1].text(hz / 1000.0, level + 2.0, str(h), ha="center", color=RED if folded else BLUE)
    axes[1].set(title="a sine of 1.1 kHz, drive 5 (red: aliases)", ylim=(-90.0, 12.0))
    axes[1].set(xlabel="frequency (kHz)", ylabel="level (dB)", xlim=(0.0, 8.0))
    return fig


def main(names: list[str]) -> None:
    FOLDER.mkdir(exist_ok=True)
    for name in names or FIGURES:
        draw(name)
        print(f"{FOLDER / name}.png: {(FOLDER / f'{name}.png').stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main(sys.argv[1:])
