"""Golden files: compared byte for byte; `pytest --update-golden` writes them, to be read before they are committed."""

from pathlib import Path

FOLDER = Path(__file__).parents[1] / "golden"


class Golden:
    """Compares the results of a test with golden files."""

    def __init__(self, update):
        self._update = update

    def check(self, name, content):
        """Assert that `content` is that of tests/golden/`name`."""
        path = FOLDER / name
        if self._update:
            path.write_bytes(content)
        assert path.exists(), f"{path} is missing: run pytest --update-golden, and read it"
        assert content == path.read_bytes(), f"{path} differs: run pytest --update-golden, and read the difference"
