"""What the modules inside of a module give, by their names."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from .module_derivatives import Tensors, differentiable, module_call, over_networks

if TYPE_CHECKING:
    from .module_ensemble import ModuleNetwork


def features(network: ModuleNetwork, x: Tensor) -> dict[str, Tensor]:
    """What every module inside gives on inputs x [S, n, d], each [S, n, …], in order of calls."""
    call = module_call(network)

    def seen(tensors: Tensors, own: dict[str, Tensor], rows: Tensor) -> dict[str, Tensor]:
        found: dict[str, Tensor] = {}
        with _recording(network.template, len(rows), found):
            call(tensors, own, rows)
        return found

    with differentiable(), torch.no_grad():
        return over_networks(network, seen, x, network.parameters.tensors)


@contextlib.contextmanager
def _recording(module: nn.Module, n: int, found: dict[str, Tensor]) -> Iterator[None]:
    """Keep what modules inside give for n inputs while the module is called."""

    def keeper(name: str) -> Any:
        def keep(_: nn.Module, __: Any, given: Any) -> None:
            given = given[0] if isinstance(given, tuple) else given
            if not isinstance(given, Tensor) or not given.is_floating_point():
                return
            if given.ndim < 2 or len(given) != n:
                return
            calls = sum(known == name or known.startswith(f"{name} (") for known in found)
            found[name if not calls else f"{name} ({calls + 1})"] = given.clone()

        return keep

    hooks = [
        own.register_forward_hook(keeper(name)) for name, own in module.named_modules() if name
    ]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
