"""Break the library on purpose and see whether the tests notice: `python -m tests.mutate [FILE...]`.

    python -m tests.mutate ddsp/core/units.py                    # 20 mutants, all NumPy tests of core
    python -m tests.mutate ddsp/core/phase.py -n 50 --tests tests/test_phase.py
    python -m tests.mutate --quick                               # what CI runs: the named mutants below

A mutant is one change of a file: another operator, comparison or number. It dies if a test fails. The sample is the
same for a seed. The tests run in a copy of the tree, so that the working tree is never changed. Survivors are listed
with their line: each asks for a test, or for code that is not needed.
"""

from __future__ import annotations

import argparse
import ast
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
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
#: Tests of a file, by the first part of its path that is listed here.
TESTS = {
    "ddsp/analysis": ["tests/test_analysis.py"],
    "ddsp/losses": ["tests/test_parity.py", "tests/test_audio_losses.py", "tests/test_parameter_losses.py"],
    "ddsp": ["tests/test_parity.py", "tests/test_properties.py", "tests/test_golden.py"],
}


class Mutant(NamedTuple):
    """A change of the text of a file, and the tests that should notice."""

    file: str
    old: str
    new: str
    tests: tuple[str, ...]
    start: int = -1

    def applied(self, source: str) -> str:
        start = self.start if self.start >= 0 else source.index(self.old)
        return source[:start] + self.new + source[start + len(self.old) :]


def _choice(file: str, *k: str, backends: str = "numpy") -> tuple[str, ...]:
    return f"tests/test_{file}.py", "-k", " and ".join(k), "--backends", backends


_OFFSET, _SIGN = _choice("analysis", "offset_has_no_bias"), _choice("scales", "keeps_its_sign")
#: Mutants that CI runs: faults that tests once let pass, and one of each kind of code. All must die.
NAMED = (
    Mutant("ddsp/core/band_limiting.py", "f0 = xp.abs(f0_hz)", "f0 = f0_hz", _choice("tables", "negative_frequency")),
    Mutant("ddsp/core/lookup.py", "xp.where(xp.isnan(lower), xp.full_like(lower, least), xp.clip(lower, least, most))",
           "xp.clip(lower, least, most)", _choice("tables", "no_number")),
    Mutant("ddsp/core/harmonic_bank.py", "xp.where(f0_hz < 0.0, -small, small)", "small",
           _choice("harmonic_sum", "negative_frequencies")),
    Mutant("ddsp/core/phase.py", "plain[:, -1:, -1, :])", "plain[:, :1, -1, :])", _choice("phase", "stream_join")),
    Mutant("ddsp/core/math.py", "math.copysign(eps, denominator)", "eps", _SIGN),
    Mutant("ddsp/core/math.py", "xp.full_like(denominator, -eps)", "xp.full_like(denominator, eps)", _SIGN),
    Mutant("ddsp/core/units.py", "math.log2(440.0)) + 69.0", "math.log2(440.0)) - 69.0",
           _choice("parity", "hz_to_midi")),
    Mutant("ddsp/core/units.py", "if hz > 0.0 else", "if hz > 1.0 else", _choice("scales", "below_1_hz")),
    Mutant("ddsp/processors.py", "sin(angle) * signal_one", "sin(angle) - signal_one", _choice("processors", "mix")),
    Mutant("ddsp/analysis/controls.py", "audio - xp.mean(audio, axis=1, keepdims=True)", "audio", _OFFSET),
    Mutant("ddsp/analysis/controls.py", "magnitudes / left, magnitudes", "magnitudes, magnitudes", _OFFSET),
    Mutant("ddsp/analysis/controls.py", "square - 6.0", "square - 0.0", _OFFSET),
    Mutant("ddsp/analysis/controls.py", "rest, f0_hz, confidence,", "rest, f0_hz, xp.ones_like(f0_hz),",
           _choice("analysis", "doubtful")),
    Mutant("ddsp/backends/_host.py", "> size and all(x.shape[0] == arrays[0].shape[0] for x in arrays)", "> size",
           _choice("shortcuts", "not_cut_in_parts")),
    Mutant("ddsp/backends/torch.py", "(cotangent * g)", "g",
           _choice("shortcuts", "gradients_by_hand", "parts", backends="torch")),
    Mutant("ddsp/backends/torch.py", "[int(seed) for seed in drawn]", "[int(drawn[0])] * n",
           _choice("keys", "generator", backends="torch")),
)  # fmt: skip


def mutants_of(file: str, tests: tuple[str, ...]) -> Iterator[Mutant]:
    """All mutants of a file: each operator, comparison and number of its functions, once."""
    source = (ROOT / file).read_text()
    starts = [0, *(i + 1 for i, c in enumerate(source) if c == "\n")]

    def at(line: int, column: int) -> int:  # columns count bytes
        return starts[line - 1] + len(source[starts[line - 1] :].encode()[:column].decode())

    tree = ast.parse(source)
    for function in (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)):
        for node in (n for statement in function.body for n in ast.walk(statement)):
            if isinstance(node, ast.BinOp):
                pairs = [(node.left, node.op, node.right)]
            elif isinstance(node, ast.Compare):
                pairs = list(zip([node.left, *node.comparators], node.ops, node.comparators, strict=False))
            elif isinstance(node, ast.BoolOp):
                pairs = [(a, node.op, b) for a, b in zip(node.values, node.values[1:], strict=False)]
            elif isinstance(node, ast.Constant) and type(node.value) in (int, float):
                start, end = at(node.lineno, node.col_offset), at(node.end_lineno, node.end_col_offset)
                yield Mutant(file, source[start:end], f"({source[start:end]} + 1)", tests, start)
                continue
            else:
                continue
            for left, op, right in pairs:
                begin, end = at(left.end_lineno, left.end_col_offset), at(right.lineno, right.col_offset)
                sign = SIGNS.get(type(op))
                if sign and source[begin:end].count(sign):
                    yield Mutant(file, sign, SWAPS[type(op)], tests, source.index(sign, begin))


def survives(mutant: Mutant, copy: Path) -> bool:
    """Whether the tests pass in the copy with this change."""
    path = copy / mutant.file
    source = path.read_text()
    path.write_text(mutant.applied(source))
    try:
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "--backends", "numpy"]
        environment = {
            **os.environ,
            "PYTHONPATH": str(copy),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # hypothesis takes longer to import than most tests to run
        }
        done = subprocess.run([*command, *mutant.tests], cwd=copy, env=environment, capture_output=True, check=False)
        if done.returncode not in (0, 1, 2):  # 1: tests failed; 2: they could not be imported
            raise RuntimeError(done.stdout.decode()[-500:] + done.stderr.decode()[-500:])
        return done.returncode == 0
    finally:
        path.write_text(source)


def tests_of(file: str) -> tuple[str, ...]:
    return tuple(next(tests for part, tests in TESTS.items() if file.startswith(part)))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutate", description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="*", help="such as ddsp/core/units.py")
    parser.add_argument("-n", type=int, default=20, help="mutants of each file (default: 20)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--tests", nargs="+", help="test files, with pytest's options after --tests")
    parser.add_argument("--quick", action="store_true", help="the named mutants alone")
    options = parser.parse_args()
    chosen = list(NAMED) if options.quick else []
    for file in options.files:
        found = list(mutants_of(file, tuple(options.tests or tests_of(file))))
        chosen += random.Random(options.seed).sample(found, min(options.n, len(found)))
    alive = []
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for name in ("ddsp", "tests", "benchmarks", "docs"):
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("conftest.py", "pyproject.toml", "README.md"):
            shutil.copy(ROOT / name, copy)
        for mutant in chosen:
            source = (ROOT / mutant.file).read_text()
            start = mutant.start if mutant.start >= 0 else source.index(mutant.old)
            where = f"{mutant.file}:{source.count(chr(10), 0, start) + 1}: {mutant.old.strip()} -> {mutant.new.strip()}"
            lives = survives(mutant, copy)
            print(f"{'SURVIVES' if lives else 'dies'}  {where}", flush=True)
            alive += [where] if lives else []
    print(f"{len(chosen) - len(alive)} of {len(chosen)} mutants die")
    return 1 if options.quick and alive else 0


if __name__ == "__main__":
    sys.exit(main())
