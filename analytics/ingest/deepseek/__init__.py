"""The usage export of the DeepSeek developer platform: its layouts, its cells, its two files."""
