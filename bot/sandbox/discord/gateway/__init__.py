"""The Gateway v10: sessions of the bot, what each is told, and the WebSocket they speak on.

A session outlives its socket, so that a client may resume and miss nothing. Only the server
beside this package comes in; the world tells it what happens.
"""
