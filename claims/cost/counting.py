"""How many operations a computation takes, counted while it runs.

The formulas are those of torch's counter, which knows the products of matrices, where the work is;
sums, activations and decompositions are not counted. That counter itself stops short of weights
that were never drawn, which answer products with products of their own, and of products that are
added in place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from widthwise.models.networks.unseen_weights import UnseenWeights

aten = torch.ops.aten

FORMULAS = flop_registry | {
    aten.addmm_: flop_registry[aten.addmm],
    aten.baddbmm_: flop_registry[aten.baddbmm],
}
"""Operations of torch's functions, by their shapes."""


class Counting(TorchDispatchMode):
    """Adds up the operations of products of matrices that are made while it is on.

    Attributes:
        total: Multiplications and additions so far.
    """

    total = 0

    def __torch_dispatch__(
        self,
        func: Any,
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        if any(issubclass(kind, UnseenWeights) for kind in types):
            return NotImplemented  # they ask for products, which come here in their turn
        named = dict(kwargs or {})
        if func._can_decompose():
            with self:
                return func.decompose(*args, **named)
        out = func(*args, **named)
        formula = FORMULAS.get(func._overloadpacket)
        if formula:
            self.total += formula(*args, **named, out_val=out)
        return out
