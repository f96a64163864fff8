"""Time series: a training step of an LSTM autoencoder."""
