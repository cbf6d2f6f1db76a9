"""Made-up tasks: random labels on a sphere, and targets with a hidden low-dimensional rule."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .dataset import Dataset, check_positive, split


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
    check_positive(n_train=n_train, n_test=n_test, dim=dim)
    norm = dim**0.5 if radius is None else radius
    if not norm > 0:
        raise ValueError(f"radius must be positive, not {radius!r}")
    rng = np.random.default_rng(seed)
    x = _on_sphere(rng, n_train + n_test, dim) * (norm / dim**0.5)
    y = rng.choice((-1.0, 1.0), n_train + n_test)
    return split(x, y, n_train, f"sphere(dim={dim}, seed={seed})")


def index_model(
    link: Callable[[Tensor], Tensor],
    directions: Tensor,
    n_train: int,
    n_test: int,
    *,
    seed: int = 0,
) -> Dataset:
    """A target that sees its inputs through few directions: y = link(x·directions).

    The inputs are uniform on the sphere of radius √d, so that every projection on a unit
    direction has variance 1. One direction makes a single-index model, several a multi-index
    model.

    Args:
        link: Maps projections [n, r] to targets [n].
        directions: Orthonormal columns [d, r], e.g. from `hidden_directions`.
        n_train: Number of training points.
        n_test: Number of test points.
        seed: Of the inputs.

    Raises:
        ValueError: Directions that are not orthonormal, or a link of another shape.
    """
    check_positive(n_train=n_train, n_test=n_test)
    columns = directions.to(torch.float64)
    if directions.ndim != 2 or not torch.allclose(
        columns.T @ columns, torch.eye(columns.shape[1], dtype=torch.float64), atol=1e-5
    ):
        raise ValueError("directions must be orthonormal columns [d, r]")
    x = _on_sphere(np.random.default_rng(seed), n_train + n_test, len(directions))
    y = link(torch.from_numpy(x) @ columns)
    if y.shape != (len(x),):
        raise ValueError(
            f"link must map [n, r] to [n], not {[len(x), *directions.shape[1:]]} to {list(y.shape)}"
        )
    return split(x, y.numpy(), n_train, f"index model(d={len(directions)}, seed={seed})")


def hidden_directions(dim: int, rank: int, *, seed: int = 0) -> Tensor:
    """Orthonormal columns [dim, rank], uniformly distributed (float64).

    Raises:
        ValueError: rank > dim.
    """
    check_positive(dim=dim, rank=rank)
    if rank > dim:
        raise ValueError(f"rank {rank} directions do not fit into {dim} dimensions")
    # A stream of its own: that of `index_model` would make the first input the direction.
    normal = np.random.default_rng((seed, 1)).standard_normal((dim, rank))
    q, r = np.linalg.qr(normal)
    return torch.from_numpy(q * np.sign(np.diag(r)))


def single_index(dim: int, n_train: int, n_test: int, *, seed: int = 0) -> Dataset:
    """The target He_2(u·x)/√2 = ((u·x)² − 1)/√2 of a hidden unit direction u, drawn by the seed.

    Its mean and its correlation with every linear map are 0: no linear model learns any of it.

    Raises:
        ValueError: A count or dimension below 1.
    """

    def link(u: Tensor) -> Tensor:
        return (u[:, 0].square() - 1) / 2**0.5

    return index_model(link, hidden_directions(dim, 1, seed=seed), n_train, n_test, seed=seed)


def parity(dim: int, order: int, n_train: int, n_test: int, *, seed: int = 0) -> Dataset:
    """The product of the first `order` coordinates on different random points of {±1}^dim.

    Raises:
        ValueError: An order outside 1 … dim, or more points than the cube has.
    """
    check_positive(dim=dim, n_train=n_train, n_test=n_test)
    if not 1 <= order <= dim:
        raise ValueError(f"order must be in 1 … {dim}, not {order!r}")
    x = _on_cube(np.random.default_rng(seed), n_train + n_test, dim)
    return split(x, x[:, :order].prod(1), n_train, f"parity(d={dim}, order={order}, seed={seed})")


def planted_mixture(
    dim: int, n_train: int, n_test: int, *, order: int = 2, easy: float = 0.5, seed: int = 0
) -> Dataset:
    """A mixture of easy points and points whose label needs a feature.

    Inputs are random points of {±1}^dim. Where the first coordinate is +1 (a share `easy` of
    the points) the label is the second coordinate; where it is −1, the parity of the next
    `order` coordinates.

    Raises:
        ValueError: dim < order + 2, or a share outside [0, 1].
    """
    check_positive(n_train=n_train, n_test=n_test, order=order)
    if dim < order + 2:
        raise ValueError(f"dim must be at least order + 2 = {order + 2}, not {dim!r}")
    if not 0 <= easy <= 1:
        raise ValueError(f"easy must be in [0, 1], not {easy!r}")
    rng = np.random.default_rng(seed)
    x = rng.choice((-1.0, 1.0), (n_train + n_test, dim))
    x[:, 0] = np.where(rng.random(len(x)) < easy, 1.0, -1.0)
    y = np.where(x[:, 0] > 0, x[:, 1], x[:, 2 : 2 + order].prod(1))
    return split(x, y, n_train, f"planted mixture(d={dim}, order={order}, seed={seed})")


def gaussian_xor(
    dim: int, n_train: int, n_test: int, *, separation: float = 2.0, seed: int = 0
) -> Dataset:
    """Four Gaussian clusters at (±s, ±s, 0, …) with unit noise, labelled by the signs' product.

    Inputs have the norm √d on average: they are scaled by (1 + 2s²/d)^-1/2.

    Raises:
        ValueError: dim < 2 or a separation that is not positive.
    """
    check_positive(n_train=n_train, n_test=n_test)
    if dim < 2:
        raise ValueError(f"dim must be at least 2, not {dim!r}")
    if not separation > 0:
        raise ValueError(f"separation must be positive, not {separation!r}")
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n_train + n_test, dim))
    signs = rng.choice((-1.0, 1.0), (n_train + n_test, 2))
    x[:, :2] += separation * signs
    x /= (1 + 2 * separation**2 / dim) ** 0.5
    return split(x, signs.prod(1), n_train, f"gaussian xor(d={dim}, seed={seed})")


def _on_sphere(rng: np.random.Generator, n: int, dim: int) -> NDArray[np.float64]:
    """Uniform points [n, dim] on the sphere of radius √dim."""
    x = rng.standard_normal((n, dim))
    return x * (dim**0.5 / np.linalg.norm(x, axis=1, keepdims=True))


def _on_cube(rng: np.random.Generator, n: int, dim: int) -> NDArray[np.float64]:
    """Different random points [n, dim] of {±1}^dim."""
    if n > 2**dim:
        raise ValueError(f"the cube of dimension {dim} has {2**dim} points, not {n}")
    if dim <= 20:
        chosen = rng.permutation(2**dim)[:n]
        return np.where(chosen[:, None] >> np.arange(dim) & 1, -1.0, 1.0)
    points = np.unique(rng.choice((-1.0, 1.0), (n, dim)), axis=0)
    while len(points) < n:
        more = rng.choice((-1.0, 1.0), (n - len(points), dim))
        points = np.unique(np.concatenate((points, more)), axis=0)
    return rng.permutation(points)
