"""Images of MNIST's size: epochs, test errors, convolutions, a variational autoencoder, and a memory-mapped file."""
