"""What the drives say of their own health. ``source`` runs; the others are what it is made of."""
