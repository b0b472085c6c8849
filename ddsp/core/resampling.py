"""Resampling of controls in time: from frames to samples."""

from __future__ import annotations

from .. import design
from ..extend import Array, Float, axis_size, checked, common_backend, integer, one_of

__all__ = ["resample", "upsample_with_windows"]

#: The interpolations of `resample`.
METHODS = ("nearest", "linear", "cubic", "window")


@checked
def resample(
    inputs: Float[Array, " frames"]
    | Float[Array, "batch frames"]
    | Float[Array, "batch frames channels"]
    | Float[Array, "batch frames frequencies channels"],
    n_timesteps: int,
    method: str = "linear",
    add_endpoint: bool = True,
) -> Float[Array, ...]:
    """Interpolate controls from frames to another number of time steps.

    Frame k of n_frames falls on time step k * n_timesteps / n_frames: the first frame on the first step, and the last
    frame is held to the end.

    ![Five frames, interpolated by each of the four methods](../figures/resampling.png)

    Parameters
    ----------
    inputs
        [frames], [batch, frames], [batch, frames, channels] or [batch, frames, frequencies, channels].
    n_timesteps
        Number of time steps, >= 1; it need not be a multiple of the number of frames.
    method
        'nearest' takes the frame before. 'linear' draws straight lines. 'cubic' is Keys' kernel with a = -0.75, with
        fractions of a frame rounded to 1/1024, as in the original (at least 72 dB from the kernel itself). 'window'
        cross-fades with halves of a Hann window, smooth for amplitudes with few frames, for upsampling alone.
    add_endpoint
        Hold the last frame for one more frame. If false, the last frame falls on the last time step ('window': on the
        step after it), and 'nearest' takes the nearer frame.

    Returns
    -------
    outputs : array
        Same dtype and axes, n_timesteps long.

    Raises
    ------
    ValueError
        An unknown method, a shape that does not fit, or fewer time steps than frames with 'window'.

    See Also
    --------
    resample_audio : Converts the sample rate of audio, with a filter against aliases.
    upsample_with_windows : Method 'window' by its original name.

    Notes
    -----
    The positions are those of TensorFlow 1's image resize, which the original uses. The original refuses 'window' if
    n_timesteps is not a multiple of the frames; here positions are exact fractions.

    Examples
    --------
    >>> import numpy as np
    >>> resample(np.asarray([0.0, 2.0]), 4)
    array([0., 1., 2., 2.])
    """
    backend = common_backend(inputs=inputs)
    xp = backend.xp
    one_of("method", method, METHODS)
    n_timesteps = integer("n_timesteps", n_timesteps, 1)
    time = 0 if len(inputs.shape) == 1 else 1
    n_frames = axis_size(inputs, time)
    no_shorter("n_timesteps", n_timesteps, n_frames, method)
    indices, weights = design.resample_taps(n_frames, n_timesteps, method, add_endpoint)
    weights = xp.reshape(backend.constant(weights, inputs), (-1, n_timesteps, *(1 for _ in inputs.shape[time + 1 :])))
    indices = backend.constant(indices, inputs)
    total = None
    for tap in range(axis_size(indices, 0)):
        part = weights[tap, ...] * xp.take(inputs, indices[tap, ...], axis=time)
        total = part if total is None else total + part
    return total


def no_shorter(name: str, n_timesteps: int, n_frames: int, method: str) -> None:
    """Raise ValueError, which names the argument, if method 'window' is asked for fewer time steps than frames."""
    if method == "window" and n_frames > n_timesteps:
        raise ValueError(f"{name}: got {n_timesteps}, expected at least the {n_frames} frames (method 'window')")


@checked
def upsample_with_windows(
    inputs: Float[Array, "batch frames channels"], n_timesteps: int, add_endpoint: bool = True
) -> Float[Array, "batch time channels"]:
    """Upsample controls with overlapping Hann windows: `resample` with method 'window', good for amplitudes.

    ![Five frames, interpolated by each of the four methods](../figures/resampling.png)

    Parameters
    ----------
    inputs
        [batch, frames, channels].
    n_timesteps
        Number of time steps, at least the number of frames.
    add_endpoint
        Hold the last frame for one more frame.

    Returns
    -------
    outputs : array
        [batch, n_timesteps, channels], same dtype.

    Raises
    ------
    ValueError
        Not three axes, or fewer time steps than frames.

    See Also
    --------
    resample : All methods.

    Examples
    --------
    >>> import numpy as np
    >>> upsample_with_windows(np.asarray([[[0.0], [1.0]]]), 4)[0, :, 0].round(6)
    array([0. , 0.5, 1. , 1. ])
    """
    return resample(inputs, n_timesteps, "window", add_endpoint)
