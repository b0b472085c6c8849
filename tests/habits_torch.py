"""Uses of modules in PyTorch: rows of docs/habits.md."""

from __future__ import annotations

import copy
import dataclasses
import io
import pickle

import numpy as np

from .habits import FAMILIES, habit

#: Modules with trainable values, and the paths of their nodes and parameters.
TRAINED = ("TrainableReverb", "ProcessorGroup")
NETWORKS = FAMILIES["networks"]
#: Modules whose only input is audio.
CHAINED = ("TensorToAudio", "Crop", "TrainableReverb")
#: One module of each family, for second derivatives.
ONE_OF_EACH = (
    "Harmonic", "Wavetable", "FilteredNoise", "Mix", "ModDelay", "TrainableReverb", "LossGroup", "SpectralLoss",
    "SISDRLoss", "KDEConsistencyLoss",
)  # fmt: skip
#: All modules except those that take seconds.
QUICK = tuple(name for names in FAMILIES.values() for name in names if "CREPE" not in name)


def torch():
    import torch

    return torch


def reverb_of(module):
    """The module that has the parameter `ir`."""
    return getattr(module, "reverb", module)


def setting_of(module):
    """Name of a setting that does not affect results."""
    *_, last = dataclasses.fields(module.plain)
    return last.name


def scalar(use):
    """Return a scalar function that is differentiable everywhere, and its float64 inputs."""
    inputs = use.arrays("float64")
    module, names = use.module.to(torch().float64), list(inputs)
    weights = torch().tensor(np.cos(np.arange(use.subject.expected.size)).reshape(use.subject.expected.shape))

    def f(*arrays):
        return (use.call(module, dict(zip(names, arrays, strict=True))) * weights).sum()

    return f, tuple(inputs.values())


def gradients(f, arrays):
    leaves = [x.detach().clone().requires_grad_() for x in arrays]
    return torch().autograd.grad(f(*leaves), leaves, create_graph=True, materialize_grads=True), leaves


def along(use):
    return tuple(torch().tensor(use.direction(name)) for name in use.subject.inputs)


def inner(xs, ys):
    return float(sum((x * y).sum() for x, y in zip(xs, ys, strict=True)).detach())


def close(found, expected, rtol=1e-6):
    assert abs(found - expected) <= rtol * abs(expected) + 1e-9, f"{found} for {expected}"


@habit("torch", "call in float32")
def call(use):
    use.check(use.call())


@habit("torch", "`.to(torch.float64)`")
def to_float64(use):
    result = use.call(use.module.to(torch().float64), use.arrays("float64"))
    assert result.dtype == torch().float64
    rounded = (*TRAINED, *NETWORKS, "DecayingReverb", "Instrument")  # float32 parameters
    use.check(result, 1e-6 if use.subject.name in rounded else 1e-9)


@habit("torch", "`.half()`: computed in float32, result in float16")
def half(use):
    result = use.call(use.module.half(), {name: x.half() for name, x in use.inputs.items()})
    assert result.dtype == torch().float16 and torch().isfinite(result).all()
    use.check(result, 0.1)


@habit("torch", "autocast to bfloat16: computed in float32")
def autocast(use):
    with torch().autocast("cpu", dtype=torch().bfloat16):
        result = use.call()
    assert result.dtype == torch().float32
    use.check(result)


@habit("torch", "autocast: bfloat16 outputs of a network and float32 arrays", subjects=("Harmonic", *TRAINED))
def autocast_beside_network(use):
    with torch().autocast("cpu", dtype=torch().bfloat16):
        first, *_ = use.inputs
        result = use.call(inputs={**use.inputs, first: use.inputs[first].bfloat16()})
    assert result.dtype == torch().float32
    use.check(result, 0.1)


@habit("torch", "`meta` device")
def meta(use):
    result = use.call(use.module.to("meta"), {name: x.to("meta") for name, x in use.inputs.items()})
    assert result.shape == use.subject.expected.shape and result.is_meta


@habit("torch", "`FakeTensorMode`")
def fake(use):
    from torch._subclasses import FakeTensorMode

    with FakeTensorMode(allow_non_fake_inputs=True) as mode:
        result = use.call(inputs={name: mode.from_tensor(x) for name, x in use.inputs.items()})
    assert result.shape == use.subject.expected.shape


@habit("torch", "`copy.deepcopy`, `pickle`, `torch.save`")
def copies(use):
    torch().save(use.module, file := io.BytesIO())
    file.seek(0)
    for module in (
        copy.deepcopy(use.module),
        pickle.loads(pickle.dumps(use.module)),
        torch().load(file, weights_only=False),
    ):
        use.check(use.call(module))


@habit("torch", "`state_dict`, strict `load_state_dict`", subjects=(*TRAINED, *NETWORKS))
def state_dict(use):
    other = use.made()
    with torch().no_grad():
        for p in other.parameters():
            p.zero_()
    other.load_state_dict(use.module.state_dict(), strict=True)
    use.check(use.call(other))


@habit("torch", "assign a setting", refused={"all": ("`module.replace(...)` makes a changed copy", r"\.replace\(")})
def assign(use):
    setattr(use.module, setting_of(use.module), None)


@habit("torch", "`module.replace`: a copy with another setting")
def replaced(use):
    name = setting_of(use.module)
    change = {name: "other" if name == "name" else getattr(use.module, name)}
    module = use.module.train(False).replace(**change)
    assert module.plain == dataclasses.replace(use.module.plain, **change) and not module.training
    use.check(use.call(module))


@habit("torch", "`torch.compile`, gradient with the loss outside", subjects=("Harmonic",))
def compiled(use):
    torch()._dynamo.reset()
    leaves = {name: x.requires_grad_() for name, x in use.arrays("float32").items()}
    result = use.call(torch().compile(use.module, backend="aot_eager"), leaves)
    use.check(result)
    result.sum().backward()
    assert all(torch().isfinite(x.grad).all() for x in leaves.values())


def exported(use, strict):
    program = torch().export.export(use.module, (), kwargs=use.inputs, strict=strict)
    torch().export.save(program, file := io.BytesIO())
    file.seek(0)
    for p in (program, torch().export.load(file)):
        use.check(use.call(p.module()))


@habit("torch", "`torch.export`, saved and loaded", subjects=("FilteredNoise",))
def export(use):
    exported(use, strict=False)


@habit("torch", "`torch.export(strict=True)`, saved and loaded", subjects=("Harmonic",))
def export_strict(use):
    exported(use, strict=True)


@habit("torch", "`torch.func.vmap`")
def vmap(use):
    names, stacked = list(use.inputs), [torch().stack([x, 0.9 * x]) for x in use.inputs.values()]
    both = torch().func.vmap(lambda *xs: use.call(inputs=dict(zip(names, xs, strict=True))))(*stacked)
    use.check(both[0])
    alone = use.call(inputs={name: 0.9 * x for name, x in use.inputs.items()})
    torch().testing.assert_close(both[1], alone, rtol=1e-4, atol=1e-4 * float(alone.detach().abs().max()))


@habit("torch", "gradient of `torch.func.vmap`", subjects=QUICK)
def vmap_gradient(use):
    f, arrays = scalar(use)
    found, _ = gradients(lambda *xs: torch().func.vmap(f)(*(x[None] for x in xs)).sum(), arrays)
    expected, _ = gradients(f, arrays)
    for x, y in zip(found, expected, strict=True):
        torch().testing.assert_close(x, y, rtol=1e-6, atol=1e-8 * float(y.detach().abs().max()) + 1e-12)


@habit("torch", "`torch.func.grad`, `jvp`, and both for a Hessian-vector product", subjects=ONE_OF_EACH)
def func(use):
    f, arrays = scalar(use)
    v, argnums = along(use), tuple(range(len(arrays)))
    grads, leaves = gradients(f, arrays)
    close(inner(torch().func.grad(f, argnums)(*arrays), v), inner(grads, v))
    close(float(torch().func.jvp(f, arrays, v)[1].detach()), inner(grads, v))
    _, forward = torch().func.jvp(torch().func.grad(f, argnums), arrays, v)
    slope = sum((g * d).sum() for g, d in zip(grads, v, strict=True))
    again = torch().autograd.grad(slope, leaves, materialize_grads=True, allow_unused=True) if slope.grad_fn else v
    close(inner(forward, v), inner(again, v) if slope.grad_fn else 0.0)


@habit("torch", "`gradcheck`, `gradgradcheck` in float64", subjects=ONE_OF_EACH)
def gradcheck(use):
    f, arrays = scalar(use)
    leaves = [x.requires_grad_() for x in arrays]
    scale = float(abs(f(*leaves).detach())) + 1.0
    torch().autograd.gradcheck(f, leaves, fast_mode=True, atol=1e-4 * scale, rtol=1e-2)
    torch().autograd.gradgradcheck(f, leaves, fast_mode=True, atol=1e-3 * scale, rtol=1e-2)


@habit("torch", "`torch.func.functional_call`", subjects=TRAINED)
def functional_call(use):
    values = {name: 2.0 * p for name, p in use.module.named_parameters()}
    args = {"args": ({k: x for k, x in use.inputs.items() if k != "noise"},)} if use.subject.as_dict else {}
    kwargs = {"noise": {"filtered_noise": use.inputs["noise"]}} if use.subject.as_dict else use.inputs
    use.check(0.5 * torch().func.functional_call(use.module, values, args.get("args", ()), kwargs))


@habit("torch", "forward hooks")
def hooks(use):
    seen = []
    use.module.register_forward_pre_hook(lambda module, args, kwargs: seen.append("pre"), with_kwargs=True)
    use.module.register_forward_hook(lambda module, args, result: seen.append("post"))
    use.check(use.call())
    assert seen == ["pre", "post"]


@habit("torch", "forward hooks of a node in a graph", subjects=("ProcessorGroup",))
def hooks_of_nodes(use):
    for node in (use.module.reverb, use.module.harmonic):  # with and without trainable values
        node.register_forward_hook(lambda module, args, result: {**result, "signal": 0.0 * result["signal"]})
    assert not use.call().any()


@habit("torch", "a subclass with additional layers", subjects=("Harmonic", "TrainableReverb"))
def subclass(use):
    class Mine(type(use.module)):
        def __init__(self, **settings):
            super().__init__(**settings)
            self.gain = torch().nn.Linear(1, 1, bias=False)

        def forward(self, *args, **kwargs):
            return self.gain(super().forward(*args, **kwargs)[..., None])[..., 0]

    mine = Mine(**{f.name: getattr(use.module, f.name) for f in dataclasses.fields(use.module.plain)})
    use.check(use.call(mine) / mine.gain.weight[0, 0])
    assert "gain.weight" in mine.state_dict() and isinstance(mine.replace(name="x"), Mine)


@habit("torch", "`parametrize`", subjects=TRAINED)
def parametrize(use):
    class Half(torch().nn.Module):
        def forward(self, x):
            return 0.5 * x

    torch().nn.utils.parametrize.register_parametrization(reverb_of(use.module), "ir", Half())
    use.check(2.0 * use.call())


@habit("torch", "`prune`, then training", subjects=TRAINED)
def pruned(use):
    from torch.nn.utils import prune

    mask = torch().ones_like(reverb_of(use.module).ir)
    mask[5:] = 0
    prune.custom_from_mask(reverb_of(use.module), "ir", mask)
    for _ in range(2):  # each call applies the mask again
        use.call().sum().backward()
    assert not reverb_of(use.module).ir_orig.grad[5:].any() and reverb_of(use.module).ir_orig.grad[:5].any()


@habit("torch", "`nn.Sequential`", subjects=CHAINED)
def sequential(use):
    chain = torch().nn.Sequential(torch().nn.Identity(), use.module)
    use.check(chain(*use.inputs.values()))


def replica_of(module):
    """Copy a module as `torch.nn.parallel.replicate` does for each device."""
    children = {name: replica_of(child) for name, child in module._modules.items()}
    replica = module._replicate_for_data_parallel()
    replica._modules.update(children)
    replica._former_parameters = {}
    for name, value in module._parameters.items():
        setattr(replica, name, 1.0 * value)  # not a leaf, like a broadcast parameter
    return replica


@habit("torch", "`DataParallel`: replicas", subjects=(*TRAINED, *NETWORKS))
def replicas(use):
    result = use.call(replica_of(use.module))
    use.check(result)
    result.sum().backward()
    assert all(p.grad is not None for p in use.module.parameters())


@habit("torch", "`swa_utils.AveragedModel`", subjects=TRAINED)
def averaged(use):
    model = torch().optim.swa_utils.AveragedModel(use.module)
    model.update_parameters(use.module)
    use.check(use.call(model))
