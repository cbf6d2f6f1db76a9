"""How the layers of a network read what is below: all of it, or patch by patch.

A convolution is a dense layer that reads patches. Everything else about a convolutional network
(scales, derivatives, training, kernels) is then what it is for a multilayer perceptron, with the
positions of an image as further rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor


@dataclass(frozen=True)
class Dense:
    """Every unit reads every unit of the layer below: a multilayer perceptron."""

    @property
    def positions(self) -> int:
        """How often a hidden layer computes each of its units for one input."""
        return 1

    def check(self, input_dim: int) -> None:
        """Inputs of any dimension will do."""

    def fans(self, input_dim: int, depth: int) -> tuple[int, ...]:
        """The part of each weight layer's fan-in that does not grow with the width."""
        return (input_dim, *[1] * depth)

    def read(self, z: Tensor, layer: int, depth: int) -> Tensor:  # noqa: ARG002
        """What the weights of a layer multiply."""
        return z

    def unread(self, signal: Tensor, layer: int, depth: int, n: int) -> Tensor:  # noqa: ARG002
        """The adjoint of `read`."""
        return signal


@dataclass(frozen=True)
class Convolution:
    """Hidden layers read patches of images, with the same weights at every position.

    Stride 1, and zeros beyond the edge, so that every layer has the size of the image. A dense
    readout follows.

    Attributes:
        image: (channels, height, width) of an input, whose d numbers are in this order.
        filter_size: Side q of the square filters, odd.
        readout: Whether the readout sees every position by weights of its own ("flatten") or the
            mean over positions ("average").
    """

    image: tuple[int, int, int]
    filter_size: int = 3
    readout: Literal["flatten", "average"] = "flatten"

    def __post_init__(self) -> None:
        if len(self.image) != 3 or any(side < 1 for side in self.image):
            raise ValueError(
                f"image must be (channels, height, width), all positive, not {self.image!r}"
            )
        if self.filter_size < 1 or self.filter_size % 2 == 0:
            raise ValueError(f"filter_size must be odd and positive, not {self.filter_size!r}")
        if self.readout not in ("flatten", "average"):
            raise ValueError(f"readout must be 'flatten' or 'average', not {self.readout!r}")

    @property
    def positions(self) -> int:
        """Positions of an image, P."""
        return self.image[1] * self.image[2]

    def check(self, input_dim: int) -> None:
        """Raise ValueError unless inputs of this dimension are such images."""
        size = self.image[0] * self.positions
        if input_dim != size:
            raise ValueError(
                f"images of (channels, height, width) = {self.image} have {size} numbers, "
                f"not input_dim = {input_dim}"
            )

    def fans(self, input_dim: int, depth: int) -> tuple[int, ...]:  # noqa: ARG002
        """The part of each weight layer's fan-in that does not grow with the width."""
        area = self.filter_size**2
        last = self.positions if self.readout == "flatten" else 1
        return (area * self.image[0], *[area] * (depth - 1), last)

    def read(self, z: Tensor, layer: int, depth: int) -> Tensor:
        """What the weights of a layer multiply.

        Args:
            z: Inputs [S, n, d] of layer 0, activations [S, n·P, N] of the others.
            layer: Index of the weight layer, 0 … L.
            depth: L.

        Returns:
            [S, n·P, fan-in], or [S, n, fan-in] for the readout; a fan-in counts the position in
            the patch first, then the channel.
        """
        if layer == depth:
            images = z.unflatten(1, (-1, self.positions))
            return images.flatten(2) if self.readout == "flatten" else images.mean(2)
        _, height, width = self.image
        if layer == 0:
            pixels = z.unflatten(2, self.image).movedim(2, -1)
        else:
            pixels = z.unflatten(1, (-1, height, width))
        q = self.filter_size
        padded = torch.nn.functional.pad(pixels, (0, 0, *[q // 2] * 4))
        patches = padded.unfold(2, q, 1).unfold(3, q, 1)  # [S, n, height, width, channels, q, q]
        return patches.permute(0, 1, 2, 3, 5, 6, 4).flatten(4).flatten(1, 3)

    def unread(self, signal: Tensor, layer: int, depth: int, n: int) -> Tensor:
        """The adjoint of `read`, for layers 1 … L.

        Args:
            signal: [S, n·P·K, fan-in], or [S, n·K, fan-in] for the readout: K signals for each
                of the rows that `read` gave.
            layer: Index of the weight layer.
            depth: L.
            n: Number of images.

        Returns:
            [S, n·P·K, N].
        """
        if layer == depth:
            images = signal.unflatten(1, (n, -1))  # [S, n, K, fan-in]
            if self.readout == "flatten":
                return images.unflatten(3, (self.positions, -1)).transpose(2, 3).flatten(1, 3)
            images = (images / self.positions).unsqueeze(2)
            return images.expand(-1, -1, self.positions, -1, -1).flatten(1, 3)
        _, height, width = self.image
        q = self.filter_size
        patches = signal.unflatten(2, (q, q, -1)).unflatten(1, (n, height, width, -1))
        s, channels = len(patches), patches.shape[-1]
        padded = patches.new_zeros(s, n, height + q - 1, width + q - 1, patches.shape[4], channels)
        for i in range(q):
            for j in range(q):
                padded[:, :, i : i + height, j : j + width] += patches[..., i, j, :]
        edge = q // 2
        inside = padded[:, :, edge : edge + height, edge : edge + width]
        return inside.flatten(1, 4)


Connectivity = Dense | Convolution
