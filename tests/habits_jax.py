"""Uses of modules in JAX: rows of docs/habits.md."""

from __future__ import annotations

import copy
import dataclasses
import io
import pickle

import numpy as np

from .habits import habit

#: Modules with trainable values.
TRAINED = ("TrainableReverb", "ProcessorGroup")
#: One module of each family, for habits that compile for long.
SOME = (
    "Harmonic", "Wavetable", "FilteredNoise", "Mix", "FIRFilter", "TrainableReverb", "ProcessorGroup", "SpectralLoss",
    "SISDRLoss", "KDEConsistencyLoss", "PretrainedCREPE",
)  # fmt: skip
#: Modules with hand-written gradients, and others that compile fast.
DIFFERENTIATED = ("Harmonic", "FIRFilter", "TrainableReverb", "SpectralLoss", "SISDRLoss", "WassersteinConsistencyLoss")
FEW = ("FIRFilter", "SpectralLoss", "SISDRLoss")
QUICK = ("FIRFilter", "SISDRLoss")
#: Settings that compile faster, for habits that compute all values with the same settings.
LIGHT = {"SpectralLoss": {"fft_sizes": (64,), "loudness_weight": 0.0}}


def line(use):
    """Scalar function of a scalar: the sum of sin(result) with all inputs moved along one direction."""
    import jax

    module = use.made(**LIGHT.get(use.subject.name, {}))
    directions = {name: use.backend.asarray(1e-3 * use.direction(name), "float32") for name in use.inputs}

    def of(step):
        moved = {name: x + step * directions[name] for name, x in use.inputs.items()}
        return jax.numpy.sum(jax.numpy.sin(use.call(module, moved)))

    return of


def slope(use, find) -> None:
    """Assert that `find(scalar function)` at 0 equals the slope by compiled reverse mode."""
    import jax

    of = line(use)
    expected = float(jax.jit(jax.grad(of))(0.0))
    np.testing.assert_allclose(float(find(of)), expected, rtol=2e-3, atol=1e-5)


def inputs_as_arguments(use):
    """The call of the module as a function of arrays."""
    names = list(use.inputs)
    return lambda *values: use.call(inputs=dict(zip(names, values, strict=True))), list(use.inputs.values())


@habit("jax", "`jax.jit`, the module closed over", subjects=SOME)
def jit(use):
    import jax

    f, arrays = inputs_as_arguments(use)
    use.check(jax.jit(f)(*arrays))


@habit("jax", "`jax.jit`, the module as an argument", subjects=("Mix", *TRAINED, "SISDRLoss"))
def jit_argument(use):
    import jax

    use.check(jax.jit(lambda module, inputs: use.call(module, inputs))(use.module, use.inputs))


@habit("jax", "`jax.jit`, the module as a static argument: equal modules compile once", subjects=("Mix", "SISDRLoss"))
def jit_static(use):
    import jax

    traced = []

    def f(module, inputs):
        traced.append(module)
        return use.call(module, inputs)

    compiled = jax.jit(f, static_argnums=0)
    for module in (use.made(), use.made()):
        use.check(compiled(module, use.inputs))
    assert len(traced) == 1


@habit("jax", "`jax.grad`", subjects=DIFFERENTIATED)
def grad(use):
    """Compare with finite differences of the plain module in float64."""
    import jax

    import ddsp

    plain, step = use.subject.make(ddsp, **LIGHT.get(use.subject.name, {})), 1e-3

    def of(t):
        moved = {name: x + t * 1e-3 * use.direction(name) for name, x in use.subject.inputs.items()}
        return np.sum(np.sin(use.subject.call(plain, moved)))

    expected = (of(step) - of(-step)) / (2 * step)
    found = float(jax.jit(jax.grad(line(use)))(0.0))
    np.testing.assert_allclose(found, expected, rtol=1e-2, atol=1e-4)


@habit("jax", "`jax.vmap` over any argument", subjects=("FIRFilter", "Mix", "SISDRLoss", "WassersteinConsistencyLoss"))
def vmap(use):
    import jax

    f, arrays = inputs_as_arguments(use)
    for i, x in enumerate(arrays):
        axes = [0 if j == i else None for j in range(len(arrays))]
        mapped = jax.jit(jax.vmap(f, axes))(*arrays[:i], jax.numpy.stack([x, x]), *arrays[i + 1 :])
        use.check(mapped[0]), use.check(mapped[1])


@habit("jax", "`jax.vmap` over modules", subjects=("TrainableReverb",))
def vmap_modules(use):
    import jax

    both = jax.tree.map(lambda *x: jax.numpy.stack(x), use.module, use.made(seed=1))
    use.check(jax.vmap(lambda module: use.call(module))(both)[0])


@habit("jax", "`jax.jvp`", subjects=DIFFERENTIATED)
def jvp(use):
    import jax

    slope(use, lambda of: jax.jit(lambda t: jax.jvp(of, (t,), (1.0,))[1])(0.0))


@habit("jax", "`jax.jacfwd`", subjects=FEW)
def jacfwd(use):
    import jax

    slope(use, lambda of: jax.jit(jax.jacfwd(of))(0.0))


@habit("jax", "`jax.linearize`", subjects=QUICK)
def linearize(use):
    import jax

    slope(use, lambda of: jax.jit(lambda t: jax.linearize(of, t)[1](1.0))(0.0))


@habit("jax", "`jax.checkpoint`", subjects=QUICK)
def checkpoint(use):
    import jax

    slope(use, lambda of: jax.jit(jax.grad(jax.checkpoint(of)))(0.0))


@habit("jax", "`jax.hessian`", subjects=FEW)
def hessian(use):
    """Compare with finite differences of the gradient."""
    import jax

    of, step = line(use), 0.05
    gradient = jax.jit(jax.grad(of))
    expected = float(gradient(step) - gradient(-step)) / (2 * step)
    scale = max(abs(float(gradient(0.0))), abs(expected))
    np.testing.assert_allclose(float(jax.jit(jax.hessian(of))(0.0)), expected, atol=2e-2 * scale)


@habit("jax", "`jax.lax.scan` over steps", subjects=FEW)
def scan(use):
    import jax

    def twice(of):
        total = lambda t: jax.lax.scan(lambda carry, _: (carry + of(t), None), 0.0, None, length=2)[0]  # noqa: E731
        return 0.5 * jax.jit(jax.grad(total))(0.0)

    slope(use, twice)


@habit("jax", "`jax.shard_map` with `check_vma`", subjects=("Harmonic", "FIRFilter", "SpectralLoss", "SISDRLoss"))
def shard_map(use):
    """Run on one device, with the type checks of many; `test_jax_transforms` has two devices."""
    import jax
    from jax.sharding import AxisType
    from jax.sharding import PartitionSpec as P

    f, arrays = inputs_as_arguments(use)
    mesh = jax.make_mesh((1,), ("b",), axis_types=(AxisType.Auto,))
    scalar = not use.subject.expected.ndim
    body = (lambda *x: jax.lax.pmean(f(*x), "b")) if scalar else f
    mapped = jax.shard_map(body, mesh=mesh, in_specs=P("b"), out_specs=P() if scalar else P("b"))
    use.check(jax.jit(mapped)(*arrays))


@habit("jax", "flatten and unflatten (`jax.tree_util`)")
def tree(use):
    import jax

    leaves, how = jax.tree.flatten(use.module)
    assert jax.tree.unflatten(how, leaves) == use.module
    assert hash(how) == hash(jax.tree.structure(use.made()))


@habit("jax", "equality and hashing")
def equality(use):
    one, two = use.made(), use.made()
    assert one == two and hash(one) == hash(two)
    assert not hasattr(one, "name") or one != dataclasses.replace(one, name="other")


@habit("jax", "`dataclasses.replace`")
def replace(use):
    first, *_ = dataclasses.fields(use.module)
    value = getattr(use.module, first.name)
    assert dataclasses.replace(use.module, **{first.name: value}) == use.module
    if hasattr(use.module, "name"):
        assert dataclasses.replace(use.module, name="other").name == "other"


@habit(
    "jax", "assign a setting",
    refused={"all": ("frozen; `dataclasses.replace` makes a changed copy", r"name: .*dataclasses\.replace")},
)  # fmt: skip
def assign(use):
    use.module.name = "other"


@habit("jax", "`pickle`")
def pickling(use):
    assert pickle.loads(pickle.dumps(use.module)) == use.module


@habit("jax", "`copy.copy`, `copy.deepcopy`")
def copies(use):
    assert copy.copy(use.module) == use.module == copy.deepcopy(use.module)


@habit("jax", "nested in an Equinox module, with gradients", subjects=("Mix", *TRAINED))
def equinox(use):
    import equinox as eqx
    import jax

    class Model(eqx.Module):
        module: object

        def __call__(self):
            return use.call(self.module, inputs)

    inputs, model = use.inputs, Model(use.module)
    use.check(eqx.filter_jit(model)())
    if jax.tree.leaves(use.module):
        grads = eqx.filter_jit(eqx.filter_grad(lambda m: jax.numpy.sum(m() ** 2)))(model)
        assert all(np.any(leaf) for leaf in jax.tree.leaves(grads))


@habit("jax", "nested in a Flax NNX module, with gradients", subjects=("Mix", "TrainableReverb"))
def nnx(use):
    import jax
    from flax import nnx as flax_nnx

    class Model(flax_nnx.Module):
        def __init__(self, module):
            self.module = flax_nnx.data(module)

        def __call__(self):
            return use.call(self.module, inputs)

    inputs, model = use.inputs, Model(use.module)
    use.check(flax_nnx.jit(lambda m: m())(model))
    if jax.tree.leaves(use.module):
        kind = flax_nnx.DiffState(0, lambda path, value: True)
        grads = flax_nnx.jit(flax_nnx.grad(lambda m: jax.numpy.sum(m() ** 2), argnums=kind))(model)
        assert all(np.any(leaf) for leaf in jax.tree.leaves(grads))


@habit("jax", "save and load leaves (Equinox)", subjects=TRAINED)
def leaves_written(use):
    import equinox as eqx
    import jax

    file, zeros = io.BytesIO(), jax.tree.map(jax.numpy.zeros_like, use.module)
    eqx.tree_serialise_leaves(file, use.module)
    file.seek(0)
    assert eqx.tree_deserialise_leaves(file, zeros) == use.module != zeros
