"""/chat: an answer that grows by edits, in parts that never tear a code block."""
