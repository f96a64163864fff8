"""What a computation runs on: a team of threads, and the processor's cores."""
