"""The English sentences, one file an area: `TEXTS` maps a message id to a template.

A template is filled by `str.format`; `{n:,}` groups thousands. Two ids alike are a fault.
"""
