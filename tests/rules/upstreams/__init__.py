"""The upstreams' pure parts."""
