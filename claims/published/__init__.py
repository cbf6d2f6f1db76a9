"""Does the instrument find what papers say of wide networks?

Nobody in the discussions says what stands here. These are results of papers that the discussions do
not mention, with a number in them: a rate, an exponent, a constant, a share. They are claims like
the others, with the published number for the prediction, its place in the paper for the source, and
the nearest rival for the control. An instrument that is asked about statements by its own authors
only might have been made for those; here others have said, long before, what has to come out.

Signals in depth come first: how far apart inputs are kept, how lengths and gradients spread, which
spectra products of random matrices have, and how long deep linear networks take to learn. Numbers
were looked up, in the paper or in notes of those who had it before them, and a result whose number
could not be had is not here. Where a paper gives a law up to an order, the order is in the
prediction; where its formula misses what is measured, the claim says by how much.

Then training, generalisation and kernels: how classifiers reach their margin when the loss has long
been small, what least squares risks with fewer features than data and with more, which of all fits
a network without mixing chooses, how large steps may be before a network diverges, and where on
a circle it learns first.
"""
