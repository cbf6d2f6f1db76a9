"""Empirical kernels of ever wider networks: where they converge to, and how fast."""

import math

import pytest
import torch
from scipy import stats

from widthwise.models import CNN, MLP, erf, mup, nngp_kernel, relu, standard, tangent_kernel
from widthwise.models.kernels.infinite_channels import infinite_channel_kernels
from widthwise.models.kernels.infinite_width import infinite_width_kernels

NARROW, WIDE, NETWORKS = 32, 256, 100
KINDS = {
    "dense": (MLP, infinite_width_kernels, {}),
    "flatten": (CNN, infinite_channel_kernels, {"image": (2, 3, 2), "readout": "flatten"}),
    "average": (CNN, infinite_channel_kernels, {"image": (2, 3, 2), "readout": "average"}),
}
SETTINGS = [
    {"activation": erf, "sigma_b": 0.3},
    {"activation": relu},
    {"activation": erf, "sigma_b": 0.3, "parametrization": standard},
    {"activation": relu, "parametrization": mup},
]


@pytest.mark.parametrize("settings", SETTINGS, ids=["erf", "relu", "standard", "mup"])
@pytest.mark.parametrize("kind", KINDS)
def test_empirical_kernels_converge_to_the_recursion_like_root_width(kind, settings):
    """Deviations of 100 networks fall as N^-1/2, and their mean is the limit.

    The mean square over networks of a deviation has a relative standard error of at most
    √(2/100) under the normal law, so that the slope of its root over N = 32 … 256 has one of at
    most √2·.07/ln 8 = .048: .24 is five of them, a false alarm in 2·10^6, and the rivals 0 and −1
    are off by .5. Each of the six entries of the mean at N = 256 may be off by its quantile of
    5·10^-7, and by 5% of the largest for the bias of order 1/N.
    """
    make, limiting, shape = KINDS[kind]
    x = torch.randn(3, 12, generator=torch.Generator().manual_seed(5))
    deviations = {}
    for width in (NARROW, WIDE):
        network = make.initialise(width, range(NETWORKS), input_dim=12, **shape, **settings)
        limit = limiting(network.architecture, x)
        measured = {"tangent": tangent_kernel(network, x)}
        if "parametrization" not in settings:
            measured["nngp"] = nngp_kernel(network, x)
        for name, kernels in measured.items():
            difference = kernels - getattr(limit, name)
            deviations[name, width] = float(difference.square().mean().sqrt())
            if width == WIDE:
                error = kernels.std(0) * stats.norm.isf(2.5e-7) / math.sqrt(NETWORKS)
                margin = 0.05 * getattr(limit, name).diagonal().max()
                assert bool((difference.mean(0).abs() <= error + margin).all())
    for name in measured:
        ratio = deviations[name, WIDE] / deviations[name, NARROW]
        assert abs(math.log(ratio) / math.log(WIDE / NARROW) + 1 / 2) < 0.24
