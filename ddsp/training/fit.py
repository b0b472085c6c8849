"""Training of an instrument on passages of recordings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ..extend import Adapter, Array
from ..instruments import Instrument, flatten_values, nest_values, play
from ..instruments.values import different_shape, to_backend
from ..losses import SpectralLoss
from .adam import Adam, AdamState, cosine_schedule
from .dataset import Passage
from .descent import gradient_step
from .windows import Augmentation, draw_windows, training_noise

__all__ = ["Fit", "FitSettings", "FitState"]

#: Number of steps over which the learning rate rises, and its last value relative to the highest.
WARM_UP, LAST = 20, 0.01
#: Arrays by name.
Arrays = dict[str, Any]


@dataclass(frozen=True)
class FitSettings:
    """Settings of a training run.

    Parameters
    ----------
    batch_size
        Number of windows of a step.
    window_seconds
        Length of a window in seconds.
    learning_rate
        Learning rate of Adam at its highest.
    steps
        Number of steps of the run, over which the learning rate falls.
    seed
        Seed of initial values, windows and noise, an integer >= 0.
    cents
        Standard deviation of the random offset of the pitch in cents.
    gain_db
        Largest random change of the level in dB.
    semitones
        Standard deviation of the random offset of the pitch that the decoder is given, as in `Augmentation`.

    See Also
    --------
    Fit : Trains.

    Examples
    --------
    >>> settings = FitSettings(steps=1000)
    >>> [round(1e3 * settings.learning_rate_at(count), 3) for count in (0, 19, 500, 1000)]
    [0.15, 2.997, 1.515, 0.03]
    """

    batch_size: int = 8
    window_seconds: float = 1.0
    learning_rate: float = 3e-3
    steps: int = 2000
    seed: int = 0
    cents: float = 3.0
    gain_db: float = 0.0
    semitones: float = 2.0

    def learning_rate_at(self, count: int) -> float:
        """Learning rate of a step: a linear rise over 20 steps, then a fall along half a cosine to a hundredth.

        Parameters
        ----------
        count
            Number of completed steps. After `steps`, the rate stays at its lowest.

        Returns
        -------
        learning_rate : float
            The learning rate.
        """
        return cosine_schedule(self.learning_rate, self.steps, WARM_UP, LAST)(min(count, self.steps))


class FitState(NamedTuple):
    """State of a training run, on the host: all that the next steps depend on besides settings and passages.

    Attributes
    ----------
    values
        Trainable values, float32 arrays by their path.
    mean
        Running mean of the gradients, likewise.
    square
        Running mean of the squared gradients, likewise.
    step
        Number of completed steps.

    See Also
    --------
    Fit : Makes and continues it.
    """

    values: Arrays
    mean: Arrays
    square: Arrays
    step: int


class Fit:
    """Training run: an instrument learns to play passages of recordings by gradient descent on a spectral loss.

    Windows and noise of a step are drawn on the host by the seed and the number of the step, so every backend has the
    same curve, and a run continued from a saved state has the curve of one that was never stopped.

    Parameters
    ----------
    instrument
        The instrument, with its plain settings.
    passages
        Passages to learn.
    backend
        Adapter of a backend with gradients, `ddsp.backends.load(name)`.
    settings
        Settings of the run.
    state
        State to continue from; None to begin.
    compiled
        If True, compile the step with the compiler of the backend.
    loss_fn
        Loss `loss_fn(target, audio)`; None for `SpectralLoss(logmag_weight=1.0)`.

    Raises
    ------
    ValueError
        No passages, or a state whose values do not fit the instrument.

    See Also
    --------
    minimize : Gradient descent on any loss.
    """

    def __init__(
        self,
        instrument: Instrument,
        passages: Sequence[Passage],
        backend: Adapter,
        settings: FitSettings = FitSettings(),
        state: FitState | None = None,
        compiled: bool = False,
        loss_fn: Callable[[Array, Array], Array] | None = None,
    ) -> None:
        self.instrument, self.passages, self.settings, self.backend = instrument, passages, settings, backend
        self.optimizer = Adam(lambda count: self.settings.learning_rate_at(count))
        default = SpectralLoss(logmag_weight=1.0, sample_rate=round(instrument.sample_rate))
        self.loss_fn = default if loss_fn is None else loss_fn
        initial = flatten_values(instrument.initial_params(settings.seed))
        state = _first_state(initial) if state is None else state
        for arrays in (state.values, state.mean, state.square):
            if different := different_shape(arrays, initial):
                raise ValueError(f"state: {different}")
        self.values, self.count = self._to_backend(state.values), state.step
        self._moments = AdamState(self._to_backend(state.mean), self._to_backend(state.square))
        step = gradient_step(backend, self.loss, self.optimizer)
        self._step = backend.jit(step, fused=True) if compiled else step

    @property
    def n_frames(self) -> int:
        """Number of frames of a window."""
        return max(round(self.settings.window_seconds * self.instrument.sample_rate / self.instrument.hop_size), 2)

    def loss(
        self,
        values: Arrays,
        f0_hz: Array,
        loudness_db: Array,
        audio: Array,
        noise: Array,
        decoder_f0_hz: Array | None = None,
    ) -> Array:
        """Compute the spectral loss of what the instrument plays.

        Parameters
        ----------
        values
            Trainable values by their path.
        f0_hz, loudness_db
            Pitch in Hz and loudness in dB, [batch, frames, 1].
        audio
            The recording, [batch, time].
        noise
            Noise, uniform in [-1, 1), [batch, time].
        decoder_f0_hz
            Pitch in Hz that the decoder is given, [batch, frames, 1]; None for `f0_hz`.

        Returns
        -------
        loss : array
            Scalar.
        """
        given = f0_hz if decoder_f0_hz is None else decoder_f0_hz
        controls = self.instrument.get_controls(given, loudness_db, **nest_values(values))
        return self.loss_fn(audio, self.instrument.get_signal(**{**controls, "f0_hz": f0_hz}, noise=noise))

    def step(self) -> float:
        """Take a step.

        Returns
        -------
        loss : float
            Loss before the step.
        """
        settings = self.settings
        augmentation = Augmentation(settings.cents, settings.gain_db, settings.semitones)
        drawn = (settings.batch_size, self.n_frames, settings.seed, self.count, augmentation)
        windows = draw_windows(self.passages, *drawn)
        noise = training_noise(windows["audio"].shape, settings.seed, self.count)
        data = (windows["f0_hz"], windows["loudness_db"], windows["audio"], noise, windows["decoder_f0_hz"])
        size = np.asarray(self.optimizer.step_size(self.count))
        arrays = [to_backend(self.backend, x) for x in (size, *data)]
        loss, self.values, self._moments = self._step(self.values, self._moments, *arrays)
        self.count += 1
        return float(loss)

    def play(self, passage: Passage) -> np.ndarray:
        """Play a passage with the present values, on NumPy, which needs no compilation for each length.

        Parameters
        ----------
        passage
            The passage.

        Returns
        -------
        audio : array
            NumPy array, [time].
        """
        values = nest_values({name: self.backend.to_numpy(x) for name, x in self.values.items()})
        chunks = play(self.instrument, values, passage.f0_hz, passage.loudness_db, self.settings.seed)
        return np.concatenate(list(chunks))

    def evaluate(self, passages: Sequence[Passage]) -> float:
        """Compute the mean loss of passages that are played as a whole.

        Parameters
        ----------
        passages
            Passages, usually such that are not trained.

        Returns
        -------
        loss : float
            Mean, weighted by length.
        """
        losses = [float(self.loss_fn(passage.audio[None], self.play(passage)[None])) for passage in passages]
        return float(np.average(losses, weights=[len(passage.audio) for passage in passages]))

    def state(self) -> FitState:
        """Copy the state to the host.

        Returns
        -------
        state : FitState
            State to save, or to continue from.
        """
        kept = (self.values, *self._moments)
        values, mean, square = ({name: self.backend.to_numpy(x) for name, x in arrays.items()} for arrays in kept)
        return FitState(values, mean, square, self.count)

    def _to_backend(self, arrays: Mapping[str, np.ndarray]) -> Arrays:
        return {name: to_backend(self.backend, x) for name, x in arrays.items()}


def _first_state(values: Arrays) -> FitState:
    zeros = {name: np.zeros(x.shape) for name, x in values.items()}
    return FitState(values, zeros, zeros, 0)
