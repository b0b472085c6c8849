"""Instructions in the README agree with CI."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_ci_runs_the_test_command_of_the_readme():
    commands = [line.strip() for line in (ROOT / "README.md").read_text().splitlines() if "&& pytest" in line]
    assert len(commands) == 1
    assert commands[0] in (ROOT / ".ci" / "run").read_text()


def test_links_lead_somewhere():
    for page in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")):
        for word in page.read_text().replace("`", " ").split():
            if word.startswith(("docs/", "tests/", "ddsp/", ".ci/")) and "..." not in word and "<" not in word:
                path = word.rstrip(".,;:)").rstrip("|")
                assert list(ROOT.glob(path.rstrip("/"))), f"{page.name} names {word}"


def test_oldest_versions_are_the_bounds():
    """The versions that .ci/oldest installs are the lower bounds in pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    chosen = (extras[name] for name in ("torch", "jax", "tensorflow", "pretrained", "cli"))
    rows = [*project["dependencies"], *(row for extra in chosen for row in extra)]
    lines = (ROOT / "oldest.txt").read_text().splitlines()
    oldest = dict(line.split("==") for line in lines if "==" in line)
    for row in rows:
        name, _, bound = row.partition(";")[0].strip().partition(">=")
        if bound and name != "tensorflow":
            assert (oldest[name] + ".").startswith(bound + ".") or oldest[name] == bound, row


def test_version_is_the_same_everywhere():
    version = re.search(r'__version__ = "(.*)"', (ROOT / "ddsp" / "__init__.py").read_text())[1]
    assert f"\nversion: {version}\n" in (ROOT / "CITATION.cff").read_text()
    changes = re.findall(r"^## \[(.*?)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert changes[:2] == ["Unreleased", version]
