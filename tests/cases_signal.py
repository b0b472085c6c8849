"""Cases of spectral features, losses, synths and effects."""

from __future__ import annotations

from .cases import Case, normal, uniform
from .cases_core import AMPLITUDES, DISTRIBUTION, F0, MAGNITUDES, RATE
from .oracles.processors import METHODS

AUDIO = normal("signal", 2, 555, scale=0.3)
TARGET = normal("target", 2, 555, scale=0.3)

SPECTRAL = [
    Case("stft", "spectral_ops.stft", {"audio": AUDIO}, {"frame_size": 64}),
    Case("stft 1d", "spectral_ops.stft", {"audio": AUDIO[0]}, {"frame_size": 128, "pad_end": False}),
    Case("stft odd frame", "spectral_ops.stft", {"audio": AUDIO}, {"frame_size": 75, "overlap": 0.5}),
    Case("stft short", "spectral_ops.stft", {"audio": AUDIO[:, :9]}, {"frame_size": 64}),
    Case("stft one sample", "spectral_ops.stft", {"audio": AUDIO[:, :1]}, {"frame_size": 64}),
    Case("compute_mag", "spectral_ops.compute_mag", {"audio": AUDIO}, {"size": 128}),
    Case("compute_logmag", "spectral_ops.compute_logmag", {"audio": AUDIO}, {"size": 64}, rtol32=1e-5),
    Case("compute_mel", "spectral_ops.compute_mel", {"audio": AUDIO}, {"fft_size": 256, "bins": 20}),
    Case("compute_logmel", "spectral_ops.compute_logmel", {"audio": AUDIO}, {"fft_size": 512, "bins": 20}, rtol32=1e-5),
    *(
        Case(
            f"get_framed_lengths {padding} {n}",
            "spectral_ops.get_framed_lengths",
            {},
            {"input_length": n, "frame_size": 100, "hop_size": 33, "padding": padding},
        )
        for padding in ("center", "same", "valid")
        for n in (1000, 1001)
    ),
    *(
        Case(
            f"pad {padding}", "spectral_ops.pad", {"x": AUDIO}, {"frame_size": 100, "hop_size": 30, "padding": padding}
        )
        for padding in ("center", "same", "valid")
    ),
    *(
        Case(f"compute_rms_energy {padding}", "spectral_ops.compute_rms_energy", {"audio": AUDIO}, {"padding": padding})
        for padding in ("center", "same", "valid")
    ),
    Case(
        "compute_rms_energy 100",
        "spectral_ops.compute_rms_energy",
        {"audio": AUDIO[0]},
        {"frame_rate": 100, "frame_size": 255},
    ),
    Case("compute_power", "spectral_ops.compute_power", {"audio": AUDIO}, {"ref_db": 20.7}),
    Case("compute_loudness", "spectral_ops.compute_loudness", {"audio": AUDIO}, rtol32=1e-5),
    Case(
        "compute_loudness rate",
        "spectral_ops.compute_loudness",
        {"audio": AUDIO[0]},
        {"sample_rate": 48000, "frame_rate": 1000, "n_fft": 128, "padding": "same"},
        rtol32=1e-5,
    ),
    *(
        Case(
            f"pad_or_trim_to_expected_length {n}",
            "spectral_ops.pad_or_trim_to_expected_length",
            {"vector": AUDIO[:, :101]},
            {"expected_len": n, "pad_value": -1.0},
        )
        for n in (115, 101, 95)
    ),
]

# Losses ---------------------------------------------------------------------------------------------------------

PAIR = {"target": normal("pair target", 2, 9, 4), "value": normal("pair value", 2, 9, 4)}
WEIGHTS = uniform("weights", 0.1, 2.0, 2, 9, 1)
SOUNDS = {"target_audio": TARGET, "audio": AUDIO}
SIZES = {"fft_sizes": (256, 64)}
EVERYTHING = {
    "delta_time_weight": 0.5, "delta_freq_weight": 0.3, "cumsum_freq_weight": 0.01, "logmag_weight": 0.7,
    "loudness_weight": 0.2,
}  # fmt: skip


def _spectral_loss(label, inputs=SOUNDS, wrt=("audio",), **init):
    """With a small step: absolute differences of thousands of bins have a kink somewhere in reach of a larger one."""
    init = {**SIZES, **init}
    return Case(
        f"SpectralLoss {label}", "losses.SpectralLoss.__call__", inputs, init=init, wrt=wrt, rtol32=4e-6, step=3e-7,
        directions=1,
    )  # fmt: skip


LOSSES = [
    *(Case(f"mean_difference {t}", "losses.mean_difference", PAIR, {"loss_type": t}) for t in ("L1", "L2", "COSINE")),
    *(
        Case(f"mean_difference {t} weights", "losses.mean_difference", {**PAIR, "weights": WEIGHTS}, {"loss_type": t})
        for t in ("L1", "L2", "cosine")
    ),
    _spectral_loss("everything", wrt=("target_audio", "audio"), mag_weight=1.0, **EVERYTHING),
    *(_spectral_loss(name, mag_weight=0.0, **{name: weight}) for name, weight in EVERYTHING.items()),
    _spectral_loss("magnitudes", fft_sizes=(2048, 1024, 512, 256, 128, 64)),
    _spectral_loss("L2", loss_type="L2", logmag_weight=1.0),
    _spectral_loss("weights", {**SOUNDS, "weights": uniform("loss weights", 0.5, 1.0, 2, 1, 1)}, logmag_weight=1.0),
]

# Synths and effects ---------------------------------------------------------------------------------------------

HARMONIC = {"n_samples": 155, "sample_rate": RATE}
NETWORK = {
    "amplitudes": normal("network amplitudes", 2, 7, 1),
    "harmonic_distribution": normal("network distribution", 2, 7, 6),
    "f0_hz": F0,
}
SCALED = {"amplitudes": AMPLITUDES, "harmonic_distribution": DISTRIBUTION, "f0_hz": F0}
NOISE = uniform("noise", -1.0, 1.0, 2, 155)
ECHO = {"audio": AUDIO, "ir": normal("echo", 2, 61)}


def _reverb(audio, ir):
    return METHODS["effects.Reverb.__call__"]({}, audio, ir)


def _chain():
    """Harmonics and noise, added, in a room: a graph of four processors, called with keywords."""
    from ddsp import effects, processors, synths

    group = processors.ProcessorGroup(
        dag=[
            (synths.Harmonic(**HARMONIC), ["amplitudes", "harmonic_distribution", "f0_hz"]),
            (synths.FilteredNoise(n_samples=155, initial_bias=-1.0), ["magnitudes"]),
            (processors.Add(), ["harmonic/signal", "filtered_noise/signal"]),
            (effects.Reverb(), ["add/signal", "ir"]),
        ]
    )
    return lambda noise, **inputs: group(inputs, noise={"filtered_noise": noise})


def _chain_oracle(noise, magnitudes, ir, **network):
    tone = METHODS["synths.Harmonic.__call__"](HARMONIC, **network)
    hiss = METHODS["synths.FilteredNoise.__call__"]({"initial_bias": -1.0}, magnitudes, noise)
    return METHODS["effects.Reverb.__call__"]({}, tone + hiss, ir)


CHAIN = {**NETWORK, "magnitudes": MAGNITUDES, "noise": NOISE, "ir": normal("chain", 2, 31)}

PROCESSORS = [
    Case(
        "ProcessorGroup",
        "processors.ProcessorGroup.__call__",
        CHAIN,
        rtol32=1e-5,
        oracle=_chain_oracle,
        make=_chain,
    ),
    Case("Harmonic", "synths.Harmonic.__call__", NETWORK, init=HARMONIC, rtol32=1e-5),
    Case(
        "Harmonic controls",
        "synths.Harmonic.get_controls",
        NETWORK,
        init=HARMONIC,
        wrt=("amplitudes", "harmonic_distribution"),
    ),
    Case(
        "Harmonic signal",
        "synths.Harmonic.get_signal",
        SCALED,
        init={**HARMONIC, "amp_resample_method": "linear"},
        rtol32=8e-6,
    ),
    Case(
        "FilteredNoise",
        "synths.FilteredNoise.__call__",
        {"magnitudes": 3.0 + MAGNITUDES, "noise": NOISE},
        init={"n_samples": 155},
    ),
    Case(
        "FilteredNoise controls",
        "synths.FilteredNoise.get_controls",
        {"magnitudes": MAGNITUDES},
        init={"initial_bias": -1.0},
    ),
    Case(
        "FilteredNoise signal",
        "synths.FilteredNoise.get_signal",
        {"magnitudes": MAGNITUDES, "noise": NOISE},
        init={"n_samples": 155, "window_size": 9},
    ),
    Case("Reverb", "effects.Reverb.__call__", ECHO, rtol32=4e-6),
    Case(
        "Reverb wet", "effects.Reverb.get_signal", {**ECHO, "ir": ECHO["ir"][:1]}, init={"add_dry": False}, rtol32=4e-6
    ),
    Case("Reverb controls", "effects.Reverb.get_controls", ECHO),
    Case(
        "TrainableReverb",
        "effects.TrainableReverb.__call__",
        ECHO,
        init={"reverb_length": 61},
        oracle=_reverb,
        rtol32=4e-6,
    ),
    Case("Add", "processors.Add.__call__", {"signal_one": AUDIO, "signal_two": TARGET}),
]

CASES = [*SPECTRAL, *LOSSES, *PROCESSORS]
