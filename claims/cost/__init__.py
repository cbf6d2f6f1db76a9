"""What does it cost to follow the theory instead of training a network?

The first post excuses kernels: they have been tried less on hard problems because they scale worse
in the number of data, as every pair has to be evaluated. And it says of the limit that does learn
features that it is much harder to compute, so that it was tried with few layers and linear
activations only.

The claims here count operations, which no machine's load can change. Kernels are quadratic in the
data where networks are linear, and that is no waste: on images, regression that evaluates pairs
with a few landmarks only predicts worse. The limit of μP costs more with every step, since each has
to know in which directions all earlier ones have asked; with one hidden layer it does not, which is
why few layers were tried.
"""
