"""Studies: each script asks one question, and its docstring has the commands and the last result.

Start with ``font_latent2.py``, which shows the whole library and needs no other file. The folders hold the other
studies by subject:

- ``letters/``: dot-matrix fonts: every knob of the letter network, a code of one number, denoising, the code space
- ``digits/``: MNIST: dense and convolutional networks, denoising, overfitting, pre-training of classifiers
- ``series/``: time series, and circles as sequences of points
- ``variational/``: variational autoencoders of letters and digits, and searches for their settings
- ``deep.py``, with its parts in ``solvers/``: which solver trains a deep autoencoder first
- ``where_each_wins.py``, also with parts in ``solvers/``: which optimizer is first, by weights and samples
- ``shared/``: what several scripts use

A script runs from any folder (``python experiments/letters/font_sweep.py``). One that imports from this package first
puts the repository's folder on the path::

    sys.path.insert(0, str(Path(__file__).parents[2]))  # where the package `experiments` is

A script whose name ends in ``_figures``, ``_recipes``, ``_networks`` and the like is a part of the study it is named
after. A new study is a new file with the question in its docstring, and a test in the same folder of
``tests/experiments/`` that runs it with ``--quick``.
"""
