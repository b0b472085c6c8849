"""Uses of modules in each framework (`tests/habits_*.py`), and the table docs/habits.md."""

from __future__ import annotations

import pytest

from conftest import require_backend
from ddsp import effects, instruments, losses, nn, pretrained_models, processors, synths
from ddsp._modules import is_wrapped

from .habits import FAMILIES, TABLE, Collector, Habit, Use, all_habits, read, registered, render, subjects

RUNS = [(h, s) for h in all_habits() for s in h.chosen()]


@pytest.mark.parametrize(("habit", "subject"), RUNS, ids=[f"{h.framework}-{h.run.__name__}-{s.name}" for h, s in RUNS])
def test_habit(habit, subject, record_property, request):
    if habit.framework not in request.config.getoption("--backends"):
        pytest.skip(f"--backends without {habit.framework}")
    require_backend(habit.framework)
    refusal = habit.refusal(subject)
    if refusal is None:
        habit.run(Use(subject, habit.framework))
    else:
        with pytest.raises(Exception, match=refusal[1]):
            habit.run(Use(subject, habit.framework))
    record_property("habit", [habit.framework, habit.text, subject.name])


def test_the_table_is_what_is_registered(request):
    if request.config.getoption("--habits"):
        pytest.skip("about to be written")
    if TABLE.read_text(encoding="utf-8") != render(registered()):
        pytest.fail(f"docs/habits.md is out of date: {command_for(read(), all_habits())}", pytrace=False)


def command_for(rows, habits):
    """What writes the rows that differ: the whole table if there are many."""
    stale = [f"{h.framework}-{h.run.__name__}-" for h in habits if rows.get((h.framework, h.text)) != h.cells()]
    if not stale:  # a row too many, which any run removes
        stale = [f"{habits[0].framework}-{habits[0].run.__name__}-"]
    chosen = stale if len(stale) <= 20 else []
    return "pytest --habits tests/test_habits.py" + (f" -k '{' or '.join(chosen)}'" if chosen else "")


def test_the_command_runs_the_rows_that_differ():
    second = all_habits()[1]
    rows = registered() | {(second.framework, second.text): ["-"]}
    assert command_for(rows, all_habits()).endswith(f" -k '{second.framework}-{second.run.__name__}-'")
    assert command_for({}, all_habits()) == "pytest --habits tests/test_habits.py"


def test_every_public_module_is_in_a_family():
    packages = (processors, synths, effects, losses, pretrained_models, nn, instruments)
    public = {value for package in packages for name in package.__all__ if is_wrapped(value := getattr(package, name))}
    in_families = {name for names in FAMILIES.values() for name in names}
    names = {cls.__name__ for cls in public} - {"Listener", "LiveInstrument"}  # tests/test_streaming_live.py
    missing, gone = names - in_families, in_families - names
    assert not missing and not gone, (
        f"FAMILIES in tests/habits.py: lacks {sorted(missing)}, has {sorted(gone)} too much"
    )
    assert set(subjects()) == names


def test_rows_that_were_not_measured_stay_as_they_are(tmp_path):
    class Terminal:
        def write_line(self, text):
            self.text = text

    path = tmp_path / "habits.md"
    rows = {("torch", "one"): ["yes"] * len(FAMILIES), ("jax", "two"): ["no: reason"] * len(FAMILIES)}
    path.write_text(render(rows))
    assert read(path) == rows
    collector, terminal = Collector(path), Terminal()
    first, *_ = all_habits()
    collector.passed[first.framework, first.text] = {s.name for s in first.chosen()}
    collector.pytest_terminal_summary(terminal)
    assert read(path) == {(first.framework, first.text): first.cells()}  # "one" and "two" are not registered


def test_cells():
    habit = Habit("torch", "x", print, ("Harmonic", "ModDelay"), {"ModDelay": ("it has none", "none")})
    assert habit.cells()[:5] == ["yes (`Harmonic`)", "-", "-", "-", "no: it has none"]
