"""Convolution over frames of the past, for one frame at a time or for all."""

from __future__ import annotations

from ..core.padding import pad_checked
from ..extend import Array, Float, axis_size, checked, common_backend, integer

__all__ = ["causal_convolution"]


@checked
def causal_convolution(
    x: Float[Array, "batch frames inputs"],
    weight: Float[Array, "kernel_size inputs outputs"],
    bias: Float[Array, " outputs"],
    state: Float[Array, "batch _ inputs"] | None = None,
    dilation: int = 1,
) -> tuple[Float[Array, "batch frames outputs"], Float[Array, "batch _ inputs"]]:
    r"""Dilated causal convolution over frames (van den Oord et al., 2016, "WaveNet", arXiv:1609.03499).

    $$y[t] = b + \sum_{k=0}^{K-1} x[t - (K - 1 - k) \, d] \, W_k$$

    The output at frame t depends on no later frame. The state holds the last (K - 1) d frames, so a sequence in parts
    has the same outputs as the whole.

    Parameters
    ----------
    x
        Inputs, [batch, frames, inputs].
    weight
        The matrices W_k, the last one for the present frame, [kernel_size, inputs, outputs].
    bias
        The offset b, [outputs].
    state
        Frames before `x`, [batch, (kernel_size - 1) * dilation, inputs]; None for zeros.
    dilation
        The distance d of the frames that are used, >= 1.

    Returns
    -------
    y : array
        Outputs, [batch, frames, outputs].
    state : array
        State for the frames that follow.

    Raises
    ------
    ValueError
        A state of the wrong length.

    See Also
    --------
    gru : A layer with unlimited memory.

    Examples
    --------
    Half the sum of two neighboring frames, in two parts:

    >>> import numpy as np
    >>> x, weight, bias = np.asarray([2.0, 4.0, 6.0]).reshape(1, 3, 1), np.full((2, 1, 1), 0.5), np.zeros(1)
    >>> first, state = causal_convolution(x[:, :2], weight, bias)
    >>> second, _ = causal_convolution(x[:, 2:], weight, bias, state)
    >>> first.ravel(), second.ravel()
    (array([1., 3.]), array([5.]))
    """
    xp = common_backend(x=x, weight=weight, bias=bias, state=state).xp
    dilation, n_frames, kernel_size = integer("dilation", dilation, 1), axis_size(x, 1), axis_size(weight, 0)
    past = (kernel_size - 1) * dilation
    if state is None:
        x = pad_checked(x, (past, 0), axis=1)
    elif axis_size(state, 1) == past:
        x = xp.concat([state, x], axis=1)
    else:
        raise ValueError(f"state: got {axis_size(state, 1)} frames, expected (kernel_size - 1) * dilation = {past}")
    taps = [x[:, k * dilation : k * dilation + n_frames, :] for k in range(kernel_size)]
    y = sum((xp.matmul(tap, weight[k, :, :]) for k, tap in enumerate(taps)), bias)
    return y, x[:, n_frames:, :]
