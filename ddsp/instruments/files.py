"""Instruments in files: a folder with the trained values, the settings, and the statistics of the recordings."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from .. import effects, nn
from ..extend import adapter_of, integer
from ..processors.base import Processor
from ..streaming.array_files import read_arrays
from .instrument import Instrument
from .live import LiveInstrument
from .storage import read_json, replaced, write_folder
from .values import different_shape, flatten_values, nest_values

__all__ = ["TrainedInstrument", "instrument_config", "instrument_files", "load_instrument", "save_instrument"]

#: Version of the format; a change that alters the sound of old files increases it.
VERSION = 1
#: Classes that a file may name.
CLASSES = {
    "DilatedConvDecoder": nn.DilatedConvDecoder,
    "RnnFcDecoder": nn.RnnFcDecoder,
    "DecayingReverb": effects.DecayingReverb,
    "TrainableReverb": effects.TrainableReverb,
}
#: The instruments that come with the library.
HOME = Path(__file__).parent


class TrainedInstrument(NamedTuple):
    """Instrument with its trained values.

    Attributes
    ----------
    instrument
        The processor.
    values
        Trained values, NumPy float32 arrays nested by node, for `instrument(..., **values)`.
    statistics
        Statistics of the recordings that it was trained on.

    See Also
    --------
    load_instrument : Reads it from a folder.
    """

    instrument: Instrument
    values: dict[str, Any]
    statistics: dict[str, Any]

    def live(
        self,
        tracker: Any = "yin",
        octave: int | None = None,
        transpose: float = 0.0,
        loudness_shift: float = 0.0,
        tuning: float = 0.0,
        **settings: Any,
    ) -> LiveInstrument:
        """Make a processor that follows audio, such as that of a microphone, with the trained values.

        Parameters
        ----------
        tracker
            'yin', which has a lower latency, 'crepe', which makes fewer errors, or a processor.
        octave
            Octaves by which the melody is transposed; None chooses them so that it lies in the range of the instrument.
        transpose
            Semitones by which it moves in addition.
        loudness_shift
            Change of the loudness in dB, after matching.
        tuning
            Strength of the correction to the nearest note, 0 to 1.
        **settings
            Further settings of the `Listener`.

        Returns
        -------
        live : LiveInstrument
            A processor of audio at the sample rate of the instrument.

        Examples
        --------
        >>> load_instrument("flute").live(tracker="crepe", octave=-1).latency_samples()
        576
        """
        known = {"octave": octave, "transpose": transpose, "loudness_shift": loudness_shift, "tuning": tuning}
        live = self.instrument.live(self.statistics, tracker=tracker, **known, **settings)
        return replace(live, values=self.values)


def instrument_config(instrument: Instrument) -> dict[str, Any]:
    """Settings of an instrument for a JSON file, with all conventions that change the sound.

    Parameters
    ----------
    instrument
        The instrument.

    Returns
    -------
    config : dict
        What `config.json` holds.

    See Also
    --------
    save_instrument : Writes it.
    """
    return {
        "format": "ddsp instrument",
        "version": VERSION,
        "name": instrument.name,
        "sample_rate": instrument.sample_rate,
        "hop_size": instrument.hop_size,
        "max_harmonics": instrument.max_harmonics,
        "features": {"pitch": "CREPE, midi / 127", "loudness": "A-weighted mean square of 64 ms, dB / 80 + 1"},
        "decoder": _described(instrument.decoder),
        "reverb": _described(instrument.reverb),
    }


def _described(node: Any) -> dict[str, Any] | None:
    if node is None:
        return None
    if not isinstance(node, Processor):
        raise ValueError(
            f"instrument: got a {type(node).__name__} as a node, expected a processor, to save its settings"
        )
    settings = {field.name: getattr(node, field.name) for field in fields(node)}
    if functions := [name for name, value in settings.items() if callable(value)]:
        raise ValueError(f"{functions[0]}: got a function, which a file cannot hold")
    return {"class": type(node).__name__} | settings


def instrument_files(
    instrument: Instrument, values: Mapping[str, Any], statistics: Mapping[str, Any]
) -> dict[str, Any]:
    """Files of the folder of an instrument.

    Parameters
    ----------
    instrument
        The instrument.
    values
        Trained values, arrays of any backend, nested by node or by their path.
    statistics
        Statistics of the recordings.

    Returns
    -------
    files : dict
        Content by name of the file: `config.json`, `statistics.json` and `model.safetensors`.

    See Also
    --------
    save_instrument : Writes them.
    """
    flat = {name: adapter_of(x).to_numpy(x).astype(np.float32) for name, x in flatten_values(values).items()}
    return {
        "config.json": instrument_config(instrument),
        "statistics.json": dict(statistics),
        "model.safetensors": flat,
    }


def save_instrument(
    path: str | Path, instrument: Instrument, values: Mapping[str, Any], statistics: Mapping[str, Any]
) -> None:
    """Save an instrument as a folder, which appears whole or not at all.

    Parameters
    ----------
    path
        The folder. An existing one is replaced.
    instrument
        The instrument.
    values
        Trained values, arrays of any backend, nested by node or by their path.
    statistics
        Statistics of the recordings.

    See Also
    --------
    load_instrument : The inverse.

    Examples
    --------
    >>> import tempfile
    >>> instrument = Instrument(nn.make_decoder("least"))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_instrument(f"{folder}/mine", instrument, instrument.initial_params(), {})
    ...     load_instrument(f"{folder}/mine").instrument == instrument
    True

    Under `ddsp.torch`, for a module:
    `save_instrument(path, module.plain, module.state_dict(), {})`.
    """
    write_folder(Path(path), instrument_files(instrument, values, statistics))


def load_instrument(path: str | Path = "flute", decoder: Any = None) -> TrainedInstrument:
    """Load an instrument.

    A decoder has not learned harmonics that were above Nyquist at all pitches of its recordings, and may return any
    levels for them at a lower pitch. `max_harmonics` of the instrument is therefore at most the number of harmonics
    below Nyquist at the lowest pitch of the statistics. `dataclasses.replace` changes it.

    Parameters
    ----------
    path
        Folder of an instrument or of a training run, or the name of an instrument that comes with the library. Of a
        training run, the best checkpoint is loaded.
    decoder
        Decoder with the settings of the file, for a class that is not one of the library's.

    Returns
    -------
    trained : TrainedInstrument
        The instrument, its values and the statistics of its recordings.

    Raises
    ------
    FileNotFoundError
        There is no such folder or instrument.
    ValueError
        A file is truncated, of another format or of a newer version. The message names it.

    See Also
    --------
    save_instrument : The inverse.
    """
    folder = find_instrument(path)
    config, flat = read_json(folder / "config.json"), read_arrays(folder / "model.safetensors")
    if config.get("format") != "ddsp instrument" or config.get("version") != VERSION:
        found = f"{config.get('format')!r} of version {config.get('version')!r}"
        raise ValueError(f"{folder / 'config.json'}: got {found}, expected 'ddsp instrument' of version {VERSION}")
    try:
        instrument = _built(config, decoder)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{folder / 'config.json'}: settings do not fit this version: {error}") from error
    expected = flatten_values(instrument.initial_params())
    if different := different_shape(flat, expected):
        raise ValueError(f"{folder / 'model.safetensors'}: {different}")
    for name in sorted(flat):
        if not np.all(np.isfinite(flat[name])):
            raise ValueError(f"{folder / 'model.safetensors'}: got NaN or infinite {name}, expected finite values")
    statistics = read_json(folder / "statistics.json")
    return TrainedInstrument(_limited(instrument, statistics), nest_values(flat), statistics)


def find_instrument(path: str | Path) -> Path:
    """Folder of an instrument, of the best checkpoint of a training run, or of an instrument of the library."""
    folder, files = Path(path), ("config.json", "model.safetensors")
    best = sorted(folder.glob("best-*"))[-1:]
    for candidate in (folder, *best, *([replaced(folder)] if folder.name else []), HOME / str(path)):
        if all((candidate / name).is_file() for name in files):
            return candidate
    bundled = sorted(p.parent.name for p in HOME.glob("*/model.safetensors"))
    raise FileNotFoundError(
        f"{path}: no instrument found, expected a folder with {' and '.join(files)}, a training run, or "
        f"one of {', '.join(bundled) or 'none'}"
    )


def _built(config: Mapping[str, Any], decoder: Any) -> Instrument:
    nodes = {"decoder": decoder, "reverb": None}
    for name in ("decoder", "reverb") if decoder is None else ("reverb",):
        if config[name] is None:
            continue
        settings = dict(config[name])
        if (cls := settings.pop("class")) not in CLASSES:
            raise ValueError(f"{name} of the class {cls}, which is not of the library: give decoder=...")
        nodes[name] = CLASSES[cls](**_tuples(settings))
    rate, hop_size = (integer(name, config[name], 1) for name in ("sample_rate", "hop_size"))
    most = config.get("max_harmonics")
    return Instrument(**nodes, sample_rate=rate, hop_size=hop_size, max_harmonics=most, name=str(config["name"]))


def _limited(instrument: Instrument, statistics: Mapping[str, Any]) -> Instrument:
    """Instrument without the harmonics that were above Nyquist at the lowest pitch of its recordings, if known."""
    quantiles = statistics.get("pitch_midi")
    if not isinstance(quantiles, Mapping) or not quantiles:
        return instrument
    try:
        lowest_hz = 440.0 * 2.0 ** ((min(quantiles.values()) - 69.0) / 12.0)
        learned = max(math.ceil(0.5 * instrument.sample_rate / lowest_hz) - 1, 1)
    except (TypeError, ValueError, ArithmeticError):  # not pitches; `score_of` reports it if it needs them
        return instrument
    return replace(instrument, max_harmonics=min(instrument.max_harmonics or learned, learned))


def _tuples(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings with tuples in place of the lists of JSON."""

    def convert(x: Any) -> Any:
        return tuple(map(convert, x)) if isinstance(x, list) else x

    return {name: convert(x) for name, x in settings.items()}
