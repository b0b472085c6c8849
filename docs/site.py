"""The parts of the documentation site that mkdocs does not have by itself: hooks, and an extension of griffe.

- Pages from files outside of docs/: README.md as the home page, CONTRIBUTING.md, CHANGELOG.md and the examples; and an
  API page for each subpackage, with a heading for each of its files. `on_page_markdown` adapts the links; a link to any
  other file becomes plain text.
- Links from the names of the library in the text, such as `ddsp.core.resample`, to their API page.
- Formulas as MathML, which browsers show without a script.
- See Also sections as lists of links.
"""

from __future__ import annotations

import ast
import html
import posixpath
import re
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

import griffe
from latex2mathml.converter import convert
from mkdocs.structure.files import File

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "ddsp"
#: File or folder of the repository -> page of the site. Pages of docs/ keep their names.
PAGES = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "docs/README.md": "guide.md",
    "examples": "examples.md",
}
#: Names of another library, which the docstring of `ddsp/extend/types.py` describes.
JAXTYPING = ("Complex", "Float", "Int")
FRAMEWORKS = ("torch", "jax", "tensorflow")
FRAMEWORK_PAGE = """The names are those of plain `ddsp`: the functions as they are, and the classes of
[ddsp.processors](processors.md), [ddsp.synths](synths.md), [ddsp.effects](effects.md), [ddsp.nn](nn.md),
[ddsp.losses](losses.md) and [ddsp.pretrained_models](pretrained_models.md) as modules of the framework."""
SOURCES = {page: source for source, page in PAGES.items()}
LINK = re.compile(r"(!?\[([^\]]+)\])\((?!https?:)([^)#\s]+)(#[^)\s]*)?\)")
CODE = re.compile(r"^```.*?^```$|^    .*?$", re.DOTALL | re.MULTILINE)
NAME = re.compile(r"(?<![\[`])`(ddsp\.(\w+)\.(\w+))`(?![\]`])")
FORMULA = re.compile(r'<(span|div) class="arithmatex">\\[(\[](.*?)\\[)\]]</\1>', re.DOTALL)
SEE_ALSO = re.compile(r"(?<=^See Also\n--------\n)(?:^\S.*\n?)+", re.MULTILINE)


# Pages ----------------------------------------------------------------------------------------------------------


def on_files(files, config):
    """Add the pages that are not in docs/."""
    public_names.cache_clear()  # `mkdocs serve` calls again after a change
    files.remove(files.get_file_from_path("README.md"))
    for source, page in PAGES.items():
        text = examples() if source == "examples" else (ROOT / source).read_text()
        files.append(File.generated(config, page, content=text))
    files.append(File.generated(config, "figures.md", content=figures()))
    for line in (ROOT / "mkdocs.yml").read_text().splitlines():
        if page := re.search(r"api/(\w+)\.md$", line):
            files.append(File.generated(config, page[0], content=api_page(page[1])))
    return files


def examples() -> str:
    """Every script of examples/, below its name."""
    scripts = sorted((ROOT / "examples").glob("*.py"))
    parts = (f"## {path.stem}\n\n```python\n{path.read_text()}```\n" for path in scripts)
    return "# Examples\n\nScripts to copy and change, from the folder `examples/`.\n\n" + "\n".join(parts)


def figures() -> str:
    """Every figure with its caption: those of the guide below links to their pages, then those of docstrings alone."""
    parts = ["# Figures", "Drawn by `python -m docs.draw` with the library itself."]
    shown = set()
    for page in sorted((ROOT / "docs").glob("*.md")):
        text = page.read_text()
        if images := re.findall(r"^(!\[([^\]]*)\]\(figures/.*\))$", text, re.MULTILINE):
            title = text.partition("\n")[0].removeprefix("# ")
            parts += [f"## [{title}]({page.name})", *(f"{image}\n*{caption}*" for image, caption in images)]
            shown |= {image.partition("](")[2] for image, _ in images}
    for path in sorted(PACKAGE.rglob("*.py")):
        for caption, target in re.findall(r"!\[([^\]]*)\]\(\.\./(figures/[^)]*\))", path.read_text()):
            if target not in shown:
                subpackage = path.relative_to(PACKAGE).parts[0]
                title = f"## [ddsp.{subpackage}](api/{subpackage}.md)"
                parts += [] if title in parts else [title]
                parts.append(f"![{caption}]({target}\n*{caption}*")
                shown.add(target)
    return "\n\n".join(parts) + "\n"


def api_page(subpackage: str) -> str:
    """The docstring of a subpackage, and its public names below the docstrings of the files that they come from."""
    package = PACKAGE / subpackage / "__init__.py"
    parts = [f"# ddsp.{subpackage}", docstring(package)]
    if subpackage in FRAMEWORKS:
        return "\n\n".join([*parts, FRAMEWORK_PAGE, f"::: ddsp.{subpackage}.wrap\n"])
    topics = {None: [name for name in public_names(subpackage) if name in defined(package)]}
    for node in ast.parse(package.read_text()).body:
        if isinstance(node, ast.ImportFrom) and node.level and node.module:
            module = package.parents[node.level - 1].joinpath(*node.module.split("."))
            topics[module] = [alias.name for alias in node.names if alias.name in public_names(subpackage)]
    for module, names in topics.items():
        if module and names:
            parts += [f"## {heading(module.name)}", docstring(source_of(module))]
        parts += [f"::: ddsp.{subpackage}.{name}" for name in names if name not in JAXTYPING]
    return "\n\n".join(parts) + "\n"


def source_of(module: Path) -> Path:
    return module / "__init__.py" if module.is_dir() else module.with_suffix(".py")


def heading(module: str) -> str:
    return module.lstrip("_").replace("_", " ").capitalize()


def docstring(path: Path) -> str:
    return ast.get_docstring(ast.parse(path.read_text())) or ""


def defined(path: Path) -> set[str]:
    """The functions and classes of a file."""
    return {node.name for node in ast.parse(path.read_text()).body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}


@lru_cache
def public_names(subpackage: str) -> tuple[str, ...]:
    """`__all__` of a subpackage, by its source alone: nothing of the library is imported."""
    path = PACKAGE / subpackage / "__init__.py"
    for node in ast.parse(path.read_text()).body if path.exists() else ():
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return tuple(ast.literal_eval(node.value))
    return ()


# Links and formulas ---------------------------------------------------------------------------------------------


def on_page_markdown(markdown, page, config, files):
    """Links between the files of the repository become links between pages; names of the library lead to the API."""
    source = SOURCES.get(page.file.src_uri, f"docs/{page.file.src_uri}")

    def link(match: re.Match) -> str:
        path = posixpath.normpath(posixpath.join(posixpath.dirname(source), match[3]))
        if path in PAGES:
            return f"{match[1]}({PAGES[path]}{match[4] or ''})"
        if path.startswith("examples/"):
            return f"{match[1]}({PAGES['examples']}#{Path(path).stem})"
        if path.startswith("docs/") or not (ROOT / path).exists():
            return f"{match[1]}({path.removeprefix('docs/')}{match[4] or ''})"
        return match[2]  # a file that is not on the site

    if page.file.src_uri.startswith("api/"):
        return outside_code(link_names, markdown)
    return outside_code(lambda text: link_names(LINK.sub(link, text)), markdown)


def link_names(text: str) -> str:
    """Make `ddsp.subpackage.name` a link to its API page."""
    return NAME.sub(lambda name: f"[{name[0]}][]" if name[3] in public_names(name[2]) else name[0], text)


def outside_code(change, markdown: str) -> str:
    """Change the text between blocks of code."""
    parts, start = [], 0
    for code in CODE.finditer(markdown):
        parts += [change(markdown[start : code.start()]), code[0]]
        start = code.end()
    return "".join([*parts, change(markdown[start:])])


def on_page_content(content, page, config, files):
    """Formulas as MathML."""

    def formula(match: re.Match) -> str:
        latex = html.unescape(match[2]).replace(r"\arg", r"\operatorname{arg}")
        display = "block" if match[1] == "div" else "inline"
        mathml = convert(latex, display=display)
        if "\\" in mathml:
            raise ValueError(f"{page.file.src_uri}: a command that latex2mathml does not know: {latex}")
        return mathml

    return FORMULA.sub(formula, content)


# Docstrings -----------------------------------------------------------------------------------------------------


class SeeAlso(griffe.Extension):
    """Make `name : One line.` of See Also an item of a list, with a link to the name."""

    def on_object(self, *, obj, loader, **kwargs):
        if obj.docstring and not obj.is_alias:
            text = SEE_ALSO.sub(lambda block: self.items(block[0], obj, loader), obj.docstring.value)
            obj.docstring.value = link_names(text)

    def items(self, lines: str, obj: griffe.Object, loader: griffe.GriffeLoader) -> str:
        pairs = (line.split(" : ", 1) for line in lines.splitlines())
        return "".join(f"- [`{name}`][{self.path(name, obj, loader)}]: {text}\n" for name, text in pairs)

    def path(self, name: str, obj: griffe.Object, loader: griffe.GriffeLoader) -> str:
        """The path of a name where it is defined: in the object, its class or file, its subpackage, or ddsp.core."""
        subpackage = ".".join(obj.path.split(".")[:2])
        places = (f"{obj.path}.", f"{obj.parent.path}.", f"{subpackage}.", "ddsp.core.", "")
        for place in places:
            with suppress(KeyError):
                return loader.modules_collection[place + name].canonical_path
        return name
