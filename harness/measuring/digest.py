"""The identity of a measurement: its code, all code it calls, its arguments.

Two measurements with the same digest give the same numbers; a measurement whose
code or whose arguments changed has another digest. Docstrings, comments and
layout do not count, nor does the declaration of the claim, so that sharpening a
statement or a tolerance never costs a recomputation.

How far the code is followed: from a function to every function, class and value
its names refer to, through every module that is neither in the standard library
nor installed by a package manager; of installed packages the version counts.
What a name refers to is looked up, not executed; a choice made at run time by
string (`getattr(module, name)`) is not seen. Of the measurement's decorators only
those of pytest and of this harness are left out: any other may change the numbers.
"""

from __future__ import annotations

import contextlib
import dataclasses
import enum
import functools
import hashlib
import inspect
import types
from collections.abc import Callable, Mapping, Set
from typing import Any

import numpy as np

from .returned import as_array, dtype_of
from .source_code import (
    is_project,
    names_in,
    reading_of,
    reading_of_module,
    release,
    scope_of,
    without_declarations,
)

_SAVES_WORK = "widthwise.harness.measuring.shared.Shared"
"""What is named for its type only: the numbers are the same without it."""


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
    return _hash("\n".join(lines))


def read_code(measure: Callable[..., Any]) -> None:
    """Read the code that a measurement's names lead to, before anything is measured.

    What is edited while a run is under way then does not pass for the code that runs.
    """
    with contextlib.suppress(NotIdentifiableError):  # whoever measures meets it and names it
        digest(measure, {})


class _Walk:
    """One traversal: what was met, by identity, so that cycles end.

    A name is not enough: closures and lambdas of one place share theirs.
    """

    def __init__(self) -> None:
        self._met: dict[int, tuple[Any, str]] = {}  # holds the object, so that its id stays its own

    def value(self, value: Any) -> str:
        """A text that is equal for equal values; follows any code it holds."""
        if value is None or isinstance(value, (bool, int, str, bytes, float, complex)):
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
        if isinstance(value, np.ma.MaskedArray):  # what is masked counts, and that it is
            return f"masked({self.value((np.ma.getdata(value), np.ma.getmaskarray(value)))})"
        array = _as_array(value)
        if array is not None and not array.dtype.hasobject:  # objects would count by address
            content = hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()
            return f"array:{array.dtype.str}:{dtype_of(value)}:{array.shape}:{content}"
        if callable(value):
            return self.callable(value)
        if type(value).__module__ == "torch" and type(value).__name__ in ("dtype", "device"):
            return repr(value)
        raise NotIdentifiableError(f"a {type(value).__module__}.{type(value).__qualname__}")

    def callable(self, target: Any, *, is_root: bool = False) -> str:
        """The name of a function or class, with a hash of its code if it is the project's."""
        if isinstance(target, types.MethodType):
            return f"{self.callable(target.__func__)} of {self.value(target.__self__)}"
        target = inspect.unwrap(target)
        module = getattr(target, "__module__", None) or "builtins"
        qualname = getattr(target, "__qualname__", None)
        if qualname is None:
            raise NotIdentifiableError(f"a {type(target).__module__}.{type(target).__qualname__}")
        if not is_project(module):
            return f"{release(module)}:{module}.{qualname}"
        name = f"{module}.{qualname}"
        if name == _SAVES_WORK:
            return name
        return self._once(target, name, lambda: self._code(target, is_root=is_root))

    def module(self, module: types.ModuleType) -> str:
        """The name of a module that is passed around as a value: its whole source counts."""
        name = module.__name__
        if not is_project(name):
            return f"{release(name)}:{name}"
        return self._once(module, name, lambda: self._module_code(module))

    def _once(self, target: Any, name: str, read: Callable[[], str]) -> str:
        if id(target) not in self._met:
            self._met[id(target)] = (target, name)  # what leads back here says only this
            self._met[id(target)] = (target, f"{name}:{_hash(read())}")
        return self._met[id(target)][1]

    def _code(self, target: Any, *, is_root: bool) -> str:
        scope = scope_of(target)
        reading = reading_of(target)
        if reading is None:
            return self._bytecode(target, scope)
        if is_root:
            reading = without_declarations(target)
        references = self._references(names_in(reading.chains, scope | reading.imports), target)
        if isinstance(target, type):
            references += [f"base {self.callable(base)}" for base in target.__bases__]
        return f"{reading.text} {references} {self._defaults(target)}"

    def _module_code(self, module: types.ModuleType) -> str:
        reading = reading_of_module(module)
        # A module may only pass on what it imports.
        found = reading.imports | names_in(reading.chains, vars(module) | reading.imports)
        return f"{reading.text} {self._references(found, module)}"

    def _bytecode(self, target: Any, scope: Mapping[str, Any]) -> str:
        code = getattr(target, "__code__", None)
        if code is None:
            raise NotIdentifiableError(f"code without source, {target!r}")
        names = sorted(name for name in _bytecode_names(code) if name in scope)
        references = [f"{name} {self._reference(scope[name])}" for name in names]
        return f"{_bytecode_text(code)} {references} {self._defaults(target)}"

    def _defaults(self, target: Any) -> list[str]:
        """The defaults as they are: the names they came from may be gone."""
        if not isinstance(target, types.FunctionType):
            return []
        own = target.__defaults__ or ()
        positional = target.__code__.co_varnames[: target.__code__.co_argcount]
        defaults = dict(zip(positional[len(positional) - len(own) :], own, strict=True))
        defaults |= target.__kwdefaults__ or {}
        return [f"{name}={self._reference(default)}" for name, default in defaults.items()]

    def _references(self, found: Mapping[str, Any], target: Any) -> list[str]:
        return [
            f"{dotted} {self._reference(found[dotted])}"
            for dotted in sorted(found)
            if found[dotted] is not target
        ]

    def _reference(self, found: Any) -> str:
        try:
            return self.value(found)
        except NotIdentifiableError as error:
            # A module-level object of an unknown kind (a logger, a lock, a solver):
            # the code of its type is all that can be said.
            return f"{error}, {self._type(type(found))}"

    def _type(self, kind: type) -> str:
        try:
            return self.callable(kind)
        except NotIdentifiableError as error:
            return str(error)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _as_array(value: Any) -> np.ndarray | None:
    is_tensor = hasattr(value, "detach") and hasattr(value, "cpu")  # torch is not imported here
    if isinstance(value, type) or not (is_tensor or isinstance(value, (np.ndarray, np.generic))):
        return None
    try:
        return as_array(value)
    except TypeError as error:
        raise NotIdentifiableError(f"a tensor of {value.dtype} ({error})") from None


def _bytecode_text(code: types.CodeType) -> str:
    constants = [
        _bytecode_text(constant)
        if isinstance(constant, types.CodeType)
        else repr(sorted(map(repr, constant)) if isinstance(constant, frozenset) else constant)
        for constant in code.co_consts
    ]
    return f"{code.co_code.hex()} {code.co_names} {code.co_varnames} {code.co_freevars} {constants}"


def _bytecode_names(code: types.CodeType) -> set[str]:
    nested = (item for item in code.co_consts if isinstance(item, types.CodeType))
    return {*code.co_names, *code.co_freevars}.union(*map(_bytecode_names, nested))
