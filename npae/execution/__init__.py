"""What work is carried out on: a team of threads, and the processor's cores."""
