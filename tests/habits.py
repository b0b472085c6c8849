"""Table docs/habits.md: common uses of modules in each framework, and whether modules of `ddsp.<framework>` allow them.

Each habit is a function in `tests/habits_<framework>.py`:

    @habit("torch", "`copy.deepcopy`")
    def deepcopy(use):
        use.check(use.call(copy.deepcopy(use.module)))

It runs for each subject, which is a public module with small inputs. `use` has a new module, arrays of the framework
and the expected result (`Use`). A failure raises an exception. Options of `habit`:

- `subjects`: names of modules, if testing all of them takes too long or the habit needs trainable values;
- `refused`: {name of a module or family, or "all": (reason, pattern)} for uses that the library rejects. The run must
  then end in an error whose message contains the pattern, and the cell has "no: reason".

A row is a habit, and a column is a family of modules. `pytest --habits tests/test_habits.py` writes the rows whose runs
all passed, and keeps the other rows. Without the option, the test fails if the file differs from the registered habits.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

import ddsp

from .backends import get_backend
from .cases import normal
from .ops import all_cases

TABLE = Path(__file__).parents[1] / "docs" / "habits.md"
#: Columns: families of public modules.
FAMILIES = {
    "additive synths": ("Harmonic", "Sinusoidal", "SurrogateSinusoidal"),
    "`Wavetable`": ("Wavetable",),
    "`FilteredNoise`": ("FilteredNoise",),
    "simple": ("ADSR", "TensorToAudio", "Add", "Mix", "Crop"),
    "filters, delays": ("FIRFilter", "ModDelay"),
    "networks": ("DilatedConvDecoder", "RnnFcDecoder", "MfccTimeDistributedRnnEncoder"),
    "reverbs": ("Reverb", "TrainableReverb", "DecayingReverb", "ExpDecayReverb", "FilteredNoiseReverb"),
    "graphs": ("ProcessorGroup", "LossGroup", "Instrument"),
    "spectral losses": ("SpectralLoss", "MultiScaleEnvelopeLoss"),
    "waveform losses": ("SISDRLoss", "ESRLoss", "DCLoss", "LogCoshLoss"),
    "losses of controls": (
        "ParamLoss", "FilteredNoiseConsistencyLoss", "HarmonicConsistencyLoss", "WassersteinConsistencyLoss",
        "KDEConsistencyLoss", "TWMLoss", "HmmTranscriber",
    ),
    "CREPE, embeddings": ("EmbeddingLoss", "PretrainedCREPE", "PretrainedCREPEEmbeddingLoss"),
}  # fmt: skip
#: Sections of the file.
FRAMEWORKS = {"torch": "PyTorch", "jax": "JAX", "tensorflow": "TensorFlow and Keras"}
HEADER = """# Habits

Which features of each framework work with the modules of `ddsp.torch`, `ddsp.jax` and `ddsp.tensorflow`. A row is
something that users of the framework do with a module, and a column is a family of modules. `pytest --habits` writes
this page from the tests in `tests/habits_*.py`.

- *yes*: a test does this with every module of the family, or with those in parentheses. It compares the results with
  those of the plain processor in NumPy and float64.
- *no*: a test expects a clear error.
- A dash: not tested. Either it needs trainable values, which these modules do not have, or only some modules are tested
  because compiling takes long.
"""


@dataclass(frozen=True)
class Subject:
    """A public module, and arrays for it.

    inputs : float64 arrays by the argument's name.
    make : function `make(library, **settings)` that makes the module; `library` is `ddsp` or a framework module.
    """

    name: str
    inputs: dict[str, np.ndarray]
    make: Callable[..., Any]
    as_dict: bool = False

    @property
    def family(self) -> str:
        return next(family for family, names in FAMILIES.items() if self.name in names)

    def call(self, module: Any, inputs: dict[str, Any]) -> Any:
        """Call the module and return one array; a dictionary of losses is summed."""
        if not self.as_dict:
            result = module(**inputs)
        else:
            noise = {"noise": {"filtered_noise": inputs["noise"]}} if "noise" in inputs else {}
            result = module({name: x for name, x in inputs.items() if name != "noise"}, **noise)
        return sum(result.values()) if isinstance(result, dict) else result

    @cached_property
    def expected(self) -> np.ndarray:
        """Result of the plain module for the float64 inputs."""
        return np.asarray(self.call(self.make(ddsp), self.inputs))


def _group(library: Any) -> Any:
    """Sum of harmonics and noise, with a trainable reverb."""
    return library.processors.ProcessorGroup(
        dag=[
            (library.synths.Harmonic(n_samples=155), ["amplitudes", "harmonic_distribution", "f0_hz"]),
            (library.synths.FilteredNoise(n_samples=155, initial_bias=-1.0), ["magnitudes"]),
            (library.processors.Add(), ["harmonic/signal", "filtered_noise/signal"]),
            (library.effects.TrainableReverb(reverb_length=31, add_dry=False), ["add/signal"]),
        ]
    )


def _instrument(library: Any) -> Any:
    """A small decoder with a reverb."""
    splits = (("amplitudes", 1), ("harmonic_distribution", 5), ("noise_magnitudes", 5))
    decoder = library.nn.DilatedConvDecoder(splits, channels=3, stacks=1, layers_per_stack=1)
    reverb = library.effects.DecayingReverb(reverb_length=31)
    return library.instruments.Instrument(decoder, reverb, sample_rate=4000, hop_size=16)


def _losses(library: Any) -> Any:
    return library.losses.LossGroup(
        dag=[(library.losses.ESRLoss(), ["target", "audio"]), (library.losses.DCLoss(), ["target", "audio"])]
    )


@lru_cache
def subjects() -> dict[str, Subject]:
    """All subjects by name: the first case of each class in tests/ops, and groups."""
    found: dict[str, Subject] = {}
    wet = {"TrainableReverb": {"add_dry": False}}  # the wet signal, which is small, alone
    for case in all_cases():
        package, name, *method = case.path.split(".")
        if method != ["__call__"] or name in found:
            continue
        if name == "Instrument":
            own, make, as_dict = case.inputs.keys() - {"f0_hz", "loudness_db", "noise"}, _instrument, False
        elif name in ("ProcessorGroup", "LossGroup"):
            own, make, as_dict = {"ir"}, {"ProcessorGroup": _group, "LossGroup": _losses}[name], True
        else:
            own, make, as_dict = {spec.name for spec in _class(ddsp, package, name)(**case.init).params}, None, False

        def make_one(
            library: Any, package: str = package, name: str = name, init: Any = case.init, **settings: Any
        ) -> Any:
            return _class(library, package, name)(**{**init, **wet.get(name, {}), **settings})

        inputs = {name: x for name, x in case.inputs.items() if name not in own}
        found[name] = Subject(name, inputs, make or make_one, as_dict)
    return found


def _class(library: Any, package: str, name: str) -> Any:
    return getattr(getattr(library, package), name)


@dataclass(frozen=True)
class Habit:
    """A row: a use of modules in a framework, the modules it is tested with, and the expected errors."""

    framework: str
    text: str
    run: Callable[[Use], None]
    subjects: tuple[str, ...] = ()
    refused: dict[str, tuple[str, str]] = field(default_factory=dict)

    def chosen(self) -> list[Subject]:
        return [s for s in subjects().values() if not self.subjects or s.name in self.subjects]

    def refusal(self, subject: Subject) -> tuple[str, str] | None:
        """Reason and pattern of the expected error, or None."""
        names = (subject.name, subject.family, "all")
        return next((self.refused[name] for name in names if name in self.refused), None)

    def cells(self) -> list[str]:
        """Cells of the row, one for each family."""
        return [self._cell(names) for names in FAMILIES.values()]

    def _cell(self, names: tuple[str, ...]) -> str:
        chosen = sorted((s for s in self.chosen() if s.name in names), key=lambda s: names.index(s.name))
        allowed = [s.name for s in chosen if self.refusal(s) is None]
        parts = []
        if allowed:
            some = "" if len(allowed) == len(names) else f" ({', '.join(f'`{name}`' for name in allowed)})"
            parts.append(f"yes{some}")
        for reason in dict.fromkeys(r[0] for s in chosen if (r := self.refusal(s)) is not None):
            parts.append(f"no: {reason}")
        return "; ".join(parts) or "-"


HABITS: list[Habit] = []


def habit(framework: str, text: str, **options: Any) -> Callable:
    """Register a function of a `Use` as a row of docs/habits.md."""

    def register(run: Callable[[Use], None]) -> Callable[[Use], None]:
        HABITS.append(Habit(framework, text, run, **options))
        return run

    return register


@lru_cache
def all_habits() -> tuple[Habit, ...]:
    for path in sorted(Path(__file__).parent.glob("habits_*.py")):
        import_module(f"tests.{path.stem}")
    order = list(FRAMEWORKS)
    return tuple(sorted(HABITS, key=lambda h: order.index(h.framework)))


@dataclass(frozen=True)
class Use:
    """Argument of a habit: a module with inputs and the expected result."""

    subject: Subject
    framework: str

    @cached_property
    def backend(self) -> Any:
        """Test backend of the framework, from `tests/backends.py`."""
        return get_backend(self.framework)

    @cached_property
    def library(self) -> Any:
        return import_module(f"ddsp.{self.framework}")

    @cached_property
    def module(self) -> Any:
        return self.made()

    def made(self, **settings: Any) -> Any:
        """Make a new module of the framework."""
        return self.subject.make(self.library, **settings)

    @cached_property
    def inputs(self) -> dict[str, Any]:
        return self.arrays("float32")

    def arrays(self, dtype: str) -> dict[str, Any]:
        """Inputs as arrays of the framework by name."""
        return {name: self.backend.asarray(x, dtype) for name, x in self.subject.inputs.items()}

    def call(self, module: Any = None, inputs: dict[str, Any] | None = None) -> Any:
        """Call a module with the inputs and return one array."""
        return self.subject.call(self.module if module is None else module, self.inputs if inputs is None else inputs)

    def check(self, result: Any, rtol: float = 2e-4) -> None:
        """Assert that a result equals the plain module's in float64, up to rtol times its largest value."""
        found, expected = self.backend.to_numpy(result), self.subject.expected
        assert found.shape == expected.shape, f"shape {found.shape}, expected {expected.shape}"
        worst = np.max(np.abs(found.astype(np.float64) - expected), initial=0.0)
        assert worst <= rtol * np.max(np.abs(expected), initial=1e-12), f"{worst:.2g} off"

    def direction(self, name: str) -> np.ndarray:
        """Random direction of the shape of an input, for directional derivatives."""
        return normal(f"along {name}", *self.subject.inputs[name].shape)


def render(rows: dict[tuple[str, str], list[str]]) -> str:
    """Text of the page: a table for each framework."""
    parts = [HEADER]
    for framework, title in FRAMEWORKS.items():
        ours = {text: cells for (name, text), cells in rows.items() if name == framework}
        if ours:
            parts += [f"## {title}\n", f"| | {' | '.join(FAMILIES)} |\n|{'---|' * (len(FAMILIES) + 1)}"]
            parts += [f"| {text} | {' | '.join(cells)} |" for text, cells in ours.items()]
            parts.append("")
    return "\n".join(parts)


def registered() -> dict[tuple[str, str], list[str]]:
    """Expected rows."""
    return {(h.framework, h.text): h.cells() for h in all_habits()}


def read(path: Path = TABLE) -> dict[tuple[str, str], list[str]]:
    """Rows of the file."""
    found, framework = {}, ""
    titles = {title: name for name, title in FRAMEWORKS.items()}
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        if line.startswith("## "):
            framework = titles[line[3:]]
        elif line.startswith("| ") and not line.startswith("| |"):
            text, *cells = [part.strip() for part in line.strip("| ").split(" | ")]
            found[framework, text] = cells
    return found


class Collector:
    """Plugin that writes each row whose runs all passed, also in worker processes, and keeps the other rows."""

    def __init__(self, path: Path = TABLE):
        self.path = path
        self.passed: dict[tuple[str, str], set[str]] = defaultdict(set)

    def pytest_runtest_logreport(self, report):
        for name, value in report.user_properties if report.when == "call" and report.passed else ():
            if name == "habit":
                framework, text, subject = value
                self.passed[framework, text].add(subject)

    def pytest_terminal_summary(self, terminalreporter):
        old, rows, missing = read(self.path), {}, []
        for h in all_habits():
            key = h.framework, h.text
            if {s.name for s in h.chosen()} <= self.passed[key]:
                rows[key] = h.cells()
            else:
                missing.append(h.text)
                rows |= {key: old[key]} if key in old else {}
        self.path.write_text(render(rows), encoding="utf-8")
        names = ", ".join(missing) if len(missing) <= 10 else f"{len(missing)} rows"
        kept = f"; as they were, not tested or failed: {names}" if missing else ""
        terminalreporter.write_line(f"habits: wrote {self.path}{kept}")
