"""Data of each network's own: inputs and targets drawn anew for every seed.

What is measured on one draw of a few points may be a fact about those points. With data
[S, n, d] the error bars are over draws of the data as well as of the weights.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch

from .dataset import Dataset


def drawn(
    make: Callable[..., Dataset],
    seeds: Sequence[int],
    *,
    dtype: torch.dtype = torch.float32,
    device: torch.device | str = "cpu",
) -> Dataset:
    """One data set per seed, as one: inputs [S, n, d], targets [S, n] or [S, n, k].

    Args:
        make: Makes the data set of one seed, given as `seed=`; every one of the same shape.
        seeds: One per network. A data set depends on its own seed only.
        dtype: Floating-point type of the result.
        device: Where it shall lie.

    Raises:
        ValueError: No seed, or data sets of different shapes.
    """
    if not seeds:
        raise ValueError("seeds is empty: give one integer per network")
    sets = [make(seed=seed) for seed in seeds]
    shapes = {tuple(tuple(part.shape) for part in _parts(data)) for data in sets}
    if len(shapes) > 1:
        raise ValueError(f"the data sets of the seeds differ in shape: {sorted(shapes)}")
    x_train, y_train, x_test, y_test = map(torch.stack, zip(*map(_parts, sets), strict=True))
    stacked = Dataset(x_train, y_train, x_test, y_test, f"{sets[0].name} and {len(sets) - 1} more")
    return stacked.to(dtype=dtype, device=device)


def _parts(data: Dataset) -> tuple[torch.Tensor, ...]:
    return data.x_train, data.y_train, data.x_test, data.y_test
