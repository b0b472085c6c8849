"""Base class of features, which have a value for each hop of audio, and the simplest one: the frames themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ..core.framing import frame_by_hop, frame_step, frames_late, init_framing
from ..core.padding import pad_checked
from ..core.streaming import State, init_hop, is_empty, zeros
from ..extend import Array, Float, adapter_of, axis_size, checked, common_backend, integer
from ..extend.replays import replayed
from ..processors.base import Processor

__all__ = ["Frames"]


class AudioInput(Processor):
    """Base class of processors whose only input is audio."""

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


class Feature(AudioInput):
    """Base class of features of audio: a value at each multiple of a hop.

    A subclass has the settings `hop_size` and `name`. It defines `_late`, the hops by which values are late, `_init`,
    its state, and `_step`, which takes at least one hop. A call is one step over all hops.
    """

    frame_signal: ClassVar[bool] = True
    #: Settings of each subclass.
    hop_size: int
    name: str

    def __post_init__(self) -> None:
        super().__post_init__()
        integer("hop_size", self.hop_size, 1)

    @property
    def _late(self) -> int:
        raise TypeError(f"{type(self).__name__}: a feature must define _late")

    def _init(self, batch: int, like: Any) -> State:
        raise TypeError(f"{type(self).__name__}: a feature must define _init")

    def _step(self, state: State, audio: Array) -> tuple[Any, State]:
        raise TypeError(f"{type(self).__name__}: a feature must define _step")

    @checked
    def get_signal(self, audio: Float[Array, "batch time"]) -> Any:
        """Compute the feature of a whole sound, with zeros before its start and after its end.

        Parameters
        ----------
        audio
            Audio, [batch, time].

        Returns
        -------
        feature : array
            [batch, ceil(time / hop_size), channels], or a dict of such arrays.
        """
        late, rest = self._late, -axis_size(audio, 1) % self.hop_size
        padded = pad_checked(audio, (0, rest + late * self.hop_size), axis=1)
        feature, _ = self.step(self.init_state(audio.shape[0], like=audio), padded)
        return _each(lambda x: x[:, late:, ...], feature)

    def latency_samples(self, hop_size: int | None = None) -> int:
        """Samples by which the frames of steps are late, because they look ahead: a whole number of hops.

        Parameters
        ----------
        hop_size
            None, or the `hop_size` of the feature.

        Returns
        -------
        latency : int
            Number of samples; a stream begins with latency / hop_size frames of zeros.
        """
        return self._late * self._hop(hop_size)

    def init_state(self, batch: int = 1, *, like: Any, hop_size: int | None = None) -> State:
        """State before the first step: silence.

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
        return init_hop(batch, like, self._hop(hop_size)) | self._init(batch, like)

    def step(self, state: State, audio: Array) -> tuple[Any, State]:
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
            [batch, frames, channels], or a dict of such arrays; zeros for the frames before the start.
        state : dict
            State for the samples that follow.

        Raises
        ------
        ValueError
            A part of a hop.
        """
        if is_empty(audio):
            feature, _ = self._step(state, zeros((state["hop"].shape[0], self.hop_size), audio))
            return _each(lambda x: x[:, :0, ...], feature), state
        return replayed(self, self._step_of_audio, state, audio)

    def _step_of_audio(self, state: State, audio: Array) -> tuple[Any, State]:
        return self.step_signal(state, **self.get_controls(audio))

    def step_signal(self, state: State, audio: Array) -> tuple[Any, State]:
        """Compute the frames that are complete with the next hops.

        Parameters
        ----------
        state
            State of `init_state` or of the previous step.
        audio
            The next samples, [batch, frames * hop_size], at least one hop.

        Returns
        -------
        feature : array
            [batch, frames, channels], or a dict of such arrays; zeros for the frames before the start.
        state : dict
            State for the samples that follow.
        """
        return self._step(state, audio)

    def flush(self, state: State) -> tuple[Any, State]:
        """Compute the last frames, with zeros after the end.

        Parameters
        ----------
        state
            State of the last step.

        Returns
        -------
        feature : array
            [batch, latency_samples / hop_size, channels], or a dict of such arrays.
        state : dict
            State in which the stream has ended.
        """
        return self.step(state, zeros((state["hop"].shape[0], self.latency_samples()), state["hop"]))

    def _hop(self, hop_size: int | None) -> int:
        if hop_size is not None and hop_size != self.hop_size:
            raise ValueError(f"hop_size: got {hop_size}, expected that of {self.name}, {self.hop_size}")
        return self.hop_size


class FrameFeature(Feature):
    """Base class of functions of frames that are centered on the multiples of a hop.

    A subclass defines `_window`, the size of a frame, and `_features`.
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        _ = self._window  # raises an error for a wrong size

    @property
    def _window(self) -> int:
        raise TypeError(f"{type(self).__name__}: a feature must define _window")

    def _features(self, audio: Array) -> Array:
        """Features of the whole frames of audio, [batch, time] -> [batch, frames, channels]."""
        raise TypeError(f"{type(self).__name__}: a feature must define _features")

    @property
    def _late(self) -> int:
        return frames_late(self._window - self._window // 2, self.hop_size)

    def _init(self, batch: int, like: Any) -> State:
        before = self._window // 2
        return init_framing(batch, like, before, self._window - before, self.hop_size)

    def _step(self, state: State, audio: Array) -> tuple[Array, State]:
        samples, started, following = frame_step(state, audio, self.hop_size)
        feature, xp = self._features(samples), adapter_of(audio).xp
        feature = xp.where(started[:, :, None] > 0, feature, xp.zeros_like(feature))
        return feature, {**state, **following}


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


def _each(f: Callable[[Array], Array], signal: Any) -> Any:
    return {name: f(x) for name, x in signal.items()} if isinstance(signal, Mapping) else f(signal)
