"""The daemon's life: the order of start and stop, what there is, and supervision."""
