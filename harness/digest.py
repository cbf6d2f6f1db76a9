"""The identity of a measurement: its code, all code it calls, its arguments.

Two measurements with the same digest give the same numbers; a measurement whose
code or whose arguments changed has another digest. Docstrings, comments and
layout do not count, nor do the decorators of the measurement itself, so that
sharpening a statement or a tolerance never costs a recomputation.

How far the code is followed: from a function to every function, class and value
its names refer to, through every module that is neither in the standard library
nor installed by a package manager; of installed packages the version counts.
What a name refers to is looked up, not executed; a choice made at run time by
string (`getattr(module, name)`) is not seen.
"""

from __future__ import annotations

import ast
import builtins
import dataclasses
import enum
import functools
import hashlib
import importlib
import importlib.metadata
import inspect
import sys
import sysconfig
import textwrap
import types
from collections.abc import Callable, Iterator, Mapping, Set
from pathlib import Path
from typing import Any

import numpy as np


class NotIdentifiableError(TypeError):
    """A value whose content cannot be told from that of another."""


def digest(measure: Callable[..., Any], arguments: Mapping[str, Any]) -> str:
    """SHA-256 of a measurement's code and arguments, in hexadecimal.

    Args:
        measure: the measuring function.
        arguments: what it will be called with, rung and seeds left out.

    Raises:
        NotIdentifiableError: if an argument is of a type whose content has no identity
            here; the message names it.
    """
    walk = _Walk()
    lines = [f"measure {walk.callable(measure, is_root=True)}"]
    for name, value in sorted(arguments.items()):
        try:
            lines.append(f"argument {name} {walk.value(value)}")
        except NotIdentifiableError as error:
            raise NotIdentifiableError(
                f"argument {name!r} holds {error}, whose content has no identity the store could "
                "rely on; pass numbers, strings, arrays, tensors, functions, frozen dataclasses, "
                "or tuples, lists and dicts of them"
            ) from None
    lines += [f"{name} = {content}" for name, content in sorted(walk.parts.items())]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


class _Walk:
    """One traversal: what was met, by name, so that cycles end."""

    def __init__(self) -> None:
        self.parts: dict[str, str] = {}

    def value(self, value: Any) -> str:
        """A text that is equal for equal values; follows any code it holds."""
        if value is None or isinstance(value, (bool, int, str, bytes)):
            return f"{type(value).__name__}:{value!r}"
        if isinstance(value, (float, complex)):
            return f"{type(value).__name__}:{value!r}"
        if isinstance(value, enum.Enum):
            return f"{self.callable(type(value))}.{value.name}"
        if isinstance(value, (tuple, list)):
            return f"{type(value).__name__}({', '.join(map(self.value, value))})"
        if isinstance(value, Mapping):
            items = sorted((self.value(k), self.value(v)) for k, v in value.items())
            return f"mapping({items})"
        if isinstance(value, Set):
            return f"set({sorted(map(self.value, value))})"
        if isinstance(value, functools.partial):
            return f"partial({self.value((value.func, value.args, value.keywords))})"
        if isinstance(value, types.ModuleType):
            return self.module(value)
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            fields = {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
            return f"{self.callable(type(value))}({self.value(fields)})"
        if (array := _as_array(value)) is not None:
            content = hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()
            return f"array:{array.dtype.str}:{array.shape}:{content}"
        if callable(value):
            return self.callable(value)
        if type(value).__module__ == "torch" and type(value).__name__ in ("dtype", "device"):
            return repr(value)
        raise NotIdentifiableError(f"a {type(value).__module__}.{type(value).__qualname__}")

    def callable(self, target: Any, *, is_root: bool = False) -> str:
        """The name of a function or class, whose code is followed if it is the project's."""
        if isinstance(target, types.MethodType):
            return f"{self.callable(target.__func__)} of {self.value(target.__self__)}"
        target = inspect.unwrap(target)
        module = getattr(target, "__module__", None) or "builtins"
        qualname = getattr(target, "__qualname__", None)
        if qualname is None:
            raise NotIdentifiableError(f"a {type(target).__module__}.{type(target).__qualname__}")
        if not _is_project(module):
            return f"{_release(module)}:{module}.{qualname}"
        name = f"{module}.{qualname}"
        if name not in self.parts:
            self.parts[name] = "(being read)"
            self.parts[name] = self._code(target, is_root=is_root)
        return name

    def module(self, module: types.ModuleType) -> str:
        """The name of a module that is passed around as a value: its whole source counts."""
        name = module.__name__
        if not _is_project(name):
            return f"{_release(name)}:{name}"
        if name not in self.parts:
            source = Path(module.__file__).read_text() if module.__file__ else ""
            self.parts[name] = _normal(ast.parse(source))
        return name

    def _code(self, target: Any, *, is_root: bool) -> str:
        try:
            tree = ast.parse(textwrap.dedent(inspect.getsource(target)))
        except (OSError, TypeError, SyntaxError):
            return self._bytecode(target)
        if is_root:
            for node in tree.body:
                if isinstance(node, ast.FunctionDef):
                    node.decorator_list = []
        references = dict(self._references(tree, target))
        if isinstance(target, type):
            for base in target.__bases__:
                references[f"base {base.__qualname__}"] = self.callable(base)
        return f"{_normal(tree)} {sorted(references.items())}"

    def _bytecode(self, target: Any) -> str:
        code = getattr(target, "__code__", None)
        if code is None:
            raise NotIdentifiableError(f"code without source, {target!r}")
        return f"{code.co_code.hex()} {code.co_names} {code.co_varnames} {code.co_consts!r}"

    def _references(self, tree: ast.AST, target: Any) -> Iterator[tuple[str, str]]:
        scope = _scope(target)
        for dotted, found in {**_imports(tree, target), **_names(tree, scope)}.items():
            if found is not target:
                yield dotted, self._reference(found)

    def _reference(self, found: Any) -> str:
        try:
            return self.value(found)
        except NotIdentifiableError as error:
            # A module-level object of an unknown kind (a logger, a lock): its
            # type is all that can be said, and all that usually matters.
            return str(error)


def _as_array(value: Any) -> np.ndarray | None:
    if isinstance(value, (np.ndarray, np.generic)):
        return np.asarray(value)
    if hasattr(value, "detach") and hasattr(value, "cpu"):  # a tensor, without importing torch
        return value.detach().cpu().numpy()
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


def _scope(target: Any) -> dict[str, Any]:
    """What the names in a function or class refer to."""
    if isinstance(target, type):
        module = sys.modules.get(target.__module__)
        return dict(vars(module)) if module else {}
    scope = dict(getattr(target, "__globals__", {}))
    closure = getattr(target, "__closure__", None) or ()
    for name, cell in zip(target.__code__.co_freevars, closure, strict=True):
        try:
            scope[name] = cell.cell_contents
        except ValueError:  # not yet assigned
            continue
    return scope


def _names(tree: ast.AST, scope: dict[str, Any]) -> dict[str, Any]:
    """The objects that names, and attributes of modules, refer to, by dotted name."""
    found: dict[str, Any] = {}
    inside: set[int] = set()
    for node in ast.walk(tree):  # outer attributes come before the names they start from
        if id(node) in inside or not isinstance(node, (ast.Name, ast.Attribute)):
            continue
        chain, links = _chain(node)
        if chain is None or chain[0] not in scope:
            continue
        inside.update(links)
        value = scope[chain[0]]
        used = 1
        while isinstance(value, types.ModuleType) and used < len(chain):
            value = getattr(value, chain[used], None)
            used += 1
        found[".".join(chain[:used])] = value
    return found


def _chain(node: ast.Name | ast.Attribute) -> tuple[list[str] | None, list[int]]:
    names: list[str] = []
    links: list[int] = []
    current: ast.AST = node
    while isinstance(current, ast.Attribute):
        names.append(current.attr)
        links.append(id(current))
        current = current.value
    if not isinstance(current, ast.Name):
        return None, []
    return [current.id, *reversed(names)], [*links, id(current)]


def _imports(tree: ast.AST, target: Any) -> dict[str, Any]:
    """What imports inside a function bring in."""
    package = target.__module__.rpartition(".")[0]
    found: dict[str, Any] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            module = importlib.import_module("." * node.level + (node.module or ""), package)
            for alias in node.names:
                found[alias.asname or alias.name] = getattr(module, alias.name, None)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                found[alias.name] = importlib.import_module(alias.name)
    return found


@functools.cache
def _is_project(module: str) -> bool:
    root = module.partition(".")[0]
    if root == "widthwise":
        return True
    if root in sys.stdlib_module_names or root in vars(builtins):
        return False
    file = getattr(sys.modules.get(module), "__file__", None)
    if file is None:
        return False
    return not any(
        Path(file).is_relative_to(sysconfig.get_path(place)) for place in ("purelib", "platlib")
    )


@functools.cache
def _release(module: str) -> str:
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
