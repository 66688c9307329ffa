"""The Discord door, driven by a whole bot connected to the loopback Discord."""
