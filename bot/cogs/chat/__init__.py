"""/chat: an answer that grows by edits, in parts that never tear a code block.

Invariant: one writer for each answer; the stream never waits for Discord, and the last edit always
arrives or says in the log why not. Prompts and answers stay in memory. The composition root comes
in, nobody else.
"""
