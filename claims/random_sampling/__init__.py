"""Is training a way of drawing functions at random?

One of the authors of the papers on random sampling argues in comments that networks generalise
because of how much of parameter space a function fills: simple functions fill more, and optimisers
find functions in proportion to that volume, so that learning features serves to be compact and not
to generalise. His opponent answers that the bound which is proved holds for any map with few
outputs, and that it shows nothing about simple functions of small volume.

First what needs no training. The number of ones in a
perceptron's truth table has the same probability whatever it is, by a theorem that he cites, and
functions of mostly one answer are favoured exponentially. Large volume means simple, by three
measures of complexity, also among functions of as many ones; the converse, which he does not
claim, fails for parity. The identity, which he names as simple and small, has less volume than a
constant, which deep networks take it for from one example, and far more than the same outputs in
another order. Readouts on frozen layers are the posterior of the whole network if each
draw of the layers counts by its chance to fit. Sampling a wide network until it fits leaves the
law of its units what it was, up to 1/N, as his opponent says.

Then training. From a start whose outputs are as large as the labels, SGD finds functions in
proportion to their volume, and knows of inputs together what the posterior knows; with targets of
another size it does not, though the posterior is the same: their size acts like a temperature.
With white noise and weight decay descent reaches the Boltzmann law, without noise it does not,
though over starts lazy networks spread almost as exact fits drawn at random.

Last, what the prior's probability of the training labels is worth as a predictor: bounds that are
made of it rank architectures by the errors of random sampling, are not vacuous, and fall with the
number of data as these errors do.
"""
