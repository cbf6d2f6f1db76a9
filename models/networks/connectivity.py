"""What the units of a network read: all of the layer below, or patches of an image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .connections import AllToAll, Averaged, Connection, Flattened, InputPatches, Patches


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

    def connections(self, depth: int) -> tuple[Connection, ...]:
        """How each weight layer is connected, from input to output."""
        return (AllToAll(),) * (depth + 1)


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

    def fans(self, input_dim: int, depth: int) -> tuple[int, ...]:
        """The part of each weight layer's fan-in that does not grow with the width."""
        area = self.filter_size**2
        first = area * input_dim // self.positions
        return (first, *[area] * (depth - 1), self.positions if self.readout == "flatten" else 1)

    def connections(self, depth: int) -> tuple[Connection, ...]:
        """How each weight layer is connected, from input to output."""
        channels, height, width = self.image
        patches = Patches(height, width, self.filter_size)
        readout = Flattened if self.readout == "flatten" else Averaged
        hidden = (patches,) * (depth - 1)
        return (InputPatches(channels, patches), *hidden, readout(self.positions))


Connectivity = Dense | Convolution
