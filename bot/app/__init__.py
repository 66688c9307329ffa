"""The composition root: everything is wired here and nowhere else.

`services` builds what the features offer, `doors` hands them to the bot, the API and the jobs.
A service gets its collaborators from here; nobody imports this but who starts a process.
"""
