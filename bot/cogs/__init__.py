"""The Discord door: commands, buttons, the courier. Acknowledges before any I/O.

Holds no rules of the product; asks the features and renders their answers. Only here (and in the
sandbox) Discord's library is known.
"""
