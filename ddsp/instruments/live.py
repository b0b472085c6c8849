"""An instrument that is played by the sound of another one, or of a voice."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from ..core import midi_to_hz
from ..core.streaming import State, delay_step, example_array, init_hop, is_empty, no_samples, zeros
from ..extend import Array, Float, Key, adapter_of, axis_size, checked
from ..processors.base import Processor
from ..processors.late_start import step_from_start
from .listener import Listener
from .nodes import Values, called

__all__ = ["LiveInstrument"]


@dataclass(frozen=True)
class LiveInstrument(Processor):
    """Instrument that follows the sound of a player, such as a voice at a microphone.

    A `Listener` computes pitch and loudness, and the instrument plays them. `Instrument.live` makes such a processor.
    Its input is audio at the sample rate of the instrument.

    Parameters
    ----------
    instrument
        The instrument.
    listener
        Computes pitch and loudness, with the sample rate and the hop size of the instrument.
    values
        Trained values of the instrument, NumPy arrays nested by node, for calls and steps that are given none; None for
        the initial values.
    name
        Name of the node in a `ProcessorGroup`.

    Raises
    ------
    ValueError
        Another sample rate or hop size of the listener.

    See Also
    --------
    Listener : Describes how pitch and loudness are chosen.
    ddsp.streaming.Rebuffer : For blocks of any length.

    Examples
    --------
    >>> import numpy as np
    >>> from ddsp.instruments import load_instrument
    >>> live = load_instrument("flute").live(tracker="crepe", octave=0)
    >>> audio = 0.1 * np.sin(2 * np.pi * 440.0 * np.arange(640) / 16000).astype(np.float32)[None]
    >>> state = live.init_state(like=audio, key=0)
    >>> played, state = live.step(state, audio)
    >>> played.shape, live.latency_samples()
    ((1, 640), 576)
    """

    instrument: Any
    listener: Listener
    values: Any = field(default=None, repr=False, compare=False)
    name: str = "live_instrument"

    signal_inputs: ClassVar[tuple[str, ...]] = ("key", "noise")
    trained_methods: ClassVar[tuple[str, ...]] = ("get_controls", "init_state", "step", "flush")

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("sample_rate", "hop_size"):
            own, heard = getattr(self.instrument, name), getattr(self.listener, name)
            if own != heard:
                raise ValueError(f"listener: got a {name} of {heard}, expected {own}, that of the instrument")

    @property
    def nodes(self) -> dict[str, Any]:
        """The instrument by name."""
        return {"instrument": self.instrument}

    def initial_params(self, seed: int = 0) -> dict[str, Any]:
        """Trained values of the instrument, or its initial ones.

        Parameters
        ----------
        seed
            Seed, an integer >= 0.

        Returns
        -------
        params : dict
            Values of the instrument under `instrument`, nested by node.
        """
        return {"instrument": self.instrument.initial_params(seed) if self.values is None else self.values}

    @checked
    def get_controls(self, audio: Float[Array, "batch time"], *, instrument: Values = None) -> dict[str, Array]:
        """Compute the controls of the instrument from the sound of a player.

        Parameters
        ----------
        audio
            Audio at the sample rate of the instrument, [batch, time].
        instrument
            Trained values nested by node, or a module to call instead; None for `values`.

        Returns
        -------
        controls : dict
            Those of the instrument, for each hop.
        """
        player, values = self._called(instrument, audio)
        score = self.listener(audio)
        return player.get_controls(score["f0_hz"], score["loudness_db"], gain=score["gain"], **values)

    def get_signal(self, *, key: Key = None, noise: Array | None = None, **controls: Array) -> Array:
        """Render the controls.

        Parameters
        ----------
        key
            Random key of the noise of the instrument.
        noise
            Noise instead of a key, as in `Instrument.get_signal`.
        **controls
            Controls of the instrument.

        Returns
        -------
        audio : array
            [batch, ceil(time / hop_size) * hop_size].
        """
        return self.instrument.get_signal(**controls, key=key, noise=noise)

    def latency_samples(self, hop_size: int | None = None) -> int:
        """Samples by which the audio of steps is late: the latencies of the listener and of the instrument.

        Parameters
        ----------
        hop_size
            Samples a hop; None or those of the instrument.

        Returns
        -------
        latency : int
            Number of samples.
        """
        return self.listener.latency_samples(hop_size) + self.instrument.latency_samples(hop_size)

    def init_state(
        self, batch: int = 1, *, like: Any, hop_size: int | None = None, key: Key = None, instrument: Values = None
    ) -> State:
        """State before the first step, with the prepared impulse response of the reverb.

        Parameters
        ----------
        batch
            Batch size.
        like
            Array that gives backend, dtype and device.
        hop_size
            Samples a hop; None or those of the instrument.
        key
            Random key of the noise.
        instrument
            Trained values nested by node, or a module to call instead; None for `values`.

        Returns
        -------
        state : dict
            'listener', 'instrument', 'before', 1 for the frames before the first one, and 'hop'.
        """
        example = example_array(like)
        player, values = self._called(instrument, example)
        playing = player.init_state(batch, like=example, hop_size=hop_size, key=key, **values)
        late = self.listener.latency_samples() // self.listener.hop_size
        return init_hop(batch, example, self.listener.hop_size) | {
            "listener": self.listener.init_state(batch, like=example, hop_size=hop_size),
            "instrument": playing,
            "before": zeros((batch, late), example),
        }

    def step(self, state: State, audio: Array, *, instrument: Values = None) -> tuple[Array, State]:
        """Play the next hops.

        Parameters
        ----------
        state
            State of `init_state` or of the previous step.
        audio
            The next samples, [batch, k * hop_size], k >= 0.
        instrument
            Trained values nested by node, or a module to call instead; None for `values`.

        Returns
        -------
        audio : array
            [batch, k * hop_size], `latency_samples` late.
        state : dict
            State for the samples that follow.

        Raises
        ------
        ValueError
            A part of a hop.
        """
        if is_empty(audio):
            return no_samples(state), state
        score, heard = self.listener.step(state["listener"], audio)
        return self._played({**state, "listener": heard}, score, instrument)

    def flush(self, state: State, *, instrument: Values = None) -> tuple[Array, State]:
        """Play what latency has held back, as if silence followed.

        Parameters
        ----------
        state
            State of the last step.
        instrument
            As in `step`.

        Returns
        -------
        audio : array
            [batch, latency_samples].
        state : dict
            State in which the stream has ended.
        """
        score, heard = self.listener.flush(state["listener"])
        state = {**state, "listener": heard}
        parts = []
        if axis_size(score["f0_hz"], 1):
            audio, state = self._played(state, score, instrument)
            parts = [audio]
        rest, playing = self.instrument.flush(state["instrument"])
        return adapter_of(rest).xp.concat([*parts, rest], axis=1), {**state, "instrument": playing}

    def heard_hz(self, state: State) -> Array:
        """Pitch of the player in the last frame, for a display.

        Parameters
        ----------
        state
            State of a step.

        Returns
        -------
        f0_hz : array
            Pitch in Hz, [batch, 1]; 0 in rests.
        """
        heard = state["listener"]["heard"]
        xp = adapter_of(heard["notes"]).xp
        f0_hz = midi_to_hz(heard["notes"][:, -1:])
        return xp.where(heard["voiced"] > 0.0, f0_hz, xp.zeros_like(f0_hz))

    def _played(self, state: State, score: dict[str, Array], instrument: Values) -> tuple[Array, State]:
        """The sound of frames; those before the first one are ignored."""
        player, values = self._called(instrument, score["f0_hz"])

        def play(state: State, f0_hz: Array, loudness_db: Array, gain: Array) -> tuple[Array, State]:
            return player.step(state, f0_hz, loudness_db, gain=gain, **values)

        xp = adapter_of(score["f0_hz"]).xp
        started, before = delay_step(state["before"], xp.ones_like(score["f0_hz"][:, :, 0]))
        frames = [score[name] for name in ("f0_hz", "loudness_db", "gain")]
        audio, playing = step_from_start(play, state["instrument"], frames, started)
        return audio, {**state, "instrument": playing, "before": before}

    def _called(self, given: Values, like: Array) -> tuple[Any, dict[str, Any]]:
        """The instrument, or the module in its place, and its values."""
        if given is None and self.values is not None:
            given = {node: {k: _like(x, like) for k, x in values.items()} for node, values in self.values.items()}
        return called("instrument", self.instrument, given)


def _like(x: Any, like: Array) -> Array:
    """A trained value with backend, dtype and device of `like`; not copied if it has them."""
    backend = adapter_of(like)
    return x if adapter_of(x) is backend and x.dtype == like.dtype else backend.constant(x, like)
