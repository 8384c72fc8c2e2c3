"""The machine's own numbers. ``source`` runs; the others are what it is made of."""
