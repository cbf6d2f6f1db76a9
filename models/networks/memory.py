"""Whether networks fit in memory, asked before they are drawn."""

from __future__ import annotations

import math
import os
from pathlib import Path

import torch

from .architecture import Architecture


def check_fits(
    architecture: Architecture, networks: int, dtype: torch.dtype, device: torch.device | str
) -> None:
    """Refuse networks whose parameters alone do not fit in memory.

    Raises:
        MemoryError: Says how many networks would fit, or up to which width one does.
    """
    own = architecture.parameter_count * dtype.itemsize
    there = available_bytes(device)
    if own * networks <= there:
        return
    needed = f"{networks} networks of width {architecture.width} have {_size(own * networks)} of "
    if own <= there:
        fits = f"{there // own} at a time would fit"
    else:
        # Parameters grow at most like N², and like N if there is one hidden layer.
        power = 1 if architecture.depth == 1 else 2
        width = math.floor(architecture.width * (there / own) ** (1 / power))
        fits = f"up to a width of about {width} one would fit"
    raise MemoryError(f"{needed}parameters, {device} has {_size(there)} free: {fits}")


def check_directions(
    kept: int,
    wanted: int,
    room: int,
    width: int,
    questions: int,
    dtype: torch.dtype,
    device: torch.device | str,
) -> None:
    """Refuse what an unseen matrix cannot keep: two rows of its width for each direction.

    Args:
        kept: Directions that it keeps already.
        wanted: How many it is to keep.
        room: For how many room is to be made.
        width: Of the matrix.
        questions: How often it has been asked.
        dtype: Of its numbers.
        device: Where they lie.

    Raises:
        MemoryError: Says how many directions fit, and how many steps at the growth so far.
    """
    own = 2 * width * dtype.itemsize
    there = available_bytes(device)
    if own * room <= there:
        return
    fits = kept + there // own
    raise MemoryError(
        f"a matrix of width {width} that is not drawn is asked for in {wanted} directions of "
        f"{_size(own)}; {device} has room for {fits}: for about {questions * fits // wanted} steps"
    )


def available_bytes(device: torch.device | str) -> int:
    """Memory that is free on a device, or what the machine has where that is not told.

    On a GPU with what torch holds there and does not use: it keeps what tensors leave behind.
    """
    if torch.device(device).type == "cuda":
        held = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return torch.cuda.mem_get_info(device)[0] + held
    told = Path("/proc/meminfo")
    if told.exists():
        for line in told.read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _size(count: int) -> str:
    return f"{count / 2**30:.3g} GiB"
