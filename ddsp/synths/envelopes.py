"""Envelope generators: amplitude controls from a few numbers for each note."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from .. import core
from ..core.envelopes import gated_adsr_step, init_gate
from ..core.streaming import State, broadcast_batch, check_batch, example_array, init_hop, zeros
from ..extend import Array, Float, checked, common_backend, promote_half
from ..processors.base import Processor

__all__ = ["ADSR"]


@dataclass(frozen=True)
class ADSR(Processor):
    """Envelope generator: attack, decay, sustain and release of notes.

    In a `ProcessorGroup` its signal can be the input `amplitudes` of a synthesizer with `scale_fn=None`.

    ![Envelopes with linear and curved ramps](../figures/adsr.png)

    Parameters
    ----------
    n_frames
        Length of the envelope in frames.
    frame_rate
        Frame rate in Hz.
    max_time
        Longest attack, decay and release that a network can request, in seconds.
    scale_fn
        Maps network outputs to [0, 1]: times in units of `max_time`, and the sustain level. None takes times in seconds
        and levels unchanged.
    curve
        Curvature of the ramps; see `ddsp.core.adsr`.
    name
        Name of the node in a `ProcessorGroup`.

    See Also
    --------
    ddsp.core.adsr : The envelope as a function.

    Examples
    --------
    >>> import numpy as np
    >>> zero = np.zeros((1, 1))  # half of max_time, and a sustain level of a half
    >>> envelope = ADSR(n_frames=10, frame_rate=1.0, max_time=4.0)
    >>> envelope(zero, zero, zero, zero, note_off=zero + 6.0)[0, :, 0]
    array([0.  , 0.5 , 1.  , 0.75, 0.5 , 0.5 , 0.5 , 0.25, 0.  , 0.  ])
    """

    n_frames: int = 1000
    frame_rate: float = 250.0
    max_time: float = 2.0
    scale_fn: Callable[[Array], Array] | None = core.sigmoid
    curve: float = 0.0
    name: str = "adsr"

    frame_inputs: ClassVar[tuple[str, ...]] = ("note_off",)
    constant_inputs: ClassVar[tuple[str, ...]] = ("attack", "decay", "sustain", "release")
    trained_methods: ClassVar[tuple[str, ...]] = ("get_controls",)

    @checked
    def get_controls(
        self,
        attack: Float[Array, "*#batch 1"],
        decay: Float[Array, "*#batch 1"],
        sustain: Float[Array, "*#batch 1"],
        release: Float[Array, "*#batch 1"],
        note_off: Float[Array, "*#batch 1"],
        note_on: Float[Array, "*#batch 1"] | None = None,
    ) -> dict[str, Array]:
        """Scale network outputs to times and a level.

        Parameters
        ----------
        attack, decay, release
            Durations before `scale_fn`, [batch, 1] or [batch, voices, 1].
        sustain
            Level before `scale_fn`, [batch, 1] or [batch, voices, 1].
        note_off
            End of the note in seconds from the first frame, of the same shapes.
        note_on
            Start of the note in seconds from the first frame, of the same shapes; None for 0.

        Returns
        -------
        controls : dict
            `attack`, `decay` and `release` in seconds, `sustain` as a level, `note_off` and `note_on` in seconds.
        """
        xp = common_backend(
            attack=attack, decay=decay, sustain=sustain, release=release, note_off=note_off, note_on=note_on
        ).xp
        if self.scale_fn is not None:
            attack, decay, release = (self.max_time * self.scale_fn(x) for x in (attack, decay, release))
            sustain = self.scale_fn(sustain)
        return {
            "attack": attack,
            "decay": decay,
            "sustain": sustain,
            "release": release,
            "note_off": note_off,
            "note_on": xp.zeros_like(note_off) if note_on is None else note_on,
        }

    @checked
    def get_signal(
        self,
        attack: Float[Array, "*#batch 1"],
        decay: Float[Array, "*#batch 1"],
        sustain: Float[Array, "*#batch 1"],
        release: Float[Array, "*#batch 1"],
        note_off: Float[Array, "*#batch 1"],
        note_on: Float[Array, "*#batch 1"] | None = None,
    ) -> Float[Array, "... n_frames 1"]:
        """Compute the envelope.

        Parameters
        ----------
        attack, decay, release
            Durations in seconds, [batch, 1] or [batch, voices, 1].
        sustain
            Level in [0, 1], of the same shapes.
        note_off
            End of the note in seconds from the first frame, of the same shapes.
        note_on
            Start of the note in seconds from the first frame, of the same shapes; None for 0.

        Returns
        -------
        envelope : array
            [batch, n_frames, 1] or [batch, voices, n_frames, 1], from 0 to 1.
        """
        return core.adsr(attack, decay, sustain, release, note_off, note_on, self.n_frames, self.frame_rate, self.curve)

    def latency_samples(self, hop_size: int = 64) -> int:
        """Samples by which the envelope of steps is late: none.

        Parameters
        ----------
        hop_size
            Not used.

        Returns
        -------
        latency : int
            0.
        """
        return 0

    @checked
    def init_state(
        self,
        batch: int = 1,
        *,
        like: Any,
        hop_size: int = 64,
        attack: Float[Array, "*#batch 1"],
        decay: Float[Array, "*#batch 1"],
        sustain: Float[Array, "*#batch 1"],
        release: Float[Array, "*#batch 1"],
    ) -> State:
        """State before the first step: no note sounds.

        Parameters
        ----------
        batch
            Batch size.
        like
            Array that gives backend, dtype and device.
        hop_size
            Not used.
        attack, decay, sustain, release
            As in `get_controls`, before `scale_fn`.

        Returns
        -------
        state : dict
            'attack', 'decay' and 'release' in seconds and 'sustain', which may be replaced during a stream, and 'gate'.
        """
        state = init_hop(batch, like, hop_size)
        check_batch(state, {"attack": attack, "decay": decay, "sustain": sustain, "release": release})
        zero = zeros((batch, *(1 for _ in attack.shape[1:])), like)
        controls = self.get_controls(attack, decay, sustain, release, note_off=zero)
        times = {name: controls[name] for name in self.constant_inputs}
        xp = common_backend(**times).xp
        whole = sum((xp.zeros_like(x) for x in times.values()), start=zero)
        times = {name: promote_half(xp, x + whole) for name, x in times.items()}
        return state | times | {"gate": init_gate(tuple(whole.shape), example_array(like))}

    def step(self, state: State, gate: Array) -> tuple[Array, State]:
        """Compute the next frames of the envelope: a note sounds while the gate is above 0.

        A call with `note_on` and `note_off` at the frames at which the gate opens and closes gives the same. A new note
        starts from 0, also during the release of the one before.

        Parameters
        ----------
        state
            State of `init_state` or of the previous step.
        gate
            Above 0 while a key is held, [batch, frames, 1] or [batch, voices, frames, 1].

        Returns
        -------
        envelope : array
            [batch, frames, 1] or [batch, voices, frames, 1], from 0 to 1.
        state : dict
            State for the frames that follow.
        """
        xp = common_backend(gate=gate).xp
        gate = broadcast_batch(gate, state["hop"])
        if 0 in gate.shape[1:]:
            return gate, state
        attack, decay, sustain, release = (state[name] for name in self.constant_inputs)
        envelope, after = gated_adsr_step(
            state["gate"], attack, decay, sustain, release, promote_half(xp, gate), self.frame_rate, self.curve
        )
        return xp.astype(envelope, gate.dtype), {**state, "gate": after}

    def flush(self, state: State) -> tuple[Array, State]:
        """No frames, because steps are not late.

        Parameters
        ----------
        state
            State of the last step.

        Returns
        -------
        envelope : array
            [batch, 0, 1] or [batch, voices, 0, 1].
        state : dict
            The same state.
        """
        empty = state["attack"][..., :0, None]
        return common_backend(attack=empty).xp.astype(empty, state["hop"].dtype), state
