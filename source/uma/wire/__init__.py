"""How messages are written: model objects in, bytes out."""
