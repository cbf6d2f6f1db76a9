"""What is claimed, read from the files of claims, of which nothing is executed."""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from widthwise.harness.terms.docstring import prose


@dataclass(frozen=True)
class Declared:
    """A claim as its file declares it.

    Attributes:
        name: the claim's name, without "test_".
        topic: the folder that it lies in.
        summary: its first sentence.
        provenance: who says it; "" where the file does not spell it out.
    """

    name: str
    topic: str
    summary: str
    provenance: str


def installed() -> Path:
    """Where the claims that come with widthwise lie."""
    found = importlib.util.find_spec("widthwise.claims")
    assert found is not None
    assert found.submodule_search_locations is not None
    return Path(next(iter(found.submodule_search_locations)))


def declared_in(folder: Path) -> list[Declared]:
    """The claims in the files test_*.py below a folder, by topic and file.

    Raises:
        OSError: if a file cannot be read.
        SyntaxError: if one is not Python.
    """
    files = sorted(folder.rglob("test_*.py"))
    return [each for file in files for each in _declared(file)]


def title_of(folder: Path) -> str:
    """What a folder of claims is about: the first line of its docstring; "" where it has none."""
    module = folder / "__init__.py"
    text = ast.get_docstring(ast.parse(module.read_text("utf-8"))) if module.exists() else None
    return prose(text or "").summary.rstrip(".")


def _declared(file: Path) -> Iterator[Declared]:
    for node in ast.parse(file.read_text("utf-8"), str(file)).body:
        if isinstance(node, ast.FunctionDef) and (claim := _claim(node)) is not None:
            said = [each.value for each in claim.keywords if each.arg == "provenance"]
            provenance = said[0].value if said and isinstance(said[0], ast.Constant) else ""
            summary = prose(ast.get_docstring(node) or "").summary
            name = node.name.removeprefix("test_")
            yield Declared(name, file.parent.name, summary, str(provenance))


def _claim(function: ast.FunctionDef) -> ast.Call | None:
    for decorator in function.decorator_list:
        if isinstance(decorator, ast.Call):
            named = decorator.func
            if getattr(named, "id", getattr(named, "attr", None)) == "claim":
                return decorator
    return None
