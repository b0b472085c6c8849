"""NaN and infinity in a control affect only the audio that its frame contributes to, on each backend and form.

Frame 4 of 10 is bad. It affects the audio from frame 3 to frame 5 with any interpolation.
"""

import functools

import numpy as np
import pytest

from ddsp import core
from ddsp.backends import load

FRAMES, BAD, HOP = 10, 4, 64
rng = np.random.default_rng(0)


def frames(low, high, *shape):
    return rng.uniform(low, high, (2, FRAMES, *shape))


TONE = {"frequencies": frames(200.0, 300.0, 1), "amplitudes": frames(0.5, 1.0, 1)}
HARMONIC = {**TONE, "harmonic_distribution": frames(0.1, 1.0, 40)}  # some harmonics cross Nyquist
SHIFTED = {**HARMONIC, "harmonic_shifts": frames(-0.1, 0.1, 40)}
TABLES = {**TONE, "wavetables": frames(-1.0, 1.0, 32)}
harmonic = functools.partial(core.harmonic_synthesis, n_samples=FRAMES * HOP)
wavetable = functools.partial(core.wavetable_synthesis, n_samples=FRAMES * HOP)


OPS = {
    "harmonic_synthesis": (harmonic, HARMONIC),
    "harmonic_synthesis, uneven": (functools.partial(harmonic, n_samples=FRAMES * HOP + 3), HARMONIC),
    "harmonic_synthesis, linear": (functools.partial(harmonic, amp_resample_method="linear"), HARMONIC),
    "harmonic_synthesis, nearest": (functools.partial(harmonic, amp_resample_method="nearest"), HARMONIC),
    "harmonic_synthesis, shifts": (harmonic, SHIFTED),
    "harmonic_synthesis, few samples": (functools.partial(harmonic, n_samples=4 * FRAMES), HARMONIC),
    "streaming_harmonic_synthesis": (
        lambda **x: core.streaming_harmonic_synthesis(**x, n_samples=FRAMES * HOP)[0],
        HARMONIC,
    ),
    "wavetable_synthesis": (wavetable, TABLES),
    "wavetable_synthesis, band_limit": (functools.partial(wavetable, band_limit=True), TABLES),
    "wavetable_synthesis, one table": (
        functools.partial(wavetable, band_limit=True),
        {**TABLES, "wavetables": TABLES["wavetables"][:, 0]},
    ),
}
CONTROLS = [(name, control) for name, (_, inputs) in OPS.items() for control in inputs if inputs[control].ndim == 3]


def spoil(inputs, control, bad):
    spoilt = inputs[control].copy()
    spoilt[0, BAD, -1 if control == "wavetables" else 0] = bad
    return {**inputs, control: spoilt}


def run(backend, name, inputs, dtype="float64"):
    function, _ = OPS[name]
    names = list(inputs)
    call = backend.run(lambda *values: function(**dict(zip(names, values, strict=True))))
    with backend.scope(dtype):
        return backend.to_numpy(call(*(backend.asarray(x, dtype) for x in inputs.values())))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("name, control", CONTROLS)
@pytest.mark.filterwarnings("ignore:invalid value")
def test_what_a_bad_frame_reaches(backend, name, control, bad):
    if backend.name in ("numpy-readonly", "strict") or (backend.name != "numpy" and np.isnan(bad)):
        pytest.skip("as the others")
    inputs = OPS[name][1]
    clean, found = run(backend, name, inputs), run(backend, name, spoil(inputs, control, bad))
    n = clean.shape[1]
    first, last = (BAD - 1) * n // FRAMES, -(-(BAD + 1) * n // FRAMES) + 1
    np.testing.assert_array_equal(found[1], clean[1])  # another example
    np.testing.assert_allclose(found[0, :first], clean[0, :first], atol=1e-12)
    inside = found[0, first + HOP // 16 : last - HOP // 16]
    assert not np.isfinite(inside).all()
    assert np.isfinite(found[0, last:]).all()
    if control not in ("frequencies", "harmonic_shifts"):  # these change later phases
        np.testing.assert_allclose(found[0, last:], clean[0, last:], atol=1e-12)


@pytest.mark.parametrize("control", HARMONIC)
def test_gradients_of_good_samples_are_not_spoilt(grad_backend, control):
    """If a loss omits bad samples, frames that do not affect them keep their gradient."""
    b = grad_backend
    xp, names = load(b.name).xp, list(HARMONIC)

    def total(*values):
        audio = harmonic(**dict(zip(names, values, strict=True)))
        return xp.sum(xp.where(xp.isfinite(audio), audio, xp.zeros_like(audio)) ** 2.0)

    def gradients(inputs):
        arrays = [b.asarray(x, "float32") for x in inputs.values()]
        one = b.asarray(np.ones(()), "float32")
        return [b.to_numpy(x) for x in b.value_and_grad(total, arrays, range(3), [one], b.plain_mode)[1]]

    spoilt = gradients(spoil(HARMONIC, control, np.nan))
    for x in spoilt:
        assert np.isfinite(np.delete(x, [BAD - 1, BAD, BAD + 1], axis=1)).all()
        assert np.abs(np.delete(x, [BAD - 1, BAD, BAD + 1], axis=1)).max() > 0.0


@pytest.mark.parametrize("above", [np.inf, np.nan])
@pytest.mark.parametrize("shifts", [False, True])
@pytest.mark.filterwarnings("ignore:invalid value")
def test_a_muted_partial_counts_for_nothing(backend, shifts, above):
    """In a glide, harmonics 33 to 40 are always muted, and others are muted in part."""
    f0 = np.linspace(250.0, 400.0, FRAMES)[None, :, None]
    inputs = {"frequencies": f0, "amplitudes": np.ones_like(f0), "harmonic_distribution": np.ones((1, FRAMES, 40))}
    inputs = {**inputs, "harmonic_shifts": np.zeros((1, FRAMES, 40))} if shifts else inputs
    clean, distribution = run(backend, "harmonic_synthesis", inputs, "float32"), np.ones((1, FRAMES, 40))
    distribution[:, :, 32:] = above
    found = run(backend, "harmonic_synthesis", {**inputs, "harmonic_distribution": distribution}, "float32")
    np.testing.assert_allclose(found, clean, atol=1e-4)


def test_a_stream_goes_on_after_a_bad_frame():
    f0 = np.full((1, FRAMES, 1), 220.0)
    f0[0, -1] = np.nan
    audio, phase = core.streaming_harmonic_synthesis(f0, np.ones_like(f0), n_samples=FRAMES * HOP)
    assert np.isfinite(phase).all() and np.isfinite(audio[0, : (FRAMES - 2) * HOP]).all()
    f0 = np.full((1, 8, 1), 1000.0)
    f0[0, 4] = np.inf
    audio, phase = core.harmonic_oscillator_bank(f0, np.ones((1, 8, 1)))
    assert np.isnan(audio[0]).tolist() == [n == 4 for n in range(8)]
    np.testing.assert_allclose(phase, 7 * 1000.0 / 16000.0)
    np.testing.assert_array_equal(np.isnan(core.angular_cumsum(f0[:, :, 0]))[0], np.arange(8) == 4)
