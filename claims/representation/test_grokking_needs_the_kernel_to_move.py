"""What happens between learning a table by heart and filling it in."""

from dataclasses import replace

import pytest

from widthwise.harness import Bounded, Control, Over, Source, claim
from widthwise.models import quadratic, relu, train_decayed

from .addition import ADDITION, NETWORKS, RECIPES, accuracy, by_own_kernel, table, untrained

BY_HEART = {quadratic: 35, relu: 45}
"""Steps after which all cells learned from are right and hardly any other is."""
AT_ONCE, LATER = 1, 2


@claim(
    provenance="background",
    source=Source(
        "Comments on theories of deep learning",
        "the comments that list grokking among what a theory of deep learning should explain",
    ),
    references=(
        "Kumar et al. 2024, Grokking as the transition from lazy to rich training dynamics "
        "(two layers; modular addition among the tasks)",
    ),
    prediction=Bounded(high=0.2),
    control=Control("The kernel is frozen after twice as many steps.", wait=LATER),
    over=Over("share", (0.6, 0.7, 0.8), quick=1),
    seeds_of=NETWORKS,
)
@pytest.mark.parametrize("activation", [quadratic, relu], ids=repr)
def test_grokking_needs_the_kernel_to_move(share, seeds, mlp, activation, wait=AT_ONCE):
    """A network whose kernel is frozen when it knows its table by heart never fills in the rest.

    Statement
        There is a time at which networks have all cells right that they learn from and next to
        none of the others. Trained on from there to the end with the tangent kernel of that time,
        they have less than a fifth of the others right. Trained on as they are, they have all
        (modular_addition_needs_features): generalising late is the kernel's movement.
    Setting
        As in modular_addition_needs_features; the kernel is frozen after 35 steps (quadratic) or
        45 (ReLU), when more than 95% of the cells learned from are right in every network. The
        linearised networks start from those weights and outputs, and are solved for to 1%.
    Measure
        Share of the cells not seen that are right after training on with a frozen kernel.
    Tolerance
        At most .2; the rivals are the end of training, 1, and the control, the kernel of a time
        at which it has moved on.
    Does not show
        That a larger scale of the output delays it, nor what makes the kernel move on.
    """
    start = untrained(seeds, mlp, activation)
    data = table(seeds, share, ADDITION).to(device=start.device)
    recipe, x, y = RECIPES[activation], data.x_train, data.y_train
    steps = wait * BY_HEART[activation]
    frozen = train_decayed(
        start, x, y, steps=steps, rate=recipe.rate / x.shape[1], decay=recipe.decay
    ).final
    rest = by_own_kernel(frozen, replace(data, y_train=y - frozen(x)))
    return accuracy(frozen(data.x_test) + rest, data.y_test)
