"""Encoding of messages: model objects in, bytes out."""
