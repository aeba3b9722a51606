"""The commands of `keyspend`: each parses its words, calls the library and shows the answer; they compute nothing."""
