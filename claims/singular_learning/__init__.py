"""Does a model count its own parameters?

One comment holds that singular learning theory makes deep learning less surprising: the effective
number of parameters, twice the learning coefficient, is not a constant of the model but depends on
the distribution that it is trained on, so that models select themselves, and degenerate minima
matter.

The claims here check it where the answers are exact. First the estimator is held against losses
whose coefficient is a sum of fractions. Then the coefficient of a linear network with a hidden
layer depends on the rank of the truth, as a theorem says; of two minima of the same loss the
degenerate one gains on the other by a power of the sample size, and where valleys cross by a
logarithm. Phase transitions are not tested yet.

The comments also name mode connectivity, which a theory of parameter space should explain. Networks
that are trained from one start on two halves of the data are connected by a segment without a
barrier, lazy or not. Those from two starts are not, until the units of one are put into the order
of the other's.
"""
