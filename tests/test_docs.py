"""The guide in docs/: its code runs, links are valid, scripts draw the figures, and the site has all pages."""

from __future__ import annotations

import importlib
import importlib.util
import re
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from conftest import require_backend

DOCS = Path(__file__).parents[1] / "docs"
PAGES = sorted(DOCS.glob("*.md"))
GUIDE = ("processors", "synths_and_effects", "losses", "streaming", "train_an_instrument", "backends", "write_your_own")
LINK = re.compile(r"\]\(([^)#]*)(?:#([^)]*))?\)")
#: Written by `pytest --parity`, not by hand.
GENERATED = ("parity.md",)
MAX_BYTES = 60_000

by_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)


def blocks(page: Path) -> list[tuple[int, str]]:
    """Blocks of Python code in a page, each with the number of lines above it."""
    text = page.read_text()
    found = re.finditer(r"^```python\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    return [(text[: match.start(1)].count("\n"), match[1]) for match in found]


@pytest.mark.parametrize("name", GUIDE)
def test_the_code_of_a_page_runs(name):
    """Blocks run in order in one namespace, as a script (`__main__`). An error has the line number of the page."""
    page = DOCS / f"{name}.md"
    code = blocks(page)
    assert code, f"{page.name} has no ```python block"
    for framework in ("torch", "jax", "tensorflow"):
        if any(re.search(rf"import (ddsp\.)?{framework}\b", block) for _, block in code):
            require_backend(framework)
    namespace = {"__name__": "__main__"}
    for above, block in code:
        exec(compile("\n" * above + block, str(page), "exec", dont_inherit=True), namespace)


@by_page
def test_links_of_a_page_lead_somewhere(page):
    for target, anchor in LINK.findall(re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)):
        if target.startswith("http") or target in GENERATED:
            continue
        path = (page.parent / target).resolve() if target else page
        assert path.exists(), f"{page.name} links to {target}"
        if anchor:
            headings = re.findall(r"^#+ (.*)$", path.read_text(), re.MULTILINE)
            anchors = [re.sub(r"[^\w\- ]", "", heading).lower().replace(" ", "-") for heading in headings]
            assert anchor in anchors, f"{page.name} links to {target}#{anchor}; there are {anchors}"


@by_page
def test_public_names_of_a_page_exist(page):
    """Names such as `ddsp.core.name` in the text exist in the library."""
    import ddsp

    text = re.sub(r"ddsp\.(torch|jax|tensorflow|numpy)\b", "", page.read_text())
    for path in set(re.findall(r"\bddsp((?:\.[a-z_]+)(?:\.\w+)*)", text)):
        value = ddsp
        for part in path.split(".")[1:]:
            assert hasattr(value, part), f"{page.name} names ddsp{path}"
            value = getattr(value, part)


# Figures --------------------------------------------------------------------------------------------------------


@lru_cache
def script(name):
    """A script of docs/ as a module."""
    spec = importlib.util.spec_from_file_location(f"docs_{name}", DOCS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def drawing(name):
    """A module of docs/draw/."""
    pytest.importorskip("matplotlib")
    return importlib.import_module(f"docs.draw.{name}")


#: Figures that the pages and the docstrings show.
IN_PAGES = {Path(t).name for page in PAGES for t, _ in LINK.findall(page.read_text()) if t.startswith("figures/")}
IN_DOCSTRINGS = [
    target
    for path in sorted((DOCS.parent / "ddsp").rglob("*.py"))
    for target in re.findall(r"!\[[^\]]*\]\(([^)]*)\)", path.read_text())
]


def test_every_figure_is_drawn_by_a_script_and_shown():
    """The files, the figures that scripts draw, and the figures that pages or docstrings show are the same."""
    assert all(re.fullmatch(r"\.\./figures/\w+\.png", target) for target in IN_DOCSTRINGS), IN_DOCSTRINGS
    kept = {path.name for path in (DOCS / "figures").iterdir()}
    assert kept == {f"{name}.png" for name in drawing("style").load_figures()}
    assert kept == IN_PAGES | {Path(target).name for target in IN_DOCSTRINGS}


def test_figures_are_small_files():
    sizes = {path.name: path.stat().st_size for path in (DOCS / "figures").iterdir()}
    assert all(size < MAX_BYTES for size in sizes.values()), sizes


def test_scripts_of_figures_are_short_and_use_public_names():
    for path in (DOCS / "draw").glob("*.py"):
        text = path.read_text()
        assert text.count("\n") <= 120, path.name
        assert not re.search(r"\bddsp(\.\w+)*\._|from ddsp|ddsp\.(cli|backends)", text), path.name


def test_a_script_draws(tmp_path):
    style = drawing("style")
    style.load_figures()
    style.draw("group", tmp_path)
    assert (tmp_path / "group.png").stat().st_size > 1000


def test_a_graph_is_laid_out_from_left_to_right():
    places = drawing("processors").layout([("a", "x", ""), ("b", "x", ""), ("x", "y", "signal"), ("late", "y", "")])
    assert len(set(places.values())) == len(places)
    columns = {name: column for name, (column, _) in places.items()}
    assert columns["a"] == columns["b"] < columns["x"] == columns["late"] < columns["y"]
    np.testing.assert_allclose(places["a"][1], -places["b"][1])


# The site --------------------------------------------------------------------------------------------------------

NAVIGATION = re.findall(r"^ +- .+: (\S+\.md)$", (DOCS.parent / "mkdocs.yml").read_text(), re.MULTILINE)
#: Subpackages that are not public.
PRIVATE = {"backends", "cli"}
PACKAGES = {path.parent.name for path in (DOCS.parent / "ddsp").glob("*/__init__.py")} - PRIVATE


def test_every_page_is_in_the_navigation():
    pages = {page.name for page in PAGES if page.name != "README.md"}
    added = {"index.md", "guide.md", "examples.md", "figures.md", "contributing.md", "changelog.md"}
    api = {f"api/{name}.md" for name in PACKAGES}
    assert sorted(NAVIGATION) == sorted(pages | added | api)


@pytest.mark.parametrize("name", sorted(PACKAGES))
def test_api_page_has_every_public_name(name):
    """Every public name except those of jaxtyping; for a framework, its own function `wrap`."""
    pytest.importorskip("mkdocs")
    site = script("site")
    shown = re.findall(rf"^::: ddsp\.{name}\.(\w+)$", site.api_page(name), re.MULTILINE)
    expected = {"wrap"} if name in site.FRAMEWORKS else set(site.public_names(name)) - set(site.JAXTYPING)
    assert sorted(shown) == sorted(expected)


def test_links_and_names_of_a_page_as_on_the_site():
    pytest.importorskip("mkdocs")
    site = script("site")

    def change(text, uri):
        return site.on_page_markdown(text, SimpleNamespace(file=SimpleNamespace(src_uri=uri)), None, None)

    assert change("[a](../README.md#install)", "backends.md") == "[a](index.md#install)"
    assert change("[a](docs/README.md) ![b](docs/figures/b.png)", "index.md") == "[a](guide.md) ![b](figures/b.png)"
    assert change("[a](examples/vocode.py)", "index.md") == "[a](examples.md#vocode)"
    assert change("[a](../mkdocs.yml)", "backends.md") == "a"
    assert change("[a](missing.md)", "backends.md") == "[a](missing.md)", "mkdocs reports it"
    assert change("`ddsp.core.resample` `ddsp.core.x`", "losses.md") == "[`ddsp.core.resample`][] `ddsp.core.x`"
    assert change("```\n`ddsp.core.resample`\n```", "losses.md") == "```\n`ddsp.core.resample`\n```"


def test_page_of_figures_shows_each_once():
    pytest.importorskip("mkdocs")
    shown = re.findall(r"\]\(figures/(\w+\.png)\)", script("site").figures())
    assert sorted(shown) == sorted(path.name for path in (DOCS / "figures").iterdir())


def test_formulas_of_the_site():
    pytest.importorskip("mkdocs")
    site, page = script("site"), SimpleNamespace(file=SimpleNamespace(src_uri="a.md"))
    formula = '<span class="arithmatex">\\(%s\\)</span>'
    assert "<mo>&#x0003C;</mo>" in site.on_page_content(formula % "x &lt; 1", page, None, None)
    with pytest.raises(ValueError, match=r"a\.md: .*nonsense"):
        site.on_page_content(formula % r"\nonsense x", page, None, None)
