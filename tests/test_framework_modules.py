"""Modules of frameworks apart from their computation: names, signatures, docstrings and copies."""

from __future__ import annotations

import copy
import importlib.util
import inspect
import io
import pickle
import subprocess
import sys
from dataclasses import dataclass
from importlib import import_module

import numpy as np
import pytest

import ddsp as plain
from conftest import require_backend
from ddsp import Processor
from ddsp.backends import load

FRAMEWORKS = ("torch", "jax", "tensorflow")
by_framework = pytest.mark.parametrize("framework", FRAMEWORKS)


@dataclass(frozen=True)
class Gain(Processor):
    """A user's class, which `wrap` wraps."""

    gain: float = 2.0
    name: str = "gain"

    def get_controls(self, audio):
        """As it is."""
        return {"audio": audio}

    def get_signal(self, audio):
        """Scaled."""
        return self.gain * audio


@dataclass(frozen=True)
class Bound(Gain):
    """A class whose name a decorator binds to the module class."""


def opened(framework: str):
    require_backend(framework)
    return import_module(f"ddsp.{framework}"), load(framework)


def modules(ddsp) -> dict:
    """Modules of all kinds, which are called with audio."""
    reverb = ddsp.effects.TrainableReverb(reverb_length=30, seed=3)
    return {
        "of the library": reverb,
        "of one's own": ddsp.wrap(Gain)(gain=0.5),
        "bound by its name": Bound(gain=0.25),
        "group": ddsp.processors.ProcessorGroup(dag=[(ddsp.wrap(Gain)(), ["audio"]), (reverb, ["gain/signal"])]),
        "group, bound": ddsp.ProcessorGroup(dag=[(Bound(), ["audio"]), (reverb, ["gain/signal"])]),
        "loss group": ddsp.losses.LossGroup(dag=[(ddsp.losses.LogCoshLoss(), ["audio", "audio"])]),
    }


def values(module, backend) -> list:
    audio = backend.xp.asarray(np.linspace(-1.0, 1.0, 40, dtype=np.float32)[None])
    inputs = {"audio": audio} if hasattr(module, "dag") else audio
    out = module(inputs)
    return [backend.to_numpy(x) for x in (out.values() if isinstance(out, dict) else [out])]


def through_torch(module):
    import torch

    torch.save(module, file := io.BytesIO())
    return torch.load(io.BytesIO(file.getvalue()), weights_only=False)


@by_framework
def test_copies_compute_the_same(framework, monkeypatch):
    ddsp, backend = opened(framework)
    monkeypatch.setattr(sys.modules[__name__], "Bound", ddsp.wrap(Bound))
    ways = [lambda m: pickle.loads(pickle.dumps(m)), copy.deepcopy]
    for name, module in modules(ddsp).items():
        for way in ways + ([through_torch] if framework == "torch" else []):
            copied = way(module)
            assert type(copied) is type(module), name
            assert repr(copied) == repr(module), name
            for x, y in zip(values(copied, backend), values(module, backend), strict=True):
                np.testing.assert_array_equal(x, y, err_msg=name)


def test_a_new_process_unpickles(tmp_path):
    """A process that has not imported this library finds the plain class by its module."""
    found = []
    for framework in FRAMEWORKS:
        ddsp, backend = opened(framework)
        for name in ("of the library", "of one's own", "group"):
            module = modules(ddsp)[name]
            found.append((framework, pickle.dumps(module), float(values(module, backend)[0].sum())))
    (tmp_path / "modules.pickle").write_bytes(pickle.dumps(found))
    code = f"""
import pickle
found = pickle.load(open({str(tmp_path / "modules.pickle")!r}, "rb"))
modules = [(framework, pickle.loads(written), total) for framework, written, total in found]
from ddsp.backends import load
from tests.test_framework_modules import values
for framework, module, total in modules:
    assert abs(values(module, load(framework))[0].sum() - total) < 1e-4, (framework, module)
print(len(modules))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "9", done.stderr


@by_framework
def test_classes_are_named_where_they_are_found(framework):
    ddsp, _ = opened(framework)
    for subpackage in ("processors", "synths", "effects", "nn", "losses", "pretrained_models", "instruments"):
        for cls in vars(getattr(ddsp, subpackage)).values():
            if hasattr(cls, "plain_class"):
                assert getattr(import_module(cls.__module__), cls.__name__) is cls
                assert cls.__module__.startswith(f"ddsp.{framework}.")
    assert ddsp.wrap(Gain) is ddsp.wrap(Gain)
    assert ddsp.wrap(plain.synths.Harmonic) is ddsp.synths.Additive is ddsp.synths.Harmonic


@by_framework
def test_what_a_notebook_shows(framework):
    """The signature of a class is that of its constructor, and the signature of an instance is that of its call."""
    ddsp, _ = opened(framework)
    harmonic, reverb = ddsp.synths.Harmonic, ddsp.effects.TrainableReverb(reverb_length=4)
    settings = inspect.signature(plain.synths.Harmonic).parameters
    assert list(inspect.signature(harmonic).parameters)[: len(settings) + 1] == [*settings, "seed"]
    inputs = ["amplitudes", "harmonic_distribution", "f0_hz"]
    synth = harmonic(n_samples=64)
    assert list(inspect.signature(synth).parameters) == [*inputs, "return_outputs_dict"]
    assert list(inspect.signature(synth.get_controls).parameters) == inputs
    assert list(inspect.signature(plain.synths.Harmonic()).parameters) == [*inputs, "return_outputs_dict"]
    assert list(inspect.signature(reverb).parameters) == ["audio", "return_outputs_dict"]  # its ir is a parameter
    assert "key" in inspect.signature(ddsp.synths.FilteredNoise()).parameters
    assert list(inspect.signature(ddsp.losses.ESRLoss()).parameters)[:2] == ["target_audio", "audio"]
    assert harmonic.__doc__ == plain.synths.Harmonic.__doc__
    assert harmonic.get_controls.__doc__ == plain.synths.Harmonic.get_controls.__doc__
    assert " at 0x" not in repr(synth) + repr(plain.synths.Harmonic(scale_fn=lambda x: x))
    assert synth.n_samples == 64

    class Louder(harmonic):
        def __init__(self, level: float):
            super().__init__(n_samples=64)

    assert list(inspect.signature(Louder).parameters) == ["level"]
    assert list(inspect.signature(Louder(2.0)).parameters) == [*inputs, "return_outputs_dict"]


@by_framework
def test_subpackages_are_modules(framework):
    ddsp, _ = opened(framework)
    for subpackage in ddsp.__all__:
        if inspect.ismodule(module := getattr(ddsp, subpackage)):
            name = f"ddsp.{framework}.{subpackage}"
            assert import_module(name) is module
            assert importlib.util.find_spec(name) is not None
            assert inspect.getsource(module)
            assert set(module.__all__) == set(getattr(plain, subpackage).__all__)


@by_framework
def test_a_setting_called_trainable_reads_back(framework):
    ddsp, _ = opened(framework)
    assert ddsp.effects.Reverb(trainable=False).trainable is False
    assert ddsp.effects.Reverb(trainable=True, reverb_length=4).trainable is True


@by_framework
def test_a_missing_framework_says_what_to_install(framework):
    code = f"import sys; sys.modules[{framework!r}] = None; import ddsp.{framework}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert f'pip install "ddsp-array[{framework}]"' in done.stderr.splitlines()[-1]


def test_a_call_of_its_own_is_used_in_a_group(grad_backend):
    """In a group, the forward, call or __call__ of a derived module class runs, not that of the plain processor."""
    library = import_module(f"ddsp.{grad_backend.name}")
    audio = grad_backend.asarray(np.ones((1, 64)), "float32")
    for base, settings in (
        (library.effects.TrainableReverb, {"reverb_length": 8}),
        (library.processors.Crop, {"frame_size": 4}),
    ):
        mine = type("Mine", (base,), {base.called: lambda self, audio: 0.0 * audio + 7.0})(**settings)
        group = library.processors.ProcessorGroup(dag=[(mine, ["audio"])])
        assert (grad_backend.to_numpy(group({"audio": audio})) == 7.0).all()
    double = type("Double", (library.processors.Crop,), {base.called: lambda self, x, **kw: twice(base, self, x, **kw)})
    group = library.processors.ProcessorGroup(
        dag=[(double(4), ["audio"]), (library.processors.Add(), ["crop/signal"] * 2)]
    )
    assert (grad_backend.to_numpy(group({"audio": audio})) == 4.0).all()
    silent = type(
        "Silent", (library.losses.ParamLoss,), {base.called: lambda self, target, value: 0.0 * value[0, 0] + 5.0}
    )
    losses = library.losses.LossGroup(dag=[(silent(), ["audio", "audio"])])({"audio": audio})
    assert float(losses["param_loss"]) == 5.0


def twice(base, self, audio, **kwargs):
    return 2.0 * getattr(base, base.called)(self, audio, **kwargs)


def test_a_method_that_no_call_uses_is_refused(grad_backend):
    library = import_module(f"ddsp.{grad_backend.name}")
    with pytest.raises(TypeError, match="^Mine: got a get_signal of its own, .* expected .*wrap"):
        type("Mine", (library.processors.Crop,), {"get_signal": lambda self, audio: audio})
