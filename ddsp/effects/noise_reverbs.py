"""Rooms with few parameters, whose impulse responses are shaped noise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from .. import core, design
from ..core.noise import uniform_noise
from ..extend import Array, Float, Key, checked, common_backend, integer, promote_half
from ..processors.base import ParamSpec, Processor
from .reverb import in_a_room

__all__ = ["ExpDecayReverb", "FilteredNoiseReverb"]


@dataclass(frozen=True)
class ExpDecayReverb(Processor):
    """A room whose impulse response is noise that dies away exponentially.

    ir[n] = scale_fn(gain) exp(-(2 + exp(decay)) t) noise[n] with t = n / (reverb_length - 1)

    Parameters
    ----------
    trainable : gain and decay are parameters, initially 2 and 4, as in the original; otherwise inputs of each call.
        With these values and 48000 taps the wet signal is about 25 dB above the dry one: start with another `gain`
        (through exp_sigmoid, -1.1 gives about as much wet as dry), or let the first steps of training find it.
    reverb_length : length of the impulse response, in samples; the decay is relative to it.
    scale_fn : turns the gain into an amplitude >= 0; None takes it as it is.
    add_dry : add the dry signal.
    name : the node's name in a `ProcessorGroup`.

    Notes
    -----
    Its noise comes from a key, as that of `FilteredNoise`: one key, one room; a new room at every call without one.

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
        """The `gain` and the `decay`, [1] each, where they are trained."""
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
        audio : the dry signal, [batch, time].
        gain : before `scale_fn`, [batch, 1], or [1] for all; needed unless the reverb is trainable, which uses its
            initial value without it.
        decay : logarithm of what the rate of decay has above its least, 2 for the whole response; likewise.
        key : where the noise comes from: an int seed, the backend's own key or generator, or None for its global
            generator (JAX has none, and asks for a key).
        noise : the noise itself, uniform in [-1, 1), [1 or batch, reverb_length], instead of a key.

        Returns
        -------
        dict of audio, unchanged, and ir, [1 or batch, reverb_length].

        Raises
        ------
        ValueError : there is no gain or no decay, or noise of another length.
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
        # The exponential must not overflow: infinity times the time 0 is no number. Far below that nothing is heard.
        rate = 2.0 + xp.exp(xp.clip(promote_half(xp, decay), None, 60.0))
        fall = xp.exp(-rate * backend.constant(design.linspace(0.0, 1.0, length), rate))
        gain = gain if self.scale_fn is None else self.scale_fn(gain)
        return {"audio": audio, "ir": gain * xp.astype(fall, audio.dtype) * noise}

    @checked
    def get_signal(
        self,
        audio: Float[Array, "#batch time"],
        ir: Float[Array, " taps"] | Float[Array, "#batch taps"] | Float[Array, "#batch taps 1"],
    ) -> Float[Array, "batch time"]:
        """The wet signal, plus the dry one if `add_dry`; as `Reverb`'s."""
        return in_a_room(audio, ir, self.add_dry)


@dataclass(frozen=True)
class FilteredNoiseReverb(Processor):
    """A room whose impulse response is filtered noise: each band of frequencies dies away in its own way.

    Parameters
    ----------
    trainable : the magnitudes are a parameter, [n_frames, n_filter_banks]; otherwise an input of each call.
    reverb_length : length of the impulse response, in samples.
    window_size : taps of the window of the filter's impulse response, as in `FilteredNoise`.
    n_frames, n_filter_banks : numbers of frames and of bands of the trained magnitudes.
    scale_fn : turns network outputs into magnitudes >= 0; None takes them as they are.
    initial_bias : added to the outputs before `scale_fn`.
    add_dry : add the dry signal.
    name : the node's name in a `ProcessorGroup`.

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
        """The `magnitudes`, [n_frames, n_filter_banks], where they are trained."""
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
        audio : the dry signal, [batch, time].
        magnitudes : gain of each frequency band from 0 Hz to Nyquist, before `scale_fn`, [batch, frames, bands], or
            [frames, bands] for all; needed unless the reverb is trainable, which uses its initial values without it.
        key, noise : where the noise comes from, as in `FilteredNoise`; noise is [1 or batch, reverb_length].

        Returns
        -------
        dict of audio, unchanged, and ir, [1 or batch, reverb_length].

        Raises
        ------
        ValueError : there are no magnitudes, or as `FilteredNoise`.
        """
        backend = common_backend(audio=audio, magnitudes=magnitudes, noise=noise)
        if magnitudes is None:
            if not self.trainable:
                raise ValueError("magnitudes: got None, expected an array (or FilteredNoiseReverb(trainable=True))")
            magnitudes = backend.constant(self.initial_params()["magnitudes"], audio)
        magnitudes = magnitudes[None, :, :] if len(magnitudes.shape) == 2 else magnitudes
        if self.scale_fn is not None:
            magnitudes = self.scale_fn(magnitudes + self.initial_bias)
        if noise is None:
            shape = (magnitudes.shape[0], integer("reverb_length", self.reverb_length, 1))
            noise = uniform_noise(backend, key, shape, magnitudes)
        return {"audio": audio, "ir": core.frequency_filter(noise, magnitudes, window_size=self.window_size)}

    @checked
    def get_signal(
        self,
        audio: Float[Array, "#batch time"],
        ir: Float[Array, " taps"] | Float[Array, "#batch taps"] | Float[Array, "#batch taps 1"],
    ) -> Float[Array, "batch time"]:
        """The wet signal, plus the dry one if `add_dry`; as `Reverb`'s."""
        return in_a_room(audio, ir, self.add_dry)


def _twos(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return np.full(shape, 2.0)


def _fours(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return np.full(shape, 4.0)


def _small(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return 1e-2 * rng.standard_normal(shape)
