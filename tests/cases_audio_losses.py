"""Cases of the losses of audio that the original lacks."""

from __future__ import annotations

from functools import partial

from .cases import Case, normal, uniform
from .cases_losses import SOUNDS, WEIGHTS
from .cases_spectral import AUDIO, TARGET
from .oracles import audio_losses as oracles

#: Audio that resembles its target, with an offset.
CLOSE = {"target_audio": TARGET[:, :253] + 0.05, "audio": (0.7 * TARGET + 0.3 * AUDIO)[:, :253]}
MAGNITUDES = {"target": abs(normal("magnitudes", 2, 9, 4)), "value": abs(normal("other magnitudes", 2, 9, 4))}
BOTH = ("target_audio", "audio")
EXAMPLES = uniform("example weights", 0.5, 1.5, 2, 1)
DRAW = uniform("draw of sizes", 0.0, 1.0, 3)


def _spectral_loss(label, inputs=SOUNDS, wrt=("audio",), **init):
    """A case with small steps, as in cases_losses."""
    init = {"fft_sizes": (256, 64), **init}
    return Case(
        f"SpectralLoss {label}", "losses.SpectralLoss.__call__", inputs, init=init, wrt=wrt, rtol32=4e-6, step=3e-7,
        directions=1, oracle=partial(oracles.spectral_loss, init),
    )  # fmt: skip


def _group():
    """Group of two losses of the same pair."""
    from ddsp.losses import DCLoss, ESRLoss, LossGroup

    group = LossGroup(dag=[(ESRLoss(), ["target", "audio"]), (DCLoss(), ["target", "audio"])])
    return lambda target, audio: group({"target": target, "audio": audio})


def _group_oracle(target, audio):
    return {"esr_loss": oracles.esr_loss({}, target, audio), "dc_loss": oracles.dc_loss({}, target, audio)}


PAIR = {"target": CLOSE["target_audio"], "audio": CLOSE["audio"]}


def _waveform(label, path, inputs=CLOSE, wrt=BOTH, rtol32=2e-6, **init):
    path = f"losses.{path}"
    if path.rpartition(".")[2][0].islower():
        return Case(label, path, inputs, init, wrt=wrt, rtol32=rtol32)
    return Case(label, f"{path}.__call__", inputs, init=init, wrt=wrt, rtol32=rtol32)


CASES = [
    Case("spectral_convergence", "losses.spectral_convergence", MAGNITUDES),
    Case("spectral_convergence weights", "losses.spectral_convergence", {**MAGNITUDES, "weights": WEIGHTS}),
    _spectral_loss("mel", mel_bins=30, lo_hz=100.0, hi_hz=7000.0, logmag_weight=0.5, wrt=BOTH),
    _spectral_loss("mel to Nyquist", mel_bins=7, sample_rate=24000, mag_weight=0.0, cumsum_freq_weight=0.5),
    _spectral_loss("convergence", convergence_weight=0.8, mag_weight=0.0, wrt=BOTH),
    _spectral_loss("convergence weights", {**SOUNDS, "weights": WEIGHTS[:, :1]}, convergence_weight=0.8),
    _spectral_loss("fft_weights", fft_weights=(0.25, 1.5), logmag_weight=0.5),
    _spectral_loss("center", center=True, logmag_weight=0.5, delta_time_weight=0.3, loudness_weight=0.1),
    _spectral_loss("center short", {k: x[:, :9, None] for k, x in SOUNDS.items()}, center=True, fft_sizes=(75, 64)),
    _spectral_loss("a_weighting", a_weighting=True, logmag_weight=0.5, sample_rate=44100),
    _spectral_loss("random_sizes", {**SOUNDS, "noise": DRAW}, fft_sizes=(128, 64, 32), random_sizes=2),
    _spectral_loss(
        "all options", {**SOUNDS, "noise": DRAW}, fft_sizes=(128, 64, 50), random_sizes=2, center=True, mel_bins=12,
        a_weighting=True, fft_weights=(0.5, 1.0, 2.0), convergence_weight=0.4, logmag_weight=0.6, loss_type="L2",
        delta_freq_weight=0.2, loudness_weight=0.1,
    ),
    _waveform("si_sdr", "si_sdr"),
    _waveform("si_sdr offset", "si_sdr", zero_mean=False),
    _waveform("error_to_signal_ratio", "error_to_signal_ratio"),
    _waveform("error_to_signal_ratio pre-emphasis", "error_to_signal_ratio", pre_emphasis=0.85),
    _waveform("SISDRLoss", "SISDRLoss"),
    _waveform("SISDRLoss offset", "SISDRLoss", {**CLOSE, "weights": EXAMPLES}, zero_mean=False, weight=0.1),
    _waveform("ESRLoss", "ESRLoss"),
    _waveform("ESRLoss pre-emphasis", "ESRLoss", {**CLOSE, "weights": EXAMPLES}, pre_emphasis=0.95, weight=2.0),
    _waveform("DCLoss", "DCLoss"),
    _waveform("DCLoss weights", "DCLoss", {**CLOSE, "weights": EXAMPLES}, weight=2.0),
    _waveform("LogCoshLoss", "LogCoshLoss"),
    _waveform("LogCoshLoss sharp", "LogCoshLoss", {**CLOSE, "weights": EXAMPLES}, a=9.0, weight=2.0),
    _waveform("MultiScaleEnvelopeLoss", "MultiScaleEnvelopeLoss", frame_sizes=(64, 19)),
    *(
        _waveform(
            f"MultiScaleEnvelopeLoss {t}", "MultiScaleEnvelopeLoss", {**CLOSE, "weights": EXAMPLES},
            frame_sizes=(50, 1, 2), loss_type=t, weight=3.0, rtol32=5e-6,
        ) for t in ("L2", "COSINE")
    ),
    Case("LossGroup", "losses.LossGroup.__call__", PAIR, rtol32=4e-6, oracle=_group_oracle, make=_group),
]  # fmt: skip
