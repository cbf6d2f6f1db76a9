"""Adds to a page of the reference the public names that it does not list yet (a hook of mkdocs)."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
LISTED = re.compile(r"members: \[(.*?)\]|^::: [\w.]+\.(\w+)$", re.MULTILINE)


def on_page_markdown(markdown, page, **_):
    """The page, and a last section with whatever else its room exports."""
    room = re.fullmatch(r"reference/(harness|models)\.md", page.file.src_uri)
    return f"{markdown}\n{_further(room[1], markdown)}" if room else markdown


def _further(room, markdown):
    listed = set(re.findall(r"\w+", " ".join(map(" ".join, LISTED.findall(markdown)))))
    missing = {name: home for name, home in _exported(room).items() if name not in listed}
    directives = [f"::: widthwise.{room}.{home}.{name}" for name, home in sorted(missing.items())]
    return "\n".join(["## Further", "", *directives, ""]) if directives else ""


def _exported(room):
    """The names that a room exports, and the modules that they come from."""
    tree = ast.parse((ROOT / room / "__init__.py").read_text("utf-8"))
    return {
        alias.name: node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.level
        for alias in node.names
    }
