"""Outputs of an ensemble of modules and their derivatives, by `torch.func`.

All networks are called at once: `vmap` over what differs between them. Gradients of single inputs
are taken a few tensors at a time, so that a tangent kernel never needs the whole Jacobian.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.func import functional_call, grad, jacrev, jvp, vjp, vmap
from torch.nn.attention import SDPBackend, sdpa_kernel

from ..networks.network import Derivatives, Pass
from ..networks.parameters import Parameters

if TYPE_CHECKING:
    from .ensemble import ModuleNetwork

_GRADIENT_BYTES = 2**27  # of single inputs' gradients that are held at once
_GROUP_BYTES = 2**26  # the same, of the tensors that are differentiated together

Tensors = tuple[Tensor, ...]
Call = Callable[[Tensors, dict[str, Tensor], Tensor], Tensor]
"""One network's outputs, given its trained tensors, what it holds by itself, and inputs [n, d]."""


@dataclass(frozen=True)
class ModuleDerivatives:
    """What differentiates the outputs of a pass.

    Attributes:
        network: S networks.
        x: Inputs [S, n, d].
        pull: The gradient of Σ signal·f, the signal [S, n, k] of all inputs.
        rows: Of how many inputs, the first ones, signals are.
    """

    network: ModuleNetwork
    x: Tensor
    pull: Callable[[Tensor], tuple[Tensors]] = field(repr=False)
    rows: int

    def on(self, n: int) -> ModuleDerivatives:
        """The same on the first n inputs only."""
        return replace(self, rows=n)

    def pull_back(self, signal: Tensor) -> Parameters:
        """The gradient Σ signal·f of every network."""
        with differentiable():
            missing = self.x.shape[1] - self.rows
            padded = torch.nn.functional.pad(signal, (0, 0, 0, missing))
            (gradient,) = self.pull(padded.clone() if padded.is_inference() else padded)
        return Parameters(gradient)

    def push_forward(self, direction: Parameters) -> Tensor:
        """The derivative of the outputs along θ + δ·direction at δ = 0 [S, n, k]."""
        with differentiable():
            outputs, point = _at(self.network, self.x[:, : self.rows])
            return _slope(outputs, point, _normal(direction.tensors))[1]

    def push_forward_twice(self, direction: Parameters) -> tuple[Tensor, Tensor]:
        """First and second derivative of the outputs along θ + δ·direction at δ = 0."""
        with differentiable():
            outputs, point = _at(self.network, self.x[:, : self.rows])
            along = _normal(direction.tensors)

            def weighted(length: Tensor, weights: Tensor) -> Tensor:
                moved = tuple(t + length * u for t, u in zip(point, along, strict=True))
                return (outputs(moved) * weights).sum()

            # In reverse throughout, as a function that is linear in the weights: forward mode
            # is silently wrong at second order in torch's layer norm (2.13).
            values, first = _slope(outputs, point, along)
            start = values.new_zeros(())
            second = grad(lambda weights: grad(grad(weighted))(start, weights))
            return first, second(torch.zeros_like(values))


@dataclass(frozen=True)
class ModulePass(Pass):
    """What calling an ensemble of modules leaves behind: its outputs, and their derivatives."""

    derivatives: Derivatives | None = None


def module_pass(network: ModuleNetwork, x: Tensor) -> ModulePass:
    """Call the networks on inputs x [S, n, d] such that their outputs can be differentiated."""
    with differentiable():
        outputs, point = _at(network, x)
        values, pull, *_ = vjp(outputs, point)
    return ModulePass((), (), values, ModuleDerivatives(network, x, pull, x.shape[1]))


def module_outputs(network: ModuleNetwork, x: Tensor) -> Tensor:
    """The outputs alone [S, n, k]."""
    with differentiable(), torch.no_grad():
        outputs, point = _at(network, x)
        return outputs(point)


@contextlib.contextmanager
def differentiable() -> Iterator[None]:
    """Where `torch.func` works, also inside of inference mode; attention in its plain form."""
    fast = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with torch.inference_mode(False), torch.enable_grad(), sdpa_kernel(SDPBackend.MATH):
            yield
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)


def module_call(network: ModuleNetwork) -> Call:
    """What the module gives, as it is, for one network."""
    architecture, template = network.architecture, network.template
    pairs = tuple(zip(architecture.trained, architecture.scales, strict=True))
    alike = {name: t for name, t in network.held.items() if name not in network.own}
    shape = architecture.input_shape

    def call(tensors: Tensors, own: dict[str, Tensor], x: Tensor) -> Tensor:
        values = {
            tensor.name: value if scale.multiplier == 1 else value * scale.multiplier
            for (tensor, scale), value in zip(pairs, tensors, strict=True)
        }
        seen = x if shape is None else x.unflatten(-1, shape)
        return functional_call(template, {**values, **own, **alike}, (seen,))

    return call


def over_networks(
    network: ModuleNetwork, call: Callable[..., Any], x: Tensor, tensors: Tensors
) -> Any:
    """Call all networks at once on inputs x [S, n, d]; those that are alike are not repeated.

    Raises:
        ValueError: A module that draws random numbers when it is called.
    """
    own = {name: network.held[name] for name in network.own}
    x = x.clone() if x.is_inference() else x
    same = len(network) == 1 or x.stride(0) == 0
    try:
        return vmap(call, (0, 0, None if same else 0))(tensors, own, x[0] if same else x)
    except RuntimeError as error:
        if "randomness" not in str(error):
            raise
        raise ValueError(
            f"{type(network.template).__name__} draws random numbers when it is called, so that "
            "its outputs are no function of its inputs: leave that out of forward"
        ) from error


def _outputs(network: ModuleNetwork) -> Call:
    """One network's outputs [n, k], k numbers whatever their shape."""
    call, kind = module_call(network), type(network.template).__name__

    def outputs(tensors: Tensors, own: dict[str, Tensor], x: Tensor) -> Tensor:
        given = call(tensors, own, x)
        if not isinstance(given, Tensor) or not given.ndim or len(given) != len(x):
            what = list(given.shape) if isinstance(given, Tensor) else f"a {type(given).__name__}"
            raise ValueError(
                f"outputs must be a tensor of n rows for n inputs; {kind} gives {what} for {len(x)}"
            )
        return given.unsqueeze(-1) if given.ndim == 1 else given.flatten(1)

    return outputs


def _at(network: ModuleNetwork, x: Tensor) -> tuple[Callable[[Tensors], Tensor], Tensors]:
    """All networks' outputs as a function of their tensors, and where these are."""
    call = _outputs(network)

    def outputs(tensors: Tensors) -> Tensor:
        return over_networks(network, call, x, tensors)

    return outputs, _normal(network.parameters.tensors)


def _slope(
    function: Callable[[Tensors], Tensor], point: Tensors, along: Tensors
) -> tuple[Tensor, Tensor]:
    """A function's value at a point, and its derivative along a direction."""
    with warnings.catch_warnings():
        # What torch loads for its first such derivative is scripted, of which it warns itself.
        warnings.filterwarnings("ignore", ".*torch.jit", DeprecationWarning)
        value, change, *_ = jvp(function, (point,), (along,))
    return value, change


def _normal(tensors: Tensors) -> Tensors:
    return tuple(tensor.clone() if tensor.is_inference() else tensor for tensor in tensors)


def gradient_gram(network: ModuleNetwork, inputs: Sequence[Tensor], *, joined: bool) -> Tensor:
    """Σ rate·⟨∂f_j(x), ∂f_l(x2)⟩ over tensors [S, n, k, m, k]; joined, Σ over j = l as one.

    Args:
        network: S networks.
        inputs: x [S, n, d], and x2 [S, m, d] unless it is x itself.
        joined: Whether to sum over outputs, for a kernel [S, n, 1, m, 1].
    """
    x, x2 = inputs[0], inputs[-1]
    s, n, m = len(network), x.shape[1], x2.shape[1]
    k = module_outputs(network[:1], x[:1, :1]).shape[2] if n else 1
    kernel = x.new_zeros((s, n, 1 if joined else k, m, 1 if joined else k), dtype=network.dtype)
    if not kernel.numel():
        return kernel
    rates = [scale.rate for scale in network.architecture.scales]
    for row in range(s):
        own = slice(row, row + 1)
        one, target = network[own], kernel[row]
        for group in _groups(one, (n if len(inputs) == 1 else n + m) * k):
            size = _rows_at_once(one, group, k)
            for start in range(0, n, size):
                rows = slice(start, start + size)
                left = _gradients(one, x[own, rows], group)
                for begin in range(0, m, size):
                    columns = slice(begin, begin + size)
                    same = len(inputs) == 1 and rows == columns
                    right = left if same else _gradients(one, x2[own, columns], group)
                    _add_products_(
                        target[rows, :, columns], left, right, [rates[i] for i in group], joined
                    )
    return kernel


def _groups(network: ModuleNetwork, gradients: int) -> Iterator[list[int]]:
    """Tensors, by index, whose gradients are taken together: many small ones, single large ones."""
    tensors = network.parameters.tensors
    group, room = [], _GROUP_BYTES
    for index in sorted(range(len(tensors)), key=lambda index: tensors[index].nbytes):
        own = tensors[index].nbytes * gradients
        if group and own > room:
            yield group
            group, room = [], _GROUP_BYTES
        group.append(index)
        room -= own
    yield group


def _rows_at_once(network: ModuleNetwork, group: list[int], k: int) -> int:
    own = sum(network.parameters.tensors[index].nbytes for index in group) * k
    return max(1, _GRADIENT_BYTES // own)


def _gradients(network: ModuleNetwork, x: Tensor, group: list[int]) -> list[Tensor]:
    """∂f_j(x)/∂w of one network's tensors [n, k, weights], each input by itself."""
    call = _outputs(network)
    tensors = [tensor[0] for tensor in _normal(network.parameters.tensors)]
    own = {name: network.held[name][0] for name in network.own}

    def outputs(chosen: Tensors, point: Tensor) -> Tensor:
        whole = list(tensors)
        for index, tensor in zip(group, chosen, strict=True):
            whole[index] = tensor
        return call(tuple(whole), own, point.unsqueeze(0))[0]

    with differentiable():
        jacobians = vmap(jacrev(outputs), (None, 0))(tuple(tensors[index] for index in group), x[0])
    return [jacobian.flatten(2) for jacobian in jacobians]


def _add_products_(
    target: Tensor, left: list[Tensor], right: list[Tensor], rates: list[float], joined: bool
) -> None:
    for a, b, rate in zip(left, right, rates, strict=True):
        if joined:
            target[:, 0, :, 0].add_(a.flatten(1) @ b.flatten(1).T, alpha=rate)
        else:
            products = a.flatten(0, 1) @ b.flatten(0, 1).T
            target.add_(products.view(*a.shape[:2], *b.shape[:2]), alpha=rate)
