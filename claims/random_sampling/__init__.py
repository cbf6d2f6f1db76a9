"""Is training a way of drawing functions at random?

One of the authors of the papers on random sampling argues in comments that networks generalise
because of how much of parameter space a function fills: simple functions fill more, optimisers find
functions in proportion to that volume, so that learning features serves to be compact and not to
generalise. His opponent answers that the bound which is proved holds for any map with few outputs,
and that it shows nothing about simple functions of small volume.

The claims here take the statements one by one. The perceptron's law is exact. Large volume means
simple, and the converse, which he does not claim, fails for parity. Frozen features give the
posterior of the whole network if every draw of them counts by its chance to fit, as he says, and
another if all that fit count alike. In wide networks the posterior leaves the units what they
were. Trained networks are held against the posterior and against the null that a log–log plot
does not exclude: independent bits with the right frequencies.
"""
