"""Message ids and their sentences; English now, Russian joins as a gettext catalogue.

Features raise failures with a message id; the doors ask here for the sentence. A sentence says
what to do next.
"""
