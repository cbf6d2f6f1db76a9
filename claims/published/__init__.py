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
"""
