"""An instrument: a decoder, the synthesizers of harmonics and noise, and a reverb."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from .. import nn
from ..analysis import render_controls
from ..effects import DecayingReverb
from ..extend import Array, Float, Key, checked, checked_with, integer
from ..processors.base import Processor
from .listener import Listener, quantiles_of
from .live import LiveInstrument
from .nodes import Values, called, called_reverb, decoder_inputs, synth_controls
from .steps import InstrumentSteps

__all__ = ["Instrument"]

#: The default decoder and reverb.
DECODER, REVERB = nn.make_decoder("dilated"), DecayingReverb()


@dataclass(frozen=True)
class Instrument(InstrumentSteps):
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

    def live(self, statistics: Mapping[str, Any] | None = None, **settings: Any) -> LiveInstrument:
        """Make a processor that follows audio, such as that of a microphone.

        Parameters
        ----------
        statistics
            Statistics of the recordings that it was trained on, to whose range octave and loudness are matched; None:
            neither is matched.
        **settings
            Settings of the `Listener`: `tracker`, `octave`, `transpose`, `loudness_shift`, `tuning` and others.

        Returns
        -------
        live : LiveInstrument
            A processor of audio. That of a module is a module with the same trained values.
        """
        known = {name: quantiles_of(statistics or {}, name) for name in ("pitch_midi", "loudness_db")}
        return LiveInstrument(self, Listener(self.sample_rate, self.hop_size, **{**known, **settings}))

    @checked
    def get_controls(
        self,
        f0_hz: Float[Array, "batch frames 1"],
        loudness_db: Float[Array, "batch frames 1"],
        z: Float[Array, "batch frames latents"] | None = None,
        *,
        gain: Float[Array, "#batch frames 1"] | None = None,
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
        gain
            Linear gain of the dry sound, as from `split_level`, [batch, frames, 1]; None for 1.
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
        network, values = called("decoder", self.decoder, decoder)
        outputs = network(*decoder_inputs(f0_hz, loudness_db, z), **values)
        controls = synth_controls(outputs, f0_hz, gain, self.sample_rate, self.max_harmonics)
        if self.reverb is not None or reverb is not None:
            controls["ir"] = self.impulse_response(f0_hz, reverb)
        return controls

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
        effect, values = called_reverb(self.reverb, reverb)
        # The controls of a reverb are its audio and the response, which does not depend on the audio.
        return effect.get_controls(like[:, :, 0], **values)["ir"]

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
