"""Publishing to the user's own MQTT broker, for homes that outgrow one client a server.

* The topics of a server are ``PREFIX/NODE/…``. The feeds in ``MQTT_FEEDS``
  (``selection``) have topics named like their addresses, and the same bytes as
  WebSocket clients get. ``availability`` is ``online``, or ``offline`` by last will.
* States are retained and throttled (``throttle``): at once when a feed's facts have
  changed, else no more than four a minute and no less than one. Events are neither
  retained nor kept without a connection.
* Home Assistant finds one device by its discovery, and on it the feeds' entities
  (``entities``). Entities of removed parts are withdrawn once missing for ten minutes
  (``announced``).
* A broker wants the figures of the feeds that it gets, while it is connected.
* UMA subscribes to two things: Home Assistant's birth, and its own earlier discovery.
  It uses only the topic of a message, and ``packets`` limits the size.
* One connection's work is a ``session``: ``presence`` keeps claim and availability,
  ``announcer`` the entities, ``states`` and ``events`` the messages. ``publisher``
  chooses the broker and connects again, at the pace of ``failover``.
* A broker that is absent, refuses or stalls is a matter of health, and costs the daemon
  nothing else (``bridge``).

Imported only where MQTT_HOST is set; aiomqtt is known to ``client`` alone.
"""
