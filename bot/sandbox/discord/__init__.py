"""A loopback Discord: REST v10 and Gateway v10 as an unmodified client library expects them.

`world` is the state, in Discord's own JSON shapes; `acts` is what a person does; `rest` and
`gateway` are what the bot sees of it; `server` puts them on a port. Whatever Discord would
refuse is refused here, with Discord's own code. It imports no other package of Latchkey.
"""
