"""The models members can call: their kinds, prices, access and routes.

Invariant: built from latchkey.toml, only prices ever change; a model that is found can be priced.
The relay and the doors come in to look models up; nothing here asks an upstream.
"""
