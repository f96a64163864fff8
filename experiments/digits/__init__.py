"""Digits: MNIST, or another set of images in its format.

- ``mnist_dense.py``: how well does one hidden layer rebuild digits? (``mnist_dense_recipes.py``, ``..._figures.py``)
- ``mnist_denoising.py``: do autoencoders remove noise, and do they have to be trained for it?
- ``mnist_overfitting.py``: do dropout and penalties reduce overfitting?
- ``mnist_improvements.py``: what makes an autoencoder better, faster or smaller? (``mnist_improvements_recipes.py``,
  ``..._measures.py``, ``..._figures.py``)
- ``pretraining.py``: does reconstruction give a classifier a better start? (``pretraining_figures.py``)
- ``linear_probe.py``, ``memory.py``: measures of a code and of a training
"""
