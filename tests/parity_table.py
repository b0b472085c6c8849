"""docs/parity.md: what the parity tests measured, a row for each op and a column for each backend and mode.

`pytest --parity` writes it after a run in which every cell was measured. `pytest --parity saturate,reverb` runs the
parity tests of the ops whose names contain one of these words, and writes their rows alone.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest

from .backends import BACKENDS, COMPILE_MODES
from .cases import Case, first_of_each_op
from .ops import all_cases

TABLE = Path(__file__).parents[1] / "docs" / "parity.md"
PARITY_TESTS = Path(__file__).parent / "test_parity.py"
#: The value of `--parity` without a name.
EVERY_OP = "*"
#: Names of the columns, by backend and mode. (NumPy's read-only arrays give NumPy's numbers.)
LABELS = {
    ("numpy", "eager"): "NumPy",
    ("strict", "eager"): "array-api-strict",
    ("torch", "eager"): "PyTorch",
    ("torch", "aot_eager"): "torch.compile",
    ("jax", "eager"): "JAX",
    ("jax", "jit"): "jax.jit",
    ("tensorflow", "eager"): "TensorFlow",
    ("tensorflow", "function"): "tf.function",
    ("tensorflow", "xla"): "tf.function, XLA",
}
HEADER = """# Parity

The measured error of each public op on each backend, eager and compiled, against a float64 oracle (`tests/ops/`).
`pytest --parity` writes this page. A cell has three numbers:

- the largest error in **float32**, then in **float64**, over the cases of the op (`tests/ops/`), relative to the
  largest magnitude of the oracle's output;
- after ∂, the largest error of the **float64 gradient** in random directions, relative to the norm of the gradient. It
  is measured against finite differences of the oracle, whose own error is about 1e-7 at best.

NumPy and array-api-strict have no gradient. *no ∂* marks an op without a differentiable argument. *sizes* marks an op
that computes integers from integers, so there is nothing to compile. torch.compile runs with `fullgraph=True` on
AOTAutograd; the whole chain and the phase ops also run under Inductor (`tests/test_transforms.py`). The compiled
columns and eager JAX run only the first case of each op. *layers* marks a network, whose layers have rows of their own.
0 means that the result equals the oracle.
"""


def row_of(case: Case) -> str:
    """The public name: a class for its methods."""
    return ".".join(case.path.split(".")[:2])


def columns() -> list[tuple[str, str]]:
    return [
        (name, mode) for name in BACKENDS for mode in ("eager", *COMPILE_MODES.get(name, ())) if (name, mode) in LABELS
    ]


def wanted() -> dict[tuple[str, str, str], set[str]]:
    """The numbers that each cell (row, backend, mode) must have."""
    found: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    cases = all_cases()
    for case in first_of_each_op(cases):
        for name, mode in columns():
            if mode == "eager" or (case.inputs and case.compiled):
                found[row_of(case), name, mode] |= {"float32", "float64"}
    for case in cases:
        if case.wrt:
            for name, mode in columns():
                if name in COMPILE_MODES and (mode == "eager" or case.compiled):
                    found[row_of(case), name, mode].add("gradient")
    return found


@pytest.fixture
def measured(record_property):
    """measured(case, backend name, compile mode or None, kind, error) keeps a number for the table."""

    def keep(case, name, mode, kind, error):
        record_property("parity", [row_of(case), name, mode or "eager", kind, float(error)])

    return keep


def rows_named(ops: str) -> list[str]:
    """The rows whose names contain a word of the comma list, upper or lower case."""
    words = [word.strip().lower() for word in ops.split(",") if word.strip()]
    rows = dict.fromkeys(row_of(case) for case in all_cases())
    unknown = [word for word in words or [ops] if not any(word in row.lower() for row in rows)]
    if unknown:
        raise pytest.UsageError(f"--parity: no case in tests/ops of an op with {', '.join(unknown)} in its name")
    return [row for row in rows if any(word in row.lower() for word in words)]


class Selector:
    """A plugin that leaves the parity tests of some rows, in worker processes too."""

    def __init__(self, rows: list[str]):
        self.rows = set(rows)

    def pytest_collection_modifyitems(self, config, items):
        cases = [getattr(item, "callspec", None) and item.callspec.params.get("case") for item in items]
        chosen = [case is not None and row_of(case) in self.rows for case in cases]
        config.hook.pytest_deselected(items=[item for item, keep in zip(items, chosen, strict=True) if not keep])
        items[:] = [item for item, keep in zip(items, chosen, strict=True) if keep]


class Collector:
    """A plugin that gathers the numbers, from worker processes as well, and writes the table or `rows` at the end."""

    def __init__(self, path: Path = TABLE, rows: list[str] | None = None):
        self.path = path
        self.rows = rows
        self.failed = 0
        self.cells: dict[tuple[str, str, str], dict[str, float]] = defaultdict(dict)

    def pytest_runtest_logreport(self, report):
        self.failed += report.failed
        for name, value in report.user_properties if report.when == "call" else ():
            if name == "parity":
                row, backend, mode, kind, error = value
                cell = self.cells[row, backend, mode]
                cell[kind] = max(error, cell.get(kind, 0.0))

    def pytest_terminal_summary(self, terminalreporter):
        terminalreporter.write_line(f"parity: {self.write()}")

    def write(self) -> str:
        """Write what was asked for if all of it was measured; say what was done."""
        missing = [
            key
            for key, kinds in wanted().items()
            if (self.rows is None or key[0] in self.rows) and not kinds <= set(self.cells.get(key, ()))
        ]
        if missing:
            return f"{len(missing)} cells not measured ({', '.join(missing[0])}, ...), nothing written"
        if self.rows is None:
            self.path.write_text(render(self.cells), encoding="utf-8")
            return f"wrote {self.path}"
        if self.failed:
            return f"{self.failed} tests failed, nothing written"
        text = self.path.read_text(encoding="utf-8")
        self.path.write_text(with_rows(text, self.rows, self.cells), encoding="utf-8")
        return f"wrote {', '.join(self.rows)} in {self.path}"


def render(cells) -> str:
    rows = {row_of(case) for case in all_cases()}
    parts, rooms = [HEADER], sorted({row.partition(".")[0] for row in rows})
    labels = [LABELS[column] for column in columns()]
    for room in rooms:
        parts.append(f"## {room}\n")
        parts.append("| op | " + " | ".join(labels) + " |\n|" + "---|" * (len(labels) + 1))
        parts += [line_of(row, cells) for row in sorted(r for r in rows if r.startswith(f"{room}."))]
        parts.append("")
    return "\n".join(parts)


def line_of(row: str, cells) -> str:
    """A row as the file has it."""
    cases = [case for case in all_cases() if row_of(case) == row]
    differentiable = any(case.wrt for case in cases)
    missing = "sizes" if any(case.compiled for case in cases) else "layers"
    texts = [_text(cells.get((row, *column)), missing) for column in columns()]
    return f"| `{row.partition('.')[2]}`{'' if differentiable else ' (no ∂)'} | " + " | ".join(texts) + " |"


def with_rows(text: str, rows: list[str], cells) -> str:
    """The file's text with these rows renewed, or added where the alphabet puts them; all else as it was."""
    lines = text.split("\n")
    for row in rows:
        room, _, op = row.partition(".")
        if f"## {room}" not in lines:
            raise pytest.UsageError(f"--parity: {room} is new in docs/parity.md: run the whole suite with --parity")
        at = lines.index(f"## {room}") + 4  # behind an empty line, the head and its rule
        while lines[at].startswith("| `") and lines[at].split("`")[1] < op:
            at += 1
        known = lines[at].startswith(f"| `{op}`")
        lines[at : at + known] = [line_of(row, cells)]
    return "\n".join(lines)


def _text(cell: dict[str, float] | None, missing: str) -> str:
    if not cell:
        return missing
    text = f"{_short(cell['float32'])}, {_short(cell['float64'])}"
    return text + (f", ∂ {_short(cell['gradient'])}" if "gradient" in cell else "")


def _short(x: float) -> str:
    mantissa, _, exponent = f"{x:.0e}".partition("e")
    return "0" if x == 0.0 else f"{mantissa}e{int(exponent)}"


def read(path: Path = TABLE) -> dict[str, list[str]]:
    """Row -> its cells, as the file has them."""
    found, room = {}, ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            room = line[3:]
        elif line.startswith("| `"):
            op, *texts = [text.strip() for text in line.strip("|").split(" | ")]
            found[f"{room}.{op.split('`')[1]}"] = texts
    return found
