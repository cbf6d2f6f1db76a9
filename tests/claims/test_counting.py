"""Operations are those that torch's counter counts, and those that it does not see."""

import torch
from torch.utils.flop_counter import FlopCounterMode

from widthwise.claims.cost.counting import Counting
from widthwise.models import MLP, WideMLP, train


def test_a_module_takes_what_torch_counts():
    module = torch.nn.Sequential(torch.nn.Linear(6, 10), torch.nn.ReLU(), torch.nn.Linear(10, 3))
    x = torch.ones(5, 6)
    with FlopCounterMode(display=False) as theirs:
        module(x).sum().backward()
    with Counting() as counting:
        module(x).sum().backward()
    assert counting.total == theirs.get_total_flops() > 0


def test_products_that_are_added_in_place_count():
    a, b = torch.ones(2, 3, 4), torch.ones(2, 4, 5)
    with Counting() as counting:
        torch.zeros(2, 3, 5).baddbmm_(a, b)
        torch.zeros(3, 5).addmm_(a[0], b[0])
    assert counting.total == 2 * 3 * 4 * 5 * (2 + 1)


def test_nothing_counts_outside():
    counting = Counting()
    with counting:
        torch.ones(2, 3) @ torch.ones(3, 4)
    torch.ones(2, 3) @ torch.ones(3, 4)
    assert counting.total == 2 * 2 * 3 * 4


def test_a_step_of_drawn_weights_takes_its_passes_and_one_more():
    """Three products of 2·n·N² with the hidden matrix, and the outputs after the step."""
    n, d, width = 4, 2, 64
    network = MLP.initialise(width, (1,), input_dim=d)
    with Counting() as counting:
        train(network, torch.eye(n, d), torch.ones(n), steps=1, rate=0.1)
    hidden, first, last = 2 * n * width**2, 2 * n * d * width, 2 * n * width
    assert counting.total == 4 * hidden + 3 * first + 3 * last


def test_weights_that_were_never_drawn_count_what_they_are_asked():
    """A multiple of N, where all weights would take N²."""
    width = 2**16
    network = WideMLP.initialise(width, (1,), input_dim=2)
    with Counting() as counting:
        network(torch.eye(2))
    assert 2 * 2 * 2 * width < counting.total < 2 * 2 * 100 * width
