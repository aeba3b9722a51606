"""Pure arithmetic: frames and arrays in, values out."""
