"""``uma watch``: follow a stream of any UMA on a terminal,
and start a command for each message that matters.

A client like any other, over the network: it shares no code with what serves,
and comes with no daemon's memory.
"""
