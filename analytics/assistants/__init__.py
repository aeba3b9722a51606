"""What assistants are given: the questions of the library as tools of the Model Context Protocol, read-only and exact."""
