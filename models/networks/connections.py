"""How one layer is connected to the one below: its product with weights, and both adjoints.

Every connection is a linear map R followed by a product with the weights. Activations are rows
[S, n·P, units], P the positions of an image (1 in a dense network); signals of K outputs are rows
[S, n·K·P, units], so that they are activations of n·K inputs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor
from torch.nn.grad import conv2d_input, conv2d_weight

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

    R cuts out the patches, but the products are left to torch's grouped convolutions, one group
    for each network: on a CPU they take two thirds of the time of products of patches.

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
        pixels = z.unflatten(1, (-1, self.height, self.width))
        padded = torch.nn.functional.pad(pixels, (0, 0, *[q // 2] * 4))
        patches = padded.unfold(2, q, 1).unfold(3, q, 1)  # [S, n, height, width, units, q, q]
        return patches.permute(0, 1, 2, 3, 5, 6, 4).flatten(4).flatten(1, 3)

    def multiply(
        self, z: Tensor, weights: Tensor, scale: float, out: Tensor | None = None
    ) -> Tensor:
        """scale·R(z)·w [S, n·P, fan-out]."""
        images, filters = self._images(z), self._filters(weights)
        s = len(weights)
        product = torch.nn.functional.conv2d(images, filters, padding=self.side // 2, groups=s)
        return torch.mul(self._rows(product, s), scale, out=out)

    def multiply_back(
        self, signal: Tensor, weights: Tensor, scale: float, out: Tensor | None = None
    ) -> Tensor:
        """scale·Rᵀ(signal·wᵀ), signals [S, rows, fan-out] to [S, rows, units]."""
        images, filters = self._images(signal), self._filters(weights)
        s = len(weights)
        below = (len(images), s * filters.shape[1], self.height, self.width)
        product = conv2d_input(below, filters, images, padding=self.side // 2, groups=s)
        return torch.mul(self._rows(product, s), scale, out=out)

    def add_gradient_(self, target: Tensor, z: Tensor, signal: Tensor, scale: float) -> None:
        """Add scale·R(z)ᵀ·signal to the target [S, q²·units, fan-out]."""
        s, q, units = len(target), self.side, z.shape[2]
        gradient = conv2d_weight(
            self._images(z),
            (s * target.shape[2], units, q, q),
            self._images(signal),
            padding=q // 2,
            groups=s,
        )
        gradient = gradient.unflatten(0, (s, -1)).permute(0, 3, 4, 2, 1).flatten(1, 3)
        target.add_(gradient, alpha=scale)

    def _images(self, rows: Tensor) -> Tensor:
        """Rows [S, n·P, units] as images [n, S·units, height, width], without copying for S = 1."""
        images = rows.unflatten(1, (-1, self.height, self.width))
        return images.movedim(0, 3).flatten(3).movedim(3, 1)

    def _rows(self, images: Tensor, s: int) -> Tensor:
        """The inverse of `_images`."""
        return images.movedim(1, 3).unflatten(3, (s, -1)).movedim(3, 0).flatten(1, 3)

    def _filters(self, weights: Tensor) -> Tensor:
        """Weights [S, q²·units, fan-out] as filters [S·fan-out, units, q, q]."""
        filters = weights.unflatten(1, (self.side, self.side, -1))
        return filters.permute(0, 4, 3, 1, 2).flatten(0, 1)


@dataclass(frozen=True)
class InputPatches:
    """Patches of the inputs themselves, whose numbers lie channel by channel in one row.

    Inputs have few channels: products of their patches are faster than convolutions.

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
