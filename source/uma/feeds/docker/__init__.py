"""Container events, as Docker tells them. ``source`` runs; the others are what it is made of."""
