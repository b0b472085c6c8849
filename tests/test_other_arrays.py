"""Unusual arrays and keys: correct results, or an error that names the argument, on every backend."""

from __future__ import annotations

import numpy as np
import pytest

from conftest import require_backend
from ddsp import core, effects, losses, spectral_ops, synths
from ddsp.backends import adapter_of
from ddsp.backends._generic import Completed

SWAPPED = np.dtype("f8").newbyteorder()
AUDIO = np.random.default_rng(0).standard_normal((2, 512))

# Keys -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", [-1, 2**63, 2**70, True, 1.0, "seed", object()])
def test_wrong_keys(key, backend):
    """Seeds are from 0 to 2**63 - 1 on all backends; the error names `key`."""
    magnitudes = backend.asarray(np.zeros((1, 4, 9)), "float32")
    adapter = adapter_of(magnitudes)
    for draw in (adapter.uniform, adapter.normal):
        with pytest.raises((TypeError, ValueError), match="key: got .*expected a"):
            draw(key, (2,), magnitudes)
    with pytest.raises((TypeError, ValueError), match="key: got"):
        adapter.split(key, 2)
    with pytest.raises((TypeError, ValueError), match="key: got"):
        synths.FilteredNoise(n_samples=16)(magnitudes, key=key)


@pytest.mark.parametrize("key", [0, 2**31, 2**63 - 1, np.int64(3), np.uint8(3)])
def test_seeds_of_any_size(key, backend):
    like = backend.asarray(np.zeros(2), "float32")
    adapter = adapter_of(like)
    assert tuple(adapter.uniform(key, (2,), like).shape) == (2,) and len(adapter.split(key, 2)) == 2


def test_keys_of_other_libraries(grad_backend):
    like = grad_backend.asarray(np.zeros(2), "float32")
    wrong = (np.random.default_rng(0), grad_backend.asarray(3, "int32"), grad_backend.asarray(np.ones(2), "float32"))
    for key in wrong:
        with pytest.raises((TypeError, ValueError), match="key: got"):
            adapter_of(like).uniform(key, (2,), like)


# NumPy ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "dtype", [np.dtype("float64").newbyteorder(), np.dtype("float32").newbyteorder(), "longdouble"]
)
@pytest.mark.parametrize(
    ("op", "name"),
    [(spectral_ops.stft, "audio"), (core.amplitude_to_db, "amplitude"), (losses.ESRLoss(), "target_audio")],
)
def test_other_byte_orders_and_long_doubles(op, name, dtype):
    """Results are not computed in float32."""
    x = AUDIO.astype(dtype)
    if x.dtype in (np.float32, np.float64):
        pytest.skip("this platform's longdouble is float64")
    with pytest.raises(ValueError, match=f"{name}: got dtype {x.dtype}, expected float16, bfloat16, float32"):
        op(x, x) if isinstance(op, losses.ESRLoss) else op(x)


@pytest.mark.parametrize("kind", [np.ma.masked_array, np.matrix])
@pytest.mark.parametrize("op", [core.amplitude_to_db, spectral_ops.compute_mag, lambda x: losses.DCLoss()(AUDIO, x)])
@pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")
def test_masked_arrays_and_matrices_are_refused(kind, op):
    """Masked values would count, and `*` of matrices is another product."""
    with pytest.raises(TypeError, match="masked array" if kind is np.ma.masked_array else "numpy.matrix"):
        op(kind(AUDIO))


# Other libraries ------------------------------------------------------------------------------------------------


class _Lacking:
    """array-api-strict without some functions."""

    def __init__(self, xp, *names):
        self._xp, self._names = xp, names

    def __getattr__(self, name):
        if name in self._names:
            raise AttributeError(name)
        return getattr(self._xp, name)


def test_a_library_without_fft_says_so():
    backend = require_backend("strict")
    xp = Completed(_Lacking(adapter_of(backend.asarray(AUDIO)).xp.__wrapped__, "fft", "sinc"), "some")
    with pytest.raises(NotImplementedError, match=r"some has no FFT"):
        xp.fft.rfft(AUDIO)
    with pytest.raises(NotImplementedError, match=r"some has no `sinc`"):
        xp.sinc(AUDIO)


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_take_along_axis_by_take(axis):
    backend = require_backend("strict")
    own = adapter_of(backend.asarray(AUDIO)).xp.__wrapped__
    x, indices = np.arange(24.0).reshape(2, 3, 4), np.asarray([[[1], [-1], [0]]])
    indices = np.broadcast_to(indices, (2, 3, 1)) if axis == -1 else np.broadcast_to(indices, (1, 3, 4))
    indices = np.asarray(indices)
    if axis == 0:
        indices = np.clip(indices, -1, 1)
    arrays = (own.asarray(x), own.asarray(indices))
    found = Completed(_Lacking(own, "take_along_axis"), "some").take_along_axis(*arrays, axis=axis)
    np.testing.assert_array_equal(backend.to_numpy(found), np.take_along_axis(x, indices, axis=axis))


def test_dask():
    """Dask arrays: harmonics, table lookup, and FFTs along an axis of several chunks."""
    da = pytest.importorskip("dask.array")
    rng = np.random.default_rng(1)
    controls = rng.random((2, 8, 1)), rng.random((2, 8, 5)), np.full((2, 8, 1), 220.0)
    for op, arrays, chunks in (
        (synths.Harmonic(n_samples=400), controls, -1),
        (lambda x: spectral_ops.compute_mag(x, 64), (AUDIO,), 200),
        (effects.FIRFilter(), (AUDIO, rng.random((2, 4, 9))), -1),
        (synths.Wavetable(n_samples=400), (controls[0], rng.random((2, 16)), controls[2]), -1),
    ):
        found = op(*(da.from_array(x, chunks=chunks) for x in arrays))
        assert isinstance(found, da.Array)
        np.testing.assert_allclose(found.compute(), op(*arrays), rtol=1e-9, atol=1e-12)


@pytest.mark.filterwarnings("ignore:Sparse")
@pytest.mark.parametrize("name", ["amplitudes", "frequencies"])
def test_sparse_tensors_are_refused(name):
    """Some ops of PyTorch accept sparse tensors and return other values."""
    torch = require_backend("torch").torch
    dense = torch.full((1, 5, 1), 220.0)
    inputs = {"frequencies": dense, "amplitudes": dense, name: dense.to_sparse()}
    with pytest.raises(TypeError, match=f"^{name}: got a sparse or nested tensor"):
        core.harmonic_synthesis(**inputs, n_samples=320)
