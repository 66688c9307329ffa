"""Pictures, sound and searches through the real client library, with every loopback upstream."""
