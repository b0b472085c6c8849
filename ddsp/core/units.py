"""Conversion between frequencies in Hz, MIDI notes and the unit interval."""

from __future__ import annotations

import math

from ..extend import Array, Float, checked, common_backend
from .math import logb

__all__ = [
    "hz_to_midi",
    "hz_to_unit",
    "midi_to_hz",
    "midi_to_unit",
    "unit_to_hz",
    "unit_to_midi",
]


@checked
def midi_to_hz(notes: Float[Array, ...], midi_zero_silence: bool = False) -> Float[Array, ...]:
    r"""Convert MIDI notes to frequencies, in equal temperament.

    $$440 \cdot 2^{(notes - 69) / 12}$$

    Parameters
    ----------
    notes
        MIDI note numbers in semitones, fractions included, any shape.
    midi_zero_silence
        If True, note 0 is a rest, and gives 0 Hz.

    Returns
    -------
    hz : array
        Frequency in Hz. Shape and dtype of the input.

    See Also
    --------
    hz_to_midi : The inverse.

    Examples
    --------
    >>> import numpy as np
    >>> midi_to_hz(np.asarray([57.0, 69.0]))
    array([220., 440.])
    """
    xp = common_backend(notes=notes).xp
    hz = 440.0 * xp.exp((notes - 69.0) * (math.log(2.0) / 12.0))
    return xp.where(notes == 0.0, xp.zeros_like(hz), hz) if midi_zero_silence else hz


@checked
def hz_to_midi(frequencies: Float[Array, ...]) -> Float[Array, ...]:
    r"""Convert frequencies to MIDI notes.

    $$69 + 12 \log_2(f / 440)$$

    Parameters
    ----------
    frequencies
        Frequency in Hz, any shape.

    Returns
    -------
    notes : array
        MIDI note numbers in semitones; 0, with gradient 0, at 0 Hz and below. Shape and dtype of the input.

    See Also
    --------
    midi_to_hz : The inverse.

    Examples
    --------
    >>> import numpy as np
    >>> hz_to_midi(np.asarray([0.0, 440.0]))
    array([ 0., 69.])
    """
    xp = common_backend(frequencies=frequencies).xp
    notes = 12.0 * (logb(frequencies) - math.log2(440.0)) + 69.0
    return xp.where(frequencies <= 0.0, xp.zeros_like(notes), notes)


@checked
def unit_to_midi(
    unit: Float[Array, ...], midi_min: float = 20.0, midi_max: float = 90.0, clip: bool = False
) -> Float[Array, ...]:
    """Map the unit interval linearly to MIDI notes.

    Parameters
    ----------
    unit
        Values in [0, 1], any shape.
    midi_min, midi_max
        MIDI notes at 0 and at 1.
    clip
        If True, clip `unit` to [0, 1] first.

    Returns
    -------
    midi : array
        MIDI notes in semitones. Shape and dtype of the input.

    See Also
    --------
    midi_to_unit : The inverse.
    unit_to_hz : The same in Hz.

    Examples
    --------
    >>> import numpy as np
    >>> unit_to_midi(np.asarray([0.0, 0.5, 2.0]), clip=True)
    array([20., 55., 90.])
    """
    xp = common_backend(unit=unit).xp
    unit = xp.clip(unit, 0.0, 1.0) if clip else unit
    return midi_min + (midi_max - midi_min) * unit


@checked
def midi_to_unit(
    midi: Float[Array, ...], midi_min: float = 20.0, midi_max: float = 90.0, clip: bool = False
) -> Float[Array, ...]:
    """Map MIDI notes linearly to the unit interval.

    Parameters
    ----------
    midi
        MIDI notes in semitones, any shape.
    midi_min, midi_max
        MIDI notes that map to 0 and 1.
    clip
        If True, clip the result to [0, 1].

    Returns
    -------
    unit : array
        Shape and dtype of the input.

    See Also
    --------
    unit_to_midi : The inverse.
    hz_to_unit : The same for frequencies.

    Examples
    --------
    >>> import numpy as np
    >>> midi_to_unit(np.asarray([20.0, 55.0]))
    array([0. , 0.5])
    """
    xp = common_backend(midi=midi).xp
    unit = (midi - midi_min) * (1.0 / (midi_max - midi_min))
    return xp.clip(unit, 0.0, 1.0) if clip else unit


def _midi_of(hz: float) -> float:
    return 12.0 * math.log2(hz / 440.0) + 69.0 if hz > 0.0 else 0.0


@checked
def unit_to_hz(unit: Float[Array, ...], hz_min: float, hz_max: float, clip: bool = False) -> Float[Array, ...]:
    r"""Map the unit interval to frequencies, linearly in pitch.

    $$hz\_min^{1 - u} \, hz\_max^{u}$$

    Parameters
    ----------
    unit
        Values u in [0, 1], any shape.
    hz_min, hz_max
        Frequencies at 0 and at 1, in Hz. With hz_min = 0 the scale starts at MIDI note 0 (8.18 Hz), and u = 0 itself
        gives 0 Hz.
    clip
        If True, clip `unit` to [0, 1] first.

    Returns
    -------
    hz : array
        Frequency in Hz. Shape and dtype of the input.

    See Also
    --------
    hz_to_unit : The inverse.
    frequencies_sigmoid : Frequencies of network outputs.

    Notes
    -----
    With hz_min = 0 the original returns 8.18 Hz for u = 0.

    Examples
    --------
    >>> import numpy as np
    >>> unit_to_hz(np.asarray([0.0, 0.5, 1.0]), 110.0, 440.0).round(3)
    array([110., 220., 440.])
    """
    xp = common_backend(unit=unit).xp
    hz = midi_to_hz(unit_to_midi(unit, _midi_of(hz_min), _midi_of(hz_max), clip))
    return xp.where(unit <= 0.0, xp.zeros_like(hz), hz) if hz_min == 0.0 and hz_max > 0.0 else hz


@checked
def hz_to_unit(hz: Float[Array, ...], hz_min: float, hz_max: float, clip: bool = False) -> Float[Array, ...]:
    r"""Map frequencies to the unit interval, linearly in pitch.

    $$\log(f / hz\_min) / \log(hz\_max / hz\_min)$$

    Parameters
    ----------
    hz
        Frequency in Hz, any shape.
    hz_min, hz_max
        Frequencies that map to 0 and 1, in Hz.
    clip
        If True, clip the result to [0, 1].

    Returns
    -------
    unit : array
        Shape and dtype of the input.

    See Also
    --------
    unit_to_hz : The inverse.

    Examples
    --------
    >>> import numpy as np
    >>> hz_to_unit(np.asarray([110.0, 220.0]), 110.0, 440.0).round(6)
    array([0. , 0.5])
    """
    common_backend(hz=hz)
    return midi_to_unit(hz_to_midi(hz), _midi_of(hz_min), _midi_of(hz_max), clip)
