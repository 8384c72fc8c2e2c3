"""Distribution of messages: encoded once, offered to every subscription, never
blocking.

The contract of a stream, in order of importance:

* ``publish`` never waits and never raises. For each subscription it does one write that
  can't block (``deliver_to``), or else adds one dictionary entry. A slow client slows
  neither a source nor another client.
* A message is encoded once. Its frame is shared by every subscription, by REST and by
  the webGUI's channel: same bytes.
* **Retained** kinds (the state of the host): only the newest frame matters. A
  subscription holds at most one pending frame of a kind; a newer one takes its place. A
  new subscription gets the newest frame at once.
* **Events** (something happened): every frame matters, in order. A subscription with
  more than ``backlog`` pending frames is lagging and is closed with 1013; nothing is
  replayed to a new one.
* A stream has ``capacity`` subscriptions; one more raises ``StreamFull``. The end of a
  subscription frees its place at once. The daemon's own readers subscribe without
  taking a place.
* A client's subscription, here or on the multiplex, is demand for the feed's figures
  while it lasts.
* ``close`` ends every subscription with the close code given; a closed subscription
  yields no further frame.

The multiplex address, for clients that follow several streams over one connection,
adds:

* Each message has a ``seq`` in its stream, and the daemon's life an ``epoch``. For
  events it rises by one; for a retained kind it may skip numbers.
* A client has no queue but a cursor in the messages that the stream keeps for all. So
  missed and new messages form one sequence, without loss or repetition. If missed
  messages are no longer kept, the client gets a gap that says so.
* A client that has caught up lags as a subscription does, by more than ``backlog``
  events.
* A sampled stream has other intervals for clients that ask: a branch each, while a
  client follows it.
"""

from uma.streams.multiplex import Multiplex
from uma.streams.stream import Stream, Subscription

__all__ = ["Multiplex", "Stream", "Subscription"]
