"""Transcription of pitch and loudness to notes."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from .. import core
from ..extend import Array, Float, axis_size, checked_with, common_backend, host_constant, integer
from ._loss import Loss

__all__ = ["HmmTranscriber"]


@dataclass(frozen=True)
class HmmTranscriber(Loss):
    """Hidden Markov model of a melody: the likelihood of pitch and loudness, and the most likely notes.

    State 0 is silence, state k is MIDI note k. A state holds from one frame to the next with probability 1 - 1 /
    avg_length and otherwise changes to any other state with equal probability; the initial distribution is uniform. In
    each state pitch and amplitude are independent and Gaussian. In a note the means are the note and `amps_on_center`;
    in silence the amplitude has mean `amps_off_center` and the pitch a standard deviation of `n_pitches` semitones.

    ![Noisy pitch and amplitude of a melody, and its most likely notes](../figures/viterbi.png)

    Parameters
    ----------
    avg_length
        Mean length of a note in frames, at least n_pitches / (n_pitches - 1), at which a state holds with the same
        probability as it changes to any other.
    midi_std
        Standard deviation of the pitch around its note, in semitones, > 0.
    amps_on_center, amps_on_scale
        Mean and standard deviation (> 0) of the amplitude in a note.
    amps_off_center, amps_off_scale
        Mean and standard deviation (> 0) of the amplitude in silence.
    n_timesteps
        Number of frames that inputs must have; None for any number.
    n_pitches
        Number of states: silence and the notes from 1 to n_pitches - 1.
    weight
        Factor of the loss.
    name
        Key in `get_losses_dict`.

    See Also
    --------
    ddsp.core.hmm_log_likelihood : The likelihood.
    ddsp.core.hmm_viterbi : The most likely states.

    Notes
    -----
    The model has no trainable values: the gradient is that of pitch and amplitude. Each frame takes n_pitches
    operations; the dense transition matrix of the original takes n_pitches ** 2.

    Examples
    --------
    >>> import numpy as np
    >>> pitch = np.asarray([59.8, 60.3, 60.1, 64.2, 63.9, 0.0, 0.0]).reshape(1, 7, 1)
    >>> amps = np.asarray([1.2, 1.3, 1.2, 1.4, 1.1, 0.0, 0.0]).reshape(1, 7, 1)
    >>> transcriber = HmmTranscriber()
    >>> transcriber.predict_midi(pitch, amps)[0, :, 0]
    array([60., 60., 60., 64., 64.,  0.,  0.])
    >>> float(transcriber(pitch, amps).round(3))
    5.364
    """

    avg_length: float = 200
    midi_std: float = 0.5
    amps_on_center: float = 1.5
    amps_on_scale: float = 0.5
    amps_off_center: float = 0.0
    amps_off_scale: float = 0.1
    n_timesteps: int | None = None
    n_pitches: int = 128
    weight: float = 1.0
    name: str = "hmm_transcriber"

    def __post_init__(self) -> None:
        super().__post_init__()
        integer("n_pitches", self.n_pitches, 2)
        if self.n_timesteps is not None:
            integer("n_timesteps", self.n_timesteps, 1)
        for name in ("midi_std", "amps_on_scale", "amps_off_scale"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name}: got {getattr(self, name)!r}, expected a number above 0")
        least = self.n_pitches / (self.n_pitches - 1)
        if not least <= self.avg_length < math.inf:
            raise ValueError(f"avg_length: got {self.avg_length!r}, expected frames, at least {least:.3f}")

    @checked_with(wide=True)
    def __call__(self, pitch: Float[Array, "batch frames 1"], amps: Float[Array, "batch frames 1"]) -> Float[Array, ""]:
        """Compute the loss: the negative log-likelihood of a frame, averaged over the batch.

        Parameters
        ----------
        pitch
            Pitch in MIDI notes, [batch, frames, 1].
        amps
            Amplitude, in the unit of `amps_on_center`, [batch, frames, 1].

        Returns
        -------
        loss : array
            Scalar, dtype of the inputs.
        """
        return self.nll(pitch, amps)

    @checked_with(wide=True)
    def nll(
        self,
        pitch: Float[Array, "batch frames 1"],
        amps: Float[Array, "batch frames 1"],
        per_example_loss: bool = False,
    ) -> Float[Array, ...]:
        """Negative log-likelihood of a frame: -weight / frames * log p(pitch, amps), summed over all melodies.

        Parameters
        ----------
        pitch
            Pitch in MIDI notes, [batch, frames, 1].
        amps
            Amplitude, in the unit of `amps_on_center`, [batch, frames, 1].
        per_example_loss
            If True, return the loss of each example instead of their mean.

        Returns
        -------
        loss : array
            Scalar or [batch], dtype of the inputs. May be negative, because densities may exceed 1. Its gradient is
            finite.

        Raises
        ------
        ValueError
            A number of frames other than `n_timesteps`.
        """
        evidence = self._log_observations(pitch, amps)
        loss = core.hmm_log_likelihood(evidence, self._hold) * (-self.weight / axis_size(evidence, 1))
        return loss if per_example_loss else common_backend(pitch=pitch).xp.mean(loss)

    @checked_with(wide=True)
    def predict_midi(
        self, pitch: Float[Array, "batch frames 1"], amps: Float[Array, "batch frames 1"], channel_dim: bool = True
    ) -> Float[Array, "batch frames ..."]:
        """Find the most likely melody: MIDI notes, 0 in silence.

        Parameters
        ----------
        pitch
            Pitch in MIDI notes, [batch, frames, 1].
        amps
            Amplitude, in the unit of `amps_on_center`, [batch, frames, 1].
        channel_dim
            Keep the last axis, of size 1.

        Returns
        -------
        notes : array
            [batch, frames, 1] or [batch, frames]; whole numbers, in the dtype of `pitch`. There is no gradient.

        Raises
        ------
        ValueError
            A number of frames other than `n_timesteps`.
        """
        xp = common_backend(pitch=pitch, amps=amps).xp
        notes = xp.astype(core.hmm_viterbi(self._log_observations(pitch, amps), self._hold), pitch.dtype)
        return xp.expand_dims(notes, axis=-1) if channel_dim else notes

    @property
    def _hold(self) -> float:
        return max(1.0 - 1.0 / self.avg_length, 1.0 / self.n_pitches)  # rounding may take the first below 1 / n_pitches

    def _log_observations(self, pitch: Array, amps: Array) -> Array:
        """log p(pitch, amps | state), [batch, frames, states]."""
        backend = common_backend(pitch=pitch, amps=amps)
        if self.n_timesteps not in (None, axis_size(pitch, 1)):
            raise ValueError(f"pitch: got {axis_size(pitch, 1)} frames, expected n_timesteps={self.n_timesteps}")
        off, on = (self.amps_off_center, self.amps_off_scale), (self.amps_on_center, self.amps_on_scale)
        constants = _observations(self.n_pitches, self.midi_std, *off, *on)
        note, note_std, amp, amp_std, log_norm = (backend.constant(c, like=pitch) for c in constants)
        pitch_error, amp_error = (pitch - note) / note_std, (amps - amp) / amp_std
        return log_norm - 0.5 * (pitch_error * pitch_error + amp_error * amp_error)


@host_constant
def _observations(
    n: int, midi_std: float, off_center: float, off_scale: float, on_center: float, on_scale: float
) -> tuple[np.ndarray, ...]:
    """For each of n states: means and standard deviations of pitch and amplitude, and the log of the normalization."""
    silent = np.arange(n) == 0
    note, note_std = np.where(silent, n / 2.0, np.arange(n)), np.where(silent, float(n), midi_std)
    amp, amp_std = np.where(silent, off_center, on_center), np.where(silent, off_scale, on_scale)
    return note, note_std, amp, amp_std, -np.log(2.0 * np.pi * note_std * amp_std)
