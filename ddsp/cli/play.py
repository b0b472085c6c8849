"""`ddsp play`: synthesis from saved controls, at another pitch or speed."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from .. import analysis
from ..analysis.resynthesis import CONTROLS
from ..backends import BACKENDS
from ..instruments.values import to_backend
from .console import say, warn
from .decoding import HIGHEST_RATE, LOWEST_RATE
from .errors import UserError, reason_of
from .outputs import FORMATS, staged, write_audio
from .rendering import host_noise, load_backend, renderer
from .resynth import check_semitones

__all__ = ["play", "read_controls"]

#: Range of `--speed`.
SPEEDS = (0.01, 100.0)
#: Smallest and largest length of the last axis of controls; (1, 1) for the others.
LENGTHS = {"harmonic_distribution": (1, 2**20), "magnitudes": (2, 2**20)}
#: Whole numbers that are saved with the controls.
NUMBERS = ("sample_rate", "hop_size", "n_samples", "noise_seed")
#: Upper limit of amplitudes, above any input that `ddsp resynth` accepts.
LOUDEST = 1e15


def play(
    controls: Annotated[
        str, typer.Argument(metavar="CONTROLS", help="File controls.npz from `ddsp resynth`.", show_default=False)
    ],
    out: Annotated[
        str, typer.Option("--out", "-o", metavar="FILE", help="Audio file to write (.wav or .flac).")
    ] = "out.wav",
    transpose: Annotated[float, typer.Option(help="Transposition in semitones; negative is down.")] = 0.0,
    speed: Annotated[float, typer.Option(help="Speed factor: 2 is twice as fast, at the same pitch.")] = 1.0,
    backend: Annotated[str, typer.Option(help="Array library: numpy, torch, jax or tensorflow.")] = "numpy",
) -> None:
    """Synthesize audio from saved controls, optionally at another pitch or speed."""
    if backend not in BACKENDS:
        raise UserError(f"--backend: got {backend!r}, expected one of {', '.join(BACKENDS)}")
    if not SPEEDS[0] <= speed <= SPEEDS[1]:
        raise UserError(f"--speed: got {speed:g}, expected {SPEEDS[0]:g} to {SPEEDS[1]:g}")
    check_semitones(transpose)
    path = Path(out)
    if path.suffix.lower() not in [f".{name}" for name in FORMATS]:
        raise UserError(f"--out: got {out!r}, expected a name that ends with {' or '.join(f'.{f}' for f in FORMATS)}")
    arrays, numbers = read_controls(controls)
    channels, most = arrays["f0_hz"].shape[0], FORMATS[path.suffix[1:].lower()]
    if channels > most:
        raise UserError(f"--out: {path.suffix} got {channels} channels, expected at most {most}")
    arrays = analysis.change_speed(arrays, speed)
    audio = _sound(backend, arrays, numbers, transpose, round(numbers["n_samples"] / speed))
    with staged(path.parent, [path.name]) as stage:
        warning = write_audio(stage / path.name, audio[0] if channels == 1 else audio.T, numbers["sample_rate"])
    if warning:
        warn(f"warning: {warning}")
    say(path)


def read_controls(name: str) -> tuple[dict[str, np.ndarray], dict[str, int]]:
    """Read `controls.npz`.

    Parameters
    ----------
    name
        Path of the file.

    Returns
    -------
    arrays : dict
        Controls by name, float32.
    numbers : dict
        Whole numbers by name: sample rate, hop size, number of samples and seed.

    Raises
    ------
    UserError
        The file does not exist, is not an archive of controls, or the controls are invalid.
    """
    shown = f"CONTROLS: {name!r}"
    expected = "expected controls.npz from ddsp resynth"
    try:
        with open(name, "rb") as file:
            if not zipfile.is_zipfile(file):
                raise ValueError("it is not a zip archive")
            file.seek(0)
            with np.load(file, allow_pickle=False) as archive, np.errstate(over="ignore"):
                arrays = {key: _real(key, archive[key]).astype(np.float32) for key in CONTROLS}
                numbers = {key: int(_real(key, archive[key])) for key in NUMBERS}
    except FileNotFoundError as error:
        raise UserError(f"CONTROLS: no such file: {name!r}") from error
    except KeyError as error:
        raise UserError(f"{shown} has no {reason_of(error)}, {expected}") from error
    except MemoryError:
        raise
    except Exception as error:  # damaged archives cause many classes of errors
        raise UserError(
            f"{shown} cannot be read ({reason_of(error)}), expected controls.npz from ddsp resynth"
        ) from error
    _check(shown, arrays, numbers)
    return arrays, numbers


def _real(key: str, array: np.ndarray) -> np.ndarray:
    if array.dtype.kind not in "fiu":
        raise ValueError(f"{key} has dtype {array.dtype}")
    return array


def _check(shown: str, arrays: dict[str, np.ndarray], numbers: dict[str, int]) -> None:
    """Raise UserError unless the shapes are consistent and the values are in the range of a sound."""
    shape, (rate, hop, n_samples, seed) = arrays["f0_hz"].shape, (numbers[key] for key in NUMBERS)
    if not LOWEST_RATE <= rate <= HIGHEST_RATE:
        raise UserError(f"{shown} has sample_rate {rate}, expected {LOWEST_RATE} to {HIGHEST_RATE}")
    if not 0 <= seed < 2**63:
        raise UserError(f"{shown} has noise_seed {seed}, expected 0 to 2**63 - 1")
    for key, x in arrays.items():
        if x.ndim != 3 or x.shape[:2] != shape[:2] or 0 in x.shape:
            raise UserError(
                f"{shown} has {key} of shape {x.shape} and f0_hz of shape {shape}, expected equal channels and frames"
            )
        least, most = LENGTHS.get(key, (1, 1))
        if not least <= x.shape[2] <= most:
            raise UserError(f"{shown} has {key} of shape {x.shape}, expected a last axis of size {least} to {most}")
        if not np.all(np.isfinite(x)):
            raise UserError(f"{shown} has NaN or infinite {key}, expected finite values")
        top = rate if key == "f0_hz" else LOUDEST
        if not np.all((x >= 0.0) & (x <= top)):
            raise UserError(f"{shown} has {key} from {x.min():g} to {x.max():g}, expected values from 0 to {top:g}")
    if not (0 < hop <= rate and 0 < n_samples <= shape[1] * hop):
        raise UserError(
            f"{shown} has hop_size {hop} and n_samples {n_samples}, expected hop_size from 1 to {rate} and "
            f"n_samples from 1 to hop_size times {shape[1]} frames"
        )


def _sound(
    backend: str, controls: dict[str, np.ndarray], numbers: dict[str, int], semitones: float, n_samples: int
) -> np.ndarray:
    """Synthesize audio, [channels, n_samples]. Channels share their noise, as in `resynth --stereo`."""
    adapter, rate = load_backend(backend), numbers["sample_rate"]
    length = controls["f0_hz"].shape[1] * numbers["hop_size"]
    noise, transposed = to_backend(adapter, host_noise(numbers["noise_seed"], length)), renderer(adapter, rate)

    def render(i: int) -> np.ndarray:
        given: dict[str, Any] = {name: to_backend(adapter, x[i : i + 1]) for name, x in controls.items()}
        return adapter.to_numpy(transposed(given, noise, semitones))[0, : max(n_samples, 1)]

    return np.stack([render(i) for i in range(controls["f0_hz"].shape[0])])
