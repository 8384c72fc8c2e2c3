"""Alerts about containers, through Unraid's own notifications."""
