"""A GPU that is pretended: numbers on the CPU that say they lie elsewhere, and behave like it.

Tensors of the device "gpu:0" mix with those of no other device, do not become numpy arrays by
themselves, and count how often the host waits for one of their values. The arithmetic is the
CPU's, so that what a program does on a GPU is seen on any machine; what a GPU rounds, and how
fast it is, is not.
"""

from __future__ import annotations

import contextlib
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map
from torch.utils.backend_registration import _setup_privateuseone_for_python_backend

_setup_privateuseone_for_python_backend("gpu")  # a device whose name torch accepts everywhere

GPU = torch.device("gpu:0")

_WAITS = {
    "aten::_local_scalar_dense",
    "aten::equal",
    "aten::is_nonzero",
    "aten::masked_select",
    "aten::nonzero",
    "aten::_unique2",
    "aten::unique_dim",
}
"""What returns only once the device has got there; the host reads a value or a shape."""

_COPIES = {"aten::_to_copy", "aten::copy_"}


class OnGpu(torch.Tensor):
    """A tensor that says it lies on the GPU."""

    @staticmethod
    def __new__(cls, own: torch.Tensor) -> OnGpu:
        return torch.Tensor._make_wrapper_subclass(
            cls,
            own.shape,
            strides=own.stride(),
            storage_offset=own.storage_offset(),
            dtype=own.dtype,
            device=GPU,
        )

    def __init__(self, own: torch.Tensor) -> None:
        self.own = own

    def __repr__(self) -> str:  # pyright: ignore[reportIncompatibleMethodOverride]
        return f"OnGpu({self.own!r})"

    def __setitem__(self, index: Any, value: Any) -> None:
        # torch would make a tensor of a number by an operator that no backend here has.
        number = not isinstance(value, torch.Tensor)
        if number and isinstance(index, torch.Tensor) and index.dtype == torch.bool:
            mask = index.view(*index.shape, *(1 for _ in range(self.ndim - index.ndim)))
            self.masked_fill_(mask, value)
            return
        target = self[index]
        target.fill_(value) if number else target.copy_(value)
        if not _shares_memory(target, self):
            _run(torch.ops.aten.index_put_.default, (self, _as_indices(index), target), {})

    def __getitem__(self, index: Any) -> Any:
        # A list becomes a tensor by the same operator; CUDA takes one of the host.
        parts = index if isinstance(index, tuple) else (index,)
        return super().__getitem__(
            tuple(torch.tensor(part) if isinstance(part, list) else part for part in parts)
        )

    def new_tensor(self, data: Any, **kwargs: Any) -> Any:  # pyright: ignore
        return OnGpu(torch.tensor(data, dtype=kwargs.get("dtype", self.dtype)))

    def tolist(self) -> Any:
        return self.cpu().tolist()

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise TypeError("can't convert a gpu tensor to numpy; copy it to the host first")

    numpy = __array__

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if any(kind not in (torch.Tensor, OnGpu, torch.nn.Parameter) for kind in types):
            return NotImplemented
        return _run(func, args, kwargs or {})


@dataclass
class Log:
    """What was asked of the device.

    Attributes:
        waits: how often the host waited for a value, by the line of widthwise that made it.
        launches: how often each operator ran on the device; what makes a view or room runs not.
    """

    waits: Counter[str] = field(default_factory=Counter)
    launches: Counter[str] = field(default_factory=Counter)

    def used(self) -> bool:
        """Whether anything ran on the device."""
        return self.launches.total() > 0


_logs: list[Log] = []


@contextlib.contextmanager
def pretended() -> Iterator[Log]:
    """Within it `device="gpu:0"` works; what is yielded fills as it is used."""
    log = Log()
    patched = {
        (torch, "tensor"): _made_on_host(torch.tensor),
        (torch, "as_tensor"): _made_on_host(torch.as_tensor),
        (torch, "where"): _where_of_tensors(torch.where),
        (torch, "Generator"): _HostGenerator,
        # Its tensors have no version, which wrappers of them would need.
        (torch.inference_mode, "__enter__"): lambda _: None,
        (torch.inference_mode, "__exit__"): lambda *_: None,
    }
    sound = {place: getattr(*place) for place in patched}
    _logs.append(log)
    try:
        for (module, name), stand_in in patched.items():
            setattr(module, name, stand_in)
        with _Everywhere():
            yield log
    finally:
        for (module, name), own in sound.items():
            setattr(module, name, own)
        _logs.remove(log)


class _Everywhere(TorchDispatchMode):
    """Takes operators that no tensor of ours is an argument of: factories and copies."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        for kind in types:
            if kind not in (torch.Tensor, OnGpu, torch.nn.Parameter):  # its own answer, made here
                with self:
                    return kind.__torch_dispatch__(func, types, args, kwargs or {})
        return _run(func, args, kwargs or {})


class _HostGenerator(torch.Generator):
    """A generator for any device; the numbers come from the CPU's."""

    said: torch.device

    def __new__(cls, device: Any = "cpu") -> _HostGenerator:
        made = super().__new__(cls, "cpu")
        made.said = torch.device(device)
        return made

    @property
    def device(self) -> torch.device:  # pyright: ignore[reportIncompatibleVariableOverride]
        return self.said


def _made_on_host(make: Any) -> Any:
    def made(data: Any, *args: Any, **kwargs: Any) -> Any:
        device = kwargs.pop("device", None)
        if isinstance(data, OnGpu):
            moved = data.to(device) if device is not None else data
            return moved.to(kwargs["dtype"]) if kwargs.get("dtype") else moved
        made_here = make(data, *args, **kwargs)
        return OnGpu(made_here) if _is_gpu(device) else made_here

    return made


def _where_of_tensors(where: Any) -> Any:
    """Numbers as tensors of the host, which every device takes; torch would make them itself."""

    def chosen(condition: Any, *branches: Any) -> Any:
        tensors = [b for b in branches if isinstance(b, torch.Tensor)]
        dtype = tensors[0].dtype if tensors else torch.get_default_dtype()
        made = (
            b if isinstance(b, torch.Tensor) else torch.tensor(b, dtype=dtype) for b in branches
        )
        return where(condition, *made)

    return chosen


def _is_gpu(device: Any) -> bool:
    return device is not None and torch.device(device).type == "gpu"


def _run(func: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    tensors = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, torch.Tensor)]
    ours = [tensor for tensor in tensors if isinstance(tensor, OnGpu)]
    name = func._schema.name
    device = kwargs.get("device")
    if ours:
        _check_devices(name, tensors, ours)
        to_host = name in _COPIES and (
            (device is not None and not _is_gpu(device))
            or (name == "aten::copy_" and not isinstance(args[0], OnGpu))
        )
        if name in _WAITS or to_host or _selects_by_mask(name, tensors):
            _count("waits", _line())
    on_gpu = _is_gpu(device) if device is not None else bool(ours)
    if on_gpu and not _only_describes(func):
        _count("launches", name)
    own_kwargs = {**kwargs, "device": torch.device("cpu")} if _is_gpu(device) else kwargs
    out = func(*tree_map(_own, args), **tree_map(_own, own_kwargs))
    if name == "aten::copy_":
        return args[0]
    if on_gpu and torch.Tag.inplace_view in func.tags:  # what says where it lies has a shape too
        with torch._C._DisableTorchDispatch():
            return func(*args, **kwargs)
    known = {id(tensor.own): tensor for tensor in ours}

    def wrap(leaf: Any) -> Any:
        if not isinstance(leaf, torch.Tensor) or not on_gpu:
            return leaf
        return known[id(leaf)] if id(leaf) in known else OnGpu(leaf)

    return tree_map(wrap, out)


def _check_devices(name: str, tensors: list[torch.Tensor], ours: list[OnGpu]) -> None:
    """Refuse what CUDA refuses: tensors of both devices, numbers [] and copies apart."""
    strangers = [t for t in tensors if not isinstance(t, OnGpu) and t.ndim]
    if not strangers or name in _COPIES:
        return
    if name.startswith("aten::index"):  # CUDA takes indices of the host, and waits for the copy
        _count("waits", _line())
        return
    raise RuntimeError(
        f"expected all tensors to be on the same device: {name} at {_line()} got "
        f"{[tuple(t.shape) for t in ours]} on gpu and {[tuple(t.shape) for t in strangers]} on cpu"
    )


def _selects_by_mask(name: str, tensors: list[torch.Tensor]) -> bool:
    """Whether the shape of what comes back depends on values."""
    return name.startswith("aten::index") and any(t.dtype == torch.bool for t in tensors[1:])


def _only_describes(func: Any) -> bool:
    """Whether an operator makes a view or room, of which the device does not hear."""
    aliases = [returned.alias_info for returned in func._schema.returns]
    view = any(alias is not None and not alias.is_write for alias in aliases)
    room = func._schema.name.removeprefix("aten::").removeprefix("new_").startswith("empty")
    return view or room or torch.Tag.inplace_view in func.tags


def _count(kind: str, what: str) -> None:
    for log in _logs:
        getattr(log, kind)[what] += 1


def _own(leaf: Any) -> Any:
    return leaf.own if isinstance(leaf, OnGpu) else leaf


def _shares_memory(view: torch.Tensor, whole: torch.Tensor) -> bool:
    storages = [_own(tensor).untyped_storage().data_ptr() for tensor in (view, whole)]
    return storages[0] == storages[1]


def _as_indices(index: Any) -> list[Any]:
    return list(index) if isinstance(index, tuple) else [index]


def _line() -> str:
    """The innermost line of a room of widthwise that led here."""
    frame = sys._getframe(1)
    while frame is not None:
        module = frame.f_globals.get("__name__", "")
        if module.startswith("widthwise."):
            return f"{module.removeprefix('widthwise.')}:{frame.f_lineno}"
        frame = frame.f_back
    return "outside"
