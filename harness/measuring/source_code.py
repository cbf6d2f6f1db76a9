"""What source code says: its text without layout, the names in it, its imports.

Nothing is executed to find out. What the names refer to is looked up in the scope
of the function or module they stand in; `digest` follows them from there.
"""

from __future__ import annotations

import ast
import builtins
import dataclasses
import functools
import importlib
import importlib.metadata
import inspect
import sys
import textwrap
import types
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

_DECLARATIONS = "widthwise.harness.terms.declaration"


@dataclasses.dataclass(frozen=True)
class Reading:
    """What source code says, before anything its names refer to is looked up.

    Attributes:
        text: the code without docstrings, comments and layout.
        chains: the names and attributes of names in it.
        imports: what its imports bring in, by the name they give it.
    """

    text: str
    chains: tuple[tuple[str, ...], ...]
    imports: dict[str, Any]


@functools.cache  # what runs is what was read first, whatever becomes of the file meanwhile
def source_of(target: Any) -> str:
    """The source of a function or class, as it was when it was first asked for.

    Raises:
        OSError, TypeError: if it has none of its own.
    """
    return inspect.getsource(target)


@functools.cache  # parsing is most of the cost, and most claims share most of their code
def reading_of(target: Any) -> Reading | None:
    """What a function or class says; None where it has no source of its own."""
    tree = _tree(target)
    return None if tree is None else _read(tree, _package(target))


@functools.cache
def reading_of_module(module: types.ModuleType) -> Reading:
    """What a whole module says."""
    source = Path(module.__file__).read_text() if module.__file__ else ""
    return _read(ast.parse(source), module.__package__)


@functools.cache
def without_declarations(target: Any) -> Reading:
    """What a measurement says, the decorators aside that only say how it is judged."""
    tree = _tree(target)
    assert tree is not None
    _drop_declarations(tree, scope_of(target))
    return _read(tree, _package(target))


def _read(tree: ast.Module, package: str | None) -> Reading:
    return Reading(text=_normal(tree), chains=_chains(tree), imports=_imports(tree, package))


def _package(target: Any) -> str | None:
    return getattr(sys.modules.get(target.__module__), "__package__", None)


def _tree(target: Any) -> ast.Module | None:
    """The source of a function or class; None where it has none of its own.

    The lines a lambda stands on may hold others.
    """
    if getattr(target, "__name__", "<lambda>") == "<lambda>":
        return None
    try:
        return ast.parse(textwrap.dedent(source_of(target)))
    except (OSError, TypeError, SyntaxError):
        return None


def _normal(tree: ast.AST) -> str:
    """The tree without docstrings, comments and positions."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            first = node.body[0] if node.body else None
            if (
                isinstance(first, ast.Expr)
                and isinstance(first.value, ast.Constant)
                and isinstance(first.value.value, str)
            ):
                node.body = node.body[1:]
    return ast.dump(tree, annotate_fields=False)


def _drop_declarations(tree: ast.Module, scope: Mapping[str, Any]) -> None:
    """Forget the decorators that say how samples are judged, not how they are taken."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            node.decorator_list = [
                decorator
                for decorator in node.decorator_list
                if not _is_declaration(decorator, scope)
            ]


def _is_declaration(decorator: ast.expr, scope: Mapping[str, Any]) -> bool:
    chain, _ = _chain(decorator.func if isinstance(decorator, ast.Call) else decorator)
    if chain is None or chain[0] not in scope:
        return False
    _, found = _resolve(chain, scope)
    home = str(getattr(found, "__module__", None) or getattr(found, "__name__", ""))
    return home.split(".")[0] in ("pytest", "_pytest") or home == _DECLARATIONS


def scope_of(target: Any) -> dict[str, Any]:
    """What the names in a function or class refer to."""
    if isinstance(target, type):
        return dict(vars(sys.modules.get(target.__module__, builtins)))
    scope = dict(getattr(target, "__globals__", {}))
    freevars = getattr(getattr(target, "__code__", None), "co_freevars", ())
    for name, cell in zip(freevars, getattr(target, "__closure__", None) or (), strict=True):
        try:
            scope[name] = cell.cell_contents
        except ValueError:  # not yet assigned
            continue
    return scope


def _chains(tree: ast.AST) -> tuple[tuple[str, ...], ...]:
    """Every name with the attributes taken of it: ("torch", "nn", "ReLU")."""
    found: dict[tuple[str, ...], None] = {}
    inside: set[int] = set()
    for node in ast.walk(tree):  # outer attributes come before the names they start from
        if id(node) not in inside and isinstance(node, (ast.Name, ast.Attribute)):
            chain, links = _chain(node)
            if chain is not None:
                inside.update(links)
                found[tuple(chain)] = None
    return tuple(found)


def names_in(chains: Sequence[Sequence[str]], scope: Mapping[str, Any]) -> dict[str, Any]:
    """The objects that names, and attributes of modules, refer to, by dotted name."""
    return dict(_resolve(chain, scope) for chain in chains if chain[0] in scope)


def _resolve(chain: Sequence[str], scope: Mapping[str, Any]) -> tuple[str, Any]:
    """What a dotted name refers to, followed through the project's own modules."""
    value = scope[chain[0]]
    used = 1
    while used < len(chain) and isinstance(value, types.ModuleType) and is_project(value.__name__):
        value = getattr(value, chain[used], None)
        used += 1
    return ".".join(chain[:used]), value


def _chain(node: ast.AST) -> tuple[list[str] | None, list[int]]:
    names: list[str] = []
    links: list[int] = []
    current = node
    while isinstance(current, ast.Attribute):
        names.append(current.attr)
        links.append(id(current))
        current = current.value
    if not isinstance(current, ast.Name):
        return None, []
    return [current.id, *reversed(names)], [*links, id(current)]


def _imports(tree: ast.AST, package: str | None) -> dict[str, Any]:
    """What imports inside a function bring in, by the name they give it."""
    found: dict[str, Any] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            home = "." * node.level + (node.module or "")
            module = _import(home, package)
            for alias in node.names:
                value = getattr(module, alias.name, None)
                if value is None and module is not None:
                    value = _import(f"{module.__name__}.{alias.name}", package)
                found[alias.asname or alias.name] = value
        elif isinstance(node, ast.Import):
            for alias in node.names:
                module = _import(alias.name, package)
                root = alias.name.partition(".")[0]
                found[alias.asname or root] = module if alias.asname else sys.modules.get(root)
    return found


def _import(name: str, package: str | None) -> types.ModuleType | None:
    try:
        return importlib.import_module(name, package)
    except ImportError:  # a choice the code itself makes, or will fail on
        return None


@functools.cache
def is_project(module: str) -> bool:
    """Whether a module's code is to be followed, not just its version noted."""
    root = module.partition(".")[0]
    if root == "widthwise":
        return True
    if root in sys.stdlib_module_names:
        return False
    file = getattr(sys.modules.get(module), "__file__", None)
    if file is None:
        return root == "__main__"  # what was typed in
    return not {"site-packages", "dist-packages"} & set(Path(file).parts)


@functools.cache
def release(module: str) -> str:
    """The name and version of the package that a module comes from."""
    root = module.partition(".")[0]
    if root in sys.stdlib_module_names:
        return f"python {sys.version_info.major}.{sys.version_info.minor}"
    version = getattr(sys.modules.get(root), "__version__", None)
    if version is None:
        try:
            version = importlib.metadata.version(root)
        except importlib.metadata.PackageNotFoundError:
            version = "of unknown version"
    return f"{root} {version}"
