"""What the networks of an ensemble of modules have in common, and the table that shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import torch
from torch import nn

from ..networks.architecture import Scale
from ..networks.parametrization import Parametrization, mup
from .roles import Make, Role, TensorRole, read_roles

_DRAWS = 16  # of the module at the base width, from which the sizes of its tensors are read
_ERRORS = 6  # of the mean, within which a tensor is drawn about 0


@dataclass(frozen=True)
class OwnSize:
    """How a module draws one tensor at the base width.

    Attributes:
        mean: Over draws and entries.
        deviation: Likewise; 0 for a tensor that is the same in every draw.
        rms: Likewise.
    """

    mean: float
    deviation: float
    rms: float

    @property
    def drawn(self) -> bool:
        """Whether it differs from draw to draw."""
        return self.deviation > 0


@dataclass(frozen=True)
class ModuleArchitecture:
    """What S networks made by one factory have in common.

    Attributes:
        make: Makes one network of a width.
        width: Of these networks.
        base_width: Where the parametrization agrees with the module itself.
        parametrization: How tensors scale with width/base_width; None leaves the module as it is.
        tensors: Roles, in the module's order.
        sizes: How the module draws its tensors at the base width; empty without parametrization.
        input_shape: How a module sees the d numbers of an input; None as they are, [d].
        rates: Own rates of tensors relative to η, by name; 1 where none is given.
        output_axis: Whether outputs keep their axis where there is only one.
    """

    make: Make
    width: int
    base_width: int
    parametrization: Parametrization | None
    tensors: tuple[TensorRole, ...]
    sizes: tuple[OwnSize, ...]
    input_shape: tuple[int, ...] | None = None
    rates: Mapping[str, float] = field(default_factory=dict)
    output_axis: bool = False

    @property
    def trained(self) -> tuple[TensorRole, ...]:
        """The tensors that are not frozen."""
        return tuple(tensor for tensor in self.tensors if not tensor.frozen)

    @cached_property
    def scales(self) -> tuple[Scale, ...]:
        """The scale of every tensor that is trained; of size 1 where the module draws it."""
        return tuple(self.scale_of(tensor) for tensor in self.trained)

    def scale_of(self, tensor: TensorRole) -> Scale:
        """What the exponents of a tensor come to at this width."""
        own = self.rates.get(tensor.name, 1.0)
        if self.parametrization is None:
            return Scale(1.0, 1.0, own)
        exponents = tensor.exponents(self.parametrization)
        ratio = self.width / self.base_width
        own_size = self.sizes[self.tensors.index(tensor)]
        size = own_size.deviation or own_size.rms or 1.0
        return Scale(ratio**-exponents.a, size * ratio**-exponents.b, own * ratio**-exponents.c)


def own_sizes(make: Make, base_width: int, names: tuple[str, ...]) -> tuple[OwnSize, ...]:
    """How a module draws its tensors at the base width, from draws with seeds 0, 1, …

    Raises:
        ValueError: A module that differs from itself, drawn again from the same seed.
    """
    seeds = (*range(_DRAWS), 0)
    modules = [dict(own_module(make, base_width, seed).named_parameters()) for seed in seeds]
    sizes = []
    for name in names:
        *drawn, again = [module[name].detach().double() for module in modules]
        if not torch.equal(drawn[0], again):
            raise ValueError(
                f"make({base_width}) draws {name!r} otherwise than from torch's generator: the "
                "same seed gave other numbers, so that no seed stands for a network"
            )
        values = torch.stack(drawn)
        varies = bool((values != values[0]).any())
        deviation = float(values.std(correction=0)) if varies else 0.0
        mean = float(values.mean())
        if varies and abs(mean) < _ERRORS * deviation / values.numel() ** 0.5:
            mean = 0.0
        sizes.append(OwnSize(mean, deviation, float(values.square().mean().sqrt())))
    return tuple(sizes)


def own_module(make: Make, width: int, seed: int) -> nn.Module:
    """The module as its factory draws it from a seed, in eval mode; the global state stays.

    Raises:
        ValueError: A module that has no numbers, or does not lie on the CPU.
        TypeError: A factory that returns no module.
    """
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)  # of the CPU only: no GPU's is touched
        module = make(width)
    if not isinstance(module, nn.Module):
        raise TypeError(
            f"make({width}) must return a torch.nn.Module, not a {type(module).__name__}"
        )
    for name, tensor in (*module.named_parameters(), *module.named_buffers()):
        if tensor.device.type != "cpu":
            raise ValueError(
                f"make({width}) puts {name!r} on {tensor.device}: make modules on the CPU, and "
                "say by device= where they are to be measured"
            )
    return module.eval()


@dataclass(frozen=True)
class Description:
    """What the width does to every tensor of a module: a table when it is shown.

    Attributes:
        tensors: Roles, in the module's order.
        sizes: How the module draws them at the base width.
        parametrization: None for the module's own.
        base_width: Where the parametrization agrees with the module itself.
    """

    tensors: tuple[TensorRole, ...]
    sizes: tuple[OwnSize, ...]
    parametrization: Parametrization | None
    base_width: int

    def __str__(self) -> str:
        rows = [("tensor", "shape", "role", "multiplier", "initial size", "rate")]
        rows += [self._row(*pair) for pair in zip(self.tensors, self.sizes, strict=True)]
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        lines = [
            "  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip()
            for row in rows
        ]
        name = "its own" if self.parametrization is None else self.parametrization.name
        head = f"parametrization {name}, r = width/{self.base_width}"
        return "\n".join([head, *lines])

    __repr__ = __str__

    def _row(self, tensor: TensorRole, size: OwnSize) -> tuple[str, ...]:
        shape = "×".join(map(str, tensor.shape)) or "1"
        role = tensor.role + (" (assumed)" if tensor.assumed else "")
        initial = f"{size.deviation:.3g}" if size.drawn else f"fixed, rms {size.rms:.3g}"
        if not size.drawn and size.rms == abs(size.mean):
            initial = f"all {size.mean:.3g}"
        if size.drawn and size.mean:
            initial = f"{size.mean:.3g} ± {initial}"
        if self.parametrization is None:
            rate = "frozen" if tensor.frozen else "its own"
            return tensor.name, shape, role, "1", f"{initial} at {self.base_width}", rate
        own = tensor.exponents(self.parametrization)
        rate = "frozen" if tensor.frozen else _power(own.c) or "1"
        size_law = initial if initial == "all 0" else f"{initial} {_power(own.b)}".rstrip()
        return tensor.name, shape, role, _power(own.a) or "1", size_law, rate


def _power(exponent: float) -> str:
    """r^-exponent, or nothing where it is 1."""
    if exponent == 0:
        return ""
    return "r" if exponent == -1 else f"r^{-exponent:g}".replace("-", "−")


def describe(
    make: Make,
    *,
    parametrization: Parametrization | None = mup,
    base_width: int = 64,
    roles: Mapping[str, Role] | None = None,
) -> Description:
    """What the width does to every tensor of a module, as a table to be printed.

    Args:
        make: Makes one network of a width.
        parametrization: As for `ensemble`.
        base_width: As for `ensemble`.
        roles: As for `ensemble`.

    Raises:
        ValueError: As `ensemble`.
        TypeError: As `ensemble`.
    """
    tensors = read_roles(make, base_width, roles)
    sizes = own_sizes(make, base_width, tuple(tensor.name for tensor in tensors))
    for tensor in tensors:
        if parametrization is not None:
            tensor.exponents(parametrization)
    return Description(tensors, sizes, parametrization, base_width)
