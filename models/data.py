"""Data sets, deterministic: the same arguments give the same numbers on every machine.

Every input has the norm √d, so that the first preactivations are O(1) in every parametrization.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.datasets import load_digits
from torch import Tensor


@dataclass(frozen=True)
class Dataset:
    """Training and test points.

    Attributes:
        x_train: [n, d].
        y_train: Targets [n], or [n, k] for k classes.
        x_test: [m, d].
        y_test: [m] or [m, k].
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
            if x.ndim != 2 or len(x) != len(y):
                raise ValueError(
                    f"{part} inputs {list(x.shape)} and targets {list(y.shape)} of {self.name} "
                    "do not fit: inputs must be [n, d], targets [n] or [n, k]"
                )

    @property
    def x(self) -> Tensor:
        """All inputs: those for training, then those for testing."""
        return torch.cat((self.x_train, self.x_test))

    @property
    def input_dim(self) -> int:
        """Dimension d of the inputs."""
        return self.x_train.shape[1]

    @property
    def output_dim(self) -> int:
        """Number of outputs of a network for this data."""
        return 1 if self.y_train.ndim == 1 else self.y_train.shape[1]

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


def sphere(
    n_train: int = 16,
    n_test: int = 16,
    dim: int = 16,
    *,
    radius: float | None = None,
    seed: int = 0,
) -> Dataset:
    """Uniform points on a sphere, of radius √dim unless given, with random labels ±1.

    Raises:
        ValueError: A count or dimension below 1, or a radius that is not positive.
    """
    _check_positive(n_train=n_train, n_test=n_test, dim=dim)
    norm = dim**0.5 if radius is None else radius
    if not norm > 0:
        raise ValueError(f"radius must be positive, not {radius!r}")
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n_train + n_test, dim))
    x *= norm / np.linalg.norm(x, axis=1, keepdims=True)
    y = rng.choice((-1.0, 1.0), n_train + n_test)
    return _split(x, y, n_train, f"sphere(dim={dim}, seed={seed})")


def digits(
    classes: Sequence[int] = (0, 1), *, n_train: int = 100, n_test: int = 100, seed: int = 0
) -> Dataset:
    """scikit-learn's 8×8 images of handwritten digits.

    The images of the chosen classes are centred by their mean image, then each is scaled to
    |x| = √64. Targets: ±1 for two classes (+1 the second), one-hot minus 1/k for more. The
    classes take turns, so that training and test points, and every prefix of the training
    points, are stratified; test points are the same for every n_train.

    Args:
        classes: Which digits, at least two of 0 … 9.
        n_train: Number of training points.
        n_test: Number of test points.
        seed: Of the order of the images within their class.

    Raises:
        ValueError: Fewer than two classes, one given twice or no digit, or more points than
            the chosen classes have in balance.
    """
    _check_positive(n_train=n_train, n_test=n_test)
    if len(classes) < 2 or len(set(classes)) < len(classes) or not set(classes) <= set(range(10)):
        raise ValueError(f"classes must be at least two different digits, not {classes!r}")
    every_image, every_label = load_digits(return_X_y=True)
    chosen = np.isin(every_label, classes)
    images = np.asarray(every_image, np.float64)[chosen]
    images -= images.mean(0)
    labels = np.asarray(every_label, np.int64)[chosen]
    order = _round_robin(labels, classes, np.random.default_rng(seed))
    if n_train + n_test > len(order):
        raise ValueError(
            f"digits {tuple(classes)} have {len(order)} images in balance, "
            f"not n_train + n_test = {n_train + n_test}"
        )
    order = np.concatenate((order[:n_train], order[len(order) - n_test :]))
    x = images[order] * (8 / np.linalg.norm(images[order], axis=1, keepdims=True))
    hot = labels[order][:, None] == np.asarray(classes)
    y = np.where(hot[:, 1], 1.0, -1.0) if len(classes) == 2 else hot - 1 / len(classes)
    return _split(x, y, n_train, f"digits{tuple(classes)}")


def _round_robin(
    labels: NDArray[np.int64], classes: Sequence[int], rng: np.random.Generator
) -> NDArray[np.int64]:
    """Indices in which the classes take turns until the smallest is used up."""
    shuffled = [rng.permutation(np.flatnonzero(labels == label)) for label in classes]
    smallest = min(len(members) for members in shuffled)
    return np.stack([members[:smallest] for members in shuffled], 1).ravel()


def _split(x: NDArray[np.float64], y: NDArray[np.float64], n_train: int, name: str) -> Dataset:
    inputs = torch.from_numpy(x).to(torch.float32)
    targets = torch.from_numpy(y).to(torch.float32)
    return Dataset(inputs[:n_train], targets[:n_train], inputs[n_train:], targets[n_train:], name)


def _check_positive(**counts: int) -> None:
    for name, value in counts.items():
        if value < 1:
            raise ValueError(f"{name} must be at least 1, not {value!r}")
