"""Pure answers: lists and frames in, values out; no file, no database, no clock."""
