"""Letters: 5 x 7 pixels, 32 of them in each of three fonts.

- ``font_sweep.py``: what does each knob of the letter network do?
- ``font_latent1.py``: how far does a code of one number go?
- ``smallest_network.py``: what is the smallest network that still holds 32 letters?
- ``font_denoising.py``: are letters recovered when some of their pixels are flipped? (``denoising_networks.py``)
- ``code_space.py``: which letters are neighbours in the code space, and what lies between them?
- ``letter_recipe.py``: the network that ``font_sweep.py`` and ``code_space.py`` train, by its knobs; its good
  values are those of ``font_latent2.py``, which imports nothing from here
"""
