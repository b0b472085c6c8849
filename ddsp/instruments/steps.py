"""An instrument step by step: its decoder, its harmonics and noise, of which the earlier one waits for the other, and
its reverb.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from .. import synths
from ..core.streaming import State, delay_step, example_array, hop_size_of, init_hop, is_empty, no_samples, zeros
from ..extend import Array, Float, Key, adapter_of, axis_size, checked
from ..extend.replays import replayed
from ..processors.base import Processor
from .nodes import Values, called, called_reverb, decoder_inputs, synth_controls

__all__: list[str] = []

#: The synthesizers of `render_controls`, whose controls are already scaled.
NOISE = synths.FilteredNoise(scale_fn=None)


def _harmonic(sample_rate: float) -> synths.Harmonic:
    return synths.Harmonic(sample_rate=sample_rate, scale_fn=None, normalize_below_nyquist=False)


def sound_latency(sample_rate: float, hop_size: int) -> int:
    """Samples by which steps are late: the longer latency of harmonics and noise."""
    return max(_harmonic(sample_rate).latency_samples(hop_size), NOISE.latency_samples(hop_size))


def init_sound(batch: int, like: Any, hop_size: int, sample_rate: float, n_harmonics: int, key: Key) -> State:
    """State before the first frame; 0 harmonics if their number is not known."""
    example, harmonic = example_array(like), _harmonic(sample_rate)
    controls = {"harmonic_distribution": zeros((batch, 1, n_harmonics), example)} if n_harmonics else example
    late = sound_latency(sample_rate, hop_size)
    waits = {"harmonic": late - harmonic.latency_samples(hop_size), "noise": late - NOISE.latency_samples(hop_size)}
    delays = {name: zeros((batch, wait), example) for name, wait in waits.items() if wait}
    return init_hop(batch, example, hop_size) | {
        "harmonic": harmonic.init_state(batch, like=controls, hop_size=hop_size),
        "noise": NOISE.init_state(batch, like=example, hop_size=hop_size, key=key),
        **({"delays": delays} if delays else {}),
    }


def sound_step(state: State, controls: Mapping[str, Array], sample_rate: float) -> tuple[Array, State]:
    """Sound of the next frames, `sound_latency` late; the joined steps are that of `render_controls`."""
    tone = (controls[name] for name in ("amplitudes", "harmonic_distribution", "f0_hz"))
    parts, after = {}, dict(state)
    parts["harmonic"], after["harmonic"] = _harmonic(sample_rate).step(state["harmonic"], *tone)
    parts["noise"], after["noise"] = NOISE.step(state["noise"], controls["magnitudes"])
    delays = {name: delay_step(past, parts[name]) for name, past in state.get("delays", {}).items()}
    parts |= {name: delayed for name, (delayed, _) in delays.items()}
    if delays:
        after["delays"] = {name: past for name, (_, past) in delays.items()}
    return parts["harmonic"] + parts["noise"], after


def sound_flush(state: State, sample_rate: float) -> tuple[Array, State]:
    """The rest of the sound, [batch, sound_latency]."""
    parts, after = {}, dict(state)
    parts["harmonic"], after["harmonic"] = _harmonic(sample_rate).flush(state["harmonic"])
    parts["noise"], after["noise"] = NOISE.flush(state["noise"])
    for name, past in state.get("delays", {}).items():
        parts[name] = adapter_of(past).xp.concat([past, parts[name]], axis=1)
    return parts["harmonic"] + parts["noise"], after


def silent_start(state: State, audio: Array, sample_rate: float) -> Array:
    """Set samples before the sound begins to 0: the reverb's FFT spreads rounding errors of later ones.

    The state of the noise counts samples up to its own latency. If the latency of the harmonics is longer, it is one
    hop, so the first step covers it.
    """
    backend, seen = adapter_of(audio), state["noise"]["filter"]["seen"]
    late = sound_latency(sample_rate, hop_size_of(state))
    xp, start = backend.xp, audio[:, :late]
    place = seen + backend.constant(np.arange(axis_size(start, 1), dtype=np.int32)[None], audio)
    early = (seen < NOISE.latency_samples()) & (place < late)
    start = xp.where(early, xp.zeros_like(start), start)
    return start if axis_size(audio, 1) <= late else xp.concat([start, audio[:, late:]], axis=1)


def hop_of_stream(hop_size: int | None, own: int) -> int:
    """The hop size of an instrument, which a stream cannot change; ValueError if another one is given."""
    if hop_size not in (None, own):
        raise ValueError(f"hop_size: got {hop_size}, expected {own}, the hop of the instrument, or None")
    return own


class InstrumentSteps(Processor):
    """The steps of an `Instrument`: the audio of the joined steps is that of a call."""

    decoder: Any
    reverb: Any
    sample_rate: float
    hop_size: int
    max_harmonics: int | None

    frame_inputs: ClassVar[tuple[str, ...]] = ("f0_hz", "loudness_db", "z")
    trained_methods: ClassVar[tuple[str, ...]] = ("get_controls", "init_state", "step")
    containers: ClassVar[tuple[str, ...]] = ("live",)

    def latency_samples(self, hop_size: int | None = None) -> int:
        """Samples by which the audio of steps is late: a hop, or half the window of the noise filter if it is longer.

        Parameters
        ----------
        hop_size
            Samples a frame; None or those of the instrument.

        Returns
        -------
        latency : int
            128 for a hop of 64 samples.
        """
        return sound_latency(self.sample_rate, hop_of_stream(hop_size, self.hop_size))

    def init_state(
        self,
        batch: int = 1,
        *,
        like: Any,
        hop_size: int | None = None,
        key: Key = None,
        decoder: Values = None,
        reverb: Values = None,
    ) -> State:
        """State before the first frame, with the prepared impulse response of the reverb.

        Parameters
        ----------
        batch
            Batch size.
        like
            Array that gives backend, dtype and device, or a dict of example inputs by name.
        hop_size
            Samples a frame; None or those of the instrument.
        key
            Random key of the noise. An int seed gives the noise of a call with this seed.
        decoder, reverb
            Trainable values by name, or a module to call instead; None for the initial values.

        Returns
        -------
        state : dict
            'decoder', 'sound', 'reverb' unless it is None, and 'hop': nested dicts of arrays, [batch, ...].

        Raises
        ------
        TypeError
            A decoder that does not compute step by step.
        ValueError
            Another hop size.
        """
        hop_size = hop_of_stream(hop_size, self.hop_size)
        network, _ = called("decoder", self.decoder, decoder)
        if not (hasattr(network, "init_state") and hasattr(network, "step")):
            raise TypeError(
                f"decoder: got a {type(network).__name__}, expected a network with init_state and step, as in ddsp.nn"
            )
        harmonics = getattr(network, "output_sizes", {}).get("harmonic_distribution", 0)
        harmonics = min(harmonics, self.max_harmonics or harmonics)
        state = init_hop(batch, like, hop_size) | {
            "decoder": network.init_state(batch, like=like, hop_size=hop_size),
            "sound": init_sound(batch, like, hop_size, self.sample_rate, harmonics, key),
        }
        if self.reverb is None and reverb is None:
            return state
        effect, values = called_reverb(self.reverb, reverb)
        return state | {"reverb": effect.init_state(batch, like=zeros((1, 1), like), hop_size=hop_size, **values)}

    def step(
        self,
        state: State,
        f0_hz: Array,
        loudness_db: Array | None = None,
        z: Array | None = None,
        *,
        gain: Array | None = None,
        decoder: Values = None,
        reverb: Values = None,
    ) -> tuple[Array, State]:
        """Play the next frames.

        Parameters
        ----------
        state
            State of `init_state` or of the previous step.
        f0_hz, loudness_db, z, gain
            Those of a call for the next frames, [batch, frames, channels], any number of frames.
        decoder
            Trainable values by name, or a module to call instead; None for the initial values.
        reverb
            Not used: the state has the impulse response.

        Returns
        -------
        audio : array
            [batch, frames * hop_size], `latency_samples` late.
        state : dict
            State for the frames that follow.

        Raises
        ------
        TypeError
            Audio instead of pitch and loudness.
        """
        if loudness_db is None:
            raise TypeError(
                f"loudness_db: got None beside an array of shape {tuple(f0_hz.shape)}, expected pitch and loudness of "
                "frames; for audio, such as that of a microphone, make a processor with live()"
            )
        if is_empty(f0_hz):
            return no_samples(state), state
        return replayed(self, self._step_of_frames, state, f0_hz, loudness_db, z, gain, decoder)

    @checked
    def _step_of_frames(
        self,
        state: State,
        f0_hz: Float[Array, "#batch frames 1"],
        loudness_db: Float[Array, "#batch frames 1"],
        z: Float[Array, "#batch frames latents"] | None,
        gain: Float[Array, "#batch frames 1"] | None,
        decoder: Values,
    ) -> tuple[Array, State]:
        network, values = called("decoder", self.decoder, decoder)
        outputs, after = network.step(state["decoder"], *decoder_inputs(f0_hz, loudness_db, z), **values)
        controls = synth_controls(outputs, f0_hz, gain, self.sample_rate, self.max_harmonics)
        return self.step_signal({**state, "decoder": after}, **controls)

    def step_signal(self, state: State, **controls: Array) -> tuple[Array, State]:
        """Render the controls of the next frames.

        Parameters
        ----------
        state
            State of `init_state` or of the previous step.
        **controls
            Those of `get_signal`; `ir` is not used, because the state has it.

        Returns
        -------
        audio : array
            [batch, frames * hop_size], `latency_samples` late.
        state : dict
            State for the frames that follow.
        """
        dry, sound = sound_step(state["sound"], controls, self.sample_rate)
        audio, after = self._reverberate({**state, "sound": sound}, dry)
        return silent_start(state["sound"], audio, self.sample_rate), after

    def flush(self, state: State) -> tuple[Array, State]:
        """Render what latency has held back: the last frame is held, and the filter of the noise ends.

        Parameters
        ----------
        state
            State of the last step.

        Returns
        -------
        audio : array
            [batch, latency_samples].
        state : dict
            State in which the stream has ended.
        """
        dry, sound = sound_flush(state["sound"], self.sample_rate)
        return self._reverberate({**state, "sound": sound}, dry)

    def _reverberate(self, state: State, dry: Array) -> tuple[Array, State]:
        if "reverb" not in state:
            return dry, state
        audio, reverb = self.reverb.step_signal(state["reverb"], dry)
        return audio, {**state, "reverb": reverb}
