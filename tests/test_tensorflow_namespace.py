"""Array API namespace of TensorFlow: each function compared with NumPy, eager, with an unknown batch, and under XLA."""

from __future__ import annotations

import array_api_compat.numpy as np_xp
import numpy as np
import pytest

from tests.backends import get_backend

tf = get_backend("tensorflow").tf

from ddsp.backends import load  # noqa: E402

xp = load("tensorflow").xp

STANDARD = """
e inf nan newaxis pi  arange asarray empty empty_like eye from_dlpack full full_like linspace meshgrid ones ones_like
tril triu zeros zeros_like  astype can_cast finfo iinfo isdtype result_type  bool int8 int16 int32 int64 uint8 uint16
uint32 uint64 float32 float64 complex64 complex128  abs acos acosh add asin asinh atan atan2 atanh bitwise_and
bitwise_left_shift bitwise_invert bitwise_or bitwise_right_shift bitwise_xor ceil clip conj copysign cos cosh divide
equal exp expm1 floor floor_divide greater greater_equal hypot imag isfinite isinf isnan less less_equal log log1p log2
log10 logaddexp logical_and logical_not logical_or logical_xor maximum minimum multiply negative nextafter not_equal
positive pow real reciprocal remainder round sign signbit sin sinh square sqrt subtract tan tanh trunc  take
take_along_axis  matmul matrix_transpose tensordot vecdot  broadcast_arrays broadcast_to concat expand_dims flip
moveaxis permute_dims repeat reshape roll squeeze stack tile unstack  argmax argmin count_nonzero nonzero searchsorted
where  unique_all unique_counts unique_inverse unique_values  argsort sort  cumulative_prod cumulative_sum max mean min
prod std sum var  all any diff  __array_api_version__ __array_namespace_info__
"""
FFT = "fft ifft fftn ifftn rfft irfft rfftn irfftn hfft ihfft fftfreq rfftfreq fftshift ifftshift"
LINALG = """
cholesky cross det diagonal eigh eigvalsh inv matmul matrix_norm matrix_power matrix_rank matrix_transpose outer pinv qr
slogdet solve svd svdvals tensordot trace vecdot vector_norm
"""

F, C, B = ("float32", "float64"), ("complex64", "complex128"), ("bool",)
S, U = ("int8", "int16", "int32", "int64"), ("uint8", "uint16", "uint32", "uint64")
N = S + U
ROWS: dict[str, tuple] = {}  # name: (call, shapes, dtypes, domain, modes)
ALL = ("eager", "batch", "xla")


def row(name, call, shapes, dtypes, domain=(-2.0, 2.0), modes=ALL):
    assert name not in ROWS
    ROWS[name] = call, shapes, dtypes, domain, modes


def inputs(shapes, dtype, domain):
    rng = np.random.default_rng(7)
    for i, shape in enumerate(shapes):
        kind = np.dtype(dtype).kind
        if kind in "fc":  # away from corners
            x = rng.uniform(*domain, shape)
            x = x + 1j * rng.uniform(-1.5, 1.5, shape) if kind == "c" else x
        else:
            x = rng.integers(0 if kind in "ub" else -6, 2 if kind == "b" else 9, shape)
            x = np.where(x == 0, 3, x) if i and kind != "b" else x  # a divisor
        yield np.asarray(x, dtype)


A, M = [(2, 3, 4)], [(2, 4, 4)]


def named_rows(names, shapes, dtypes, domain=(-2.0, 2.0), modes=ALL):
    """Rows for functions whose arguments are arrays only."""
    for name in names.split():
        row(name, lambda xp, *arrays, name=name: getattr(xp, name)(*arrays), shapes, dtypes, domain, modes)


named_rows("sin cos tan sinh cosh tanh asinh atan exp expm1 square sign", A, F + C)
named_rows("acos asin atanh log1p", A, F + C, (-0.9, 0.9))
named_rows("acosh log log2 log10 sqrt reciprocal", A, F + C, (1.0, 5.0))
named_rows("negative positive abs", A, F + N + C)
named_rows("ceil floor trunc round isfinite isinf isnan", A, F + N, (-3.0, 3.0))
named_rows("signbit", A, F)
named_rows("real imag conj", A, C)
named_rows("logical_not", A, B)
named_rows("bitwise_invert", A, B + N)
PAIR, TWO = [(2, 3, 4), (3, 1)], ("eager", "xla")
named_rows("add subtract multiply", PAIR, F + N + C, modes=TWO)
named_rows("divide", PAIR, F + C, modes=TWO)
named_rows("remainder floor_divide maximum minimum less less_equal greater greater_equal", PAIR, F + N, modes=TWO)
named_rows("atan2 copysign hypot logaddexp nextafter", PAIR, F, modes=TWO)
named_rows("equal not_equal", PAIR, F + N + C + B, modes=TWO)
named_rows("logical_and logical_or logical_xor", PAIR, B, modes=TWO)
named_rows("bitwise_and bitwise_or bitwise_xor", PAIR, B + N, modes=TWO)
row("shifts", lambda xp, x: [xp.bitwise_left_shift(x, 2), xp.bitwise_right_shift(x, x * 0 + 1)], A, N)
row("pow", lambda xp, x: xp.pow(x, xp.asarray([2, 0, 3, 1], dtype=x.dtype)), A, F + N + C, (0.1, 3.0))
row("special", lambda xp, x: [f(xp.stack([x, x / (x * 0), -x / (x * 0), x * 0 / (x * 0), -x * 0])) for f in
                              (xp.isfinite, xp.isinf, xp.isnan, xp.signbit, xp.trunc, xp.abs)], A, F)  # fmt: skip
row("scalars", lambda xp, x: [xp.add(x, 2), xp.multiply(0.5, x), xp.pow(x, 2), xp.less(x, 1.0), xp.maximum(x, 0)], A, F)
row("integer-scalars", lambda xp, x: [xp.add(x, 2), xp.remainder(x, 3), xp.equal(x, 1), xp.minimum(5, x)], A, N)
row("complex-scalar", lambda xp, x: xp.multiply(x, 1j), A, F)
row("mixed", lambda xp, x: [xp.add(x, xp.astype(x, t)) for t in (xp.float64, xp.complex64, xp.complex128)], A, F)
row("mixed-integers", lambda xp, x: [xp.add(x, xp.astype(x, t)) for t in (xp.uint8, xp.int16, xp.int64)], A, S)
row("where", lambda xp, x: [xp.where(x > 0, x, 0), xp.where(x > 0, xp.astype(x, xp.float64), x)], A, F)
row("clip", lambda xp, x: [xp.clip(x, -1, 1), xp.clip(x, max=0), xp.clip(x, x * 0, None), xp.clip(x)], A, F + S)
row("astype", lambda xp, x: [xp.astype(x, t) for t in (xp.float64, xp.int32, xp.bool, xp.complex64)], A, F + N + B)

for _name in ("sum", "prod", "max", "min"):
    row(_name, lambda xp, x, f=_name: [getattr(xp, f)(x), getattr(xp, f)(x, axis=(0, 2)),
                                       getattr(xp, f)(x, axis=-1, keepdims=True)], A, F + N)  # fmt: skip
row("sum-complex", lambda xp, x: [xp.sum(x, axis=1), xp.prod(x, axis=1)], A, C)
row("sum-empty", lambda xp, x: [xp.sum(x, axis=()), xp.sum(x[:, :0], axis=1), xp.prod(x[:, :0], axis=1)], A, F)
row("sum-dtype", lambda xp, x: [xp.sum(x, dtype=xp.float64), xp.prod(x, axis=0, dtype=xp.float64)], A, F)
row("mean", lambda xp, x: [xp.mean(x), xp.mean(x, axis=1, keepdims=True)], A, F)
row("var", lambda xp, x: [xp.var(x), xp.var(x, axis=-1, correction=1), xp.std(x, axis=1, keepdims=True)], A, F)
row("truth", lambda xp, x: [xp.all(x), xp.any(x, axis=0), xp.all(x, axis=-1, keepdims=True),
                            xp.count_nonzero(x, axis=1)], A, B + F + N + C)  # fmt: skip
row("cumulative", lambda xp, x: [f(x, axis=1) for f in (xp.cumulative_sum, xp.cumulative_prod)]
    + [f(x, axis=-1, include_initial=True) for f in (xp.cumulative_sum, xp.cumulative_prod)], A, F + N + C)  # fmt: skip
row("long", lambda xp, x: [xp.cumulative_sum(x, axis=0), xp.cumulative_sum(x[:, 1], include_initial=True)],
    [(9001, 2)], F + C, modes=TWO)  # fmt: skip
row("blocks", lambda xp, x: xp.cumulative_sum(x, axis=1), [(2, 8192, 1)], F)
row("wraps", lambda xp, x: xp.cumulative_sum(x * 99_999_999, axis=1, dtype=x.dtype), [(2, 999)], ("int32",))
row("diff", lambda xp, x: [xp.diff(x), xp.diff(x, axis=1, n=2), xp.diff(x, prepend=x[..., :1], append=x)], A, F + N)
row("argmax", lambda xp, x: [xp.argmax(x), xp.argmin(x, axis=1), xp.argmax(x, axis=-1, keepdims=True)], A, F + N)
row(
    "sort",
    lambda xp, x: [f(x, **k) for f in (xp.sort, xp.argsort) for k in ({}, {"axis": 1, "descending": True})],
    A,
    F + N,
)
row("searchsorted", lambda xp, x, y: [xp.searchsorted(xp.sort(x), y, side="right"),
                                      xp.searchsorted(x, y, sorter=xp.argsort(x))],
    [(5,), (2, 3)], F + N, modes=TWO)  # fmt: skip
row("nonzero", lambda xp, x: list(xp.nonzero(x)), A, F + N + B, modes=("eager", "batch"))
row("unique", lambda xp, x: [xp.unique_values(x), *xp.unique_counts(x), *xp.unique_inverse(x), *xp.unique_all(x)],
    A, F + N + B, modes=("eager", "batch"))  # fmt: skip

EVERY = F + N + C + B
row("reshape", lambda xp, x: [xp.reshape(x, (-1, 6)), xp.reshape(x, (-1, 3, 2, 2)), xp.reshape(x, (-1,))], A, EVERY)
row(
    "broadcast",
    lambda xp, x: [*xp.broadcast_arrays(x, x[:, :1], x[:1, 0, 0]), xp.broadcast_to(x[:, :1], x.shape)],
    A,
    EVERY,
)
row(
    "concat",
    lambda xp, x: [xp.concat([x, x], axis=-2), xp.concat([x, x], axis=None), xp.stack([x, x], axis=-1)],
    A,
    EVERY,
)
row("concat-mixed", lambda xp, x: xp.concat([x, xp.astype(x, xp.float64)]), A, F)
row("unstack", lambda xp, x: list(xp.unstack(x, axis=-1)), A, F)
row("expand_dims", lambda xp, x: [xp.expand_dims(x, axis=-1), xp.squeeze(xp.expand_dims(x, axis=0), axis=0),
                                  xp.squeeze(x[:, :1, :1], axis=(1, -1))], A, EVERY)  # fmt: skip
row("permute_dims", lambda xp, x: [xp.permute_dims(x, (2, 0, 1)), xp.moveaxis(x, 0, -1), xp.matrix_transpose(x),
                                   xp.moveaxis(x, (0, 1), (2, 0))], A, EVERY)  # fmt: skip
row("flip", lambda xp, x: [xp.flip(x), xp.flip(x, axis=-1), xp.flip(x, axis=(0, 1))], A, EVERY)
row("roll", lambda xp, x: [xp.roll(x, 5), xp.roll(x, -1, axis=1), xp.roll(x, (1, 2), axis=(0, -1))], A, EVERY)
row("tile", lambda xp, x: [xp.tile(x, (2, 1, 3)), xp.tile(x, (2,)), xp.tile(x, (2, 1, 1, 2))], A, EVERY)
row(
    "repeat",
    lambda xp, x: [xp.repeat(x, 3), xp.repeat(x, 2, axis=1), xp.repeat(x, xp.asarray([1, 0, 2]), axis=1)],
    A,
    EVERY,
)
row("take", lambda xp, x: [xp.take(x, xp.asarray([0, 2, -1]), axis=1), xp.take(x[0, 0], xp.asarray([3]))], A, EVERY)
row("take_along_axis", lambda xp, x: [xp.take_along_axis(x, xp.argsort(x, axis=1), axis=1),
                                      xp.take_along_axis(x, xp.argsort(x)[..., :2])], A, F + N)  # fmt: skip
row("triangles", lambda xp, x: [xp.tril(x), xp.triu(x, k=1), xp.tril(x, k=-1)], A, EVERY)
row(
    "like",
    lambda xp, x: [xp.zeros_like(x), xp.ones_like(x), xp.full_like(x, 1), xp.zeros_like(x, dtype=xp.float64)],
    A,
    F + N + C,
)
row(
    "meshgrid",
    lambda xp, x, y: [*xp.meshgrid(x, y), *xp.meshgrid(x, y, x, indexing="ij")],
    [(2,), (3,)],
    F + N,
    modes=TWO,
)

row("matmul", lambda xp, x: [xp.matmul(x, xp.matrix_transpose(x)), xp.matmul(x, x[0, 0]),
                             xp.matmul(x[0, 0], xp.matrix_transpose(x))], A, F + C + N)  # fmt: skip
row("tensordot", lambda xp, x: [xp.tensordot(x, x[1], axes=([1, 2], [0, 1])), xp.tensordot(x[0], x[0], axes=0),
                                xp.tensordot(x, xp.matrix_transpose(x[0]), axes=1)], A, F + C + N)  # fmt: skip
row("empty-products", lambda xp, x: [xp.tensordot(x[:, :0], x[:0], axes=2), xp.tensordot(x[:0], x[0], axes=1),
                                     xp.tensordot(x[:0, 0, :0], x[:0, 0, :0], axes=1),
                                     xp.tensordot(x[..., :0], x[:1], axes=0), xp.matmul(x[..., :0], x[:, :0]),
                                     xp.matmul(x[:0], x[0])], M, F + C + N)  # fmt: skip
row("vecdot", lambda xp, x: [xp.vecdot(x, x[:1]), xp.vecdot(x, x, axis=1)], A, F + C)
row("products", lambda xp, x: [xp.linalg.cross(x[..., 1:], x[..., :3]), xp.linalg.outer(x[0, 0], x[0, 1]),
                               xp.linalg.matrix_power(x, 5), xp.linalg.matrix_power(x, -1)], M, F + C)  # fmt: skip
row("diagonal", lambda xp, x: [xp.linalg.trace(x, offset=1), xp.linalg.diagonal(x, offset=-1)], M, F + C + N)
row("norms", lambda xp, x: [xp.linalg.vector_norm(x, axis=1, ord=o) for o in (2, 1, 0, 3, np.inf, -np.inf)]
    + [xp.linalg.matrix_norm(x, ord=o) for o in ("fro", 1, -1, np.inf, -np.inf)], M, F + C)  # fmt: skip
row("solve", lambda xp, x: [xp.linalg.inv(x), xp.linalg.solve(x, x[:, :, :2]), xp.linalg.solve(x, x[0, 0]),
                            xp.linalg.solve(x, x[0])], M, F + C)  # fmt: skip
# XLA takes up to 10 s to compile one of these.
SLOW = ("eager", "batch")
row("svd", lambda xp, x: [xp.linalg.svdvals(x), xp.linalg.pinv(x[..., :3]), xp.linalg.matrix_rank(x)]
    + [xp.linalg.matrix_norm(x, ord=o) for o in ("nuc", 2, -2)], M, F + C, modes=SLOW)  # fmt: skip
row("hermitian", lambda xp, x: xp.linalg.eigvalsh(x + xp.conj(xp.matrix_transpose(x))), M, C, modes=SLOW)
row("cholesky", lambda xp, x: xp.linalg.cholesky(xp.matmul(x, xp.conj(xp.matrix_transpose(x))), upper=True), M, F + C)
row("factors", lambda xp, x: [rebuilt(xp, *xp.linalg.svd(x)), xp.matmul(*xp.linalg.qr(x))], M, F, modes=SLOW)
row("det", lambda xp, x: [xp.linalg.det(x), *xp.linalg.slogdet(x)], M, F + C, modes=SLOW)


def rebuilt(xp, u, s, vh):
    return xp.matmul(u * s[..., None, :], vh)


for _name in ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft"):
    row(_name, lambda xp, x, f=_name: [getattr(xp.fft, f)(x), getattr(xp.fft, f)(x, n=5, axis=1, norm="ortho"),
                                       getattr(xp.fft, f)(x, n=2, norm="forward")],
        [(2, 3, 6)], F if _name in ("rfft", "ihfft") else C)  # fmt: skip
for _name in ("fftn", "ifftn", "rfftn", "irfftn"):
    row(_name, lambda xp, x, f=_name: [getattr(xp.fft, f)(x, axes=(1, 2)),
                                       getattr(xp.fft, f)(x, s=(4, 7), axes=(2, 1), norm="ortho")],
        [(2, 3, 6)], F if _name == "rfftn" else C)  # fmt: skip
row("fftshift", lambda xp, x: [xp.fft.fftshift(x), xp.fft.ifftshift(x, axes=1)], [(2, 3, 5)], F + C)
row(
    "fftfreq",
    lambda xp: [f(n, d=0.5, dtype=xp.float64) for f in (xp.fft.fftfreq, xp.fft.rfftfreq) for n in (4, 5)],
    [],
    F,
    modes=TWO,
)
row("arange", lambda xp: [xp.arange(*v, dtype=t) for t in (xp.float64, xp.float32, xp.int16) for v in
                          ((4,), (5, 1, -2), (3, 1))] + [xp.arange(0.0, 1.0, 0.1, dtype=xp.float32),
                          xp.arange(0.5, 3, dtype=xp.float64)], [], F, modes=TWO)  # fmt: skip
row("linspace", lambda xp: [xp.linspace(-1, 5, n, endpoint=e, dtype=t) for n in (0, 1, 7) for e in (True, False)
                            for t in (xp.float32, xp.float64)], [], F, modes=TWO)  # fmt: skip
row("create", lambda xp: [xp.full((2,), 3.5, dtype=xp.float64), xp.full((), 2, dtype=xp.int16), xp.full((2,), True),
                          xp.eye(3, 4, k=1, dtype=xp.float64), xp.eye(2, dtype=xp.complex64),
                          xp.zeros((), dtype=xp.uint8), xp.ones(4, dtype=xp.complex64)],
    [], F, modes=TWO)  # fmt: skip
row("asarray", lambda xp: [xp.asarray([1, 2], dtype=xp.uint8), xp.asarray(2, dtype=xp.float64),
                           xp.asarray([[True], [False]]), xp.asarray([[1.5, 2.0]], dtype=xp.complex64)],
    [], F, modes=TWO)  # fmt: skip


def flat(result):
    return list(result) if isinstance(result, (list, tuple)) else [result]


def check(name, dtype, results):
    """Compare dtype, shape and values with those of the same call in NumPy."""
    call, shapes, _, domain, _ = ROWS[name]
    with np.errstate(all="ignore"):
        wanted = [np.asarray(x) for x in flat(call(np_xp, *inputs(shapes, dtype, domain)))]
    assert len(results) == len(wanted)
    for i, (got, want) in enumerate(zip(results, wanted, strict=True)):
        label, got = f"{name}[{i}] of {dtype}", got.numpy()
        defaults = {"int64": "int32", "uint64": "uint32"}  # NumPy has wider default integers
        assert str(got.dtype) in (str(want.dtype), defaults.get(str(want.dtype))), label
        assert got.shape == want.shape, label
        if want.dtype.kind in "fc":
            limit = 1e-12 if str(want.dtype) in ("float64", "complex128") else 1e-5
            np.testing.assert_allclose(got, want, limit, 10 * limit, err_msg=label)
        else:
            np.testing.assert_array_equal(got, want.astype(got.dtype), label)  # products overflow alike


@pytest.mark.parametrize("name", ROWS)
def test_same_as_numpy(name):
    call, shapes, dtypes, domain, _ = ROWS[name]
    for dtype in dtypes:
        check(name, dtype, flat(call(xp, *map(tf.constant, inputs(shapes, dtype, domain)))))


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if "batch" in row[4]])
def test_same_with_an_unknown_batch(name):
    call, shapes, dtypes, domain, _ = ROWS[name]
    tensors = [tf.constant(x) for x in inputs(shapes, dtypes[0], domain)]
    signature = [tf.TensorSpec([None, *x.shape[1:]], x.dtype) for x in tensors]
    check(name, dtypes[0], flat(tf.function(lambda *xs: call(xp, *xs), signature, autograph=False)(*tensors)))


COMPILED = [name for name, row in ROWS.items() if "xla" in row[4]]


@pytest.mark.parametrize("names", [COMPILED[i::12] for i in range(12)], ids=lambda names: names[0])
def test_same_under_xla(names):
    """Several rows in one function, because XLA compiles one large function faster than many small ones."""
    arrays = {n: [tf.constant(x) for x in inputs(ROWS[n][1], ROWS[n][2][0], ROWS[n][3])] for n in names}

    @tf.function(autograph=False, jit_compile=True)
    def together(arrays):
        return {n: flat(ROWS[n][0](xp, *arrays[n])) for n in names}

    for name, results in together(arrays).items():
        check(name, ROWS[name][2][0], results)


def test_has_every_standard_name():
    assert not set(STANDARD.split()) - set(dir(xp))
    assert not set(FFT.split()) - set(dir(xp.fft))
    assert not set(LINALG.split()) - set(dir(xp.linalg))


def test_result_type_is_the_standards():
    for a in EVERY:
        for b in EVERY:
            x, y = getattr(xp, a), getattr(xp, b)
            kinds = {np.dtype(a).kind.replace("c", "f"), np.dtype(b).kind.replace("c", "f")}
            if kinds in ({"b"}, {"f"}, {"i"}, {"u"}) or (kinds == {"i", "u"} and "uint64" not in (a, b)):
                assert xp.result_type(x, y) == getattr(xp, str(np.result_type(a, b)))
                assert xp.add(tf.ones([], x), tf.ones([], y)).dtype == xp.result_type(x, y) if kinds != {"b"} else True
                assert xp.can_cast(x, y) == (str(np.result_type(a, b)) == b)
            else:
                assert not xp.can_cast(x, y)
                with pytest.raises(TypeError, match="no common dtype"):
                    xp.result_type(x, y)


@pytest.mark.parametrize("x,scalar", [("int32", 1.0), ("int32", True), ("float32", True), ("bool", 1), ("int8", 1j)])
def test_refuses_scalars_of_another_kind(x, scalar):
    with pytest.raises(TypeError, match="does not combine"):
        xp.add(tf.ones([2], getattr(xp, x)), scalar)


def test_dtypes_and_limits():
    assert [xp.arange(2).dtype, xp.arange(2.0).dtype, xp.zeros(1).dtype, xp.linspace(0, 1, 2).dtype] == [
        xp.int32, xp.float32, xp.float32, xp.float32]  # fmt: skip
    assert [xp.asarray(v).dtype for v in (1, 1.0, 1j, True)] == [xp.int32, xp.float32, xp.complex64, xp.bool]
    assert xp.finfo(xp.float32).eps == np.finfo("float32").eps and xp.finfo(xp.complex128).bits == 64
    assert xp.iinfo(xp.int8).min == -128 and xp.iinfo(tf.ones([1], tf.uint16)).max == 65535
    assert xp.isdtype(xp.float32, "real floating") and not xp.isdtype(xp.int8, ("bool", "unsigned integer"))
    info = xp.__array_namespace_info__()
    assert info.default_dtypes()["real floating"] == xp.float32 and info.default_device() in info.devices()
    assert set(info.dtypes(kind="integral")) == set(N) and len(info.dtypes()) == 13
    np.testing.assert_array_equal(xp.from_dlpack(np.arange(3.0)), [0, 1, 2])


def test_shapes_stay_known_beside_an_unknown_batch():
    def function(x):
        shapes = [xp.reshape(x, (None, 2, 3)), xp.reshape(x, (-1, 3)), xp.broadcast_to(x[:, None], (None, 5, 6)),
                  xp.repeat(x, 2, axis=1), xp.roll(x, 1), xp.cumulative_sum(xp.reshape(x, (-1, 1)), axis=0),
                  xp.fft.rfft(x), xp.fft.irfft(xp.fft.rfft(x), n=7), xp.take(x, xp.asarray([1, 2]), axis=1),
                  xp.take_along_axis(x, xp.argsort(x)), xp.full_like(x, 1), xp.where(x > 0, x, 0), xp.tile(x, (1, 2)),
                  *xp.broadcast_arrays(x, x[:1])]  # fmt: skip
        assert [tuple(y.shape)[1:] for y in shapes] == [
            (2, 3), (3,), (5, 6), (12,), (6,), (1,), (4,), (7,), (2,), (6,), (6,), (6,), (12,), (6,), (6,)]  # fmt: skip
        return shapes

    signature = [tf.TensorSpec([None, 6], tf.float32)]
    results = tf.function(function, signature, autograph=False)(tf.ones([4, 6]))
    assert [len(y) for y in results] == [4, 8, 4, 4, 4, 24, 4, 4, 4, 4, 4, 4, 4, 4, 4]
    with pytest.raises(ValueError, match="cannot tell the None"):
        xp.broadcast_to(tf.ones([3]), (None, 3))


def test_half_precision_keeps_its_dtype():
    for dtype in (tf.float16, tf.bfloat16):
        x = tf.constant([0.5, -1.5, 2.0], dtype)
        results = xp.add(x, 1.0), xp.clip(x, 0.0, 1.0), xp.sum(x), xp.cumulative_sum(x), xp.hypot(x, x)
        assert all(y.dtype == dtype for y in results)
    assert xp.result_type(tf.float16, tf.bfloat16) == xp.float32


def test_irfft_ignores_what_cannot_matter():
    x = np.random.default_rng(0).normal(size=(2, 5)) + 0j
    y = x.copy()
    y[:, 0] += 3j
    y[:, -1] -= 2j
    np.testing.assert_allclose(xp.fft.irfft(tf.constant(y)), np.fft.irfft(x), atol=1e-14)
    assert np.abs(xp.fft.irfft(tf.constant(y), n=9) - np.fft.irfft(x, n=9)).max() > 0.1  # no bin at Nyquist for odd n
