"""Which device to measure on, and what kind it is."""

from __future__ import annotations

import os
import re

import torch


def resolve_device(wanted: str) -> str:
    """The device to use: "cpu" or "cuda:N".

    Args:
        wanted: "auto" (a GPU where there is one), "cpu", "cuda" or "cuda:N".

    Raises:
        ValueError: if it is none of these, or a GPU that is not there.
    """
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if wanted == "cpu" or (wanted == "auto" and not count):
        return "cpu"
    if wanted == "auto":
        return "cuda:0"
    match = re.fullmatch(r"cuda(?::(\d+))?", wanted)
    if match is None:
        raise ValueError(f"{wanted!r} is not a device; use auto, cpu or cuda:N")
    index = int(match.group(1) or 0)
    if index >= count:
        there = f"GPUs run from cuda:0 to cuda:{count - 1}" if count else "no GPU is"
        raise ValueError(f"{wanted!r} is not there; {there}")
    return f"cuda:{index}"


def device_kind(device: str) -> str:
    """What decides a device's rounding: "cpu", or the name of the GPU."""
    if device == "cpu":
        return device
    return torch.cuda.get_device_name(torch.device(device))


def visible_gpus() -> tuple[str, ...]:
    """The GPUs that this process may use, as CUDA_VISIBLE_DEVICES names them."""
    named = os.environ.get("CUDA_VISIBLE_DEVICES", "")
    names = [name.strip() for name in named.split(",") if name.strip()]
    count = torch.cuda.device_count()
    return tuple(names[:count]) if names else tuple(map(str, range(count)))
