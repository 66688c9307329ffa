"""Dialects and the transport against upstreams on loopback sockets."""
