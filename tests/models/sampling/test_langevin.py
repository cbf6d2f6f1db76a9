"""Langevin dynamics against a law that is known."""

import pytest
import torch

from widthwise.models import Architecture, linear
from widthwise.models.sampling.langevin import langevin, largest_step
from widthwise.models.sampling.weights import outputs_of, prior_weights

ARCHITECTURE = Architecture(4, 2, depth=1, activation=linear)
X = torch.tensor([[[1.0, 0.5], [-0.5, 1.0]]], dtype=torch.float64)
Y = torch.tensor([[1.0, -1.0]], dtype=torch.float64)
START = prior_weights(ARCHITECTURE, (1,), 2000, dtype=torch.float64)


def test_small_steps_reach_the_weighted_prior():
    options = {"temperature": 0.5, "seeds": (1,)}
    reached = langevin(ARCHITECTURE, START, X, Y, step=0.02, steps=300, **options)
    many = prior_weights(ARCHITECTURE, (2,), 60_000, dtype=torch.float64)[0]
    outputs = outputs_of(ARCHITECTURE, many, X[0])
    weight = (-(outputs - Y).square().sum(1) / (2 * 0.5)).softmax(0)
    found = outputs_of(ARCHITECTURE, reached[0], X[0])
    torch.testing.assert_close(found.mean(0), weight @ outputs, atol=0.05, rtol=0)
    torch.testing.assert_close(found.square().mean(0), weight @ outputs.square(), atol=0.08, rtol=0)


def test_steps_beyond_the_limit_are_refused_and_would_diverge():
    flat = START.flatten(0, 1)
    limit = largest_step(ARCHITECTURE, flat, X.expand(2000, -1, -1), 0.5)
    assert 0 < limit < 0.5
    with pytest.raises(ValueError, match="below"):
        langevin(ARCHITECTURE, START, X, Y, step=limit * 1.01, steps=1, temperature=0.5, seeds=(1,))
    with pytest.raises(ValueError, match="temperature"):
        langevin(ARCHITECTURE, START, X, Y, step=0.01, steps=1, temperature=0, seeds=(1,))
    with pytest.raises(ValueError, match="steps"):
        langevin(ARCHITECTURE, START, X, Y, step=0.01, steps=0, temperature=1, seeds=(1,))
