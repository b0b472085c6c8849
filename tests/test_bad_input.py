"""Every public op with a wrong argument: either an error that names it, or the values of the oracle."""

from __future__ import annotations

import inspect
import math
import re
from importlib import import_module

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ddsp.extend.settings import FILLING

from .assertions import assert_matches
from .backends import get_backend, leaves, map_leaves
from .calling import function_of
from .draws import Call, Draw
from .ops import DRAWN
from .test_properties import oracle_of

SUBPACKAGES = (
    "core",
    "spectral_ops",
    "processors",
    "synths",
    "effects",
    "nn",
    "losses",
    "pretrained_models",
    "analysis",
)


def public_callables() -> dict[str, object]:
    """Functions, and methods with array arguments, by dotted name."""
    found = {}
    for subpackage in SUBPACKAGES:
        module = import_module(f"ddsp.{subpackage}")
        for name in module.__all__:
            value = getattr(module, name)
            if inspect.isfunction(value):
                found[f"{subpackage}.{name}"] = value
            for method, function in vars(value).items() if inspect.isclass(value) else ():
                if inspect.isfunction(function) and (method == "__call__" or not method.startswith("_")):
                    found[f"{subpackage}.{name}.{method}"] = function
    takes_arrays = re.compile(r"(Float|Int|Complex)\[Array, ")
    return {
        path: f for path, f in found.items() if path.count(".") == 1 or takes_arrays.search(str(inspect.signature(f)))
    }


@pytest.mark.parametrize("path", public_callables())
def test_every_public_function_is_held_to_its_annotations(path):
    function = public_callables()[path]
    assert hasattr(function, "__wrapped__"), f"{path} is not @checked"


def resized(d, x: np.ndarray) -> np.ndarray:
    """Change one axis: longer by one, doubled, or of length 1."""
    axis = d.integer(0, x.ndim - 1)
    size = d.choose(x.shape[axis] + 1, 2 * x.shape[axis], 1)
    return np.take(x, np.arange(size) % x.shape[axis], axis=axis)


def emptied(d, x: np.ndarray) -> np.ndarray:
    """Make an axis after the batch empty."""
    return np.take(x, np.arange(0), axis=d.integer(min(1, x.ndim - 1), x.ndim - 1))


def slip(d: Draw, call: Call) -> dict[str, np.ndarray]:
    """Inputs of a call with a typical mistake of users."""
    inputs = dict(call.inputs)
    usable = [name for name, x in inputs.items() if x is not None and x.ndim]
    name = d.choose(*usable)
    x = inputs[name]
    kind = d.choose("resize", "drop an axis", "add an axis", "empty", "swap", "a list", "a number")
    if kind == "resize":
        inputs[name] = resized(d, x)
    elif kind == "drop an axis":
        inputs[name] = np.take(x, 0, axis=d.integer(0, x.ndim - 1))
    elif kind == "add an axis":
        inputs[name] = np.expand_dims(x, d.integer(0, x.ndim))
    elif kind == "empty":
        inputs[name] = emptied(d, x)
    elif kind == "swap":
        other = d.choose(*usable)
        inputs[name], inputs[other] = inputs[other], inputs[name]
    else:
        inputs[name] = x.tolist() if kind == "a list" else 0.5
    return inputs


#: Ops that broadcast as in NumPy and have no batch axis, and networks, which broadcast nothing.
UNREPEATED = ("nn.", "core.remove_above_nyquist", "core.safe_divide", "core.surrogate_to_frequencies", "core.adsr")


def as_the_oracle_takes_it(path: str, inputs: dict) -> dict[str, np.ndarray]:
    """Convert inputs for the oracles: float64, batches of 1 repeated, and [batch, time, 1] as [batch, time]."""
    arrays = {name: x if x is None else np.asarray(x, np.float64) for name, x in inputs.items()}
    if path.startswith("losses.") and "target_audio" in arrays:
        arrays |= {name: x[..., 0] for name, x in arrays.items() if "audio" in name and x.ndim == 3}
    if path.startswith(UNREPEATED) or path.startswith("synths.ADSR"):
        return arrays
    n = max((x.shape[0] for x in arrays.values() if x is not None and x.ndim > 1), default=1)
    repeated = {name: x for name, x in arrays.items() if x is not None and x.ndim > 1 and x.shape[0] == 1}
    return arrays | {name: np.repeat(x, n, axis=0) for name, x in repeated.items()}


def names_one_of(error: Exception, names) -> bool:
    return any(re.search(rf"\b{re.escape(name)}\b", str(error)) for name in names)


@pytest.mark.parametrize("path", DRAWN)
@settings(
    max_examples=20, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), phases=[Phase.generate]
)
@given(data=st.data())
def test_a_slip_is_named_or_right(path, data):
    d = Draw(data.draw)
    d.batch = max(d.batch, 1)
    call = DRAWN[path](d)
    if not any(x is not None and x.ndim for x in call.inputs.values()):
        return
    inputs = slip(d, call)
    function = function_of(path, call.init)
    parameters = [*inspect.signature(function).parameters, *call.inputs, *call.init, *call.kwargs]
    try:
        result = function(**inputs, **call.kwargs)
    except (ValueError, TypeError) as error:
        assert names_one_of(error, parameters), f"{path}: {error}"
        return
    expected = oracle_of(path, Call(as_the_oracle_takes_it(path, inputs), call.kwargs, call.init))
    result = map_leaves(np.asarray, result)
    sizes = iter([np.shape(x) for x in leaves(expected)])
    result = map_leaves(lambda x: np.broadcast_to(x, next(sizes)) if x.shape[:1] == (1,) else x, result)
    assert_matches(result, expected, get_backend("numpy"), "float64", 1e-9, 1e-12, None, path)


#: Values that are not numbers, valid strings or functions.
NONSENSE = ("nonsense", None, [1.0, 2.0], np.ones(2), object(), 1 + 1j, {}, b"x")


@pytest.mark.parametrize("path", DRAWN)
@settings(
    max_examples=10, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), phases=[Phase.generate]
)
@given(data=st.data())
def test_a_setting_of_the_wrong_kind_is_named(path, data):
    d = Draw(data.draw)
    d.batch = max(d.batch, 1)
    call = DRAWN[path](d)
    options = call.init if path.count(".") == 2 else call.kwargs
    known = {name: x for name, x in options.items() if isinstance(x, (bool, int, float, str))}
    if not known:
        return
    name = d.choose(*known)
    value = data.draw(st.sampled_from(NONSENSE))
    changed = {**options, name: value}
    try:
        if path.count(".") == 2:
            function_of(path, changed)(**call.inputs, **call.kwargs)
        else:
            function_of(path)(**call.inputs, **changed)
    except (ValueError, TypeError, UserWarning) as error:  # warnings are errors here
        assert names_one_of(error, [name]), f"{path}, {name}={value!r}: {error}"


def misuses() -> dict[str, tuple[str, object]]:
    """Calls with one wrong setting, and the name at the beginning of the error."""
    from ddsp import core, effects, losses, spectral_ops, synths

    x, audio, frames = np.ones((1, 8, 1)), np.zeros((1, 640)), np.ones((1, 10, 4))
    sinusoids = {"amplitudes": frames, "frequencies": 100.0 * frames}
    return {
        "pad_axis: an axis that is not there": ("axis", lambda: core.pad_axis(x, (1, 1), axis=5)),
        "pad: an axis that is not there": ("axis", lambda: spectral_ops.pad(audio, 64, 32, axis=2)),
        "pad_axis: three paddings": ("padding", lambda: core.pad_axis(x, (1, 2, 3))),
        "overlap_and_add: a hop of nothing": ("hop_size", lambda: core.overlap_and_add(frames, -1)),
        "frame: a hop beyond int32": ("hop_size", lambda: core.frame(audio, 64, 1e12)),
        "resample_audio: rates far apart": ("from_rate", lambda: core.resample_audio(audio, 44100, 5)),
        "logb: base 1": ("base", lambda: core.logb(x, base=1.0)),
        "safe_log: a floor below 0": ("eps", lambda: core.safe_log(x, eps=-1.0)),
        "compute_mel: an FFT of no samples": ("fft_size", lambda: spectral_ops.compute_mel(audio, fft_size=0)),
        "compute_mag: an FFT without a hop": ("overlap", lambda: spectral_ops.compute_mag(audio, size=3)),
        "hmm_viterbi: a probability below 0": ("hold", lambda: core.hmm_viterbi(frames, hold=-1.0)),
        "harmonic_synthesis: fewer samples than frames": (
            "n_samples",
            lambda: core.harmonic_synthesis(x, x, n_samples=2),
        ),
        "Sinusoidal: fewer samples than frames": ("n_samples", lambda: synths.Sinusoidal(n_samples=5)(frames, frames)),
        "Sinusoidal: an unknown method": (
            "amp_resample_method",
            lambda: synths.Sinusoidal(n_samples=640, amp_resample_method="l").get_signal(**sinusoids),
        ),
        "SpectralLoss: a size too small": ("fft_sizes", lambda: losses.SpectralLoss(fft_sizes=(64, 2))),
        "MultiScaleEnvelopeLoss: no sizes": ("frame_sizes", lambda: losses.MultiScaleEnvelopeLoss(frame_sizes=())),
        "SpectralLoss: a weight below 0": ("logmag_weight", lambda: losses.SpectralLoss(logmag_weight=-1.0)),
        "TrainableReverb: a seed that is a string": (
            "seed",
            lambda: effects.TrainableReverb().initial_params(seed="1"),
        ),
        "si_sdr: a switch that is a number": ("zero_mean", lambda: losses.si_sdr(audio, audio, zero_mean=2)),
        "exp_sigmoid: one argument twice": ("x", lambda: core.exp_sigmoid(x, x=x, max_value=np.float64(2.0))),
    }


@pytest.mark.parametrize("slip", misuses())
def test_a_wrong_setting_is_named(slip):
    name, call = misuses()[slip]
    with pytest.raises((ValueError, TypeError), match=rf"^{name}.*: got .*, expected |'{name}'"):
        call()


@pytest.mark.parametrize("kind", [np.float64, np.float32, np.int64])
def test_numpy_scalars_are_numbers(kind):
    """Settings from files are often NumPy scalars, whose dtype would promote float32 arrays in NumPy 2."""
    from ddsp import core, effects, synths

    x = np.ones((1, 8, 1), np.float32)
    assert core.exp_sigmoid(x, max_value=kind(3)).dtype == np.float32
    assert core.safe_log(x, eps=kind(1)).dtype == np.float32
    assert effects.ModDelay(center_ms=kind(5), depth_ms=kind(2)).center_ms == 5
    synth = synths.Harmonic(n_samples=kind(640), sample_rate=kind(8000))
    assert type(synth.n_samples) is int and synth == synths.Harmonic(n_samples=640, sample_rate=8000)
    assert synth(x, x, 440.0 * x).dtype == np.float32


def foreign(x: np.ndarray) -> dict[str, object]:
    """Objects that are not arrays of this library, although some have a shape."""
    from types import SimpleNamespace

    return {
        "None": None,
        "a table": SimpleNamespace(shape=x.shape, dtype=x.dtype, values=x),
        "a class": np.ndarray,
        "masked": np.ma.masked_array(x),
        "another library's": import_module("array_api_strict").asarray(x),
        "integers": np.ones(x.shape, np.int32),
        "complex": np.ones(x.shape, np.complex64),
        "objects": x.astype(object),
        "other bytes": x.astype(x.dtype.newbyteorder()),
    }


@pytest.mark.parametrize("path", DRAWN)
@settings(
    max_examples=10, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), phases=[Phase.generate]
)
@given(data=st.data())
def test_an_array_of_the_wrong_kind_is_named(path, data):
    d = Draw(data.draw)
    d.batch = max(d.batch, 1)
    call = DRAWN[path](d)
    usable = [name for name, x in call.inputs.items() if x is not None and x.ndim]
    if not usable:
        return
    name = d.choose(*usable)
    kind, bad = data.draw(st.sampled_from(list(foreign(call.inputs[name]).items())))
    if kind == "another library's" and len(usable) == 1:
        return
    try:
        function_of(path, call.init)(**{**call.inputs, name: bad}, **call.kwargs)
    except (ValueError, TypeError) as error:
        wrong = usable if kind == "another library's" else [name]  # the error may name either of two libraries
        assert names_one_of(error, wrong) and "\n" not in str(error), f"{path}, {name}: {kind}: {error}"
    else:
        assert kind == "None", f"{path}: {name} may be {kind}"


HUGE = (math.inf, -math.inf, math.nan, 1e300, 10**300)


@pytest.mark.parametrize("path", DRAWN)
@settings(
    max_examples=10, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), phases=[Phase.generate]
)
@given(data=st.data())
def test_a_number_that_nothing_holds_is_named(path, data):
    d = Draw(data.draw)
    d.batch = max(d.batch, 1)
    call = DRAWN[path](d)
    of_class = path.count(".") == 2
    options = call.init if of_class else call.kwargs
    owner = getattr(import_module(f"ddsp.{path.split('.')[0]}"), path.split(".")[1])
    known = [
        p.name for p in inspect.signature(owner).parameters.values() if str(p.annotation).startswith(("int", "float"))
    ]
    known = [name for name in known if name not in FILLING]
    if not known:
        return
    name, value = d.choose(*known), data.draw(st.sampled_from(HUGE))
    changed = {**options, name: value}
    with pytest.raises((ValueError, TypeError), match=rf"\b{name}\b.* expected"):
        if of_class:
            function_of(path, changed)(**call.inputs, **call.kwargs)
        else:
            function_of(path)(**call.inputs, **changed)
