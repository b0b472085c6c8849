"""docs/parity.md is complete and agrees with the tests: `pytest --parity` writes it anew."""

from __future__ import annotations

import re

import pytest

from .ops import all_cases
from .parity_table import TABLE, Collector, columns, read, render, row_of, rows_named, wanted, with_rows

CASES = all_cases()
CELL = re.compile(r"sizes|layers|(?P<float32>\S+), (?P<float64>\S+?)(, ∂ (?P<gradient>\S+))?")


@pytest.fixture
def table(request):
    if request.config.getoption("--parity"):
        pytest.skip("about to be written")
    return read()


def test_every_op_has_its_row(table):
    rows = {row_of(case) for case in CASES}
    missing, gone = sorted(rows - set(table)), sorted(set(table) - rows)
    assert not missing, f"docs/parity.md lacks rows: `pytest --parity {','.join(missing)}`"
    assert not gone, f"docs/parity.md has rows of no case, to be removed: {', '.join(gone)}"


def test_no_cell_is_blank(table):
    for row, texts in table.items():
        assert len(texts) == len(columns()), f"{row}: a blank cell, or one too many: `pytest --parity {row}`"
        for (name, mode), text in zip(columns(), texts, strict=True):
            match = CELL.fullmatch(text)
            kinds = {kind for kind, value in match.groupdict().items() if value} if match else {text}
            assert kinds == wanted().get((row, name, mode), set()), (
                f"{row}, {name} {mode}: {text!r}: `pytest --parity {row}`"
            )


def test_numbers_are_within_the_tolerances(table):
    limits = {row: max(c.rtol32 for c in CASES if row_of(c) == row) for row in table}
    for row, texts in table.items():
        for text in texts:
            numbers = CELL.fullmatch(text).groupdict()
            if numbers["float32"]:
                assert float(numbers["float32"]) <= 1.05 * limits[row], f"{row}: {text}"  # rounded to one digit
                assert float(numbers["float64"]) <= 1e-10, f"{row}: {text}"


def test_a_table_is_written_only_when_every_cell_was_measured(tmp_path):
    class Terminal:
        lines = []

        def write_line(self, text):
            self.lines.append(text)

    collector = Collector(tmp_path / "parity.md")
    for key, kinds in wanted().items():
        collector.cells[key] = dict.fromkeys(kinds, 2.2e-16)
    collector.pytest_terminal_summary(Terminal())
    assert collector.path.read_text() == render(collector.cells)
    assert set(read(collector.path)) == {row_of(case) for case in CASES}
    collector.path.unlink()
    collector.cells[next(iter(wanted()))].pop("float32")
    collector.pytest_terminal_summary(Terminal())
    assert not collector.path.exists() and "1 cells not measured" in Terminal.lines[-1]


def some_cells(value=2.2e-16):
    return {key: dict.fromkeys(kinds, value) for key, kinds in wanted().items()}


def test_the_value_of_the_option_names_rows():
    assert rows_named("exp_sigmoid") == ["core.exp_sigmoid", "core.sym_exp_sigmoid"]
    assert set(rows_named("spectralloss, core.diff")) == {"losses.SpectralLoss", "core.diff"}
    for nothing in ("no_such_op", "diff,no_such_op", ","):
        with pytest.raises(pytest.UsageError, match="no case in tests/ops"):
            rows_named(nothing)


CORE = sorted(row_of(case) for case in CASES if case.path.startswith("core."))


@pytest.mark.parametrize("row", [CORE[0], "core.resample", CORE[-1], "losses.SpectralLoss"])
def test_a_row_is_renewed_or_added_in_its_place(row):
    cells = some_cells()
    text = render(cells)
    newer = with_rows(text, [row], some_cells(0.25))
    changed = [(a, b) for a, b in zip(text.split("\n"), newer.split("\n"), strict=True) if a != b]
    assert len(changed) == 1 and changed[0][1].startswith(f"| `{row.partition('.')[2]}`") and "2e-1" in changed[0][1]
    room = text.index(f"## {row.partition('.')[0]}\n")
    line = text.index(f"| `{row.partition('.')[2]}`", room)
    without = text[:line] + text[text.index("\n", line) + 1 :]
    assert with_rows(without, [row], cells) == text


def test_only_measured_rows_are_written(tmp_path):
    collector = Collector(tmp_path / "parity.md", rows=["core.diff"])
    collector.path.write_text(TABLE.read_text())
    assert "not measured" in collector.write()
    collector.cells.update({key: cell for key, cell in some_cells().items() if key[0] == "core.diff"})
    collector.failed = 1
    assert "1 tests failed" in collector.write() and collector.path.read_text() == TABLE.read_text()
    collector.failed = 0
    assert "wrote core.diff in" in collector.write()
    assert {row for row, texts in read(collector.path).items() if texts != read()[row]} == {"core.diff"}
