"""The daemon: start, stop, composition and supervision."""
