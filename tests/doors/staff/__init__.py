"""The staff's commands and buttons, driven by a whole bot connected to the loopback Discord."""
