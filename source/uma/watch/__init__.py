"""``uma watch``: follow a stream of any UMA in a terminal, and run a command for each
message.

It is a client like any other: it shares no code with the server, and does not load the
daemon.
"""
