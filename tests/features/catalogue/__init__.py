"""The catalogue beside its upstreams, on both databases."""
