"""Base class of features, which have a value for each frame of audio, and the frames themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from ..core.framing import frame_by_hop, frame_step, frames_late, init_framing
from ..core.padding import pad_checked
from ..core.streaming import State, init_hop, is_empty, zeros
from ..extend import Array, Float, adapter_of, axis_size, checked, common_backend, integer
from ..processors.base import Processor

__all__ = ["Frames"]


class FrameFeature(Processor):
    """Base class of features: functions of frames of audio, centered on the multiples of a hop.

    A subclass has the settings `hop_size` and `name`, and defines `_window`, the size of a frame, and `_features`.
    """

    frame_signal: ClassVar[bool] = True
    #: Settings of each subclass.
    hop_size: int
    name: str

    def __post_init__(self) -> None:
        super().__post_init__()
        integer("hop_size", self.hop_size, 1)

    @property
    def _window(self) -> int:
        """Size of a frame in samples."""
        raise TypeError(f"{type(self).__name__}: a feature must define _window")

    def _features(self, audio: Array) -> Array:
        """Compute the feature of the whole frames of audio, [batch, time] -> [batch, frames, channels]."""
        raise TypeError(f"{type(self).__name__}: a feature must define _features")

    @checked
    def get_controls(self, audio: Float[Array, "batch time"]) -> dict[str, Array]:
        """Return the audio.

        Parameters
        ----------
        audio
            Audio, [batch, time].

        Returns
        -------
        controls : dict
            `audio`, unchanged.
        """
        common_backend(audio=audio)
        return {"audio": audio}

    @checked
    def get_signal(self, audio: Float[Array, "batch time"]) -> Float[Array, "batch frames channels"]:
        """Compute the feature of a whole sound, with zeros before its start and after its end.

        Parameters
        ----------
        audio
            Audio, [batch, time].

        Returns
        -------
        feature : array
            [batch, ceil(time / hop_size), channels].
        """
        n_samples, before = axis_size(audio, 1), self._window // 2
        n_frames = -(-n_samples // self.hop_size)
        after = max((n_frames - 1) * self.hop_size + self._window - before - n_samples, 0)
        return self._features(pad_checked(audio, (before, after), axis=1))[:, :n_frames, :]

    def latency_samples(self, hop_size: int | None = None) -> int:
        """Samples by which the frames of steps are late: the whole hops after its own that half a frame reaches.

        Parameters
        ----------
        hop_size
            None, or the `hop_size` of the feature.

        Returns
        -------
        latency : int
            (ceil(window / 2 / hop_size) - 1) * hop_size.
        """
        return frames_late(self._window, self._hop(hop_size)) * self.hop_size

    def init_state(self, batch: int = 1, *, like: Any, hop_size: int | None = None) -> State:
        """State before the first step: the samples before the start, which are 0.

        Parameters
        ----------
        batch
            Batch size.
        like
            Array that gives backend, dtype and device.
        hop_size
            None, or the `hop_size` of the feature.

        Returns
        -------
        state : dict
            Arrays by name, [batch, ...].

        Raises
        ------
        ValueError
            Another `hop_size` than that of the feature.
        """
        return init_hop(batch, like, self._hop(hop_size)) | init_framing(batch, like, self._window, self.hop_size)

    def step(self, state: State, audio: Array) -> tuple[Array, State]:
        """Compute the frames that are complete with the next hops.

        Parameters
        ----------
        state
            State of `init_state` or of the previous step.
        audio
            The next samples, [batch, frames * hop_size].

        Returns
        -------
        feature : array
            [batch, frames, channels]; zeros for the frames before the start.
        state : dict
            State for the samples that follow.

        Raises
        ------
        ValueError
            A part of a hop.
        """
        if is_empty(audio):
            return self._no_frames(state), state
        return self.step_signal(state, **self.get_controls(audio))

    def step_signal(self, state: State, audio: Array) -> tuple[Array, State]:
        samples, started, following = frame_step(state, audio, self.hop_size)
        feature, xp = self._features(samples), adapter_of(audio).xp
        feature = xp.where(started[:, :, None] > 0, feature, xp.zeros_like(feature))
        return feature, {**state, **following}

    def flush(self, state: State) -> tuple[Array, State]:
        """Compute the last frames, with zeros after the end.

        Parameters
        ----------
        state
            State of the last step.

        Returns
        -------
        feature : array
            [batch, latency_samples / hop_size, channels].
        state : dict
            State in which the stream has ended.
        """
        late = self.latency_samples()
        return self.step(state, zeros((state["past"].shape[0], late), state["past"]))

    def _no_frames(self, state: State) -> Array:
        return self._features(zeros((state["past"].shape[0], self._window), state["past"]))[:, :0, :]

    def _hop(self, hop_size: int | None) -> int:
        if hop_size is not None and hop_size != self.hop_size:
            raise ValueError(f"hop_size: got {hop_size}, expected that of {self.name}, {self.hop_size}")
        return self.hop_size


@dataclass(frozen=True)
class Frames(FrameFeature):
    """Overlapping frames of audio; frame k is centered on sample k * hop_size.

    Parameters
    ----------
    frame_size
        Frame size in samples, >= 1.
    hop_size
        Hop in samples, >= 1.
    name
        Name of the node in a `ProcessorGroup`.

    See Also
    --------
    ddsp.core.frame : The frames as a function.
    Spectrogram : The magnitude of their spectra.

    Examples
    --------
    >>> import numpy as np
    >>> Frames(frame_size=3, hop_size=2)(np.asarray([[1.0, 2.0, 3.0, 4.0]]))
    array([[[0., 1., 2.],
            [2., 3., 4.]]])
    """

    frame_size: int = 1024
    hop_size: int = 64
    name: str = "frames"

    @property
    def _window(self) -> int:
        return integer("frame_size", self.frame_size, 1)

    def _features(self, audio: Array) -> Array:
        return frame_by_hop(audio, self._window, (self.hop_size, 1))
