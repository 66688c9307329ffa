"""Answers that grow by edits, in parts that never tear a code block: /chat, /ask, "Ask about this".

Invariant: one writer for each answer; the stream never waits for Discord, and the last edit always
arrives or says in the log why not. Prompts and answers stay in memory. The composition root comes
in, and the media commands for the messages an answer is laid out over.
"""
