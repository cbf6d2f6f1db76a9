"""How one layer is connected to the one below: its product with weights, and both adjoints.

Every connection is a linear map R followed by a product with the weights. Activations are rows
[S, n·P, units], P the positions of an image (1 in a dense network); signals of K outputs are rows
[S, n·K·P, units], so that they are activations of n·K inputs.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from .products import add_product_, multiply


class Connection(Protocol):
    """What a forward pass, a backward pass and a kernel need of a layer.

    A product may be written into the tensor `out` of its shape; wherever it is, it is returned.
    """

    def read(self, z: Tensor) -> Tensor:
        """R(z), the rows that the weights multiply."""
        ...

    def multiply(
        self, z: Tensor, weights: Tensor, scale: float, out: Tensor | None = None
    ) -> Tensor:
        """scale·R(z)·w."""
        ...

    def multiply_back(
        self, signal: Tensor, weights: Tensor, scale: float, out: Tensor | None = None
    ) -> Tensor:
        """scale·Rᵀ(signal·wᵀ), the adjoint in z."""
        ...

    def add_gradient_(self, target: Tensor, z: Tensor, signal: Tensor, scale: float) -> None:
        """Add scale·R(z)ᵀ·signal, the adjoint in w, to the target."""
        ...


@dataclass(frozen=True)
class AllToAll:
    """Every unit reads every unit below: R is the identity."""

    def read(self, z: Tensor) -> Tensor:
        """The activations themselves."""
        return z

    def multiply(
        self, z: Tensor, weights: Tensor, scale: float, out: Tensor | None = None
    ) -> Tensor:
        """scale·z·w."""
        return multiply(z, weights, scale, out)

    def multiply_back(
        self, signal: Tensor, weights: Tensor, scale: float, out: Tensor | None = None
    ) -> Tensor:
        """scale·signal·wᵀ."""
        return multiply(signal, weights.mT, scale, out)

    def add_gradient_(self, target: Tensor, z: Tensor, signal: Tensor, scale: float) -> None:
        """Add scale·zᵀ·signal to the target."""
        add_product_(target, z, signal, scale)


@dataclass(frozen=True)
class Flattened:
    """A dense readout of all positions at once.

    Attributes:
        positions: P.
    """

    positions: int

    def read(self, z: Tensor) -> Tensor:
        """The activations of all positions in one row, [S, n, P·units]."""
        return z.unflatten(1, (-1, self.positions)).flatten(2)

    def multiply(
        self, z: Tensor, weights: Tensor, scale: float, out: Tensor | None = None
    ) -> Tensor:
        """scale·R(z)·w [S, n, k]."""
        return AllToAll().multiply(self.read(z), weights, scale, out)

    def multiply_back(
        self, signal: Tensor, weights: Tensor, scale: float, out: Tensor | None = None
    ) -> Tensor:
        """A signal [S, rows, k] to one for every position, [S, rows·P, units]."""
        rows = None if out is None else self.read(out)
        back = AllToAll().multiply_back(signal, weights, scale, rows)
        return back.unflatten(2, (self.positions, -1)).flatten(1, 2)

    def add_gradient_(self, target: Tensor, z: Tensor, signal: Tensor, scale: float) -> None:
        """Add scale·R(z)ᵀ·signal to the target."""
        AllToAll().add_gradient_(target, self.read(z), signal, scale)


@dataclass(frozen=True)
class Averaged:
    """A dense readout of the mean over positions.

    Attributes:
        positions: P.
    """

    positions: int

    def read(self, z: Tensor) -> Tensor:
        """The mean over positions, [S, n, units]."""
        return z.unflatten(1, (-1, self.positions)).mean(2)

    def multiply(
        self, z: Tensor, weights: Tensor, scale: float, out: Tensor | None = None
    ) -> Tensor:
        """scale·R(z)·w [S, n, k]."""
        return AllToAll().multiply(self.read(z), weights, scale, out)

    def multiply_back(
        self, signal: Tensor, weights: Tensor, scale: float, out: Tensor | None = None
    ) -> Tensor:
        """A signal [S, rows, k] to one for every position, [S, rows·P, units]."""
        back = AllToAll().multiply_back(signal, weights, scale / self.positions)
        spread = back.repeat_interleave(self.positions, 1)
        return spread if out is None else out.copy_(spread)

    def add_gradient_(self, target: Tensor, z: Tensor, signal: Tensor, scale: float) -> None:
        """Add scale·R(z)ᵀ·signal to the target."""
        AllToAll().add_gradient_(target, self.read(z), signal, scale)


@dataclass(frozen=True)
class Patches:
    """Every unit reads the patch around its position, with weights shared by all positions.

    R cuts out the patches. Products do without it: for each of the q² places in a patch they
    multiply the units at the positions that some patch has there, so that nothing is gathered and
    zeros beyond the edge are not multiplied, a third of all in an image of 4×4.

    Attributes:
        height: Rows of an image.
        width: Columns of an image.
        side: Of a patch, q, odd; beyond the edge of an image there are zeros.
    """

    height: int
    width: int
    side: int

    def read(self, z: Tensor) -> Tensor:
        """The patch around every position, [S, n·P, q²·units], its units inner."""
        q = self.side
        pixels = self._image(z)
        padded = torch.nn.functional.pad(pixels, (0, 0, *[q // 2] * 4))
        patches = padded.unfold(2, q, 1).unfold(3, q, 1)  # [S, n, height, width, units, q, q]
        return patches.permute(0, 1, 2, 3, 5, 6, 4).flatten(4).flatten(1, 3)

    def multiply(
        self, z: Tensor, weights: Tensor, scale: float, out: Tensor | None = None
    ) -> Tensor:
        """scale·R(z)·w [S, n·P, fan-out]."""
        out = _zeros(z, weights.shape[2], out)
        for there, here, filters in self._places(z, out, weights):
            rows = there.flatten(1, 3)
            here.add_(multiply(rows, filters, scale).reshape(here.shape))
        return out

    def multiply_back(
        self, signal: Tensor, weights: Tensor, scale: float, out: Tensor | None = None
    ) -> Tensor:
        """scale·Rᵀ(signal·wᵀ), signals [S, rows, fan-out] to [S, rows, units]."""
        out = _zeros(signal, weights.shape[1] // self.side**2, out)
        for there, here, filters in self._places(out, signal, weights):
            rows = here.flatten(1, 3)
            there.add_(multiply(rows, filters.mT, scale).reshape(there.shape))
        return out

    def add_gradient_(self, target: Tensor, z: Tensor, signal: Tensor, scale: float) -> None:
        """Add scale·R(z)ᵀ·signal to the target [S, q²·units, fan-out]."""
        for there, here, filters in self._places(z, signal, target):
            add_product_(filters, there.flatten(1, 3), here.flatten(1, 3), scale)

    def _places(
        self, below: Tensor, above: Tensor, weights: Tensor
    ) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        """What is multiplied for each place in a patch.

        The pixels below that some patch has there, the pixels above whose patches these are, and
        the weights between them [S, units, fan-out].
        """
        sources, targets = self._image(below), self._image(above)
        filters = weights.unflatten(1, (self.side**2, -1))
        reach = range(-(self.side // 2), self.side // 2 + 1)
        for place, (down, right) in enumerate(itertools.product(reach, reach)):
            to_rows, from_rows = _overlap(self.height, down)
            to_columns, from_columns = _overlap(self.width, right)
            there = sources[:, :, from_rows, from_columns]
            if there.numel():
                yield there, targets[:, :, to_rows, to_columns], filters[:, place]

    def _image(self, rows: Tensor) -> Tensor:
        """Rows [S, n·P, units] as images [S, n, height, width, units]."""
        return rows.unflatten(1, (-1, self.height, self.width))


def _zeros(like: Tensor, units: int, out: Tensor | None) -> Tensor:
    return like.new_zeros(*like.shape[:2], units) if out is None else out.zero_()


def _overlap(length: int, shift: int) -> tuple[slice, slice]:
    """Which of `length` pixels have a neighbour so far along, and which these neighbours are."""
    first, last = max(0, -shift), max(0, min(length, length - shift))
    return slice(first, last), slice(first + shift, max(first + shift, last + shift))


@dataclass(frozen=True)
class InputPatches:
    """Patches of the inputs themselves, whose numbers lie channel by channel in one row.

    Inputs have few channels: products of their patches are faster than one for every place.

    Attributes:
        channels: Of an input.
        patches: How the layer reads it once it is listed pixel by pixel.
    """

    channels: int
    patches: Patches

    def read(self, z: Tensor) -> Tensor:
        """The patch around every position, [S, n·P, q²·channels], the channels inner."""
        return self.patches.read(z.unflatten(2, (self.channels, -1)).mT.flatten(1, 2))

    def multiply(
        self, z: Tensor, weights: Tensor, scale: float, out: Tensor | None = None
    ) -> Tensor:
        """scale·R(z)·w [S, n·P, fan-out]."""
        return AllToAll().multiply(self.read(z), weights, scale, out)

    def multiply_back(
        self, signal: Tensor, weights: Tensor, scale: float, out: Tensor | None = None
    ) -> Tensor:
        """scale·Rᵀ(signal·wᵀ) [S, rows, d]."""
        pixels = self.patches.multiply_back(signal, weights, scale)
        images = pixels.unflatten(1, (-1, self.patches.height * self.patches.width))
        rows = images.mT.flatten(2)
        return rows if out is None else out.copy_(rows)

    def add_gradient_(self, target: Tensor, z: Tensor, signal: Tensor, scale: float) -> None:
        """Add scale·R(z)ᵀ·signal to the target."""
        AllToAll().add_gradient_(target, self.read(z), signal, scale)
