"""Langevin dynamics where its law is known, whatever the step."""

import pytest
import torch

from widthwise.models.sampling.langevin import langevin

CURVATURE, TEMPERATURE, RATE = torch.tensor([0.5, 2.0]), 0.3, 0.3


def quadratic(points, owner):
    del owner
    return 0.5 * (CURVATURE * points.square()).sum(1)


def after(steps, **options):
    start = torch.zeros(2, 1500, 2)
    settings = {"rate": RATE, "temperature": TEMPERATURE} | options
    *_, last = langevin(quadratic, start, (1, 2), steps, **settings)
    return last


def test_the_variance_is_that_of_the_law():
    wanted = TEMPERATURE / (CURVATURE + TEMPERATURE)
    found = after(40).flatten(0, 1).var(0)
    torch.testing.assert_close(found, wanted, atol=0, rtol=0.12)
    assert (after(40, noise=2.0).flatten(0, 1).var(0) / found > 1.7).all()


def test_chains_depend_on_their_own_seed_only():
    start = torch.ones(2, 3, 2)
    *_, both = langevin(quadratic, start, (1, 2), 3, rate=RATE, temperature=TEMPERATURE)
    *_, one = langevin(quadratic, start[1:], (2,), 3, rate=RATE, temperature=TEMPERATURE)
    torch.testing.assert_close(both[1:], one)


def test_without_noise_it_is_descent_with_decay():
    start = torch.ones(1, 1, 2)
    (once,) = langevin(quadratic, start, (1,), 1, rate=RATE, temperature=TEMPERATURE, noise=0)
    torch.testing.assert_close(once[0, 0], 1 - RATE * (CURVATURE + TEMPERATURE))


def test_what_makes_no_sense_is_refused():
    with pytest.raises(ValueError, match="steps"):
        next(langevin(quadratic, torch.ones(1, 1, 2), (1,), 0, rate=0.1, temperature=1))
    with pytest.raises(ValueError, match="start"):
        next(langevin(quadratic, torch.ones(1, 2), (1,), 1, rate=0.1, temperature=1))
