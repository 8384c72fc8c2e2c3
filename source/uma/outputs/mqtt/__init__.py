"""Publishing to the user's own MQTT broker, for homes with many servers or clients.

* The topics of a server are ``PREFIX/NODE/…``. The feeds in ``MQTT_FEEDS``
  (``selection``) have topics named like their addresses, and the same bytes as
  WebSocket clients get. ``availability`` is ``online``, or ``offline`` by last will.
* States are retained and throttled (``throttle``): at once when a feed's facts have
  changed, else one to four times a minute. Events are neither retained nor kept without
  a connection.
* Home Assistant discovers one device with the feeds' entities (``entities``). Entities
  of removed parts are withdrawn after ten minutes (``announced``).
* A connected broker is demand for the figures of its feeds.
* UMA subscribes to Home Assistant's birth, and to its own availability, claim and
  earlier discovery. ``packets`` limits the size of a message.
* One connection's work is a ``session``: ``presence`` keeps claim and availability,
  ``announcer`` the entities, ``states`` and ``events`` the messages. ``publisher``
  chooses the broker and connects again, at the pace of ``failover``.
* A broker that is absent, refuses or stalls shows in health, and affects nothing else
  (``bridge``).

It is imported only if MQTT_HOST is set; only ``client`` imports aiomqtt.
"""
