"""The Russian sentences: gettext catalogues, an area a file, keyed by the ids of the English ones.

`commands.po` holds what Discord's menus say of commands. A message that depends on a number has
msgid_plural, whatever the English has. A test finds what is missing, left over or does not fit.
"""
