"""Operations and memory that kernels take over n data, and networks over as many."""

import pytest
import torch

from widthwise.harness import Control, Over, PowerLaw, Source, claim
from widthwise.harness.terms.correction import Correction
from widthwise.models import infinite_width_kernels, tangent_kernel, train_minibatch
from widthwise.models.networks.randomness import generator_of

from .counting import Counting

BATCH = 64


def some_network(seed, mlp):
    """A network of a dimension, width and depth of its own, and what draws its data."""
    generator = generator_of(seed)
    least, most = torch.tensor([4, 8, 1]), torch.tensor([16, 16, 3])
    share = torch.rand(3, generator=generator)
    dimension, width, depth = (least + share * (most - least + 1)).long().tolist()
    return mlp(width, (seed,), input_dim=dimension, depth=depth), generator


def of_networks(network, x):
    """The tangent kernel of a network between all points."""
    return tangent_kernel(network, x, x)


def of_the_limit(network, x):
    """Both kernels of infinite width between all points."""
    limit = infinite_width_kernels(network.architecture, x, x)
    return torch.stack((limit.tangent, limit.nngp))


def all_pairs(network, x, y, kernel):
    """What regression needs to know: the kernel."""
    del y
    return (kernel(network, x),)


def one_epoch(network, x, y, kernel):
    """Once through the data, in batches: the weights."""
    del kernel
    run = train_minibatch(network, x, y, rate=1e-4, epochs=1, batch_size=BATCH)
    return run.final.weights


def counted(compute):
    """Operations."""
    with Counting() as counting:
        compute()
    return counting.total


def held(compute):
    """Bytes of what is there in the end."""
    return sum(tensor.untyped_storage().nbytes() for tensor in compute())


@claim(
    provenance="made",
    source=Source(
        "NTK/GP models of neural nets can't learn features",
        "the third footnote, on kernels scaling worse in terms of data",
    ),
    references=("Rasmussen & Williams 2006, chapter 8: kernels of large data sets",),
    prediction=PowerLaw(2, 0.1, correction=Correction(order=1, size=(0, 0.15))),
    control=Control("An epoch of minibatches is linear.", work=one_epoch),
    over=Over("points", (128, 256, 512, 1024), quick=3),
)
@pytest.mark.parametrize(
    ("count", "kernel"),
    [(counted, of_the_limit), (counted, of_networks), (held, of_networks)],
    ids=["operations, limit", "operations, networks", "bytes, networks"],
)
def test_kernels_cost_quadratic_data(points, seeds, mlp, count, kernel, work=all_pairs):
    """Kernels cost the square of the number of data, where an epoch of a network costs the number.

    Statement
        To evaluate a tangent kernel between all of D points takes operations, and memory, in
        proportion to D²; a network takes D operations to see them all once.
    Setting
        Every seed has an architecture of its own: 4 to 16 inputs, 1 to 3 hidden layers of 8 to 16
        ReLU units. Operations are those of products of matrices, counted while Θ, or Θ_∞ and K_∞,
        between all points is computed; bytes are those of the inputs, the labels and the kernel.
        An epoch, in the control, is minibatches of 64, with the weights for the kernel.
    Measure
        Operations, or bytes.
    Tolerance
        ±.1, a tenth of the way to the rival 1. A network's kernel needs a pass for each point
        before points meet: a share of at most .1 at 128 points for these widths, and inputs are a
        share of at most .14 of the bytes. The correction in 1/D has that range.
    Does not show
        What comes after: solving for the answer takes D³ operations at once, or D² for every round
        of conjugate gradients. That wide networks' kernels are quadratic: passes cost more than
        pairs until there are more points than about three times the units. That all pairs are
        needed (landmarks_do_for_all_pairs).
    """
    costs = []
    for seed in seeds:
        network, generator = some_network(seed, mlp)
        x = torch.randn(points, network.architecture.input_dim, generator=generator)
        y = torch.randn(points, generator=generator)
        x, y = x.to(network.device), y.to(network.device)
        costs.append(count(lambda network=network, x=x, y=y: (x, y, *work(network, x, y, kernel))))
    return torch.tensor(costs, dtype=torch.float64)
