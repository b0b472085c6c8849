"""Evaluation of an instrument on recordings: reading them, what of them it has learned, and the report."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .. import instruments, training
from ..instruments.files import find_instrument
from ..training.dataset import DATASET, RECORDINGS, open_prepared, passages_of, read_dataset_json
from ..training.instrument_evaluation import evaluate_analysis, real_time_factor
from .errors import UserError
from .naming import folders_of
from .outputs import staged, write_audio
from .preparing import find_sources, need, prepare_source
from .progress import OnProgress
from .rendering import COMPILED, load_backend
from .report import versions, write_json
from .transfer import load_trained
from .write import keep_apart

__all__ = ["EvaluationOptions", "evaluate_recordings"]

#: Files of an instrument.
FILES = ("config.json", "model.safetensors", "statistics.json")
#: Share of the work that reading the recordings takes, and that measuring the speed takes.
READING, TIMING = 0.3, 0.1


@dataclass(frozen=True)
class EvaluationOptions:
    """Options of `ddsp evaluate`; see its help."""

    instrument: str
    sources: list[str]
    out: Path | None
    audio: Path | None
    backends: tuple[str, ...]
    analysis: bool
    reverb: bool
    seed: int


@dataclass(frozen=True)
class _Recording:
    """Passages of a recording; `key` is the hash that names its file in a data set."""

    name: str
    key: str
    passages: list[training.Passage]


def evaluate_recordings(options: EvaluationOptions, on_progress: OnProgress) -> dict[str, Any]:
    """Evaluate an instrument, and write the report and the audio.

    Parameters
    ----------
    options
        Options of the command.
    on_progress
        Called with the stage and the share of the work.

    Returns
    -------
    report : dict
        All figures, as in the JSON file.

    Raises
    ------
    UserError
        An error that the user can correct.
    """
    trained = load_trained(options.instrument, "RUN")
    adapters = {name: load_backend(name) for name in options.backends}
    warnings: list[str] = []
    with ExitStack() as stack:
        stage = None
        if options.out is not None:
            for source in options.sources:
                keep_apart(source, options.out.parent, [options.out.name])
            stage = stack.enter_context(staged(options.out.parent, [options.out.name]))
        recordings = stack.enter_context(_opened(options.sources, trained.instrument, warnings, on_progress))
        report = _about(trained, options)
        report["recordings"] = _each(trained, recordings, options, warnings, on_progress)
        report |= _joined(report["recordings"])
        passages = [passage for recording in recordings for passage in recording.passages]
        for name, adapter in adapters.items():
            on_progress(f"speed on {name}", 1.0 - TIMING)
            factor = real_time_factor(trained, passages, adapter, options.reverb, compiled=name in COMPILED)
            report["real_time_factor"][name] = factor
        report["warnings"] = warnings
        if stage is not None and options.out is not None:
            write_json(stage / options.out.name, report)
    return report


def _about(trained: instruments.TrainedInstrument, options: EvaluationOptions) -> dict[str, Any]:
    """What does not depend on the recordings."""
    folder = find_instrument(options.instrument)
    return {
        "instrument": trained.instrument.name,
        "path": str(folder),
        "parameters": sum(int(x.size) for x in instruments.flatten_values(trained.values).values()),
        "file_bytes": sum((folder / name).stat().st_size for name in FILES),
        "sample_rate": round(trained.instrument.sample_rate),
        "reverb": options.reverb,
        "seed": options.seed,
        "versions": {name: versions(name) for name in options.backends},
        "real_time_factor": {},
    }


# Recordings -----------------------------------------------------------------------------------------------------------


@contextmanager
def _opened(
    sources: list[str], instrument: instruments.Instrument, warnings: list[str], on_progress: OnProgress
) -> Iterator[list[_Recording]]:
    """Passages of a data set, or of recordings, which are prepared in a temporary folder."""
    need("safetensors")
    rates = (round(instrument.sample_rate), instrument.hop_size)
    if len(sources) == 1 and (Path(sources[0]) / DATASET).is_file():
        yield _of_dataset(Path(sources[0]), rates)
        return
    found, others = find_sources(sources)
    if others:
        warnings.append(f"ignored, since the name is not that of a recording: {others[0]}, {len(others)} in all")
    with tempfile.TemporaryDirectory(prefix="ddsp-evaluate-") as data:
        Path(data, RECORDINGS).mkdir()
        recordings: dict[str, _Recording] = {}
        for i, source in enumerate(found):
            on_progress(f"{source.name}: pitch", READING * i / len(found))
            result = prepare_source(source, data, *rates)
            warnings += [f"{source.path}: {warning}" for warning in (result.facts or {"warnings": []})["warnings"]]
            if result.facts is None or not result.facts["passages"]:
                warnings.append(f"{source.path}: left out: {result.error or 'no sound'}")
            elif (path := Path(data, result.file)).stem in recordings:
                warnings.append(f"{source.path}: the same as {recordings[path.stem].name!r}, counts once")
            else:
                passages = passages_of(source.name, open_prepared(path)[0], rates[1])
                recordings[path.stem] = _Recording(source.name, path.stem, passages)
        if not recordings:
            raise UserError(f"FOLDER: no recording to evaluate: {warnings[-1]}")
        yield list(recordings.values())


def _of_dataset(path: Path, rates: tuple[int, int]) -> list[_Recording]:
    try:
        content, recordings = read_dataset_json(path), []
        if (content["sample_rate"], content["hop_size"]) != rates:
            raise UserError(
                f"DATA: got a sample rate of {content['sample_rate']} Hz and a hop size of {content['hop_size']}, "
                f"expected those of the instrument, {rates[0]} Hz and {rates[1]}, or the recordings themselves"
            )
        for recording in content["recordings"]:
            file = path / recording["file"]
            passages = passages_of(recording["name"], open_prepared(file)[0], rates[1])
            recordings.append(_Recording(recording["name"], file.stem, passages))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"DATA: {error}") from error
    if not recordings:
        raise UserError(f"DATA: no recordings in {str(path)!r}")
    return recordings


def _learned_by(instrument: str, warnings: list[str]) -> dict[str, str] | None:
    """What a training run has learned: learned, unseen or partly learned, by the key of the recording; None if it is
    not a run, or its data are not there.
    """
    run = Path(instrument)
    run = run.parent if run.name.startswith(("best-", "step-")) else run
    try:
        settings = training.read_run_settings(run)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise UserError(f"RUN: {error}") from error
    try:
        data = run / "data" if (run / "data" / DATASET).is_file() else Path(settings["sources"][0])
        keys = {recording["name"]: Path(recording["file"]).stem for recording in read_dataset_json(data)["recordings"]}
        passages = training.load_dataset(data).passages
        learned, unseen = training.split_passages(passages, settings["learning"]["hold_out"])
    except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
        warnings.append(f"learned and unseen recordings are not distinguished, without the data of the run: {error}")
        return None
    known = {keys[passage.name]: "learned" for passage in learned}
    for passage in unseen:
        key = keys[passage.name]
        known[key] = "partly learned" if known.get(key, "unseen") != "unseen" else "unseen"
    return known


# Figures --------------------------------------------------------------------------------------------------------------


def _each(
    trained: instruments.TrainedInstrument,
    recordings: list[_Recording],
    options: EvaluationOptions,
    warnings: list[str],
    on_progress: OnProgress,
) -> list[dict[str, Any]]:
    """Figures of each recording. What the instrument plays is written as a file, passage after passage."""
    known, found = _learned_by(options.instrument, warnings), []
    rate, names = round(trained.instrument.sample_rate), [recording.name for recording in recordings]
    files = [f"{folder.name}.wav" for folder in folders_of([*names, ""], str(options.audio))][:-1]
    with ExitStack() as stack:
        stage = None
        if options.audio is not None:
            for source in options.sources:
                keep_apart(source, options.audio, files)
            stage = stack.enter_context(staged(options.audio, files, "--audio"))
        for i, (recording, file) in enumerate(zip(recordings, files, strict=True)):
            on_progress(f"{recording.name}: playing", READING + (1.0 - READING - TIMING) * i / len(recordings))
            results = [
                training.evaluate_instrument(trained, passage, options.reverb, options.seed)
                for passage in recording.passages
            ]
            played = np.concatenate([audio for _, audio in results])
            if not np.all(np.isfinite(played)):
                raise UserError("RUN: it plays NaN or infinite samples, expected another instrument")
            if stage is not None:
                write_audio(stage / file, played, rate)
            figures = training.join_figures([figures for figures, _ in results])
            if options.analysis:
                parts = [evaluate_analysis(passage, rate, options.seed) for passage in recording.passages]
                figures["analysis"] = training.join_figures(parts)
            state = None if known is None else known.get(recording.key, "unseen")
            found.append({"name": recording.name, "learned": state, **figures})
    return found


def _joined(found: list[dict[str, Any]]) -> dict[str, Any]:
    """Figures of all recordings, of those that were learned and the others, and of the analysis."""
    report: dict[str, Any] = {"total": training.join_figures(found)}
    for state in ("learned", "partly learned", "unseen"):
        if parts := [recording for recording in found if recording["learned"] == state]:
            report[state] = training.join_figures(parts)
    if parts := [recording["analysis"] for recording in found if "analysis" in recording]:
        report["analysis"] = training.join_figures(parts)
    return report
