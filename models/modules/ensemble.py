"""Ensembles of any `torch.nn.Module`: S independent networks that a factory makes, as one object.

What a hand-written network has, these have through `torch.func`: the module is called with
tensors of each network's own, all networks at once by `vmap`.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

import torch
from torch import Tensor, nn

from ..networks.network import Network
from ..networks.parameters import Parameters
from ..networks.parametrization import Parametrization, mup
from ..networks.randomness import check_seeds, generators, normal_
from ..networks.tensor_checks import check_numbers
from .architecture import ModuleArchitecture, own_module, own_sizes
from .derivatives import ModulePass, gradient_gram, module_outputs, module_pass
from .features import features
from .roles import Make, Role, read_roles

_BLOCK_BYTES = 2**26  # of parameters that are worked on at once
# What the numbers drawn from a seed are for.
_DRAWN, _OWN = 12, 13


@dataclass(frozen=True)
class ModuleNetwork(Network):
    """S independent networks of one factory.

    Its parameters are one tensor [S, …] for each that is trained, in the module's order; names
    and roles are `architecture.trained`.

    Attributes:
        template: A module of this width, which says how a network computes; in eval mode.
        held: Frozen tensors and buffers by name: [S, …] where the networks differ in them.
        own: Which of those that are held differ from network to network.
    """

    # What a hand-written layer asks of its architecture is never asked of a module.
    architecture: ModuleArchitecture  # pyright: ignore[reportIncompatibleVariableOverride]
    template: nn.Module = field(repr=False)
    held: Mapping[str, Tensor] = field(repr=False)
    own: frozenset[str] = field(repr=False)

    @property
    def names(self) -> tuple[str, ...]:
        """Of the tensors that are trained, as `parameters.tensors` has them."""
        return tuple(tensor.name for tensor in self.architecture.trained)

    def __getitem__(self, networks: slice) -> Self:
        """Some of the networks, sharing memory with these."""
        held = {n: t[networks] if n in self.own else t for n, t in self.held.items()}
        parameters, seeds = self.parameters[networks], self.seeds[networks]
        return replace(self, parameters=parameters, seeds=seeds, held=held)

    def __call__(self, x: Tensor) -> Tensor:
        """Outputs on inputs x [n, d], or [S, n, d] for inputs of each network's own.

        Returns:
            [S, n] for one output, [S, n, k] for k > 1; outputs of more dimensions are flattened.

        Raises:
            ValueError: Outputs that are no tensor of n rows, a module that draws random numbers
                when it is called, or inputs as for `check_inputs`.
            TypeError: As for `check_inputs`.
        """
        x = self.check_inputs(x)
        parts = [module_outputs(self[block], x[block]) for block in self.blocks(x.shape[1])]
        return self.drop_single_output(torch.cat(parts))

    def run(self, x: Tensor, out: Any = None) -> ModulePass:
        """Outputs on inputs x [S, n, d], and what differentiates them."""
        del out
        return module_pass(self, x)

    def features(self, x: Tensor) -> dict[str, Tensor]:
        """What every module inside gives on inputs x, by its name, each [S, n, …].

        Modules that are called several times count their calls: `act`, `act (2)`. What is no
        tensor of n rows is left out. What a softmax or torch's attention reads goes by the module
        that calls it, `block logits`, with masked ones 0.
        """
        return features(self, self.check_inputs(x))

    def preactivations(self, x: Tensor) -> tuple[Tensor, ...]:
        """Raises TypeError: what is inside a module goes by name, see `features`."""
        del x
        raise TypeError("a module has no layers in a row: ask features(x), by module name")

    activations = preactivations

    def gradient_gram(self, x: Tensor, x2: Tensor | None, *, joined: bool) -> Tensor:
        """The tangent kernel [S, n, k, m, k] of these networks, or its trace [S, n, 1, m, 1]."""
        inputs = [self.check_inputs(points) for points in (x, x2) if points is not None]
        parts = [
            gradient_gram(self[block], [points[block] for points in inputs], joined=joined)
            for block in self.blocks(inputs[0].shape[1])
        ]
        return torch.cat(parts)

    def blocks(self, n: int) -> tuple[slice, ...]:
        """Slices of networks to work on in turn."""
        del n
        own = sum(tensor[0].nbytes for tensor in self.parameters.tensors)
        count = math.ceil(len(self) / max(1, _BLOCK_BYTES // max(1, own)))
        size = math.ceil(len(self) / count)
        return tuple(slice(start, start + size) for start in range(0, len(self), size))

    def check_inputs(self, x: Tensor) -> Tensor:
        """The inputs as [S, n, d], d numbers for each whatever shape the module sees.

        Raises:
            ValueError: x is not [n, d], [S, n, d] or, with an input shape, [n, *shape], is not
                finite, or requires grad.
            TypeError: x is neither of the networks' dtype nor of whole numbers, or lies on
                another device.
        """
        shape = self.architecture.input_shape
        d = None if shape is None else math.prod(shape)
        if shape is not None and x.shape[-len(shape) :] == shape and len(shape) > 1:
            x = x.flatten(-len(shape))
        fits = x.ndim == 2 or (x.ndim == 3 and x.shape[0] == len(self))
        if not fits or d not in (None, x.shape[-1]):
            wanted = "d" if d is None else d
            hint = "; say by input_shape= what a module sees of d numbers" if d is None else ""
            raise ValueError(
                f"inputs must be [n, {wanted}] or [{len(self)}, n, {wanted}], not "
                f"{list(x.shape)}{hint}"
            )
        if x.dtype.is_floating_point:
            self.check_kind(x, "inputs")
            check_numbers("x", x)
        elif x.dtype.is_complex:
            raise TypeError(f"inputs are {x.dtype}, the network is {self.dtype}")
        elif x.device != self.device:
            raise TypeError(f"inputs lie on {x.device}, the network on {self.device}")
        return x.expand(len(self), *x.shape[-2:])

    def check_targets(self, y: Tensor, x: Tensor) -> Tensor:
        """The targets as [S, n, k], k being what the networks give on inputs x [S, n, d]."""
        one = slice(0, 1)
        k = self[one].run(x[one, one]).outputs.shape[2]
        return self.as_targets(y, x.shape[1], k)

    def drop_single_output(self, outputs: Tensor) -> Tensor:
        """Outputs [S, n, k] as they are shown: [S, n] for one output without an axis."""
        return outputs if self.architecture.output_axis else outputs.squeeze(-1)


def ensemble(
    make: Make,
    width: int,
    seeds: Sequence[int],
    *,
    parametrization: Parametrization | None = mup,
    base_width: int = 64,
    roles: Mapping[str, Role] | None = None,
    rates: Mapping[str, float] | None = None,
    input_shape: tuple[int, ...] | None = None,
    dtype: torch.dtype = torch.float32,
    device: torch.device | str = "cpu",
) -> ModuleNetwork:
    """S independent networks of any factory, in any abc-parametrization.

    With a parametrization, a tensor of role r is r^-a times a trainable one that starts with
    r^-b times the size it has at the base width in the module itself, and is trained at r^-c
    times the rate, r = width/base_width: at the base width it is the module, drawn from normal
    laws. A tensor that the module does not draw (zeros, ones, a table of sines) keeps its form.

    Args:
        make: Makes one network of a width: any `torch.nn.Module`, on the CPU, that is a function
            of its inputs, each input by itself.
        width: What `make` is called with.
        seeds: One per network; a network depends on its own only.
        parametrization: Of gradient descent (`mup`, `ntk`, `standard`, `mean_field`), of Adam
            (`mup_adam`), or any other; None takes the module's own initialisation, and one rate
            for all tensors, at every width.
        base_width: Where the parametrization agrees with the module itself.
        roles: By name, "input", "hidden", "output" or "fixed" where shapes do not say it.
        rates: By name, tensors' own rates relative to η.
        input_shape: How the module sees the d numbers of an input, e.g. (3, 8, 8); None means
            as they are: [n, d].
        dtype: Of the parameters.
        device: Where the networks lie; they are drawn by the module on the CPU.

    Raises:
        ValueError: Widths or seeds out of range; a factory that ignores the width, or whose
            tensors have other names, or grow by another law, at another width; complex, integer
            or lazy parameters; tied tensors that `roles` does not name; dropout; a module that is
            not on the CPU; roles or rates of tensors that are not there.
        TypeError: A factory that returns no module, or a dtype that is not floating point.
    """
    for name, value in (("width", width), ("base_width", base_width)):
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise ValueError(f"{name} must be a positive integer, not {value!r}")
    if not dtype.is_floating_point:
        raise TypeError(f"dtype must be a floating-point type, not {dtype}")
    seeds = check_seeds(seeds)
    tensors = read_roles(make, base_width, roles)
    names = tuple(tensor.name for tensor in tensors)
    rates = dict(rates or {})
    for name, rate in rates.items():
        if name not in names or not 0 < rate < math.inf:
            raise ValueError(f"rates: {name!r} at {rate!r} is no parameter at a positive rate")
    sizes = () if parametrization is None else own_sizes(make, base_width, names)
    architecture = ModuleArchitecture(
        make, width, base_width, parametrization, tensors, sizes, input_shape, rates
    )
    template = own_module(make, width, own_seed(seeds[0])).to(dtype=dtype)
    buffers = dict(template.named_buffers())
    other = dict(own_module(make, width, own_seed(seeds[0]) + 1).named_buffers())
    alike = {n: t for n, t in buffers.items() if torch.equal(t, other[n].to(t.dtype))}
    if parametrization is None:
        values = _by_module(architecture, (*names, *(buffers.keys() - alike.keys())), seeds, dtype)
    else:
        values = _by_law(architecture, template, seeds)
        values |= _by_module(architecture, buffers.keys() - alike.keys(), seeds, dtype)
    return _assembled(architecture, template.to(device), seeds, values, alike, device)


def own_seed(seed: int) -> int:
    """What torch's generator is set to when a module draws the network of a seed."""
    return generators((seed,), _OWN, "cpu")[0].initial_seed()


def _by_module(
    architecture: ModuleArchitecture,
    names: Collection[str],
    seeds: Sequence[int],
    dtype: torch.dtype,
) -> dict[str, Tensor]:
    """Parameters and buffers [S, …] as the module itself draws them."""
    if not names:
        return {}
    rows: dict[str, list[Tensor]] = {name: [] for name in names}
    for seed in seeds:
        module = own_module(architecture.make, architecture.width, own_seed(seed)).to(dtype=dtype)
        there = dict(module.named_parameters()) | dict(module.named_buffers())
        for name, row in rows.items():
            row.append(there[name].detach())
    return {name: torch.stack(row) for name, row in rows.items()}


def _by_law(
    architecture: ModuleArchitecture, template: nn.Module, seeds: Sequence[int]
) -> dict[str, Tensor]:
    """Parameters [S, …] as the parametrization says, with what the module does not draw kept."""
    values, drawn = {}, []
    there = dict(template.named_parameters())
    for tensor, size in zip(architecture.tensors, architecture.sizes, strict=True):
        own = there[tensor.name].detach()
        values[tensor.name] = own.expand(len(seeds), *own.shape).clone()
        if size.drawn:
            drawn.append(values[tensor.name])
    normal_(drawn, seeds, _DRAWN)
    for tensor, size in zip(architecture.tensors, architecture.sizes, strict=True):
        scale, value = architecture.scale_of(tensor), values[tensor.name]
        if size.drawn:
            value.add_(size.mean / size.deviation).mul_(scale.deviation)
        elif size.rms:
            value.mul_(scale.deviation / value[0].square().mean().sqrt())
    return values


def _assembled(
    architecture: ModuleArchitecture,
    template: nn.Module,
    seeds: tuple[int, ...],
    values: Mapping[str, Tensor],
    alike: Mapping[str, Tensor],
    device: torch.device | str,
) -> ModuleNetwork:
    trained = {tensor.name for tensor in architecture.trained}
    frozen = {t.name: architecture.scale_of(t).multiplier for t in architecture.tensors if t.frozen}
    held = {
        name: (value * frozen[name] if name in frozen else value).to(device)
        for name, value in values.items()
        if name not in trained
    }
    return ModuleNetwork(
        architecture,
        Parameters(tuple(values[t.name].to(device) for t in architecture.trained)),
        seeds,
        template.requires_grad_(False),
        held | {name: value.to(device) for name, value in alike.items()},
        frozenset(held),
    )
