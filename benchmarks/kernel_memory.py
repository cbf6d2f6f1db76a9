"""Prints the megabytes by which one tangent kernel raises the peak of a fresh process."""

import sys
from pathlib import Path

import torch

from widthwise.models import MLP, tangent_kernel


def peak_megabytes() -> float:
    """Of this program alone: the maximum that getrusage knows is handed down by its parent."""
    lines = dict(line.split(":") for line in Path("/proc/self/status").read_text().splitlines())
    return int(lines["VmHWM"].split()[0]) / 1024


if __name__ == "__main__":
    width, outputs = map(int, sys.argv[1:])
    network = MLP.initialise(width, [0], input_dim=64, depth=3, output_dim=outputs)
    # The library claims what it needs for a first product of any size; that is not the kernel's.
    tangent_kernel(MLP.initialise(128, [0], input_dim=64, depth=3), torch.zeros(100, 64))
    before = peak_megabytes()
    tangent_kernel(network, torch.randn(100, 64))
    print(peak_megabytes() - before)
