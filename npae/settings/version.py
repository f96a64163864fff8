"""The version of npae, in the one place that holds it."""

RELEASE = "0.1.0"
