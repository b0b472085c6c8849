"""TensorFlow: the adapter, and gradients of the namespace against finite differences, eager and under XLA."""

from __future__ import annotations

import numpy as np
import pytest

from tests.backends import get_backend

tf = get_backend("tensorflow").tf

from ddsp.backends import load  # noqa: E402

adapter = load("tensorflow")
xp = adapter.xp

Z = np.array([[0.3 + 0.4j, -0.7 + 1.2j, 1.5 - 0.6j], [-0.2 - 2.1j, 0.9 + 0.17j, -1.1 - 0.8j]])
W = np.random.default_rng(5).normal(size=(2, 60))
_INDEX = np.array([[1, 0, 1], [0, 0, 1]])
UNARY = """
abs acos acosh asin asinh atan atanh conj cos cosh exp expm1 imag log log10 log1p log2 negative positive prod real
reciprocal sign sin sinh sqrt square sum tan tanh mean var
"""
COMPLEX = {name: getattr(xp, name) for name in UNARY.split()}
COMPLEX |= {
    "add": lambda z: xp.add(xp.real(z), z),
    "divide": lambda z: xp.divide(1j, xp.multiply(z, xp.imag(z))),
    "pow": lambda z: xp.pow(z, z[::-1]),
    "roots": lambda z: xp.sqrt(xp.reciprocal(xp.sqrt(z))),
    "matmul": lambda z: xp.matmul(z, xp.matrix_transpose(z)),
    "tensordot": lambda z: xp.tensordot(z, xp.conj(z), axes=((0,), (0,))),
    "vecdot": lambda z: xp.vecdot(z, xp.exp(z)),
    "cumulative_sum": lambda z: xp.cumulative_sum(z, axis=1),
    "cumulative_sum-long": lambda z: xp.cumulative_sum(xp.repeat(z, 99, axis=1), axis=1)[:, ::13],
    "cumulative_prod": lambda z: xp.cumulative_prod(z, axis=1, include_initial=True),
    "fft": lambda z: xp.fft.fft(z, n=4, norm="ortho"),
    "ifft": lambda z: xp.fft.ifft(z, axis=0),
    "fftn": lambda z: xp.fft.fftn(z, norm="forward"),
    "rfft": lambda z: xp.fft.rfft(xp.real(z) * xp.imag(z), n=5),
    "irfft": lambda z: xp.fft.irfft(z * z, n=4),
    "irfft-odd": lambda z: xp.fft.irfft(z, n=5, axis=0),
    "hfft": lambda z: xp.fft.hfft(z),
    "take": lambda z: xp.take(z, xp.asarray([1, 1, 0]), axis=1),
    "take_along_axis": lambda z: xp.take_along_axis(z, tf.constant(_INDEX), axis=0),
    "where": lambda z: xp.where(xp.real(z) > 0, z * z, 0),
    "shapes": lambda z: xp.roll(xp.flip(xp.repeat(xp.tile(z, (1, 2)), 2, axis=0)), 1, axis=1),
    "astype": lambda z: xp.multiply(xp.astype(xp.real(z), xp.complex128), z),
}
REAL = {
    name: lambda z, name=name: getattr(xp, name)(xp.real(z), xp.imag(z))
    for name in ("atan2", "copysign", "hypot", "logaddexp", "maximum", "minimum", "remainder")
} | {
    "log2-real": lambda z: xp.log2(xp.abs(z)),
    "clip": lambda z: xp.clip(xp.real(z), -0.5, xp.imag(z) + 2),
    "std": lambda z: xp.std(xp.real(z), axis=1, correction=1),
    "max": lambda z: xp.max(xp.real(z), axis=1) - xp.min(xp.imag(z)),
    "inv": lambda z: xp.linalg.inv(xp.real(z[:, :2])),
    "solve": lambda z: xp.linalg.solve(xp.real(z[:, :2]), xp.imag(z)),
    "sort": lambda z: xp.sort(xp.real(z), axis=1),
    "norms": lambda z: xp.linalg.vector_norm(z, ord=3) + xp.linalg.vector_norm(z),
}  # fmt: skip


def weighted(f):
    """Real scalar from both parts of the result."""

    def scalar(x, y):
        result = tf.cast(tf.reshape(f(tf.complex(x, y)), [-1]), tf.complex128)
        n = result.shape[0]
        return tf.reduce_sum(tf.math.real(result) * W[0, :n] + tf.math.imag(result) * W[1, :n])

    return scalar


def numeric(scalar, h=1e-6):
    parts = np.stack([Z.real, Z.imag])
    grad = np.zeros_like(parts)
    for i in np.ndindex(parts.shape):
        ends = []
        for step in (h, -h):
            moved = parts.copy()
            moved[i] += step
            ends.append(float(scalar(*tf.constant(moved))))
        grad[i] = (ends[0] - ends[1]) / (2 * h)
    return grad


def gradient(name):
    """Value, and real and imaginary gradient, of a function in the tables."""
    return adapter.value_and_grad(lambda parts: weighted((COMPLEX | REAL)[name])(*parts))


@pytest.mark.parametrize("names", [list(COMPLEX | REAL)[i::8] for i in range(8)], ids=lambda names: names[0])
def test_gradients_are_right_eagerly_and_under_xla(names):
    parts = tf.constant(Z.real), tf.constant(Z.imag)
    # All in one function, because XLA compiles one large function faster than many small ones.
    together = tf.function(lambda p: {n: gradient(n)(p) for n in names}, autograph=False, jit_compile=True)(parts)
    for name in names:
        scalar = weighted((COMPLEX | REAL)[name])
        wanted = numeric(tf.function(scalar, autograph=False))
        for value, grads in (gradient(name)(parts), together[name]):
            np.testing.assert_allclose(value, scalar(*parts), rtol=1e-12, err_msg=name)
            np.testing.assert_allclose(np.stack(grads), wanted, rtol=1e-6, atol=1e-7, err_msg=name)


@pytest.mark.parametrize("compiled", [False, True])
def test_second_derivative_of_the_complex_root(compiled):
    def slope(x):
        part = adapter.value_and_grad(lambda x: xp.imag(xp.sqrt(tf.complex(x, 0.7 * tf.ones_like(x)))))
        return part(x)[1]

    def curvature(x):
        return adapter.value_and_grad(slope)(x)[1]

    run = tf.function(curvature, autograph=False, jit_compile=True) if compiled else curvature
    wanted = (-0.25 * (0.4 + 0.7j) ** -1.5).imag
    np.testing.assert_allclose(run(tf.constant(0.4, tf.float64)), wanted, rtol=1e-12)


def slopes(f, *xs):
    xs = [tf.constant(x, tf.float64) for x in xs]
    return [g.numpy().tolist() for g in adapter.value_and_grad(lambda p: xp.sum(f(*p)))(xs)[1]]


def test_gradients_at_corners():
    assert slopes(xp.logaddexp, 2.0, 2.0) == [0.5, 0.5]
    assert slopes(xp.logaddexp, -np.inf, 2.0) == [0.0, 1.0]
    assert slopes(lambda x: xp.remainder(x, 1.0), [0.0, 1.0, -2.0]) == [[1.0, 1.0, 1.0]]
    assert slopes(lambda x: xp.clip(x, 0.0, 1.0), [-1.0, 0.0, 1.0, 2.0]) == [[0.0, 1.0, 1.0, 0.0]]
    assert slopes(xp.cumulative_prod, [2.0, 0.0, 3.0]) == [[1.0, 8.0, 0.0]]
    assert slopes(xp.prod, [2.0, 0.0, 3.0]) == [[0.0, 6.0, 0.0]]
    assert np.all(np.isfinite(slopes(xp.hypot, 0.0, 0.0)))
    assert np.all(np.isfinite(slopes(xp.hypot, [1e300, np.inf], [1e300, 0.0])))


def test_value_and_grad_of_a_nest():
    params = {"used": tf.Variable([1.0, 2.0]), "rest": [tf.ones([3]), (tf.ones([2, 2]),)]}
    gathered = adapter.value_and_grad(lambda p, k: xp.sum(xp.take(p["used"], xp.asarray([1, 1]), axis=0)) * k)
    value, grads = gathered(params, 3.0)
    assert float(value) == 12.0
    assert grads["used"].numpy().tolist() == [0.0, 6.0]  # dense, although the gradient of a gather is sparse
    assert grads["rest"][0].numpy().tolist() == [0.0] * 3 and grads["rest"][1][0].shape == (2, 2)


@pytest.mark.parametrize("n", [1, 7])
@pytest.mark.parametrize("jit_compile", [None, False, True])
def test_scan(n, jit_compile):
    def smooth(a, x):
        def step(carry, x):
            state = a * carry["s"] + (1 - a) * x["in"]
            return {"s": state}, (state, 2 * x["in"])

        last, (ys, doubled) = adapter.scan(step, {"s": tf.zeros_like(x[0])}, {"in": x})
        return xp.sum(ys**2) + xp.sum(last["s"]) + xp.sum(doubled)

    x, a = np.random.default_rng(1).normal(size=(n, 3)), 0.7
    run = adapter.value_and_grad(lambda p: smooth(*p))
    run = run if jit_compile is None else tf.function(run, autograph=False, jit_compile=jit_compile)
    value, (grad_a, grad_x) = run((tf.constant(a, tf.float64), tf.constant(x)))

    def reference(a, x):
        s, total = np.zeros(3), 0.0
        for row in x:
            s = a * s + (1 - a) * row
            total += np.sum(s**2)
        return total + np.sum(s) + 2 * np.sum(x)

    h = 1e-6
    np.testing.assert_allclose(value, reference(a, x))
    np.testing.assert_allclose(grad_a, (reference(a + h, x) - reference(a - h, x)) / (2 * h), rtol=1e-6)
    bump = np.zeros_like(x)
    bump[0, 1] = h
    np.testing.assert_allclose(grad_x[0, 1], (reference(a, x + bump) - reference(a, x - bump)) / (2 * h), rtol=1e-6)


@pytest.mark.parametrize("jit_compile", [False, True])
def test_scan_with_an_unknown_batch(jit_compile):
    signature = [tf.TensorSpec([5, None], tf.float32)]
    run = tf.function(lambda x: adapter.scan(lambda c, x: (c + x, c), tf.zeros_like(x[0]), x), signature,
                      autograph=False, jit_compile=jit_compile)  # fmt: skip
    last, before = run(tf.ones([5, 3]))
    assert last.numpy().tolist() == [5.0] * 3 and before.numpy()[:, 0].tolist() == [0, 1, 2, 3, 4]


def test_noise_of_a_seed_is_the_same_everywhere():
    like = tf.zeros([4, 1])
    # Gaussian noise needs a cosine, which in a graph is computed in float32: measured 2.1e-6.
    for draw, mean, power, most in ((adapter.uniform, 0.5, 1 / 3, 0.0), (adapter.normal, 0.0, 1.0, 8.4e-6)):
        noise = draw(3, (4, 20_000), like).numpy()
        assert abs(noise.mean() - mean) < 0.02 and abs((noise**2).mean() - power) < 0.02
        np.testing.assert_array_equal(noise, draw(3, (4, 20_000), like))
        assert not np.array_equal(noise, draw(4, (4, 20_000), like))
        for jit_compile in (False, True):
            batch = tf.function(lambda x, draw=draw: draw(3, (None, 20_000), x), [tf.TensorSpec([None, 1])],
                                autograph=False, jit_compile=jit_compile)  # fmt: skip
            np.testing.assert_allclose(noise, batch(like), rtol=0.0, atol=most)


def test_keys():
    like = tf.zeros([1], tf.float64)
    generators = [tf.random.Generator.from_seed(1) for _ in range(2)]
    keys = [adapter.split(g, 2) for g in generators]
    draws = [[adapter.normal(k, (3,), like).numpy() for k in pair] for pair in keys]
    np.testing.assert_array_equal(draws[0], draws[1])
    assert not np.array_equal(draws[0][0], draws[0][1])
    assert adapter.uniform(generators[0], (2,), like).dtype == tf.float64
    assert adapter.split(None, 2) == [None, None] and adapter.split(1, 2) == adapter.split(1, 2)
    assert len(adapter.split(tf.constant([1, 2]), 3)) == 3
    assert not np.array_equal(adapter.uniform(None, (9,), like), adapter.uniform(None, (9,), like))


def test_constant_takes_the_dtype_only_if_floating():
    like = tf.zeros([1], tf.float32)
    made = [adapter.constant(np.ones(2, d), like).dtype for d in ("float64", "int64", "bool")]
    assert made == [tf.float32, tf.int64, tf.bool]
