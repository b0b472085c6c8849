"""Break the library on purpose and see whether the tests detect it: `python -m tests.mutate [FILE or FOLDER...]`.

    python -m tests.mutate ddsp/core/units.py                    # 20 mutants of the file
    python -m tests.mutate ddsp/core -n 8                        # 8 mutants of each file
    python -m tests.mutate --quick                               # the mutants that CI runs: NAMED and SAMPLE

A mutant is a file with one operator, comparison or number changed. It dies if a test fails. The choice of mutants
depends only on the seed and on the lines that they change. The tests run in a copy of the tree, so the working tree
does not change. They run once without a mutant, to record which tests call which functions. Each mutant is then tested
by the tests that call its function, fastest first. Survivors are listed with their line: a test is missing, the code is
not needed, or the mutant is equivalent (`x < 1.0` for `x <= 1.0` if both branches agree at 1).
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
SWAPS = {
    ast.Add: "-", ast.Sub: "+", ast.Mult: "/", ast.Div: "*", ast.FloorDiv: "/", ast.Mod: "*", ast.Pow: "*",
    ast.Lt: "<=", ast.LtE: "<", ast.Gt: ">=", ast.GtE: ">", ast.Eq: "!=", ast.NotEq: "==", ast.And: "or", ast.Or: "and",
}  # fmt: skip
SIGNS = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**",
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=", ast.And: "and", ast.Or: "or",
}  # fmt: skip
#: Default tests: the most sensitive ones that run in four minutes with NumPy alone, so without the command and CREPE.
TESTS = [
    *(f"tests/test_{name}.py" for name in (
        "analysis", "audio_losses", "effects", "filters", "framing", "golden", "graph", "half", "harmonic",
        "parameter_losses", "parity", "phase", "pitch_losses", "processors", "properties", "rates", "refinement",
        "resynthesis", "scales", "shortcuts", "spectral", "streaming", "streaming_effects", "streaming_envelopes",
        "streaming_groups", "streaming_surrogates", "streaming_synths", "streaming_wavetables", "surrogate", "tables",
        "voices",
    )),
    "ddsp", "-k", "not crepe and not CREPE and not compute_f0",
]  # fmt: skip
#: Time limit in seconds for the tests of a mutant: some mutants never end.
PATIENCE = 300.0


class Mutant(NamedTuple):
    """A change of the text of a file, and the tests that should detect it."""

    file: str
    old: str
    new: str
    tests: tuple[str, ...] = ()
    start: int = -1

    def place(self, source: str) -> int:
        return self.start if self.start >= 0 else source.index(self.old)

    def applied(self, source: str) -> str:
        start = self.place(source)
        return source[:start] + self.new + source[start + len(self.old) :]

    def line(self, source: str) -> int:
        return source.count("\n", 0, self.place(source)) + 1

    def __str__(self) -> str:
        source = (ROOT / self.file).read_text()
        line = self.line(source)
        text = source.splitlines()[line - 1].strip()
        return f"{self.file}:{line}: {self.old.strip()} -> {self.new.strip()}  in  {text}"


def _choice(file: str, *k: str, backends: str = "numpy") -> tuple[str, ...]:
    return f"tests/test_{file}.py", "-k", " and ".join(k), "--backends", backends


_OFFSET, _SIGN = _choice("analysis", "offset_has_no_bias"), _choice("scales", "keeps_its_sign")
#: Mutants that CI runs: faults that tests once missed, and one of each kind of code. All must die.
NAMED = (
    Mutant("ddsp/core/band_limiting.py", "f0 = xp.abs(f0_hz)", "f0 = f0_hz", _choice("tables", "negative_frequency")),
    Mutant("ddsp/core/lookup.py", "xp.where(xp.isnan(lower), xp.full_like(lower, least), xp.clip(lower, least, most))",
           "xp.clip(lower, least, most)", _choice("tables", "no_number")),
    Mutant("ddsp/core/harmonic/nyquist.py", "xp.where(f0_hz < 0.0, -small, small)", "small",
           _choice("harmonic", "negative_frequencies")),
    Mutant("ddsp/core/phase.py", "at_segments[:, -1:, :])", "at_segments[:, :1, :])", _choice("phase", "stream_join")),
    Mutant("ddsp/core/math.py", "math.copysign(eps, denominator)", "eps", _SIGN),
    Mutant("ddsp/core/math.py", "xp.full_like(denominator, -eps)", "xp.full_like(denominator, eps)", _SIGN),
    Mutant("ddsp/core/units.py", "math.log2(440.0)) + 69.0", "math.log2(440.0)) - 69.0",
           _choice("parity", "hz_to_midi")),
    Mutant("ddsp/core/units.py", "if hz > 0.0 else", "if hz > 1.0 else", _choice("scales", "below_1_hz")),
    Mutant("ddsp/processors/mixing.py", "sin(angle) * signal_one", "sin(angle) - signal_one",
           _choice("processors", "mix")),
    Mutant("ddsp/analysis/controls.py", "audio - xp.mean(audio, axis=1, keepdims=True)", "audio", _OFFSET),
    Mutant("ddsp/analysis/controls.py", "magnitudes / left, magnitudes", "magnitudes, magnitudes", _OFFSET),
    Mutant("ddsp/analysis/controls.py", "square - 6.0", "square - 0.0", _OFFSET),
    Mutant("ddsp/analysis/controls.py", "rest, f0_hz, confidence,", "rest, f0_hz, xp.ones_like(f0_hz),",
           _choice("analysis", "doubtful")),
    Mutant("ddsp/backends/_host.py", "> chunk_items(arrays) and all(x.shape[0] == arrays[0].shape[0] for x in arrays)",
           "> chunk_items(arrays)",
           _choice("shortcuts", "not_cut_in_chunks")),
    Mutant("ddsp/backends/torch.py", "(cotangent * g)", "g",
           _choice("shortcuts", "gradients_by_hand", "parts", backends="torch")),
    Mutant("ddsp/backends/torch.py", "[int(seed) for seed in drawn]", "[int(drawn[0])] * n",
           _choice("keys", "generator", backends="torch")),
)  # fmt: skip


#: One mutant of each of these files, chosen by a hash with the given seed. All of them die. If an edit leads to an
#: equivalent mutant, choose another seed.
SAMPLE = (
    ("ddsp/core/units.py", 0, _choice("parity", "test_value and (db or midi or unit)")),
    ("ddsp/core/envelopes.py", 0, _choice("parity", "test_value and adsr")),
    ("ddsp/core/scaling.py", 0, _choice("parity", "test_value and (sigmoid or softmax or critical)")),
    ("ddsp/core/convolution.py", 0, _choice("parity", "test_value and (fft or crop or filter)")),
    ("ddsp/core/oscillators.py", 0, _choice("parity", "test_value and (oscillator or nyquist or normalize)")),
    ("ddsp/losses/differences.py", 0, _choice("parity", "test_value and (mean_difference or convergence)")),
    ("ddsp/losses/wasserstein.py", 0, _choice("parity", "test_value and wasserstein")),
    ("ddsp/analysis/noise.py", 0, _choice("analysis", "noise_magnitudes or as_loud")),
    ("ddsp/analysis/offset.py", 0, _choice("resynthesis", "offset")),
    ("ddsp/training/adam.py", 0, _choice("refinement", "adam or epsilon or rate")),
)


def quick_sample() -> list[Mutant]:
    return [sample_of(file, 1, seed)[0]._replace(tests=tests) for file, seed, tests in SAMPLE]


def _is_number(node: ast.AST) -> bool:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        node = node.operand
    return isinstance(node, ast.Constant) and type(node.value) in (int, float)


def mutants_of(file: str) -> list[Mutant]:
    """All mutants of a file, one for each operator, comparison and number in its functions."""
    source = (ROOT / file).read_text()
    starts = [0, *(i + 1 for i, c in enumerate(source) if c == "\n")]

    def at(line: int, column: int) -> int:  # columns count bytes
        return starts[line - 1] + len(source[starts[line - 1] :].encode()[:column].decode())

    def found() -> Iterator[Mutant]:
        tree = ast.parse(source)
        # With the sign: in the -1 of a shape, another number than 1 would mean the same.
        negative = {(n.lineno, n.col_offset) for n in ast.walk(tree) if isinstance(n, ast.UnaryOp) and _is_number(n)}
        for function in (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)):
            for node in (n for statement in function.body for n in ast.walk(statement)):
                if isinstance(node, ast.BinOp):
                    pairs = [(node.left, node.op, node.right)]
                elif isinstance(node, ast.Compare):
                    pairs = list(zip([node.left, *node.comparators], node.ops, node.comparators, strict=False))
                elif isinstance(node, ast.BoolOp):
                    pairs = [(a, node.op, b) for a, b in zip(node.values, node.values[1:], strict=False)]
                elif _is_number(node) and (node.lineno, node.col_offset - 1) not in negative:
                    start, end = at(node.lineno, node.col_offset), at(node.end_lineno, node.end_col_offset)
                    yield Mutant(file, source[start:end], f"({source[start:end]} + 1)", start=start)
                    continue
                else:
                    continue
                for left, op, right in pairs:
                    begin, end = at(left.end_lineno, left.end_col_offset), at(right.lineno, right.col_offset)
                    sign = SIGNS.get(type(op))
                    if sign and source[begin:end].count(sign):
                        yield Mutant(file, sign, SWAPS[type(op)], start=source.index(sign, begin))

    return list(dict.fromkeys(found()))


def sample_of(file: str, n: int, seed: int) -> list[Mutant]:
    """Choose n mutants of a file by a hash of their lines, so that edits of other lines do not affect the choice."""
    source = (ROOT / file).read_text()

    def rank(mutant: Mutant) -> bytes:
        line_start = source.rfind("\n", 0, mutant.start) + 1
        line = source[line_start:].splitlines()[0]
        return hashlib.sha256(f"{seed} {file} {line} {mutant.start - line_start} {mutant.new}".encode()).digest()

    return sorted(mutants_of(file), key=rank)[:n]


class Judge:
    """Runs tests in a copy of the tree, and records which of them call a function."""

    def __init__(self, copy: Path):
        self.copy = copy
        for name in ("ddsp", "tests", "benchmarks", "docs", "examples"):
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("conftest.py", "pyproject.toml", "README.md"):
            shutil.copy(ROOT / name, copy)
        self.callers: dict[tuple[str, int], list[tuple[float, str]]] = defaultdict(list)

    def run(self, *arguments: str, mutated: bool = False) -> str:
        """Run tests; return '' if they pass, otherwise the output of pytest."""
        python = [sys.executable, "-m", "pytest", "-qx", "-rfE", "-p", "no:cacheprovider", "-p", "tests.calls"]
        environment = {
            **os.environ,
            "PYTHONPATH": str(self.copy),
            "PYTHONDONTWRITEBYTECODE": "1" if mutated else "",  # bytecode of unchanged files is shared by all runs
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # importing hypothesis takes longer than most tests
        }
        timeout = PATIENCE if mutated else None
        try:
            done = subprocess.run(
                [*python, "--backends", "numpy", *arguments],
                cwd=self.copy,
                env=environment,
                capture_output=True,
                text=True,
                timeout=timeout,
            )
        except subprocess.TimeoutExpired:
            return "no end"
        no_import = done.returncode == 4 and "ImportError while loading conftest" in done.stderr
        if done.returncode not in (0, 1, 2) and not no_import:  # 1: tests failed; 2: they could not be imported
            raise RuntimeError(done.stdout[-500:] + done.stderr[-500:])
        return done.stdout + done.stderr if done.returncode else ""

    def check(self, *tests: str) -> None:
        """Require that the tests pass without a mutant."""
        if said := self.run(*tests):
            raise SystemExit(f"tests fail without a mutant:\n{said[-3000:]}")

    def check_all(self, selections: Sequence[tuple[str, ...]]) -> None:
        """Run `check` for many selections made by `_choice`, grouped by backend."""
        for backend in sorted({s[-1] for s in selections}):
            some = [s for s in selections if s[-1] == backend]
            names = " or ".join(dict.fromkeys(f"({s[2]})" for s in some))
            self.check(*dict.fromkeys(s[0] for s in some), "-k", names, "--backends", backend)

    def watch(self, tests: Sequence[str]) -> None:
        """Run tests without a mutant, and record which functions they call."""
        print("the tests without a mutant, to record what they call: some minutes", flush=True)
        self.check("--calls", "calls.json", *tests)
        for test, (seconds, called) in json.loads((self.copy / "calls.json").read_text()).items():
            for file, line in called:
                self.callers[file, line].append((seconds, test))

    def tests_of(self, mutant: Mutant) -> tuple[str, ...]:
        """Tests that call the function that a mutant changes, fastest first."""
        source = (ROOT / mutant.file).read_text()
        line, functions = mutant.line(source), []
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef) and node.lineno <= line <= node.end_lineno:
                functions.append(min(x.lineno for x in (node, *node.decorator_list)))
        found = {pair for first in functions[:1] for pair in self.callers[mutant.file, first]}
        return tuple(test for _, test in sorted(found))

    def survives(self, mutant: Mutant) -> bool:
        """Test whether the tests pass with this mutant."""
        tests = mutant.tests or self.tests_of(mutant)
        path = self.copy / mutant.file
        source = path.read_text()
        path.write_text(mutant.applied(source))
        try:
            return not (tests and self.run(*tests, mutated=True))
        finally:
            path.write_text(source)


def files_of(paths: Sequence[str]) -> list[str]:
    files = (sorted((ROOT / path).rglob("*.py")) if (ROOT / path).is_dir() else [ROOT / path] for path in paths)
    return [str(file.resolve().relative_to(ROOT.resolve())) for part in files for file in part]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutate", description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="*", help="such as ddsp/core/units.py, or a folder")
    parser.add_argument("-n", type=int, default=20, help="mutants of each file (default: 20)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--tests", nargs="+", default=TESTS, help="tests to use (default: most of those for NumPy)")
    parser.add_argument("--quick", action="store_true", help="what CI runs")
    options = parser.parse_args()
    chosen = [*NAMED, *quick_sample()] if options.quick else []
    chosen += [mutant for file in files_of(options.files) for mutant in sample_of(file, options.n, options.seed)]
    alive = 0
    with tempfile.TemporaryDirectory() as folder:
        judge = Judge(Path(folder))
        if options.quick:
            judge.check_all([mutant.tests for mutant in chosen if mutant.tests])
        if options.files:
            judge.watch(options.tests)
        for mutant in chosen:
            lives = judge.survives(mutant)
            print("SURVIVES" if lives else "dies", mutant, flush=True)
            alive += lives
    print(f"{len(chosen) - alive} of {len(chosen)} mutants die")
    return 1 if options.quick and alive else 0


if __name__ == "__main__":
    sys.exit(main())
