"""Spectra and spectral losses at silence and near it."""

from __future__ import annotations

import numpy as np
import pytest

from ddsp import losses, spectral_ops

FEATURES = {
    "mag": lambda x: spectral_ops.compute_mag(x, 64),
    "logmag": lambda x: spectral_ops.compute_logmag(x, 64),
    "mel": lambda x: spectral_ops.compute_mel(x, fft_size=256, bins=16),
    "logmel": lambda x: spectral_ops.compute_logmel(x, fft_size=256, bins=16),
    "rms": spectral_ops.compute_rms_energy,
    "power": spectral_ops.compute_power,
    "loudness": spectral_ops.compute_loudness,
}


@pytest.mark.parametrize("level", [0.0, 1e-45, 1e-40, 1e-30, 1e-20, 1e-12, 1e-8], ids=str)
@pytest.mark.parametrize("name", FEATURES)
def test_gradients_are_finite_and_small_near_silence(name, level, grad_backend):
    """Gradients of the original are NaN or up to 1e31."""
    audio = np.full((1, 640), level) * np.where(np.arange(640) % 3, 1.0, -1.0)
    with np.errstate(under="ignore"):
        audio = grad_backend.asarray(audio, "float32")
    shape = grad_backend.to_numpy(FEATURES[name](audio)).shape
    weights = [grad_backend.asarray(np.ones(shape), "float32")]
    value, (gradient,) = grad_backend.value_and_grad(FEATURES[name], [audio], (0,), weights)
    gradient = grad_backend.to_numpy(gradient)
    assert np.isfinite(grad_backend.to_numpy(value)).all() and np.isfinite(gradient).all()
    # logmag: 1 / eps = 1e5 per bin, for all bins and frames of a sample; dB: 4.3 / smallest power.
    assert np.abs(gradient).max() < 5e7


def test_a_loss_leads_out_of_silence(grad_backend):
    """The gradient of the original is exactly 0 at silence, so nothing would be learned."""
    target = grad_backend.asarray(np.sin(np.arange(512) * 0.3)[None], "float32")
    silence = grad_backend.asarray(np.zeros((1, 512)), "float32")
    loss = losses.SpectralLoss(fft_sizes=(128, 64), logmag_weight=1.0)
    (gradient,) = grad_backend.grad(lambda audio: loss(target, audio), silence)
    loss = grad_backend.run(loss)
    gradient = grad_backend.to_numpy(gradient)
    assert np.isfinite(gradient).all() and np.abs(gradient).max() > 1e-4
    step = grad_backend.asarray(-1e-3 * gradient, "float32")
    assert float(grad_backend.to_numpy(loss(target, step))) < float(grad_backend.to_numpy(loss(target, silence)))


def test_magnitude_of_silence_is_0(backend):
    silence = backend.asarray(np.zeros((1, 512)), "float32")
    assert np.all(backend.to_numpy(spectral_ops.compute_mag(silence, 64)) == 0.0)


def test_any_frame_size_has_a_loudness():
    assert np.isfinite(spectral_ops.compute_loudness(np.ones((1, 3000)), n_fft=600)).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: spectral_ops.stft(x, overlap=1.0), "overlap: got 1.0"),
        (lambda x: spectral_ops.compute_mel(x, hi_hz=9000.0), "hi_hz: got 9000.0"),
        (lambda x: spectral_ops.compute_rms_energy(x, frame_rate=0), "frame_rate: got 0"),
        (lambda x: spectral_ops.compute_rms_energy(x, padding="centre"), "padding: got 'centre'"),
        (lambda x: spectral_ops.pad(x, 64, 128), "hop_size: got 128"),
        (lambda x: spectral_ops.stft(x[None, None]), "audio: got shape"),
        (lambda x: losses.SpectralLoss(loss_type="L3"), "loss_type: got 'L3'"),
    ],
)
def test_errors_name_the_argument(call, message):
    with pytest.raises(ValueError, match=message):
        call(np.ones((1, 3000)))


def test_empty_mel_bands_warn_once():
    audio = np.ones((1, 300))
    with pytest.warns(UserWarning, match="bins: got 90 with fft_size 200, .* mel bands .* fft_size of 512") as caught:
        mel = [spectral_ops.compute_mel(audio, bins=90, fft_size=200) for _ in range(3)]
    assert len(caught) == 1 and caught[0].filename == __file__
    assert np.any(np.all(mel[0] == 0.0, axis=(0, 1)))
    spectral_ops.compute_mel(audio, bins=90, fft_size=512)  # warnings are errors
    losses.SpectralLoss(fft_sizes=(64,), mel_bins=40)(audio, audio)  # as in its docstring


@pytest.mark.parametrize("n_fft", [64, 100, 512, 2048])
def test_normalized_loudness_is_the_weighted_level_at_any_size(n_fft):
    time = np.arange(48_000) / 48_000
    for hz, gain_db in ((1000.0, 0.0), (4000.0, 0.964), (10_000.0, -2.491)):  # curve of IEC 61672-1
        tone = 0.1 * np.sin(2 * np.pi * hz * time)
        level = spectral_ops.compute_loudness(tone, 48_000, n_fft=n_fft, normalize=True, padding="valid")
        np.testing.assert_allclose(level, -20.0 - 3.0103 + gain_db, atol=0.5 if n_fft < 512 else 0.02)
    steps = [np.mean(spectral_ops.compute_loudness(tone, 48_000, n_fft=n, padding="valid")) for n in (n_fft, 4 * n_fft)]
    if n_fft != 100:  # zero padded to 128
        assert steps[1] - steps[0] == pytest.approx(20.0 * np.log10(2.0), abs=0.2)
