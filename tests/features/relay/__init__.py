"""A metered call over real upstreams on loopback, and the money it costs in real databases."""
