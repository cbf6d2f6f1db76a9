"""Networks whose numbers leave the range of their dtype, told from those that have diverged."""

from __future__ import annotations

import torch
from torch import Tensor

from .network import Network


def check_overflow(name: str, values: Tensor, network: Network) -> None:
    """Refuse what sound networks should not give: numbers that are not finite.

    Diverged networks, whose parameters are no numbers themselves, give NaN and pass.

    Args:
        name: Of the values, in the plural.
        values: One row per network [S, ...].
        network: S networks.

    Raises:
        OverflowError: Names the networks by their seeds.
    """
    finite = torch.isfinite(values).flatten(1).all(1)
    if bool(finite.all()):
        return
    sound = torch.ones_like(finite)
    for tensor in network.parameters.tensors:
        sound &= torch.isfinite(tensor).flatten(1).all(1)
    lost = (sound & ~finite).tolist()
    seeds = [seed for seed, bad in zip(network.seeds, lost, strict=True) if bad]
    if seeds:
        named = ", ".join(map(str, seeds[:5])) + (" …" if len(seeds) > 5 else "")
        larger = "" if network.dtype == torch.float64 else "take float64, or "
        raise OverflowError(
            f"the {name} of the networks of seeds {named} are out of the range of "
            f"{str(network.dtype).removeprefix('torch.')}: {larger}rescale the inputs or change "
            "sigma_w"
        )
