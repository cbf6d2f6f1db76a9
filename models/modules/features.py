"""What the modules inside of a module give, by their names, and what its attention reads.

The logits of attention are no module's output, and what goes wrong there shows nowhere else for
many steps: so what a softmax reads is kept as well, under the name of the module that calls it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from .derivatives import Tensors, differentiable, module_call, over_networks

if TYPE_CHECKING:
    from .ensemble import ModuleNetwork

_SOFTMAX = (torch.softmax, functional.softmax, Tensor.softmax)
_MASKED = -1e4  # logits below are masks


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


class _Logits(TorchFunctionMode):
    """Hands on what a softmax reads, attention's own included."""

    def __init__(self, keep: Callable[[Tensor], None]) -> None:
        super().__init__()
        self._keep = keep

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        del types
        kwargs = kwargs or {}
        if func in _SOFTMAX:
            self._keep(args[0] if args else kwargs["input"])
        elif func is functional.scaled_dot_product_attention:
            query, key = (
                args[place] if len(args) > place else kwargs[name]
                for place, name in enumerate(("query", "key"))
            )
            scale = kwargs.get("scale")
            self._keep(query @ key.mT * (query.shape[-1] ** -0.5 if scale is None else scale))
        return func(*args, **kwargs)


@contextlib.contextmanager
def _recording(module: nn.Module, n: int, found: dict[str, Tensor]) -> Iterator[None]:
    """Keep what modules inside give for n inputs while the module is called."""
    running: list[str] = []

    def keep(name: str, given: Any) -> None:
        if not isinstance(given, Tensor) or not given.is_floating_point():
            return
        if given.ndim < 2 or len(given) != n:
            return
        calls = sum(known == name or known.startswith(f"{name} (") for known in found)
        found[name if not calls else f"{name} ({calls + 1})"] = given.clone()

    def keep_logits(logits: Tensor) -> None:
        keep(f"{running[-1]} logits".strip(), logits.where(logits > _MASKED, 0))

    def before(name: str) -> Any:
        return lambda *_: running.append(name)

    def after(name: str) -> Any:
        def done(_: nn.Module, __: Any, given: Any) -> None:
            running.pop()
            if name:
                keep(name, given[0] if isinstance(given, tuple) and given else given)

        return done

    with contextlib.ExitStack() as stack:
        for name, own in module.named_modules():
            for hook in (
                own.register_forward_pre_hook(before(name)),
                own.register_forward_hook(after(name)),
            ):
                stack.callback(hook.remove)
        stack.enter_context(_Logits(keep_logits))
        yield
