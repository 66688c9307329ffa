"""Message ids and their sentences: English ones in Python, Russian ones in gettext catalogues.

Features raise failures with a message id; the doors ask here for the sentence, in the language of
whoever reads it. What is kept for later is kept as an id with its parameters. A sentence says what
to do next.
"""
