"""Reverb for training: learned noise under an exponential envelope, bounded in level and in length."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from .. import core, design
from ..extend import Array, Float, checked, common_backend, integer, promote_half
from ..processors.base import ParamSpec
from .reverb import ConvolutionReverb

__all__ = ["DecayingReverb"]

#: Decay by 60 dB as a natural logarithm.
LOG_60_DB = math.log(1000.0)


@dataclass(frozen=True)
class DecayingReverb(ConvolutionReverb):
    r"""Trainable reverb that cannot replace the dry sound: noise under an exponential envelope.

    $$ir[n] = g \frac{e[n]}{\lVert e \rVert} \tanh(w[n]), \quad e[n] = 1000^{-n / (s (N - 1))}, \quad
    g = \sigma(gain), \quad s = \sigma(decay)$$

    The noise w, the gain and the decay are trainable. Whatever their values, the response falls by 60 dB within its
    length N, and its energy is at most 1: the wet signal of white noise has at most the energy of the dry one. A free
    impulse response, as in `TrainableReverb`, learns the sustain of the notes of a small data set. The dry sound then
    is a click, and notes that were not in the data set sound wrong.

    ![Impulse responses: initial, shorter, and the loudest and longest](../figures/decaying_reverb.png)

    Parameters
    ----------
    reverb_length
        Length N of the impulse response in samples: half a second at 16 kHz by default.
    add_dry
        Add the dry signal.
    name
        Name of the node in a `ProcessorGroup`.

    See Also
    --------
    TrainableReverb : With a free impulse response.
    ExpDecayReverb : With noise that is not trained.

    Notes
    -----
    The original has no such reverb.

    Examples
    --------
    >>> import numpy as np
    >>> DecayingReverb(reverb_length=100)(np.ones((1, 640))).shape
    (1, 640)
    """

    reverb_length: int = 8000
    add_dry: bool = True
    name: str = "reverb"

    @property
    def params(self) -> tuple[ParamSpec, ...]:
        """Trainable values: `gain` and `decay`, [1] each, and `noise`, [reverb_length]."""
        length = integer("reverb_length", self.reverb_length, 1)
        return ParamSpec("gain", (1,), _quiet), ParamSpec("decay", (1,), _short), ParamSpec("noise", (length,), _normal)

    @checked
    def get_controls(
        self,
        audio: Float[Array, "#batch time"],
        gain: Float[Array, " 1"] | None = None,
        decay: Float[Array, " 1"] | None = None,
        noise: Float[Array, " taps"] | None = None,
    ) -> dict[str, Array]:
        """Make the impulse response.

        Parameters
        ----------
        audio
            Dry signal, [batch, time].
        gain
            Logit of g, [1]; None for the initial value, for which g is -20 dB.
        decay
            Logit of the decay time s relative to `reverb_length`, [1]; None for the initial value, for which s is 1/3.
        noise
            Noise w, [reverb_length]; None for the initial value, which is Gaussian.

        Returns
        -------
        controls : dict
            `audio`, unchanged, and `ir`, [1, reverb_length].

        Raises
        ------
        ValueError
            Noise of another length.
        """
        backend = common_backend(audio=audio, gain=gain, decay=decay, noise=noise)
        xp, length = backend.xp, self.reverb_length
        if gain is None or decay is None or noise is None:
            initial = [backend.constant(value, audio) for value in self.initial_params().values()]
            gain, decay, noise = (y if x is None else x for x, y in zip((gain, decay, noise), initial, strict=True))
        if tuple(noise.shape) != (length,):
            raise ValueError(f"noise: got shape {tuple(noise.shape)}, expected [{length}]")
        # 1 / s is 1 + exp(-decay). The exponential must not overflow: infinity times a time of 0 is NaN.
        rate = LOG_60_DB * (1.0 + xp.exp(xp.clip(-promote_half(xp, decay), None, 60.0)))
        envelope = xp.exp(-rate * backend.constant(design.linspace(0.0, 1.0, length), rate))
        envelope = xp.astype(envelope / xp.sqrt(xp.sum(envelope * envelope)), audio.dtype)
        return {"audio": audio, "ir": (core.sigmoid(gain) * envelope * xp.tanh(noise))[None, :]}


def _quiet(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return np.full(shape, math.log(0.1 / 0.9))


def _short(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return np.full(shape, math.log(0.5))


def _normal(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return rng.standard_normal(shape)
