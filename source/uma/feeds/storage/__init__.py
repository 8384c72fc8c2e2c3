"""The array, its pools and devices, from emhttpd's files. ``source`` runs; the others are what it is made of."""
