"""Prints the megabytes by which one tangent kernel raises the peak of a fresh process."""

import resource
import sys

import torch

from widthwise.models import MLP, tangent_kernel


def peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    width, outputs = map(int, sys.argv[1:])
    network = MLP.initialise(width, [0], input_dim=64, depth=3, output_dim=outputs)
    # The library claims what it needs for a first product of any size; that is not the kernel's.
    tangent_kernel(MLP.initialise(128, [0], input_dim=64, depth=3), torch.zeros(100, 64))
    before = peak_megabytes()
    tangent_kernel(network, torch.randn(100, 64))
    print(peak_megabytes() - before)
