"""What every tensor that is given must be: finite numbers, outside of any graph of autograd.

Nothing here is differentiated by autograd: passes and kernels write over their own tensors, and
derivatives are written by hand. So that a graph is neither dropped in silence nor broken half-way,
tensors that require grad are refused wherever tensors are taken.
"""

from __future__ import annotations

import torch
from torch import Tensor


def check_numbers(name: str, tensor: Tensor) -> None:
    """Refuse numbers that are not finite, and tensors whose gradient would be lost.

    Raises:
        ValueError: A NaN or an infinity (says where the first one is), or a tensor that requires
            grad while grad is enabled.
    """
    check_no_graph(name, tensor)
    check_finite(name, tensor)


def check_no_graph(name: str, tensor: Tensor) -> None:
    """Raise ValueError for a tensor that requires grad, unless grad is disabled."""
    if tensor.requires_grad and torch.is_grad_enabled():
        raise ValueError(
            f"{name} requires grad, and nothing here is differentiated by autograd: "
            "pass its .detach(), or call under torch.no_grad()"
        )


def check_finite(name: str, tensor: Tensor) -> None:
    """Raise ValueError for a NaN or an infinity; says where the first one is."""
    finite = torch.isfinite(tensor)
    if not bool(finite.all()):
        first = (~finite).nonzero()[0].tolist()
        raise ValueError(
            f"{name} contains numbers that are not finite, first {float(tensor[tuple(first)])} "
            f"at {first}"
        )
