"""How the work of one evaluation is carried out: threads, and the shards of a batch that they share."""
