"""Reverbs with few parameters, whose impulse responses are shaped noise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from .. import core, design
from ..core.noise import filtered_noise, uniform_noise
from ..extend import Array, Float, Key, checked, common_backend, integer, promote_half
from ..processors.base import ParamSpec
from .reverb import ConvolutionReverb

__all__ = ["ExpDecayReverb", "FilteredNoiseReverb"]


@dataclass(frozen=True)
class ExpDecayReverb(ConvolutionReverb):
    r"""Reverb whose impulse response is exponentially decaying noise.

    $$ir[n] = \mathrm{scale\_fn}(gain) \, e^{-(2 + e^{decay}) \, t} \, noise[n], \quad t = n / (reverb\_length - 1)$$

    ![Impulse responses: noise with one decay, and noise whose bands decay at different rates](../figures/reverbs.png)

    Parameters
    ----------
    trainable
        If True, gain and decay are trainable values, initially 2 and 4, as in the original; otherwise they are inputs
        of each call. With these initial values and 48000 taps the wet signal is about 25 dB above the dry signal. Start
        with another `gain` (-1.1, through exp_sigmoid, makes wet and dry about equal), or let the first steps of
        training correct it.
    reverb_length
        Length of the impulse response in samples. The decay is relative to it.
    scale_fn
        Maps the gain to an amplitude >= 0; None leaves it unchanged.
    add_dry
        Add the dry signal.
    name
        Name of the node in a `ProcessorGroup`.

    See Also
    --------
    FilteredNoiseReverb : With a decay for each frequency band.
    Reverb : With any impulse response.

    Notes
    -----
    The noise is drawn from a key, as in `ddsp.synths.FilteredNoise`. The same key gives the same impulse response;
    without a key it differs at every call.

    Examples
    --------
    >>> import numpy as np
    >>> ExpDecayReverb(reverb_length=100)(np.ones((1, 640)), np.zeros((1, 1)), np.zeros((1, 1)), key=0).shape
    (1, 640)
    """

    trainable: bool = False
    reverb_length: int = 48000
    scale_fn: Callable[[Array], Array] | None = core.exp_sigmoid
    add_dry: bool = True
    name: str = "exp_decay_reverb"

    control_inputs: ClassVar[tuple[str, ...]] = ("key", "noise")

    @property
    def params(self) -> tuple[ParamSpec, ...]:
        """Trainable values: `gain` and `decay`, [1] each, if `trainable`."""
        return (ParamSpec("gain", (1,), _twos), ParamSpec("decay", (1,), _fours)) if self.trainable else ()

    @checked
    def get_controls(
        self,
        audio: Float[Array, "#batch time"],
        gain: Float[Array, " 1"] | Float[Array, "#batch 1"] | None = None,
        decay: Float[Array, " 1"] | Float[Array, "#batch 1"] | None = None,
        *,
        key: Key = None,
        noise: Float[Array, "#batch taps"] | None = None,
    ) -> dict[str, Array]:
        """Make the impulse response.

        Parameters
        ----------
        audio
            Dry signal, [batch, time].
        gain
            Gain before `scale_fn`, [batch, 1], or [1] for the whole batch. Required unless `trainable`; then None is
            the initial value.
        decay
            Logarithm of rate - 2, where the response decays by exp(-rate) over its length. Same shapes as `gain`;
            required likewise.
        key
            Random key of the noise: an int seed, whose noise is the same on every backend; a key or generator of the
            backend; or None for the backend's global generator. JAX has no global generator and needs a key.
        noise
            Noise, uniform in [-1, 1), [1 or batch, reverb_length], instead of a key.

        Returns
        -------
        controls : dict
            `audio`, unchanged, and `ir`, [1 or batch, reverb_length].

        Raises
        ------
        ValueError
            No gain or no decay, or noise of another length.
        """
        backend = common_backend(audio=audio, gain=gain, decay=decay, noise=noise)
        xp, length = backend.xp, integer("reverb_length", self.reverb_length, 1)
        if gain is None or decay is None:
            if not self.trainable:
                raise ValueError("gain, decay: got None, expected both (or ExpDecayReverb(trainable=True))")
            initial = {name: backend.constant(value, audio) for name, value in self.initial_params().items()}
            gain, decay = (initial[n] if x is None else x for n, x in (("gain", gain), ("decay", decay)))
        if noise is None:
            noise = uniform_noise(backend, key, (1, length), audio)
        elif tuple(noise.shape[1:]) != (length,):
            raise ValueError(f"noise: got shape {tuple(noise.shape)}, expected [batch, {length}]")
        # The exponential must not overflow: infinity times t = 0 is NaN. Below the limit a reverb is already inaudible.
        rate = 2.0 + xp.exp(xp.clip(promote_half(xp, decay), None, 60.0))
        fall = xp.exp(-rate * backend.constant(design.linspace(0.0, 1.0, length), rate))
        gain = gain if self.scale_fn is None else self.scale_fn(gain)
        return {"audio": audio, "ir": gain * xp.astype(fall, audio.dtype) * noise}


@dataclass(frozen=True)
class FilteredNoiseReverb(ConvolutionReverb):
    """Reverb whose impulse response is filtered noise, with a decay for each frequency band.

    ![Impulse responses: noise with one decay, and noise whose bands decay at different rates](../figures/reverbs.png)

    Parameters
    ----------
    trainable
        If True, the magnitudes are trainable values, [n_frames, n_filter_banks]; otherwise they are an input of each
        call.
    reverb_length
        Length of the impulse response in samples.
    window_size
        Number of taps of the window of the filter's impulse response, as in `ddsp.synths.FilteredNoise`.
    n_frames, n_filter_banks
        Numbers of frames and bands of the trainable magnitudes.
    scale_fn
        Maps network outputs to magnitudes >= 0; None leaves them unchanged.
    initial_bias
        Added to the outputs before `scale_fn`.
    add_dry
        Add the dry signal.
    name
        Name of the node in a `ProcessorGroup`.

    See Also
    --------
    ExpDecayReverb : With one decay for all frequencies.
    Reverb : With any impulse response.

    Examples
    --------
    >>> import numpy as np
    >>> FilteredNoiseReverb(reverb_length=100)(np.ones((1, 640)), np.zeros((1, 10, 16)), key=0).shape
    (1, 640)
    """

    trainable: bool = False
    reverb_length: int = 48000
    window_size: int = 257
    n_frames: int = 1000
    n_filter_banks: int = 16
    scale_fn: Callable[[Array], Array] | None = core.exp_sigmoid
    initial_bias: float = -3.0
    add_dry: bool = True
    name: str = "filtered_noise_reverb"

    control_inputs: ClassVar[tuple[str, ...]] = ("key", "noise")

    @property
    def params(self) -> tuple[ParamSpec, ...]:
        """Trainable values: the `magnitudes`, [n_frames, n_filter_banks], if `trainable`."""
        shape = (integer("n_frames", self.n_frames, 1), integer("n_filter_banks", self.n_filter_banks, 2))
        return (ParamSpec("magnitudes", shape, _small),) if self.trainable else ()

    @checked
    def get_controls(
        self,
        audio: Float[Array, "#batch time"],
        magnitudes: Float[Array, "frames bands"] | Float[Array, "#batch frames bands"] | None = None,
        *,
        key: Key = None,
        noise: Float[Array, "#batch taps"] | None = None,
    ) -> dict[str, Array]:
        """Make the impulse response.

        Parameters
        ----------
        audio
            Dry signal, [batch, time].
        magnitudes
            Gain of each band from 0 Hz to Nyquist, before `scale_fn`, [batch, frames, bands], or [frames, bands] for
            the whole batch. Required unless `trainable`; then None is the initial value.
        key
            Random key of the noise: an int seed, whose noise is the same on every backend; a key or generator of the
            backend; or None for the backend's global generator. JAX has no global generator and needs a key.
        noise
            Noise, uniform in [-1, 1), [1 or batch, reverb_length], instead of a key.

        Returns
        -------
        controls : dict
            `audio`, unchanged, and `ir`, [1 or batch, reverb_length].

        Raises
        ------
        ValueError
            No magnitudes, or sizes that `ddsp.core.frequency_filter` refuses.
        """
        backend = common_backend(audio=audio, magnitudes=magnitudes, noise=noise)
        if magnitudes is None:
            if not self.trainable:
                raise ValueError("magnitudes: got None, expected an array (or FilteredNoiseReverb(trainable=True))")
            magnitudes = backend.constant(self.initial_params()["magnitudes"], audio)
        magnitudes = magnitudes[None, :, :] if len(magnitudes.shape) == 2 else magnitudes
        if self.scale_fn is not None:
            magnitudes = self.scale_fn(magnitudes + self.initial_bias)
        ir = filtered_noise(magnitudes, noise, key, self.window_size, "reverb_length", self.reverb_length)
        return {"audio": audio, "ir": ir}


def _twos(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return np.full(shape, 2.0)


def _fours(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return np.full(shape, 4.0)


def _small(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return 1e-2 * rng.standard_normal(shape)
