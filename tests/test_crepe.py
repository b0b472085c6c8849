"""CREPE: layers compared with a plain float64 network, decoding with dense references, and pitch of real notes."""

from __future__ import annotations

from functools import partial
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest
import soundfile

import ddsp
from conftest import require_backend
from ddsp.backends import adapter_of
from ddsp.pretrained_models import PretrainedCREPE, compute_f0, decoding, network
from ddsp.spectral_ops import get_framed_lengths

from .assertions import assert_finite, assert_matches
from .backends import get_backend, map_leaves
from .ops.pretrained_models.crepe import dense_viterbi, plain_layers

DATA = Path(__file__).parent / "data"
PHRASE = Path(ddsp.__file__).parent / "data" / "flute_phrase.wav"
NOTES = {"C4": 60, "E4": 64, "A4": 69, "C5": 72, "E5": 76, "A5": 81, "C6": 84, "E6": 88, "A6": 93}


def rng():
    return np.random.default_rng(7)


def tones(n_frames=3):
    """Frames of harmonic tones with some noise, float64."""
    random, t = rng(), np.arange(1024) / 16_000
    f0 = np.asarray([[220.0], [97.3], [1234.5], [610.0]])[:n_frames]
    frames = sum(np.sin(2 * np.pi * k * f0 * t + k) / k for k in range(1, 6))
    return frames + 0.05 * random.standard_normal(frames.shape)


# The network ----------------------------------------------------------------------------------------------------


def all_layers(frames):
    """Outputs of all layers in one pass, and so in one compilation."""
    b, x, outputs = adapter_of(frames), network.normalize_frames(frames), {}
    for i in range(1, 7):
        for suffix, stage in network._STAGES:
            x = outputs[f"conv{i}{suffix}"] = stage(b, x, "tiny", i)
    return {**outputs, "classifier": network._classifier(b, x, "tiny")}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_every_layer_matches_a_plain_network(backend, dtype):
    """A few frames in float32, whose windows are copied, and more in float64."""
    frames = tones() if dtype == "float32" else np.concatenate([tones(), tones()])
    assert (len(frames) <= network.FEW_FRAMES) == (dtype == "float32")
    frames = frames.astype(np.float32)
    expected = plain_layers(frames.astype(np.float64))
    assert list(expected) == list(PretrainedCREPE.layers)
    with backend.scope(dtype):
        x = backend.asarray(frames, dtype)
        # Only the library has a floor of -120 dB in normalization: 1e-12 of the variance.
        assert_matches(backend.run(all_layers)(x), expected, backend, dtype, like=x)


@pytest.mark.parametrize("layer", PretrainedCREPE.layers)
def test_each_layer_can_be_asked_for(layer):
    assert_matches(PretrainedCREPE("tiny", layer)(tones()), plain_layers(tones())[layer], get_backend("numpy"))


def test_frames_audio_and_batches_agree(backend):
    audio = np.stack([np.tile(tones(1)[0], 2)[:1500], 0.1 * np.tile(tones(2)[1], 2)[:1500]]).astype(np.float32)
    crepe = PretrainedCREPE(hop_size=500)
    expected = crepe(audio)
    assert expected.shape == (2, 4, 360)
    np.testing.assert_allclose(expected[1], crepe(audio[1]), atol=2e-5)
    np.testing.assert_allclose(expected[1, 2], crepe(np.pad(audio[1], 512)[1000:2024]), atol=2e-5)
    actual = backend.run(lambda x: (crepe(x), crepe(crepe.frame_audio(x))))(backend.asarray(audio))
    assert_matches(actual, (expected, expected), backend, "float32", rtol=2e-5)


def test_chunks_of_frames_are_seamless():
    audio = np.tile(tones()[:, :1000], (1, 2))[:, :1664].astype(np.float32)
    activations = PretrainedCREPE(hop_size=23)(audio)  # 3 x 73 frames, in chunks of 37 with a shorter last one
    assert activations.shape == (3, 73, 360)
    last = np.pad(audio, ((0, 0), (512, 512)))[:, 72 * 23 : 72 * 23 + 1024]
    np.testing.assert_allclose(activations[:, 72], PretrainedCREPE()(last), atol=1e-5)
    first = np.pad(audio, ((0, 0), (512, 512)))[:, 36 * 23 : 36 * 23 + 1024]
    np.testing.assert_allclose(activations[:, 36], PretrainedCREPE()(first), atol=1e-5)


def test_half_precision_computes_in_float32():
    frames = tones().astype(np.float16)
    activations = PretrainedCREPE()(frames)
    assert activations.dtype == np.float16
    np.testing.assert_allclose(activations, PretrainedCREPE()(frames.astype(np.float32)), atol=1e-3)


# Gradients ------------------------------------------------------------------------------------------------------


def test_gradient_matches_finite_differences(grad_backend):
    frames, direction, cotangent = tones(2), rng().standard_normal((2, 1024)), rng().standard_normal((2, 360))

    def value(step):
        return np.sum(PretrainedCREPE()(frames + step * direction) * cotangent)

    expected = (value(1e-7) - value(-1e-7)) / 2e-7
    with grad_backend.scope("float64"):
        args = [grad_backend.asarray(frames)]
        mode = "jit" if grad_backend.name == "jax" else None
        _, (gradient,) = grad_backend.value_and_grad(
            PretrainedCREPE(), args, (0,), [grad_backend.asarray(cotangent)], mode
        )
        assert np.sum(grad_backend.to_numpy(gradient) * direction) == pytest.approx(expected, rel=1e-5)


def test_gradients_on_silence_are_finite(grad_backend):
    frames = np.asarray([[0.0], [1e-40], [1e-30], [1e-12], [1e-6]]) * tones(1)
    args = [grad_backend.asarray(frames, "float32")]
    cotangent = grad_backend.asarray(rng().standard_normal((5, 256)), "float32")
    mode = "jit" if grad_backend.name == "jax" else None
    f = PretrainedCREPE(activation_layer="conv5-maxpool")
    assert_finite(grad_backend.value_and_grad(f, args, (0,), [cotangent], mode), grad_backend)


# Decoding -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n_frames", [1, 2, 60])
def test_viterbi_matches_the_dense_matrix(backend, n_frames):
    acts = rng().random((2, n_frames, 360)).astype(np.float32) ** 4
    acts[1, n_frames // 2 :, 340] += 3.0  # near the edge, and large enough for a jump
    acts[0, :, 2] += 0.3
    path = backend.to_numpy(backend.run(decoding.viterbi_decode)(backend.asarray(acts)))
    np.testing.assert_array_equal(path, [dense_viterbi(a) for a in acts])


def test_viterbi_rests_where_nothing_is_heard(backend):
    acts = np.zeros((1, 300, 360), np.float32)
    acts[0, 100:110, 50] = acts[0, 200, 52] = 0.9
    path = backend.to_numpy(backend.run(decoding.viterbi_decode)(backend.asarray(acts)))
    assert np.all(path[0, :200] == 50)
    assert np.all(path[0, 200:] == 52)


def test_local_average_leaves_out_bins_that_do_not_exist(backend):
    acts = np.zeros((3, 360), np.float32)
    acts[0, :3] = 0.5, 0.4, 0.3
    acts[1, 358:] = 0.4, 0.5
    f0_hz, _ = decoding.activations_to_f0_and_confidence(backend.asarray(acts), symmetric=True)
    bins = np.asarray([(0.4 + 2 * 0.3) / 1.2, (358 * 0.4 + 359 * 0.5) / 0.9, 0.0])
    assert_matches(f0_hz, 10.0 * 2.0 ** ((1997.3794084376191 + 20.0 * bins) / 1200.0), backend, "float32")


# Pitch of audio -------------------------------------------------------------------------------------------------


def midi(f0_hz):
    return 69.0 + 12.0 * np.log2(f0_hz / 440.0)


def test_pitch_of_the_flute_phrase(backend):
    audio, rate = soundfile.read(PHRASE, dtype="float32")
    assert rate == 16_000
    f0_hz, confidence = map_leaves(backend.to_numpy, compute_f0(backend.asarray(audio), frame_rate=25))
    assert f0_hz.shape == confidence.shape == (1 + len(audio) // 640,)
    assert np.all(np.isfinite(f0_hz)) and np.all((confidence >= 0.0) & (confidence <= 1.0))
    pitch = midi(f0_hz[confidence > 0.5])
    assert len(pitch) > 0.9 * len(f0_hz)
    played = np.asarray(sorted(set(NOTES.values())))
    nearest = played[np.argmin(np.abs(pitch[:, np.newaxis] - played), axis=1)]
    cents = 100.0 * (pitch - nearest)
    assert abs(np.median(cents)) <= 10.0
    assert np.mean(np.abs(cents) <= 50.0) >= 0.95
    runs = [(note, len(list(group))) for note, group in groupby(nearest)]
    melody = [NOTES[name] for name in ("A4", "C5", "E5", "A5", "E5", "C5", "A4", "E4", "C4")]
    assert [note for note, length in runs if length > 10] == melody


def test_pitch_of_high_notes(backend):
    notes = ["C6", "E6", "A6"]
    audio = np.stack([soundfile.read(DATA / f"flute_{note}.wav", dtype="float32")[0] for note in notes])
    f = backend.run(partial(compute_f0, frame_rate=80))
    f0_hz, confidence = map_leaves(backend.to_numpy, f(backend.asarray(audio)))
    for note, f0, voiced in zip(notes, f0_hz, confidence > 0.5, strict=True):
        cents = 100.0 * (midi(f0[voiced]) - NOTES[note])
        assert abs(np.median(cents)) <= 10.0
        assert np.mean(np.abs(cents) <= 50.0) >= 0.95


@pytest.mark.parametrize("name", ["numpy", "torch"])
def test_limits_of_the_pitch(name):
    """Limits select the octave. A tone outside has no confidence, and silence gets a pitch inside."""
    backend = require_backend(name)
    low, high = np.sin(2 * np.pi * np.asarray([[110.0], [220.0]]) * np.arange(3200) / 16000)
    audio = backend.asarray(np.stack([low + 3.0 * high, low, 0.0 * low]), "float32")
    for limits, pitch in (({"fmax": 150}, 110.0), ({"fmin": np.float64(150), "fmax": 1200.0}, 220.0)):
        f0_hz, confidence = map_leaves(backend.to_numpy, compute_f0(audio, frame_rate=50, **limits))
        assert np.all((f0_hz >= limits.get("fmin", 31.7)) & (f0_hz <= limits["fmax"]))
        assert abs(12.0 * np.log2(np.median(f0_hz[0]) / pitch)) < 0.2 and np.median(confidence[0]) > 0.3
        assert (np.median(confidence[1]) > 0.3) == (pitch == 110.0) and np.all(confidence[2] == 0.0)


@pytest.mark.parametrize("padding", ["center", "same", "valid"])
def test_prediction_follows_hop_and_padding(padding):
    tone = np.sin(2 * np.pi * 220.0 / 16_000 * np.arange(1900)) ** 3
    n_frames, _ = get_framed_lengths(1900, 1024, 300, padding)
    audio = np.stack([tone, 0.1 * tone])
    f0_hz, confidence = PretrainedCREPE().predict_f0_and_confidence(audio, hop_size=300, padding=padding)
    assert f0_hz.shape == confidence.shape == (2, n_frames)
    assert compute_f0(audio, 16_000 / 300, padding=padding)[0].shape == (2, n_frames)
    np.testing.assert_allclose(np.median(f0_hz, axis=1), 220.0, rtol=0.005)


def test_prediction_is_the_original_decoding_of_the_activations(backend):
    audio = np.tile(tones(2), (1, 2))[:, :1500].astype(np.float32)
    crepe = PretrainedCREPE(hop_size=500)
    activations = crepe(audio)
    f0_hz, confidence = crepe.activations_to_f0_and_confidence(activations, crepe.viterbi_decode(activations))
    actual = backend.run(partial(crepe.predict_f0_and_confidence, viterbi=True))(backend.asarray(audio))
    assert_matches(actual, (f0_hz, confidence[..., 0]), backend, "float32", rtol=2e-5)
    assert crepe.predict_f0_and_confidence(audio[0])[0].shape == (1, 4)


@pytest.mark.parametrize("viterbi", [True, False])
def test_silence_has_no_confidence_and_a_pitch(backend, viterbi):
    if not viterbi and backend.name != "numpy":
        pytest.skip("the path is what is compiled; without it there is one step")
    t = np.arange(8000) / 16_000
    noise, tone = 5e-5 * rng().standard_normal(8000), np.sin(2 * np.pi * 330.0 * t)
    audio = np.stack([np.zeros(8000), np.where(t < 0.25, tone, noise)])
    f = backend.run(partial(compute_f0, frame_rate=20, viterbi=viterbi))
    f0_hz, confidence = map_leaves(backend.to_numpy, f(backend.asarray(audio, "float32")))
    assert np.all(np.isfinite(f0_hz)) and np.all(f0_hz > 30.0)
    assert np.all(confidence[0] == 0.0) and np.all(confidence[1, 6:] == 0.0) and np.all(confidence[1, 1:4] > 0.5)
    np.testing.assert_allclose(f0_hz[1, 6:], 330.0 if viterbi else 31.7, rtol=0.02)


@pytest.mark.parametrize(
    ("sample_rate", "frame_rate", "padding"),
    [(44_100, 250, "center"), (48_000, 59.94, "same"), (8000, 100, "valid"), (11_025, 86.1328125, "center")],
)
def test_pitch_at_any_sample_rate(sample_rate, frame_rate, padding):
    """Frames of a rising tone agree with those of the levels in number and time."""
    n_samples = int(0.3 * sample_rate) + 1
    time = np.arange(n_samples) / sample_rate
    audio = np.sin(2 * np.pi * 300.0 * (time + time**2))  # 300 Hz (1 + 2 t)
    f0_hz, confidence = compute_f0(audio, frame_rate, padding=padding, sample_rate=sample_rate)
    n_frames, _ = get_framed_lengths(n_samples, int(0.064 * sample_rate), sample_rate / frame_rate, padding)
    assert f0_hz.shape == confidence.shape == (n_frames,)
    at = np.arange(n_frames) / frame_rate + (0.0 if padding == "center" else 0.032)
    clear = (at > 0.04) & (at < 0.26)
    cents = 1200.0 * np.log2(f0_hz[clear] / (300.0 * (1.0 + 2.0 * at[clear])))
    assert np.all(confidence[clear] > 0.5) and np.max(np.abs(cents)) < 25.0
    assert abs(np.mean(cents)) < 8.0  # a shift of 5 ms would give 17 cents
    if frame_rate == 100:
        options = {"hop_size": sample_rate // 100, "viterbi": True, "padding": padding, "sample_rate": sample_rate}
        own = PretrainedCREPE().predict_f0_and_confidence(audio, **options)[0]
        np.testing.assert_allclose(own[0][clear], f0_hz[clear], rtol=0.003)


@pytest.mark.parametrize("frame_rate, n_frames", [(300, 16), (62.5, 4), (44.1, 3), (np.int64(250), 13)])
def test_any_frame_rate(frame_rate, n_frames):
    assert compute_f0(tones(1)[0, :800], frame_rate)[0].shape == (n_frames,)


def test_compiled_pitch_is_the_same(compiler):
    backend, mode = compiler
    audio = np.tile(tones(1), (1, 2))[:, :1600].astype(np.float32)
    expected = compute_f0(audio, 490)  # 50 frames: two chunks
    f = backend.compile(lambda x: compute_f0(x, 490), mode)
    for actual, wanted in zip(f(backend.asarray(audio)), expected, strict=True):
        assert_matches(actual, wanted, backend, "float32", rtol=2e-5)


def test_a_batch_of_unknown_size():
    backend = get_backend("tensorflow")
    tf = backend.tf
    audio = np.tile(tones(), (1, 2))[:, :1600].astype(np.float32)
    f = tf.function(lambda x: compute_f0(x, 50), input_signature=[tf.TensorSpec([None, 1600], tf.float32)])
    assert_matches(f(audio)[0], compute_f0(audio, 50)[0], backend, "float32", rtol=2e-5)
    g = tf.function(PretrainedCREPE(), input_signature=[tf.TensorSpec([None, 2, 1024], tf.float32)])
    frames = tones(4).reshape(2, 2, 1024).astype(np.float32)
    assert_matches(g(frames), PretrainedCREPE()(frames), backend, "float32", rtol=2e-5)


# Errors ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options, message",
    [
        ({"sample_rate": 0}, "sample_rate: got 0"),
        ({"sample_rate": 50.0}, "frame_rate: got 100"),
        ({"frame_rate": 0}, "frame_rate: got 0"),
        ({"frame_rate": float("nan")}, "frame_rate: got nan"),
        ({"padding": "centre"}, "padding: got 'centre'"),
        ({"padding": "valid"}, "audio: got 800 samples"),
        ({"model_capacity": "huge"}, "model_capacity: got 'huge'"),
        ({"audio": np.zeros(800, np.int16)}, "audio: got dtype int16"),
        ({"audio": np.zeros((1, 2, 800))}, "audio: got shape"),
        ({"audio": np.zeros(0)}, "audio: got shape"),
        ({"fmin": 300.0, "fmax": 200.0}, "fmin, fmax: got 300.0 and 200.0, expected fmin < fmax"),
        ({"fmin": 2500.0}, "31.7 to 2005 Hz"),
        ({"fmin": float("nan")}, "fmin: got nan"),
        ({"fmax": "high"}, "fmax: got 'high'"),
    ],
)
def test_bad_arguments_of_compute_f0(options, message):
    with pytest.raises(ValueError, match=message):
        compute_f0(**{"audio": np.zeros(800), "frame_rate": 100, **options})


@pytest.mark.parametrize(
    "options", [{"activation_layer": "conv7"}, {"hop_size": 0}, {"hop_size": 2.5}, {"model_capacity": 3}]
)
def test_bad_settings(options):
    with pytest.raises(ValueError, match=next(iter(options))):
        PretrainedCREPE(**options)


def test_bad_activations():
    with pytest.raises(ValueError, match="360"):
        PretrainedCREPE.activations_to_f0_and_confidence(np.zeros((2, 359)))
    with pytest.raises(ValueError, match="at least one frame"):
        PretrainedCREPE.viterbi_decode(np.zeros((1, 0, 360)))
    with pytest.raises(ValueError, match="at least one frame"):
        PretrainedCREPE()(np.zeros((0, 1024)))
