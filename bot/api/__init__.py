"""The HTTP API: what a key opens, in the shapes that OpenAI's SDKs expect.

Invariant: who calls is decided from the headers before a body is read, every answer carries an
x-request-id, and a call whose client hangs up is cancelled at once and charged right.
Who may come in: SDKs, over the network; the composition root builds and starts the server.
"""
