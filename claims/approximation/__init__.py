"""What can be approximated, and at what price?

One side of the discussion holds that networks in the kernel regime have a universal class of
features from the start, that smooth activations reach smooth functions only and ReLU more; the
other at first suspects that the tangent features are essentially finite, and later that
universality is beside the point, because what counts is how much it takes. A comment elsewhere adds
that approximation of generic functions cannot explain anything, being exponentially dear, and that
symmetry, locality and compositionality make the functions of the world cheap.

The claims here are about the price. A layer of 2^n smooth units multiplies n inputs to any
accuracy, a tree does with 4(n − 1). Tangent features are not finite and reach what they are asked
for, unless symmetry forbids. Kernels of smooth activations do reach kinks, at the very rate of
ReLU's; what grows without bound is the norm, and with it the time.
"""
