"""Reverb for training: learned noise under an exponential envelope, bounded in level and length."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from .. import core, design
from ..extend import Array, Float, checked, common_backend, integer
from ..processors.base import ParamSpec
from .reverb import ConvolutionReverb

__all__ = ["DecayingReverb"]

#: Decay by 60 dB as a natural logarithm.
LOG_60_DB = math.log(1000.0)


@dataclass(frozen=True)
class DecayingReverb(ConvolutionReverb):
    r"""Trainable reverb that cannot replace the dry sound: noise under an exponential envelope.

    $$ir[n] = g \, \frac{e[n]}{\lVert e \rVert} \tanh(w[n]), \quad e[n] = 1000^{-n / (N s)}, \quad
    g = \sigma(gain), \quad s = \sigma(decay)$$

    The noise w, the gain and the decay are trainable. The wet signal is at most as loud as the dry one, and the
    response falls by 60 dB within s N < N samples, N being the length. A free impulse response, as in
    `TrainableReverb`, learns the sustain of the notes of a small data set: the dry sound then is a click, and new
    notes sound wrong.

    Parameters
    ----------
    reverb_length
        Length N of the impulse response in samples.
    add_dry
        Add the dry signal.
    name
        Name of the node in a `ProcessorGroup`.

    See Also
    --------
    TrainableReverb : With a free impulse response.
    ExpDecayReverb : With noise that is not trained.

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
            Logit of the level of the wet signal, [1]; None for the initial value, -20 dB.
        decay
            Logit of the decay time relative to `reverb_length`, [1]; None for the initial value, a third.
        noise
            The noise w, [reverb_length]; None for the initial value.

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
        xp, initial = backend.xp, self.initial_params()
        given = {"gain": gain, "decay": decay, "noise": noise}
        gain, decay, noise = (backend.constant(initial[n], audio) if x is None else x for n, x in given.items())
        if tuple(noise.shape) != (self.reverb_length,):
            raise ValueError(f"noise: got shape {tuple(noise.shape)}, expected [{self.reverb_length}]")
        time = backend.constant(design.linspace(0.0, 1.0, self.reverb_length), noise)
        envelope = xp.exp(time * (-LOG_60_DB / (core.sigmoid(decay) + 1e-3)))
        level = core.sigmoid(gain) / xp.sqrt(xp.sum(envelope * envelope))
        return {"audio": audio, "ir": (level * envelope * xp.tanh(noise))[None, :]}


def _quiet(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return np.full(shape, -2.2)


def _short(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return np.full(shape, -0.7)


def _normal(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return rng.standard_normal(shape)
