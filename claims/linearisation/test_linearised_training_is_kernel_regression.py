"""Training the linearised network is kernel regression, f_0 included."""

import torch

from widthwise.harness import Control, Identity, Source, WidthList, claim
from widthwise.models import LinearisedNetwork, erf, kernel_regression, tangent_kernel

DEPTH = 2


@claim(
    source=Source(
        "Neural Tangent Kernel Distillation",
        "the section on the tangent kernel; its equation for f_lin",
    ),
    references=("Jacot et al. 2018, section 5", "Lee et al. 2019, equation (11)"),
    prediction=Identity(tolerance=1),
    control=Control(
        "Without f_0, as the post prints it, the formula misses by the initial output.",
        start_included=False,
    ),
    over=WidthList((16, 64)),
)
def test_linearised_training_is_kernel_regression(width, seeds, mlp, sphere, start_included=True):
    """Gradient descent on the linearised network ends at kernel regression from f_0.

    Statement
        Gradient descent in the parameters of the linearised network, from zero displacement,
        converges to f_0(x) + Θ(x,X) Θ(X,X)^-1 (Y − f_0(X)). The post leaves f_0 out.
    Setting
        float64, two hidden layers of erf, 16 points. One side takes every step in parameter
        space; the other is one solve.
    Tolerance
        An identity: the error is stated in units of what rounding may do. A step rounds inner
        products of N terms through L + 1 layers, relatively (L+1)·N·eps (Higham 2002, section
        3.1); the fixed point and the solve amplify it by the condition number κ of Θ.
    Does not show
        That a network of finite width follows its linearisation.
    """
    double = sphere.to(dtype=torch.float64)
    x, y = double.x_train, double.y_train
    network = mlp(
        width, seeds, input_dim=double.input_dim, depth=DEPTH, activation=erf, dtype=x.dtype
    )
    linearised = LinearisedNetwork(network)
    run = linearised.train(x, y, steps=4000, tolerance=1e-14)
    trained = linearised(double.x_test, run.displacement)
    theta = tangent_kernel(network, x)
    start = (network(x), network(double.x_test)) if start_included else ()
    solved = kernel_regression(theta, tangent_kernel(network, double.x_test, x), y, *start)
    rounding = (DEPTH + 1) * width * torch.finfo(x.dtype).eps * torch.linalg.cond(theta)
    return (trained - solved).abs().amax(1) / (rounding * solved.abs().amax(1))
