"""The vocabulary: values and small tools that every room uses, without a database or a network."""
