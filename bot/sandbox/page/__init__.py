"""The page on which a newcomer plays the people of the loopback Discord.

`page` has the routes, `live` is one open page's WebSocket, `view` says what a person sees,
`static` is the page itself. It shows nobody what that person could not see in Discord, and
does nothing but what `Acts` lets a person do.
"""
