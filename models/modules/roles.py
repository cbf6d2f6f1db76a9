"""The roles of a module's tensors: what grows with the width is read off two widths.

A tensor is input-like where only what it feeds grows, hidden where both sides grow, output-like
where only what it reads grows, and fixed where nothing does. The role decides its exponents in an
abc-parametrization, as the place of a layer does in a multilayer perceptron.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import Tensor, nn

from ..networks.parametrization import Exponents, Parametrization

Make = Callable[[int], nn.Module]
"""Makes one network of a width."""

Role = Literal["input", "hidden", "output", "fixed"]
"""What of a tensor grows with the width: what it feeds, both sides, what it reads, nothing."""

_DROPOUT = nn.modules.dropout._DropoutNd
_BATCH_NORM = nn.modules.batchnorm._BatchNorm
_CONVOLUTION = nn.modules.conv._ConvNd
_TRANSPOSED = nn.modules.conv._ConvTransposeNd
# Of its first dimension and its second, which is fed and which is read.
_FED_FIRST = (nn.Linear, nn.Bilinear, nn.MultiheadAttention, nn.RNNBase, nn.RNNCellBase)


@dataclass(frozen=True)
class TensorRole:
    """What the width does to one tensor of a module.

    Attributes:
        name: As `named_parameters` has it.
        shape: At the base width.
        role: Decides how it scales.
        assumed: Whether the role is the customary one of a tensor that only its module knows how
            to use, such as a position's embedding.
        frozen: Whether it does not require grad: it is scaled as its role says, never trained.
    """

    name: str
    shape: tuple[int, ...]
    role: Role
    assumed: bool = False
    frozen: bool = False

    def exponents(self, parametrization: Parametrization) -> Exponents:
        """The exponents that a parametrization has for it; a fixed tensor does not scale.

        Raises:
            ValueError: The parametrization gives hidden layers one by one.
        """
        if self.role == "fixed":
            return Exponents(0, 0)
        if self.role == "hidden":
            if isinstance(parametrization.hidden, tuple):
                raise ValueError(
                    f"parametrization {parametrization.name} has exponents for each hidden layer "
                    f"of a multilayer perceptron, none for {self.name!r}: give one for all"
                )
            return parametrization.hidden
        return parametrization.input if self.role == "input" else parametrization.output


def read_roles(
    make: Make, base_width: int, roles: Mapping[str, Role] | None = None
) -> tuple[TensorRole, ...]:
    """The role of every tensor of a module, read off its shapes at the base width and at twice it.

    Args:
        make: Makes one network of a width.
        base_width: The narrower of the two widths.
        roles: By name, what is to be taken instead of what shapes say; declares how a tensor
            that is used at several places scales.

    Raises:
        ValueError: Nothing that the width changes, a dimension that grows by another law,
            names that differ between widths, tied tensors that `roles` does not name, complex
            or integer parameters, dropout, or roles of tensors that are not there.
        TypeError: A factory that returns no module.
    """
    small, large = (shaped(make, width) for width in (base_width, 2 * base_width))
    declared: dict[str, Role] = dict(roles or {})
    check_module(small, declared)
    tensors, wider = dict(small.named_parameters()), dict(large.named_parameters())
    _check_same_names(tensors, wider, base_width)
    _check_declared(declared, tensors)
    owners = dict(_owners(small))
    found = tuple(
        _role(name, owners[name], tensor, wider[name], base_width, declared)
        for name, tensor in tensors.items()
    )
    if all(tensor.shape == wider[name].shape for name, tensor in tensors.items()):
        raise ValueError(
            f"make(width) ignores the width: all tensors have the same shapes at {base_width} and "
            f"at {2 * base_width}"
        )
    return found


def shaped(make: Make, width: int) -> nn.Module:
    """A module of a width for its shapes' sake: without numbers, where it can be made so."""
    try:
        with torch.device("meta"):
            module = make(width)
    except (NotImplementedError, RuntimeError):  # it looks at its numbers while it is made
        with torch.random.fork_rng(devices=[]):
            module = make(width)
    if not isinstance(module, nn.Module):
        raise TypeError(
            f"make({width}) must return a torch.nn.Module, not a {type(module).__name__}"
        )
    return module


def check_module(module: nn.Module, declared: Mapping[str, Role]) -> None:
    """Refuse what cannot be measured; see `read_roles`."""
    if not any(True for _ in module.parameters()):
        raise ValueError(f"{type(module).__name__} has no parameters: nothing scales or is trained")
    for name, own in module.named_modules():
        share = own.p if isinstance(own, _DROPOUT) else getattr(own, "dropout", 0)
        if isinstance(share, float) and share > 0:
            raise ValueError(
                f"{name or type(own).__name__!r} drops units at random (p = {share:g}), so that "
                "outputs are no function of the seed's network: make the module with p = 0"
            )
        if isinstance(own, _BATCH_NORM) and not own.track_running_stats:
            raise ValueError(
                f"{name or type(own).__name__!r} normalises over the batch, so that an input's "
                "output depends on the inputs beside it: keep running statistics"
            )
    for name, tensor in module.named_parameters():
        if isinstance(tensor, nn.parameter.UninitializedParameter):
            raise ValueError(
                f"{name!r} has no shape before the first input: name its dimensions instead of "
                "using a lazy module"
            )
        if not tensor.dtype.is_floating_point:
            raise ValueError(f"{name!r} is {tensor.dtype}: parameters must be real numbers")
    for names in _tied(module):
        if not declared.keys() & set(names):
            raise ValueError(
                f"{' and '.join(map(repr, names))} are one tensor, used at {len(names)} places: "
                f"say by roles={{{names[0]!r}: 'input'}}, or another role, how it scales"
            )


def _tied(module: nn.Module) -> Iterator[list[str]]:
    names: dict[int, list[str]] = {}
    for name, tensor in module.named_parameters(remove_duplicate=False):
        names.setdefault(id(tensor), []).append(name)
    yield from (several for several in names.values() if len(several) > 1)


def _owners(module: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    for prefix, own in module.named_modules():
        for name, _ in own.named_parameters(recurse=False, remove_duplicate=False):
            yield f"{prefix}.{name}" if prefix else name, own


def _check_same_names(
    tensors: Mapping[str, Tensor], wider: Mapping[str, Tensor], base_width: int
) -> None:
    differ = sorted(tensors.keys() ^ wider.keys())
    if differ:
        raise ValueError(
            f"{', '.join(map(repr, differ[:3]))}{' …' if len(differ) > 3 else ''} exist at one of "
            f"the widths {base_width} and {2 * base_width} only: the tensors' names must not "
            "depend on the width (is the depth a function of it?)"
        )
    for name, tensor in tensors.items():
        if tensor.ndim != wider[name].ndim:
            raise ValueError(
                f"{name!r} is {list(tensor.shape)} at width {base_width} and "
                f"{list(wider[name].shape)} at {2 * base_width}: it must keep its dimensions"
            )


def _check_declared(declared: Mapping[str, Role], tensors: Mapping[str, Tensor]) -> None:
    for name, role in declared.items():
        if name not in tensors:
            raise ValueError(
                f"roles names {name!r}, which is no parameter; those are "
                f"{', '.join(map(repr, tensors))} (a tied tensor goes by its first name)"
            )
        if role not in get_args(Role):
            raise ValueError(f"role {role!r} of {name!r} is none of {', '.join(get_args(Role))}")


def _role(
    name: str,
    owner: nn.Module,
    tensor: Tensor,
    wider: Tensor,
    base_width: int,
    declared: Mapping[str, Role],
) -> TensorRole:
    growing = []
    for dimension, (own, twice) in enumerate(zip(tensor.shape, wider.shape, strict=True)):
        if twice not in (own, 2 * own):
            raise ValueError(
                f"dimension {dimension} of {name!r} is {own} at width {base_width} and {twice} at "
                f"{2 * base_width}: a dimension must be fixed or proportional to the width"
            )
        growing.append(twice != own)
    known = name in declared
    role, assumed = (declared[name], False) if known else _by_shape(owner, name, growing)
    return TensorRole(name, tuple(tensor.shape), role, assumed, not tensor.requires_grad)


def _by_shape(owner: nn.Module, name: str, growing: list[bool]) -> tuple[Role, bool]:
    """The role that growing dimensions give a tensor, and whether custom alone decides."""
    if not any(growing):
        return "fixed", False
    if len(growing) == 1:  # a bias, a gain: a weight from a constant
        return "input", False
    if sum(growing) > 1:
        return "hidden", False
    if isinstance(owner, nn.Embedding | nn.EmbeddingBag):  # reads one-hot inputs
        return "input", False
    first = 0 if not isinstance(owner, _TRANSPOSED) else 1
    if isinstance(owner, (*_FED_FIRST, _CONVOLUTION)) and name.rpartition(".")[2] not in _CONSTANT:
        return ("input" if growing[first] else "output"), False
    return "input", True


_CONSTANT = ("bias_k", "bias_v")  # MultiheadAttention appends them to what it reads
