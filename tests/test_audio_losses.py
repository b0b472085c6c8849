"""Properties of audio losses: invariances, random sizes, ends of the audio, silence, framework modules."""

from __future__ import annotations

import importlib
from itertools import permutations

import numpy as np
import pytest

from conftest import require_backend
from ddsp import losses, spectral_ops
from ddsp._modules import settings_of
from ddsp.losses import SpectralLoss

from .cases import normal
from .ops.inputs import AUDIO, TARGET

SIZES = (64, 32, 16)
RANDOM = SpectralLoss(fft_sizes=SIZES, random_sizes=2)
#: Loss for each single size, from which the loss for two sizes follows.
ALONE = [float(SpectralLoss(fft_sizes=(size,))(TARGET, AUDIO)) for size in SIZES]
PAIRS = [1.5 * (sum(ALONE) - left_out) for left_out in ALONE]


# Sizes and bands ------------------------------------------------------------------------------------------------


def test_weights_of_sizes():
    loss = SpectralLoss(fft_sizes=SIZES, fft_weights=(2.0, 0.0, 0.5))
    assert float(loss(TARGET, AUDIO)) == pytest.approx(2.0 * ALONE[0] + 0.5 * ALONE[2])


def test_draws_follow_the_noise(backend):
    """Every order of the noise, including ties, omits exactly one size; the mean equals the loss with all sizes."""
    audio = [backend.asarray(x, "float32") for x in (TARGET, AUDIO)]
    found = []
    for order in permutations((0.1, 0.5, 0.9)):
        value = float(backend.to_numpy(RANDOM(*audio, noise=backend.asarray(np.asarray(order), "float32"))))
        assert value == pytest.approx(PAIRS[order.index(0.9)], rel=1e-5)
        found.append(value)
    assert np.mean(found) == pytest.approx(sum(ALONE), rel=1e-5)
    tied = float(backend.to_numpy(RANDOM(*audio, noise=backend.asarray(np.zeros(3), "float32"))))
    assert min(abs(tied - pair) for pair in PAIRS) < 1e-4 * tied


def test_keys_are_reproducible_and_reach_all_sizes(backend):
    audio = [backend.asarray(x[:1, :40], "float32") for x in (TARGET, AUDIO)]
    loss = SpectralLoss(fft_sizes=(32, 16, 8), random_sizes=1)
    values = [float(backend.to_numpy(loss(*audio, key=key))) for key in (*range(12), 3)]
    assert values[3] == values[-1]
    assert len({round(value, 4) for value in values}) == 3


#: Seeds that draw different sizes on every backend, found by trial.
SEEDS = (0, 4, 8)


def test_a_draw_compiles(compiler):
    """One compiled function with the noise or a key as its argument."""
    backend, mode = compiler
    audio = [backend.asarray(x, "float32") for x in (TARGET, AUDIO)]
    compiled = backend.compile(lambda target, audio, noise: RANDOM(target, audio, noise=noise), mode)
    for noise in ((0.9, 0.1, 0.5), (0.1, 0.9, 0.5)):
        value = compiled(*audio, backend.asarray(np.asarray(noise), "float32"))
        assert float(backend.to_numpy(value)) == pytest.approx(PAIRS[noise.index(0.9)], rel=1e-5)
    compiled = backend.compile(lambda target, audio, key: RANDOM(target, audio, key=key), mode)
    keys = [own_key(backend, seed) for seed in SEEDS]  # torch.compile compiles for each key
    values = [float(backend.to_numpy(compiled(*audio, key))) for key in (*keys, keys[0])]
    assert values[0] == values[-1] and len({round(value, 3) for value in values}) > 1
    if mode != "xla":  # XLA draws other numbers from a key
        eager = [float(backend.to_numpy(RANDOM(*audio, key=key))) for key in keys]
        np.testing.assert_allclose(values[:-1], eager, rtol=1e-5)


def own_key(backend, seed):
    """Random key for a backend's compiled functions: torch.compile takes only numbers."""
    if backend.name == "jax":
        return backend.jax.random.key(seed)
    return backend.tf.constant([seed, 7]) if backend.name == "tensorflow" else seed


def test_global_generator_draws_anew_when_compiled():
    """Without a key, torch draws new numbers at every call, also compiled."""
    backend = require_backend("torch")
    audio = [backend.asarray(x, "float32") for x in (TARGET, AUDIO)]
    compiled = backend.compile(lambda target, audio: RANDOM(target, audio))
    backend.torch.manual_seed(0)
    assert len({round(float(compiled(*audio)), 3) for _ in range(20)}) == 3


def test_jax_asks_for_a_key():
    backend = require_backend("jax")
    with pytest.raises(ValueError, match="key"):
        RANDOM(*(backend.asarray(x, "float32") for x in (TARGET, AUDIO)))


def test_bands_without_a_bin(grad_backend):
    """128 mel bands of an FFT of 64 samples, most of which are empty, give finite values and gradients."""
    loss = SpectralLoss(fft_sizes=(64, 512), mel_bins=128, logmag_weight=1.0, convergence_weight=1.0)
    target, audio = (grad_backend.asarray(x, "float32") for x in (TARGET, AUDIO))
    ones = [grad_backend.asarray(np.ones(()), "float32")]
    run = grad_backend.grad_function(loss, (1,), ones, mode=grad_backend.plain_mode)
    for other in (audio, 0.0 * audio, target):
        value, (gradient,) = run(target, other)
        assert np.isfinite(grad_backend.to_numpy(value)) and np.isfinite(grad_backend.to_numpy(gradient)).all()
    assert float(grad_backend.to_numpy(value)) == 0.0


@pytest.mark.parametrize(("hz", "db"), [(1000.0, 0.0), (100.0, -19.1), (50.0, -30.2), (6300.0, -0.1)])
def test_a_weights_are_those_of_the_standard(hz, db):
    """The loss of a tone follows IEC 61672-1, table 3."""
    tone = np.sin(2 * np.pi * hz * np.arange(16000) / 16000)[None]
    plain, weighted = (
        float(SpectralLoss(fft_sizes=(4096,), a_weighting=a, loss_type="L2")(0.0 * tone, tone)) for a in (False, True)
    )
    assert 10.0 * np.log10(weighted / plain) == pytest.approx(db, abs=0.4)


def test_convergence_is_its_definition():
    target, value = (spectral_ops.compute_mag(x, 64) for x in (TARGET, AUDIO))
    expected = np.mean([np.linalg.norm(t - v) / np.linalg.norm(t) for t, v in zip(target, value, strict=True)])
    loss = SpectralLoss(fft_sizes=(64,), mag_weight=0.0, convergence_weight=1.0)
    assert float(loss(TARGET, AUDIO)) == pytest.approx(expected)
    assert float(loss(3.0 * TARGET, 3.0 * AUDIO)) == pytest.approx(expected)
    assert float(loss(TARGET, 0.0 * AUDIO)) == pytest.approx(1.0)


# The ends of the audio ------------------------------------------------------------------------------------------


def click_at(place, length=333):
    return np.where(np.arange(length) == place, 1.0, 0.0)[None]


@pytest.mark.parametrize(
    "loss",
    [
        SpectralLoss(fft_sizes=(64, 16), center=True, convergence_weight=1.0),
        losses.MultiScaleEnvelopeLoss(frame_sizes=(64, 16)),
    ],
    ids=lambda loss: loss.name,
)
def test_a_click_counts_wherever_it_is(loss):
    silence = np.zeros((1, 333))
    middle = float(loss(silence, click_at(160)))
    for place in (0, 32, 332 // 16 * 16):  # at the same positions in frames as the middle one
        assert float(loss(silence, click_at(place))) == pytest.approx(middle)
    assert float(loss(silence, click_at(332))) > 0.5 * middle


def test_the_first_sample_is_lost_without_center():
    loss = SpectralLoss(fft_sizes=(64, 16))
    assert float(loss(np.zeros((1, 333)), click_at(0))) < 1e-12 < float(loss(np.zeros((1, 333)), click_at(160)))


@pytest.mark.parametrize("n_samples", [1, 7])
def test_center_takes_audio_shorter_than_a_frame(n_samples, backend):
    audio = backend.asarray(AUDIO[:, :n_samples], "float32")
    loss = SpectralLoss(fft_sizes=(64, 16), center=True)
    assert float(backend.to_numpy(loss(0.0 * audio, audio))) > 0.0


# Waveforms ------------------------------------------------------------------------------------------------------


def test_si_sdr_ignores_the_level_and_the_mean():
    ratio = losses.si_sdr(TARGET, TARGET + 0.1 * AUDIO)
    for level in (1e-2, 100.0, -3.0):
        np.testing.assert_allclose(losses.si_sdr(TARGET, level * (TARGET + 0.1 * AUDIO)), ratio, atol=1e-3)
        np.testing.assert_allclose(losses.si_sdr(level * TARGET, TARGET + 0.1 * AUDIO), ratio, atol=1e-3)
    np.testing.assert_allclose(losses.si_sdr(TARGET + 0.7, TARGET + 0.1 * AUDIO - 4.0), ratio, atol=1e-6)
    assert np.all(np.abs(losses.si_sdr(TARGET + 0.7, TARGET + 0.1 * AUDIO, zero_mean=False) - ratio) > 1.0)


def test_si_sdr_of_orthogonal_noise_is_its_level():
    """Noise orthogonal to the target and 20 dB below it gives a ratio of 20 dB (Le Roux et al.)."""
    time = 2.0 * np.pi * np.arange(1600) / 1600
    target, noise = np.sin(20 * time)[None], 0.1 * np.sin(33 * time)[None]
    assert float(losses.si_sdr(target, target + noise)[0]) == pytest.approx(20.0, abs=1e-6)
    assert float(losses.si_sdr(target, target)[0]) > 100.0
    assert losses.si_sdr(target, noise)[0] < -60.0


def test_error_to_signal_ratio_of_silence_and_of_a_copy():
    for pre_emphasis in (0.0, 0.85):
        assert losses.error_to_signal_ratio(TARGET, 0.0 * TARGET, pre_emphasis).tolist() == [1.0, 1.0]
        assert losses.error_to_signal_ratio(TARGET, TARGET, pre_emphasis).tolist() == [0.0, 0.0]


def test_pre_emphasis_weighs_low_frequencies_less():
    time = 2.0 * np.pi * np.arange(4410) / 44100
    target, low, high = (np.sin(hz * time)[None] for hz in (1000, 60, 9000))
    ratios = [losses.error_to_signal_ratio(target, target + 0.1 * x, 0.85)[0] for x in (low, high)]
    assert ratios[0] < 0.013 < 1.0 < 100.0 * ratios[1]
    assert losses.error_to_signal_ratio(target, target + 0.1, 1.0)[0] < 1e-3  # an offset affects the first sample only


def test_dc_is_all_that_its_loss_sees():
    offset = np.mean((TARGET - AUDIO), axis=1, keepdims=True)
    assert float(losses.DCLoss()(TARGET, AUDIO + offset)) < 1e-25
    loss = float(losses.DCLoss()(TARGET, TARGET + 0.1))
    assert loss == pytest.approx(np.mean(0.01 / np.mean(TARGET**2, axis=1)))


def test_log_cosh_is_exact_for_small_and_finite_for_large_differences(backend):
    """In float32, |x| + softplus(-2 |x|) - log 2 loses all digits at 1e-4, and cosh overflows at 100."""
    for x, expected in ((1e-4, 5e-9), (1e-3, 5e-7), (0.999, 0.43302), (1.001, 0.43454), (1e4, 1e4 - np.log(2.0))):
        audio = backend.asarray(np.asarray([[x, -x]]), "float32")
        value = float(backend.to_numpy(losses.LogCoshLoss()(0.0 * audio, audio)))
        assert value == pytest.approx(expected, rel=2e-5)


def test_envelopes_do_not_hear_the_pitch():
    time = 2.0 * np.pi * np.arange(4000) / 16000
    swell = np.linspace(0.0, 1.0, 4000)
    low, high = (swell * np.sin(hz * time) for hz in (400, 600))
    loss = losses.MultiScaleEnvelopeLoss(frame_sizes=(1024, 256))
    assert float(loss(low[None], high[None])) < 0.03 * float(loss(low[None], high[None, ::-1]))
    assert float(loss(low[None], 0.5 * low[None])) > 0.1


def test_envelopes_lead_out_of_silence(grad_backend):
    target, silence = (grad_backend.asarray(x, "float32") for x in (TARGET, 0.0 * TARGET))
    loss = losses.MultiScaleEnvelopeLoss(frame_sizes=(64, 16))
    ones = [grad_backend.asarray(np.ones(()), "float32")]
    run = grad_backend.grad_function(loss, (1,), ones, mode=grad_backend.plain_mode)
    before, (gradient,) = run(target, silence)
    after, _ = run(target, grad_backend.asarray(-grad_backend.to_numpy(gradient), "float32"))
    assert float(grad_backend.to_numpy(after)) < float(grad_backend.to_numpy(before))


# Silence --------------------------------------------------------------------------------------------------------

LOSSES = {
    "SISDRLoss": losses.SISDRLoss(),
    "SISDRLoss offset": losses.SISDRLoss(zero_mean=False),
    "ESRLoss": losses.ESRLoss(pre_emphasis=0.85),
    "DCLoss": losses.DCLoss(),
    "LogCoshLoss": losses.LogCoshLoss(a=3.0),
    "MultiScaleEnvelopeLoss": losses.MultiScaleEnvelopeLoss(frame_sizes=(64, 16, 1)),
    "SpectralLoss": SpectralLoss(
        fft_sizes=(64, 16), convergence_weight=1.0, logmag_weight=1.0, center=True, mel_bins=20, a_weighting=True
    ),
}
LEVELS = (0.0, 1e-40, 1e-30, 1e-20, 1e-12, 1e-8, 1e-4, 1.0)


@pytest.mark.parametrize("n_samples", [1, 60])
@pytest.mark.parametrize("name", LOSSES)
def test_gradients_are_finite_and_small_near_silence(name, n_samples, grad_backend):
    """For silent or quiet audio, target or both, and for equal sounds. Gradients of the original reach 2e18."""
    backend = grad_backend
    sound = normal("near silence", 1, n_samples)
    loss, ones = LOSSES[name], [backend.asarray(np.ones(()), "float32")]
    run = backend.grad_function(loss, (0, 1), ones, mode=backend.plain_mode)
    pairs = [(a * sound, b * sound[:, ::-1]) for a in LEVELS for b in (0.0, 1e-30, 1e-8, 1.0)]
    for target, audio in pairs + [(level * sound, level * sound) for level in LEVELS]:
        with np.errstate(under="ignore"):
            value, gradients = run(*(backend.asarray(x, "float32") for x in (target, audio)))
        label = f"{name}, target {abs(target).max():.0e}, audio {abs(audio).max():.0e}"
        for x in (value, *gradients):
            assert np.isfinite(backend.to_numpy(x)).all(), label
        # The worst case is a ratio to a silent target, which counts as 1e-8, with an error of a few units.
        assert np.abs(backend.to_numpy(gradients[1])).max() < 1e9, label


# Framework modules ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("framework", ["numpy", "torch", "jax", "tensorflow"])
def test_framework_modules_call_all_losses(framework):
    backend = require_backend(framework)
    module = importlib.import_module(f"ddsp.{framework}").losses
    target, audio = (backend.asarray(x[:, :253], "float32") for x in (TARGET, AUDIO))
    for plain in LOSSES.values():
        loss = getattr(module, type(plain).__name__)(**settings_of(plain))
        expected = float(plain(TARGET[:, :253], AUDIO[:, :253]))
        assert float(backend.to_numpy(backend.run(loss)(target, audio))) == pytest.approx(expected, rel=1e-4)
    random = module.SpectralLoss(fft_sizes=SIZES, random_sizes=2)
    values = {float(backend.to_numpy(random(target, audio, key=5))) for _ in range(2)}
    assert values == {float(backend.to_numpy(RANDOM(target, audio, key=5)))}
    noise = backend.asarray(np.asarray([0.9, 0.1, 0.5]), "float32")
    entry = random.get_losses_dict(target, audio, noise=noise)
    assert float(backend.to_numpy(entry["spectral_loss"])) == pytest.approx(
        1.5 * sum(float(SpectralLoss(fft_sizes=(n,))(TARGET[:, :253], AUDIO[:, :253])) for n in SIZES[1:]), rel=1e-5
    )


def test_jax_jits_a_loss_given_as_an_argument():
    backend = require_backend("jax")
    import ddsp.jax as ddsp

    audio = [backend.asarray(x, "float32") for x in (TARGET, AUDIO)]
    loss = ddsp.losses.SpectralLoss(fft_sizes=SIZES, random_sizes=2, fft_weights=[1.0, 1.0, 1.0])
    call = backend.jax.jit(lambda loss, key: loss(*audio, key=key))
    found = {round(float(call(loss, backend.jax.random.key(seed))), 3) for seed in range(8)}
    assert found <= {round(float(np.float32(pair)), 3) for pair in PAIRS} and len(found) > 1


def test_keras_saves_the_settings():
    require_backend("tensorflow")
    import json

    import ddsp.tensorflow as ddsp

    loss = ddsp.losses.SpectralLoss(fft_weights=(1.0,) * 6, mel_bins=40, random_sizes=2, center=True)
    again = type(loss).from_config(json.loads(json.dumps(loss.get_config())))
    assert again.plain == loss.plain and again.fft_weights == (1.0,) * 6
    envelope = ddsp.losses.MultiScaleEnvelopeLoss(frame_sizes=(64, 16))
    assert type(envelope).from_config(envelope.get_config()).plain == envelope.plain


# Errors ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: SpectralLoss(fft_weights=(1.0,)), r"fft_weights: got \(1.0,\), expected 6"),
        (lambda: SpectralLoss(fft_sizes=(64,), fft_weights=(-1.0,)), "fft_weights: got"),
        (lambda: SpectralLoss(mel_bins=0), "mel_bins: got 0"),
        (lambda: SpectralLoss(mel_bins=8, hi_hz=9000.0), "hi_hz: got 9000.0"),
        (lambda: SpectralLoss(random_sizes=7), "random_sizes: got 7"),
        (lambda: SpectralLoss(random_sizes=0), "random_sizes: got 0"),
        (lambda: RANDOM(TARGET, AUDIO, noise=np.ones(2)), r"noise: got shape \(2,\)"),
        (lambda: losses.spectral_convergence(TARGET, AUDIO), "target: got shape"),
        (lambda: losses.ESRLoss()(TARGET, AUDIO[:, :-1]), "audio: got shape .* a length of 554, expected 555"),
        (lambda: losses.ESRLoss()(TARGET[0], AUDIO[0]), "target_audio: got shape"),
        (lambda: losses.SISDRLoss()(TARGET, AUDIO, weights=np.ones(2)), "weights: got shape"),
        (lambda: losses.LogCoshLoss(a=0.0), "a: got 0.0"),
        (lambda: losses.MultiScaleEnvelopeLoss(frame_sizes=(0,)), "frame_sizes: got 0"),
        (lambda: losses.MultiScaleEnvelopeLoss(loss_type="L0"), "loss_type: got 'L0'"),
    ],
)
def test_errors_name_the_argument(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_the_plain_loss_cannot_leave_silence():
    """Autodiff gives a gradient of 0 for the magnitude of silence; the hand-written gradient is not 0."""
    torch = require_backend("torch").torch
    target = torch.randn(1, 2048, generator=torch.Generator().manual_seed(0))

    def gradient(loss):
        silence = torch.zeros_like(target, requires_grad=True)
        loss(target, silence).backward()
        return silence.grad

    assert not gradient(losses.plain_spectral_loss).any()
    assert torch.isfinite(gradient(losses.SpectralLoss())).all() and gradient(losses.SpectralLoss()).any()
