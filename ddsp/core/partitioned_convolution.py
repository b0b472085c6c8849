"""Convolution with a long impulse response block by block, without latency, in partitions of equal size.

The response h is cut into K partitions h_k of P samples. For each block of P input samples,

    X = rfft(the last 2 P inputs)                      spectrum of the newest window
    y = the last P samples of irfft(sum_k H_k X_k)     X_k is the spectrum k blocks ago, H_k = rfft(h_k), 2 P samples

which is an overlap-save convolution with each partition. A block costs two FFTs of 2 P samples and K products of
spectra. The state takes one of two forms:

- `line`, the spectra X_0 ... X_{K-1}: at each block they are multiplied by the H_k and summed;
- `sums`, of the present block and the K - 1 next ones: each new X is multiplied by the H_k and added to them. XLA
  compiles this to one loop without a reduction, and takes half the time on a CPU.

Partitions end where a block ends. A block of another size moves their ends: the line is computed again, from the last
inputs, and the sums become samples, the `tail` that is still to come. What is computed depends on the sizes of blocks
alone, as compilers need it.

Long responses also have larger partitions, if that takes less time: `long_convolution`.

W. G. Gardner, "Efficient convolution without input-output delay", J. Audio Eng. Soc. 43(3), 1995; F. Wefers,
"Partitioned convolution algorithms for real-time auralization", Logos, 2015, section 5.2.
"""

from __future__ import annotations

from ..extend import Array, adapter_of, axis_size, integer, promote_half
from .convolution import fft_convolve
from .long_convolution import init_long, large_partition, long_step
from .padding import pad_checked
from .streaming import State, broadcast_batch, hop_size_of, init_hop, zeros

__all__: list[str] = []

#: Number of partitions in a block above which a convolution as a whole takes less time.
MAX_PARTITIONS = 32


def init_convolution(impulse_response: Array, batch: int, hop_size: int) -> State:
    """State of a convolution before the first block.

    Parameters
    ----------
    impulse_response
        Impulse response, [batch or 1, taps].
    batch
        Batch size of the audio.
    hop_size
        Size P of a partition in samples. Blocks of a multiple of it take the least time.

    Returns
    -------
    state : dict
        At least float32. `spectra`, those of the response, and `line` or `sums`, [batch, bins, real and imaginary
        part, K]. With `line`, the last `inputs`, [batch, (K + 1) P]. With `sums`, the `previous` P inputs, or 0 if the
        tail has the response to them, and the `tail` and its rounding errors, [batch, 2, K P]. Of a long response: see
        `init_long`.
    """
    backend = adapter_of(impulse_response)
    ir, taps = promote_half(backend.xp, impulse_response), axis_size(impulse_response, 1)
    size = large_partition(backend, taps, integer("hop_size", hop_size, 1), ir)
    state = init_hop(batch, impulse_response, hop_size)
    if size is not None:
        head, rest = _init_uniform(ir[:, :size], batch, hop_size), _init_uniform(ir[:, size:], batch, size)
        return init_long(head, rest, batch, ir) | state
    return _init_uniform(ir, batch, hop_size) | state


def _init_uniform(ir: Array, batch: int, hop_size: int) -> State:
    """State of a convolution in partitions of equal size."""
    backend = adapter_of(ir)
    state, taps = init_hop(batch, ir, hop_size), axis_size(ir, 1)
    n_partitions = -(-taps // hop_size)
    ir = pad_checked(ir, (0, n_partitions * hop_size - taps), axis=1)
    partitions = backend.xp.reshape(ir, (-1, n_partitions, hop_size))
    silent = zeros((batch, hop_size + 1, 2, n_partitions), ir)
    spectra = broadcast_batch(_spectra(backend.xp, pad_checked(partitions, (0, hop_size), axis=2)), silent)
    if backend.traits(ir).small_products:
        inputs = zeros((batch, (n_partitions + 1) * hop_size), ir)
        return state | {"spectra": spectra, "line": silent, "inputs": inputs}
    previous, tail = zeros((batch, hop_size), ir), zeros((batch, 2, n_partitions * hop_size), ir)
    return state | {"spectra": spectra, "sums": silent, "previous": previous, "tail": tail}


def convolve_step(state: State, audio: Array) -> tuple[Array, State]:
    """Convolve the next block of audio.

    Parameters
    ----------
    state
        State of `init_convolution` or of the previous step.
    audio
        The next samples, [batch, time], any number of them.

    Returns
    -------
    audio : array
        The convolution at these samples, [batch, time], in at least float32.
    state : dict
        State for the samples that follow.
    """
    xp, hop_size, n_samples = adapter_of(audio).xp, hop_size_of(state), axis_size(audio, 1)
    audio = broadcast_batch(promote_half(xp, audio), state["hop"])
    if "head" in state:
        return long_step(state, audio, convolve_step)
    whole, step = (_save_whole, _save_step) if "line" in state else (_add_whole, _add_step)
    if n_samples > MAX_PARTITIONS * hop_size:
        return whole(xp, state, audio)
    rest = n_samples % hop_size
    ends = ([rest] if rest else []) + list(range(rest + hop_size, n_samples + 1, hop_size))
    blocks = []
    for start, end in zip([0, *ends], ends, strict=False):
        block, state = step(xp, state, audio[:, start:end])
        blocks.append(block)
    return (xp.concat(blocks, axis=1) if len(blocks) > 1 else blocks[0] if blocks else audio), state


# Overlap-save, with a line of the spectra of past inputs.


def _save_step(xp: Array, state: State, block: Array) -> tuple[Array, State]:
    """Convolve a block of at most P samples."""
    hop_size, n_samples = hop_size_of(state), axis_size(block, 1)
    inputs = xp.concat([state["inputs"][:, n_samples:], block], axis=1)
    if n_samples == hop_size:
        newest = _spectra(xp, inputs[:, None, -2 * hop_size :])
        line = xp.concat([newest, state["line"][..., :-1]], axis=3)
    else:
        line = _line_of(xp, inputs, hop_size)
    products = xp.matmul(line, xp.matrix_transpose(state["spectra"]))  # of parts of X and parts of H, summed over k
    real = products[..., 0, 0] - products[..., 1, 1]
    imaginary = products[..., 0, 1] + products[..., 1, 0]
    window = xp.fft.irfft(_complex(xp, real, imaginary), n=2 * hop_size)
    return window[:, 2 * hop_size - n_samples :], state | {"line": line, "inputs": inputs}


def _save_whole(xp: Array, state: State, audio: Array) -> tuple[Array, State]:
    """Convolve a block of any size with the response as a whole, which is the definition of the op."""
    hop_size = hop_size_of(state)
    past = axis_size(state["inputs"], 1) - hop_size  # K P inputs are as many as the response has taps
    inputs = xp.concat([state["inputs"], audio], axis=1)
    wet = fft_convolve(inputs[:, hop_size:], _response(xp, state), delay_compensation=0)[:, past:]
    inputs = inputs[:, axis_size(audio, 1) :]
    return wet, state | {"line": _line_of(xp, inputs, hop_size), "inputs": inputs}


def _line_of(xp: Array, inputs: Array, hop_size: int) -> Array:
    """Spectra of the windows of 2 P samples that end at the last input, P samples before it, and so on."""
    hops = xp.flip(xp.reshape(inputs, (-1, axis_size(inputs, 1) // hop_size, hop_size)), axis=1)
    return _spectra(xp, xp.concat([hops[:, 1:, :], hops[:, :-1, :]], axis=2))


# Overlap-add, with sums of spectra of future outputs.


def _add_step(xp: Array, state: State, block: Array) -> tuple[Array, State]:
    """Convolve a block of at most P samples."""
    hop_size, n_samples, spectra = hop_size_of(state), axis_size(block, 1), state["spectra"]
    padded = pad_checked(block, (0, hop_size - n_samples), axis=1)
    newest = _spectra(xp, xp.concat([state["previous"], padded], axis=1)[:, None, :])
    sums = xp.concat([state["sums"][..., 1:], xp.zeros_like(spectra[..., :1])], axis=3)
    sums = sums + _products(xp, spectra, newest)
    if n_samples < hop_size:
        return _end_partition(xp, state, sums, padded, n_samples)
    window = xp.fft.irfft(_complex(xp, sums[..., 0, 0], sums[..., 1, 0]), n=2 * hop_size)
    tail = state["tail"]
    out = window[:, hop_size:] + (tail[:, 0, :hop_size] + tail[:, 1, :hop_size])
    tail = xp.concat([tail[:, :, hop_size:], xp.zeros_like(tail[:, :, :hop_size])], axis=2)
    return out, state | {"sums": sums, "previous": block, "tail": tail}


def _end_partition(xp: Array, state: State, sums: Array, padded: Array, n_samples: int) -> tuple[Array, State]:
    """End a step of less than P samples, padded with zeros: all that the inputs so far lead to becomes the tail."""
    hop_size, n_partitions = hop_size_of(state), _n_partitions(state)
    spectrum = _spectra(xp, pad_checked(padded, (0, hop_size), axis=1)[:, None, :])
    last = _products(xp, state["spectra"], spectrum)  # of the window that begins with the block
    sums = pad_checked(sums, (0, 1), axis=3) + pad_checked(last, (1, 0), axis=3)
    spectra = xp.permute_dims(sums, (0, 3, 2, 1))
    windows = xp.fft.irfft(_complex(xp, spectra[:, :, 0, :], spectra[:, :, 1, :]), n=2 * hop_size)
    future = xp.reshape(windows[:, :, hop_size:], (-1, (n_partitions + 1) * hop_size))
    future = future[:, : n_samples + n_partitions * hop_size]
    out, tail = _add_to_tail(xp, state["tail"], future, n_samples)
    zero = {name: xp.zeros_like(state[name]) for name in ("sums", "previous")}
    return out, state | zero | {"tail": tail}


def _add_whole(xp: Array, state: State, audio: Array) -> tuple[Array, State]:
    """Convolve a block of any size with the response as a whole, which is the definition of the op."""
    _, state = _add_step(xp, state, audio[:, :0])
    wet = fft_convolve(audio, _response(xp, state), padding="valid", delay_compensation=0)
    out, tail = _add_to_tail(xp, state["tail"], pad_checked(wet, (0, 1), axis=1), axis_size(audio, 1))
    return out, state | {"tail": tail}


def _add_to_tail(xp: Array, tail: Array, samples: Array, n_samples: int) -> tuple[Array, Array]:
    """Add samples to the tail; return the first n_samples of the sum, and the rest.

    Rounding errors are kept (Knuth's exact sum), because many short blocks add many numbers to each sample.
    """
    tail = pad_checked(tail, (0, n_samples), axis=2)
    total = tail[:, 0, :] + samples
    added = total - tail[:, 0, :]
    error = (tail[:, 0, :] - (total - added)) + (samples - added)
    tail = xp.stack([total, tail[:, 1, :] + error], axis=1)
    return tail[:, 0, :n_samples] + tail[:, 1, :n_samples], tail[:, :, n_samples:]


def _products(xp: Array, spectra: Array, newest: Array) -> Array:
    """Products of all spectra and one, [batch, bins, 2, K] and [batch, bins, 2, 1] -> [batch, bins, 2, K]."""
    real, imaginary, x_real, x_imaginary = (a[:, :, i, :] for a in (spectra, newest) for i in (0, 1))
    products = (real * x_real - imaginary * x_imaginary, real * x_imaginary + imaginary * x_real)
    return xp.stack(products, axis=2)


# Both.


def _n_partitions(state: State) -> int:
    return axis_size(state["spectra"], 3)


def _response(xp: Array, state: State) -> Array:
    """Impulse response, padded to whole partitions, [batch, K P]."""
    hop_size, spectra = hop_size_of(state), xp.permute_dims(state["spectra"], (0, 3, 2, 1))
    partitions = xp.fft.irfft(_complex(xp, spectra[:, :, 0, :], spectra[:, :, 1, :]), n=2 * hop_size)
    return xp.reshape(partitions[:, :, :hop_size], (-1, _n_partitions(state) * hop_size))


def _spectra(xp: Array, windows: Array) -> Array:
    """Spectra of windows, [batch, windows, size] -> [batch, size / 2 + 1, 2, windows]."""
    n_windows, n_bins = axis_size(windows, 1), axis_size(windows, 2) // 2 + 1
    spectra = xp.fft.rfft(windows)
    parts = xp.stack([xp.real(spectra), xp.imag(spectra)], axis=3)
    if n_windows > 1:
        # Flattened, so that NumPy and PyTorch store the array in this order, in which products read it.
        parts = xp.reshape(xp.permute_dims(parts, (0, 2, 3, 1)), (-1,))
    return xp.reshape(parts, (-1, n_bins, 2, n_windows))


def _complex(xp: Array, real: Array, imaginary: Array) -> Array:
    dtype = xp.complex128 if real.dtype == xp.float64 else xp.complex64
    return xp.astype(real, dtype) + 1j * xp.astype(imaginary, dtype)
