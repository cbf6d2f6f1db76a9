"""What gradient descent with finite steps follows."""

import pytest
import torch

from widthwise.harness import Control, PowerLaw, Source, Vanishing, claim
from widthwise.models import kernel_rate, tanh, train, train_flow

HERE = Source(
    "Neural Tangent Kernel Distillation",
    "the comments, on discrete gradient descent against gradient flow",
)
TIME = 2
"""How long to train, in units of the time 1/λ_max of the fastest mode."""


def departure(rate, seeds, mlp, data, modified):
    """‖θ_descent − θ_flow‖ after the same time, in the metric of the learning rates.

    What is followed is the flow with `modified` times the modification.
    """
    drawn = data(seeds).to(dtype=torch.float64)
    network = mlp(32, seeds, input_dim=drawn.input_dim, activation=tanh, dtype=torch.float64)
    unit = kernel_rate(network, drawn.x_train)
    descent = train(
        network,
        drawn.x_train,
        drawn.y_train,
        steps=round(TIME / rate),
        rate=rate * unit,
        tolerance=0,
    )
    flow = train_flow(
        network,
        drawn.x_train,
        drawn.y_train,
        time=TIME * unit,
        steps=20,
        rate=modified * rate * unit,
    )
    apart = descent.final.parameters.minus(flow.final.parameters)
    scales = network.architecture.scales
    return apart.times([1 / scale.rate for scale in scales]).dot(apart).sqrt()


@claim(
    provenance="made",
    source=HERE,
    references=("Hairer et al. 2006, section IX.1", "Barrett & Dherin 2021"),
    prediction=PowerLaw(1),
    control=Control("From the flow of the modified loss it departs by O(η²).", modified=1),
    over=Vanishing("rate", 0.4, 0.025, rungs=5),
)
@pytest.mark.parametrize("data", ["random_labels"], indirect=True)
def test_gradient_descent_departs_from_gradient_flow(rate, seeds, mlp, data, modified=0):
    """Gradient descent departs from gradient flow in proportion to its learning rate.

    Statement
        After a fixed time, two units of the fastest mode's, the weights of gradient descent of
        rate η are O(η) away from those of gradient flow, at a finite width. The distance is that
        of the learning rates' metric, the same in all coordinates.
    Setting
        float64, two hidden layers of tanh, width 32; 32 points in 8 dimensions with random labels,
        drawn for every seed; η is stated in units of 1/λ_max
        of the initial tangent kernel, the time is two such units.
    Measure
        Distance of the weights from gradient flow, in the metric of the rates.
    Tolerance
        ±.15, less than a third of the way to the rivals 0 and 2. The next order is relatively η,
        below .3 at η = .4.
    Does not show
        Anything about rates above the limit of stability.
    """
    return departure(rate, seeds, mlp, data, modified)


@claim(
    provenance="made",
    source=HERE,
    references=("Hairer et al. 2006, section IX.1", "Barrett & Dherin 2021"),
    prediction=PowerLaw(2),
    control=Control("Half of the modification leaves half of the distance, O(η).", modified=0.5),
    over=Vanishing("rate", 0.4, 0.025, rungs=5),
)
@pytest.mark.parametrize("data", ["random_labels"], indirect=True)
def test_gradient_descent_follows_the_modified_flow(rate, seeds, mlp, data, modified=1):
    """Gradient descent follows the flow of L + (η/4)‖∇L‖² up to O(η²).

    Statement
        The steps of gradient descent lie on the gradient flow of a loss that penalises the
        gradient, L + (η/4)‖∇L‖², an order closer than on that of L: discrete training has an
        implicit regulariser of its own.
    Setting
        As in gradient_descent_departs_from_gradient_flow. The second derivatives that the flow
        needs are exact, by forward-mode differentiation of the gradient.
    Measure
        Distance of the weights from the modified flow, in the metric of the rates.
    Tolerance
        ±.15, less than a third of the way to the rivals 1 and 3. The next order is relatively η,
        below .3 at η = .4.
    Does not show
        That the penalty matters for what is learned.
    """
    return departure(rate, seeds, mlp, data, modified)
