"""Orders: a setting with all its arguments, as it travels to a worker.

An order is pickled by the process that runs pytest and opened by processes that it
started, or that its user started for it. It is never kept: the store holds numbers
only. Code travels as the name of the file it stands in. A worker loads claim files
under the names that pytest gave them, which it could not import by itself, so that
what it measures has the identity that it has here; a worker in which it has not
refuses.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import io
import linecache
import pickle
import sys
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, is_dataclass, replace
from pathlib import Path
from typing import Any

import cloudpickle

from ..measuring.measuring import Bench, Setting
from ..measuring.memory import Room
from ..measuring.source_code import is_project


class UnsendableError(Exception):
    """A setting holds what cannot be pickled."""


class UnfitError(Exception):
    """This worker cannot measure anything of this run."""


class OtherCodeError(Exception):
    """In this worker a setting has another identity than where it was sent from."""


@dataclass(frozen=True)
class Order:
    """What a worker needs to know to measure a setting's batches.

    Attributes:
        bench: where batches are kept; its device is the one the worker must have.
        setting: what to measure.
        device_kind: tells, in a worker, the kind of device it measures on; None if that
            cannot differ.
    """

    bench: Bench
    setting: Setting
    device_kind: Callable[[], str] | None


@dataclass(frozen=True)
class _Module:
    """A file of code that no worker finds by itself.

    Attributes:
        path: the file; None for a folder that only holds others.
        checksum: of its content.
        is_package: whether modules may lie in it.
    """

    path: Path | None
    checksum: str
    is_package: bool


class _Unwatched:
    """A watcher that looks away: nobody sees a worker's terminal."""

    def started(self, setting: Setting, rung: float, batch: int) -> None:
        """Say nothing."""

    def finished(self, setting: Setting, rung: float, batch: int, seconds: float) -> None:
        """Say nothing."""

    def waiting(self, more: object, workers: int, running: object = ()) -> None:
        """Say nothing."""


def packed(order: Order) -> bytes:
    """An order as it travels.

    Raises:
        UnsendableError: if something in it cannot leave this process.
    """
    order.setting.digest  # noqa: B018 - found once, here; it travels along
    bench = replace(order.bench, watcher=_Unwatched(), failures={}, room=Room())
    content = io.BytesIO()
    pickler = _Pickler(content)
    try:
        pickler.dump(replace(order, bench=bench))
    except (pickle.PicklingError, TypeError, AttributeError, ValueError, RecursionError) as error:
        raise UnsendableError(str(error)) from error
    modules = _modules()
    mentioned = tuple(name for name in pickler.mentioned if name in modules)
    return pickle.dumps((modules, mentioned, content.getvalue()))


def opened(content: bytes) -> Order:
    """The order that was packed, in a worker.

    Raises:
        UnfitError: if this worker does not see the same files or has another device.
        OtherCodeError: if the setting's code or arguments are not the same here.
    """
    modules, mentioned, inner = pickle.loads(content)
    _SENT.provide(modules)
    for name in mentioned:
        importlib.import_module(name)
    try:
        order: Order = pickle.loads(inner)
    except (AttributeError, ImportError) as error:  # what has a name there has none here
        raise OtherCodeError(f"its code is not the same in a worker: {error}") from None
    setting = order.setting
    if replace(setting).digest != setting.digest:  # a copy finds it anew, from what is here
        raise OtherCodeError("its code or a package it uses is not the same in a worker")
    kind = order.bench.device if order.device_kind is None else order.device_kind()
    if kind != order.bench.device:
        raise UnfitError(
            f"measures on {kind}, and this process on {order.bench.device}: samples would differ; "
            "give both the same device"
        )
    return order


class _Pickler(cloudpickle.Pickler):
    """Notes in which modules the code and the types stand that it meets."""

    def __init__(self, file: io.BytesIO) -> None:
        super().__init__(file)
        self.mentioned: dict[str, None] = {}
        self._named = _named()

    def reducer_override(self, obj: Any) -> Any:
        """Pickle as cloudpickle does, but for what would have another identity then."""
        module = getattr(obj, "__module__", None)
        if isinstance(module, str):
            self.mentioned[module] = None
        if id(obj) in self._named:  # a copy would differ where its code refers to itself
            home, name = self._named[id(obj)]
            self.mentioned[home.__name__] = None
            return getattr, (home, name)
        if isinstance(obj, types.MethodType):  # cloudpickle would copy the function it is made of
            return getattr, (obj.__self__, obj.__func__.__name__)
        reduced = super().reducer_override(obj)
        if isinstance(obj, types.FunctionType) and isinstance(reduced, tuple):
            return _in_its_module(obj, reduced)
        return reduced


def _named() -> dict[int, tuple[types.ModuleType, str]]:
    """Where the values of dataclasses stand that code has a name for (an activation), by id."""
    return {
        id(value): (module, name)
        for key, module in list(sys.modules.items())
        if isinstance(module, types.ModuleType) and is_project(key)
        if module.__name__ != "__main__"  # a worker's own is another
        for name, value in list(vars(module).items())
        if is_dataclass(value) and not isinstance(value, type)
    }


@dataclass(frozen=True)
class _Rebuilt:
    """What is made anew where an order is opened, by calling a function."""

    make: Callable[..., Any]
    arguments: tuple[Any, ...]

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return self.make, self.arguments


def _in_its_module(function: types.FunctionType, reduced: tuple[Any, ...]) -> tuple[Any, ...]:
    """A function without a name of its own (a closure), as a part of the module it stands in.

    cloudpickle sends neither the file of its source nor the names that only annotations use.
    """
    module = sys.modules.get(function.__module__)
    file = getattr(module, "__file__", None)
    if file is None or function.__module__ == "__main__":
        return reduced
    if vars(module) is not function.__globals__:
        return reduced
    make, (code, _, *rest), (state, slots), *how = reduced
    placed = _Rebuilt(_placed, (code, module))
    scope = _Rebuilt(vars, (module,))
    return (make, (placed, scope, *rest), (state, slots | {"__globals__": {}}), *how)


def _placed(code: types.CodeType, module: types.ModuleType) -> types.CodeType:
    return code.replace(co_filename=module.__file__ or code.co_filename)


def _modules() -> dict[str, _Module]:
    """The code of this process that is neither installed nor widthwise, by its module's name."""
    found: dict[str, _Module] = {}
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if name == "__main__" or not is_project(name) or name.partition(".")[0] == "widthwise":
            continue
        path = None if file is None else Path(file).resolve()
        # Some modules that are made as they run, torch.ops for one, only claim to have a file.
        if isinstance(module, types.ModuleType) and path is not None and path.is_file():
            found[name] = _Module(path, _checksum(path), hasattr(module, "__path__"))
    for name in tuple(found):
        while name := name.rpartition(".")[0]:
            found.setdefault(name, _Module(None, "", is_package=True))
    return found


def _checksum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


class _Sent(importlib.abc.MetaPathFinder):
    """Finds the modules that came with orders, under the names they were sent with."""

    def __init__(self) -> None:
        self._modules: dict[str, _Module] = {}

    def provide(self, modules: Mapping[str, _Module]) -> None:
        """Let these modules be found; forget those that have changed since."""
        if any(modules.get(name, module) != module for name, module in self._modules.items()):
            for name in self._modules:
                sys.modules.pop(name, None)
            self._modules.clear()
            linecache.clearcache()
        self._modules.update(modules)
        if self not in sys.meta_path:
            sys.meta_path.insert(0, self)

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002
        target: types.ModuleType | None = None,  # noqa: ARG002
    ) -> importlib.machinery.ModuleSpec | None:
        """Where a module that was sent is; None for any other.

        Raises:
            UnfitError: if its file is not the one it was sent from.
        """
        module = self._modules.get(fullname)
        if module is None:
            return None
        if module.path is None:
            return importlib.machinery.ModuleSpec(fullname, None, is_package=True)
        if not module.path.is_file() or _checksum(module.path) != module.checksum:
            raise UnfitError(
                f"does not find {module.path} as this process did; let both see the same files"
            )
        inside = [str(module.path.parent)] if module.is_package else None
        return importlib.util.spec_from_file_location(
            fullname, module.path, submodule_search_locations=inside
        )


_SENT = _Sent()
