"""/chat through the real client library, on a loopback Discord and with upstreams that obey."""
