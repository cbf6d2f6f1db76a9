"""What a data set is: inputs and targets, for training and for testing.

Those of this package are deterministic, float32 until `Dataset.to` says otherwise, and scaled
so that |x| = √d, exactly or on average: the first preactivations are then O(1) in every
parametrization.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


@dataclass(frozen=True)
class Dataset:
    """Training and test points, the same for all networks or of each network's own.

    Attributes:
        x_train: [n, d], or [S, n, d] for inputs of each network's own (`drawn`).
        y_train: Targets [n] or [n, k] for k classes, with the leading S of the inputs.
        x_test: [m, d] or [S, m, d].
        y_test: [m] or [m, k], or with a leading S.
        name: What it is.
    """

    x_train: Tensor = field(repr=False)
    y_train: Tensor = field(repr=False)
    x_test: Tensor = field(repr=False)
    y_test: Tensor = field(repr=False)
    name: str

    def __post_init__(self) -> None:
        for part, x, y in (
            ("train", self.x_train, self.y_train),
            ("test", self.x_test, self.y_test),
        ):
            if x.ndim not in (2, 3) or y.shape[: x.ndim - 1] != x.shape[:-1]:
                raise ValueError(
                    f"{part} inputs {list(x.shape)} and targets {list(y.shape)} of {self.name} "
                    "do not fit: inputs must be [n, d], targets [n] or [n, k], both with a "
                    "leading [S] for data of each network's own"
                )

    @property
    def x(self) -> Tensor:
        """All inputs: those for training, then those for testing."""
        return torch.cat((self.x_train, self.x_test), -2)

    @property
    def input_dim(self) -> int:
        """Dimension d of the inputs."""
        return self.x_train.shape[-1]

    @property
    def output_dim(self) -> int:
        """Number of outputs of a network for this data."""
        return 1 if self.y_train.ndim < self.x_train.ndim else self.y_train.shape[-1]

    def to(
        self, *, dtype: torch.dtype | None = None, device: torch.device | str | None = None
    ) -> Dataset:
        """The same data in another floating-point type or on another device."""
        return replace(
            self,
            x_train=self.x_train.to(dtype=dtype, device=device),
            y_train=self.y_train.to(dtype=dtype, device=device),
            x_test=self.x_test.to(dtype=dtype, device=device),
            y_test=self.y_test.to(dtype=dtype, device=device),
        )


def split(x: NDArray[np.float64], y: NDArray[np.float64], n_train: int, name: str) -> Dataset:
    """A data set whose first n_train points are for training, the others for testing."""
    inputs = torch.from_numpy(x).to(torch.float32)
    targets = torch.from_numpy(y).to(torch.float32)
    return Dataset(inputs[:n_train], targets[:n_train], inputs[n_train:], targets[n_train:], name)


def check_positive(**counts: int) -> None:
    """Raise ValueError for a count below 1."""
    for name, value in counts.items():
        if value < 1:
            raise ValueError(f"{name} must be at least 1, not {value!r}")
