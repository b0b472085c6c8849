"""Gated recurrent unit."""

from __future__ import annotations

from ..core.activations import sigmoid
from ..extend import Array, Float, axis_size, checked, common_backend, unchecked

__all__ = ["gru"]

_sigmoid = unchecked(sigmoid)


@checked
def gru(
    x: Float[Array, "batch frames inputs"],
    weight: Float[Array, "inputs gates"],
    recurrent_weight: Float[Array, "units gates"],
    bias: Float[Array, " gates"],
    recurrent_bias: Float[Array, " gates"],
    state: Float[Array, "batch units"] | None = None,
) -> tuple[Float[Array, "batch frames units"], Float[Array, "batch units"]]:
    r"""Gated recurrent unit (Cho et al., 2014, arXiv:1406.1078) over frames.

    $$r = \sigma(x W_r + b_r + h R_r + c_r), \quad z = \sigma(x W_z + b_z + h R_z + c_z)$$

    $$n = \tanh(x W_n + b_n + r (h R_n + c_n)), \quad h \leftarrow (1 - z) \, n + z \, h$$

    x is the input of a frame and h the state, which is also the output. The gates stand side by side in each array, in
    the order r, z, n. This is the form of PyTorch, of cuDNN and of Keras with `reset_after`.

    Parameters
    ----------
    x
        Inputs, [batch, frames, inputs].
    weight
        The matrices W of the three gates, [inputs, 3 * units].
    recurrent_weight
        The matrices R, [units, 3 * units].
    bias
        The offsets b, [3 * units].
    recurrent_bias
        The offsets c, [3 * units].
    state
        State h before the first frame, [batch, units]; None for zeros.

    Returns
    -------
    y : array
        State after each frame, [batch, frames, units].
    state : array
        State after the last frame, [batch, units], for the frames that follow.

    Raises
    ------
    ValueError
        A number of gates other than 3 * units.

    See Also
    --------
    causal_convolution : A layer whose memory is a fixed number of frames.

    Examples
    --------
    Without weights the state halves at each frame:

    >>> import numpy as np
    >>> zeros = np.zeros((1, 3))
    >>> y, state = gru(np.ones((1, 3, 1)), zeros, zeros, zeros[0], zeros[0], state=np.ones((1, 1)))
    >>> y.ravel(), state.ravel()
    (array([0.5  , 0.25 , 0.125]), array([0.125]))
    """
    backend = common_backend(
        x=x, weight=weight, recurrent_weight=recurrent_weight, bias=bias, recurrent_bias=recurrent_bias, state=state
    )
    xp, units = backend.xp, axis_size(recurrent_weight, 0)
    if axis_size(recurrent_weight, 1) != 3 * units:
        raise ValueError(f"recurrent_weight: got shape {tuple(recurrent_weight.shape)}, expected [units, 3 * units]")
    if state is None:
        state = xp.zeros_like(xp.sum(x, axis=1)[:, :1] + bias[:units])

    def step(h: Array, inputs: Array) -> tuple[Array, Array]:
        memory = xp.matmul(h, recurrent_weight) + recurrent_bias
        gates = _sigmoid(inputs[:, : 2 * units] + memory[:, : 2 * units])
        r, z = gates[:, :units], gates[:, units:]
        n = xp.tanh(inputs[:, 2 * units :] + r * memory[:, 2 * units :])
        h = n + z * (h - n)
        return h, h

    # The products with the inputs need no state, so one product serves all frames.
    inputs = xp.matmul(x, weight) + bias
    state, y = backend.scan(step, state, xp.permute_dims(inputs, (1, 0, 2)))
    return xp.permute_dims(y, (1, 0, 2)), state
