"""An instrument: a decoder, the synthesizers of harmonics and noise, and a reverb."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from .. import nn, synths
from ..analysis import render_controls
from ..effects import DecayingReverb
from ..extend import Array, Float, Key, checked, checked_with, common_backend, integer
from ..nn.network import State
from ..processors.base import Processor

__all__ = ["Instrument"]

#: Trainable values of a node by name, or a module that has them.
Values = Mapping[str, Array] | Callable | None
#: Outputs of a decoder.
OUTPUTS = ("amplitudes", "harmonic_distribution", "noise_magnitudes")
#: The default decoder and reverb.
DECODER, REVERB = nn.make_decoder("dilated"), DecayingReverb()


@dataclass(frozen=True)
class Instrument(Processor):
    """Instrument that plays a pitch and a loudness, after it has been trained on recordings (Engel et al., 2020,
    "DDSP", arXiv:2001.04643).

    The decoder maps pitch and loudness to the inputs of `Harmonic` and of `FilteredNoise`; the reverb is added to
    their sum. The trainable values are those of the decoder and of the reverb.

    Parameters
    ----------
    decoder
        Network: a processor, a function or a module of a framework. Its inputs are the scaled pitch and loudness, and
        z if there is one, [batch, frames, channels]. Its outputs are a dict of `amplitudes`, `harmonic_distribution`
        and `noise_magnitudes`. None if each call gives a decoder.
    reverb
        Reverb: a processor, whose `get_controls` makes its impulse response; None for a dry sound.
    sample_rate
        Sample rate in Hz.
    hop_size
        Number of samples of a frame.
    max_harmonics
        Largest number of harmonics that it plays, the lowest ones of the decoder; None for all. `load_instrument`
        chooses it such that an instrument plays the harmonics alone that it has learned.
    name
        Name of the instrument.

    See Also
    --------
    ddsp.nn.make_decoder : Decoders by name.
    ddsp.effects.DecayingReverb : The reverb.

    Examples
    --------
    >>> import numpy as np
    >>> instrument = Instrument(nn.make_decoder("least"))
    >>> frames = np.zeros((1, 20, 1))
    >>> instrument(frames + 440.0, frames - 20.0, key=0).shape
    (1, 1280)
    """

    decoder: Any = DECODER
    reverb: Any = REVERB
    sample_rate: float = 16000
    hop_size: int = 64
    max_harmonics: int | None = None
    name: str = "instrument"

    signal_inputs: ClassVar[tuple[str, ...]] = ("key", "noise")
    variants: ClassVar[tuple[str, ...]] = ("dry",)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.max_harmonics is not None:
            integer("max_harmonics", self.max_harmonics, 1)

    @property
    def nodes(self) -> dict[str, Processor]:
        """The decoder and the reverb by name; without one that is not a processor."""
        found = {"decoder": self.decoder, "reverb": self.reverb}
        return {name: node for name, node in found.items() if isinstance(node, Processor)}

    def initial_params(self, seed: int = 0) -> dict[str, Any]:
        """Initial trainable values, by the name of the node.

        Parameters
        ----------
        seed
            Seed, an integer >= 0.

        Returns
        -------
        params : dict
            For `decoder` and `reverb`, a dict of values by name; nothing for one without trainable values.
        """
        found = {name: node.initial_params(seed) for name, node in self.nodes.items()}
        return {name: params for name, params in found.items() if params}

    def dry(self) -> Instrument:
        """The instrument without its reverb.

        Returns
        -------
        instrument : Instrument
            A copy, which takes the values of the decoder alone.
        """
        return replace(self, reverb=None)

    @checked
    def get_controls(
        self,
        f0_hz: Float[Array, "batch frames 1"],
        loudness_db: Float[Array, "batch frames 1"],
        z: Float[Array, "batch frames latents"] | None = None,
        *,
        decoder: Values = None,
        reverb: Values = None,
    ) -> dict[str, Array]:
        """Compute the controls of the synthesizers and the impulse response of the reverb.

        Parameters
        ----------
        f0_hz
            Pitch in Hz, [batch, frames, 1].
        loudness_db
            Loudness in dB, as from `compute_features`, [batch, frames, 1].
        z
            Latent of an encoder, [batch, frames, channels]; None without one.
        decoder, reverb
            Trainable values by name, or a module to call instead; None for the initial values.

        Returns
        -------
        controls : dict
            `amplitudes`, `harmonic_distribution`, `f0_hz` and `magnitudes`, as for `ddsp.analysis.render_controls`,
            and `ir`, [1, taps], unless `reverb` is None.

        Raises
        ------
        TypeError
            No decoder, or a reverb that is not a processor.
        ValueError
            A decoder without one of the outputs.
        """
        common_backend(f0_hz=f0_hz, loudness_db=loudness_db, z=z)
        inputs = [nn.scale_f0_hz(f0_hz), nn.scale_loudness_db(loudness_db)] + ([] if z is None else [z])
        network, values = _called("decoder", self.decoder, decoder)
        controls = self._scaled(network(*inputs, **values), f0_hz)
        if self.reverb is not None or reverb is not None:
            controls["ir"] = self.impulse_response(f0_hz, reverb)
        return controls

    def control_step(
        self, state: State, f0_hz: Array, loudness_db: Array, decoder: Values = None
    ) -> tuple[dict[str, Array], State]:
        """Compute the controls of the next frames, without the impulse response.

        Parameters
        ----------
        state
            State of the decoder, of its `init_state` or of the previous step.
        f0_hz, loudness_db
            Pitch in Hz and loudness in dB of the next frames, [batch, frames, 1].
        decoder
            Trainable values of the decoder by name; None for the initial values.

        Returns
        -------
        controls : dict
            `amplitudes`, `harmonic_distribution`, `f0_hz` and `magnitudes`.
        state : dict
            State for the frames that follow.
        """
        inputs = (nn.scale_f0_hz(f0_hz), nn.scale_loudness_db(loudness_db))
        network, values = _called("decoder", self.decoder, decoder)
        outputs, state = network.step(state, *inputs, **values)
        return self._scaled(outputs, f0_hz), state

    def impulse_response(self, like: Array, reverb: Values = None) -> Array:
        """Compute the impulse response of the reverb.

        Parameters
        ----------
        like
            Array that gives backend and dtype, [batch, frames, 1].
        reverb
            Trainable values of the reverb by name; None for the initial values.

        Returns
        -------
        ir : array
            [1, taps].
        """
        effect, values = _called("reverb", self.reverb, reverb)
        if not hasattr(effect, "get_controls") or getattr(effect, "overrides_call", False):
            raise TypeError(f"reverb: got a {type(effect).__name__}, expected a reverb of ddsp.effects or a processor")
        # The controls of a reverb are its audio and the response, which does not depend on the audio.
        return effect.get_controls(like[:, :, 0], **values)["ir"]

    def _scaled(self, outputs: Mapping[str, Array], f0_hz: Array) -> dict[str, Array]:
        if missing := [name for name in OUTPUTS if name not in outputs]:
            raise ValueError(f"decoder: got outputs {sorted(outputs)}, expected {missing[0]} among them")
        harmonic = synths.Harmonic(sample_rate=self.sample_rate)
        played = outputs["harmonic_distribution"][:, :, : self.max_harmonics]
        controls = harmonic.get_controls(outputs["amplitudes"], played, f0_hz)
        return controls | synths.FilteredNoise().get_controls(outputs["noise_magnitudes"])

    @checked_with(wide=True)
    def get_signal(
        self,
        amplitudes: Float[Array, "batch frames 1"],
        harmonic_distribution: Float[Array, "batch frames harmonics"],
        f0_hz: Float[Array, "batch frames 1"],
        magnitudes: Float[Array, "batch frames bands"],
        ir: Float[Array, "#batch taps"] | None = None,
        *,
        key: Key = None,
        noise: Float[Array, "#batch time"] | None = None,
    ) -> Float[Array, "batch time"]:
        """Render the controls.

        Parameters
        ----------
        amplitudes
            Overall level, linear, [batch, frames, 1].
        harmonic_distribution
            Relative level of each harmonic, [batch, frames, harmonics].
        f0_hz
            Pitch in Hz, [batch, frames, 1].
        magnitudes
            Gain of each noise band, linear, [batch, frames, bands].
        ir
            Impulse response of the reverb, [batch, taps]; None for a dry sound.
        key
            Random key of the noise, as in `ddsp.synths.FilteredNoise`.
        noise
            Noise, uniform in [-1, 1), [batch, frames * hop_size], instead of a key.

        Returns
        -------
        audio : array
            [batch, frames * hop_size].
        """
        controls = {
            "amplitudes": amplitudes,
            "harmonic_distribution": harmonic_distribution,
            "f0_hz": f0_hz,
            "magnitudes": magnitudes,
        }
        dry = render_controls(controls, self.sample_rate, hop_size=self.hop_size, key=key, noise=noise)
        return dry if ir is None else self.reverb.get_signal(dry, ir)


def _called(name: str, node: Any, given: Any) -> tuple[Any, dict[str, Array]]:
    """What to call for a node, and the values to pass: a module of a framework has its own."""
    if callable(given):
        return given, {}
    if node is None:
        raise TypeError(f"{name}: got None, expected a processor or a module, as a setting or in the call")
    return node, dict(given or {})
