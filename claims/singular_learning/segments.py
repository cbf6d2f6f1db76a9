"""Losses on the segment between two trained networks, and units put into an order that fits."""

from dataclasses import replace

import torch
from scipy.optimize import linear_sum_assignment

from widthwise.models import Parameters

POINTS = (0.25, 0.5, 0.75)
"""Of the segment."""


def between(first, second, share):
    """The networks at (1 − share)·θ_1 + share·θ_2."""
    difference = second.parameters.minus(first.parameters)
    return first.displaced(difference, share)


def mean_loss(network, x, y):
    """Mean squared error [S]."""
    return (network(x) - y).square().mean(1)


def barrier(first, second, x, y):
    """How far the loss on the segment rises above what lies straight between its ends [S].

    The largest of max_s L(θ_s) − (1 − s)L(θ_1) − sL(θ_2) over quarters of the way, in units of the
    mean of the two losses; negative if it stays below.
    """
    ends = mean_loss(first, x, y), mean_loss(second, x, y)
    rises = [
        mean_loss(between(first, second, share), x, y) - torch.lerp(*ends, share)
        for share in POINTS
    ]
    return torch.stack(rises).amax(0) / ((ends[0] + ends[1]) / 2)


def matched(first, second):
    """The second networks with their units in the order in which they are nearest to the first's.

    Of one hidden layer: incoming and outgoing weights of a unit move together, so that the function
    is the same. The order has the least sum of squared distances of all orders.
    """
    ours, theirs = (torch.cat((own.weights[0], own.weights[1].mT), 1) for own in (first, second))
    distances = torch.cdist(ours.mT, theirs.mT).square().cpu().numpy()
    orders = torch.stack([torch.as_tensor(linear_sum_assignment(one)[1]) for one in distances])
    orders = orders.to(second.device)
    incoming, outgoing = second.weights
    weights = (
        incoming.gather(2, orders[:, None].expand_as(incoming)),
        outgoing.gather(1, orders[:, :, None].expand_as(outgoing)),
    )
    return replace(second, parameters=Parameters(weights))
