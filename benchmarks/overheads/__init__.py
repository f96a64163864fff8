"""What npae adds: to its matrix products, to a training by callbacks, and before a program's first line runs."""
