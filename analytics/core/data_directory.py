"""The data directory and the paths in it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

ENVIRONMENT_VARIABLE = "KEYSPEND_DATA_DIR"
SETTINGS_VARIABLE = "KEYSPEND_CONFIG"


@dataclass(frozen=True)
class DataDirectory:
    """The folder that holds the evidence, the journal, the database and the settings."""

    root: Path
    settings_file: Path | None = None
    """The file of the settings, where it is not keyspend.toml in `root`."""

    @property
    def exports(self) -> Path:
        """The folder of the evidence: zips named by their SHA-256."""
        return self.root / "exports"

    @property
    def journal(self) -> Path:
        """The file of the acts, one JSON line each."""
        return self.root / "journal.jsonl"

    @property
    def generations(self) -> Path:
        """The folder of the immutable databases; `current` names the one to read."""
        return self.root / "generations"

    @property
    def current(self) -> Path:
        """The file that names the generation to read."""
        return self.root / "CURRENT"

    @property
    def lock(self) -> Path:
        """The file that a writer holds locked."""
        return self.root / "lock"

    @property
    def staging(self) -> Path:
        """The scratch folder of the one writer, emptied by the next."""
        return self.root / "staging"

    @property
    def database_link(self) -> Path:
        """The symbolic link to the newest generation, for SQL tools."""
        return self.root / "usage.duckdb"

    @property
    def settings(self) -> Path:
        """The file of the settings: owners, budgets, schedules."""
        return self.settings_file or self.root / "keyspend.toml"

    @property
    def run_lock(self) -> Path:
        """The file that a `keyspend run` holds locked."""
        return self.root / "run.lock"

    @property
    def memory(self) -> Path:
        """The file of the run state."""
        return self.root / "schedules.json"

    @property
    def outbox(self) -> Path:
        """The file of the events that were raised, with the recipients that still wait for their notification."""
        return self.root / "notices.json"

    @property
    def notices_log(self) -> Path:
        """The log of all notifications."""
        return self.root / "notices.log"

    def create(self) -> None:
        """Create the folder and those in it, readable by their user alone (mode 0700)."""
        for folder in (self.root, self.exports, self.generations, self.staging):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def data_directory(override: str | None = None, settings: str | None = None) -> DataDirectory:
    """Return the directory named by `override`, by KEYSPEND_DATA_DIR, or the platform's folder for a user's data.

    Its settings are in the file named by `settings`, by KEYSPEND_CONFIG, or in keyspend.toml in the directory.
    """
    root = override or os.environ.get(ENVIRONMENT_VARIABLE)
    settings = settings or os.environ.get(SETTINGS_VARIABLE)
    settings_file = Path(settings).expanduser().absolute() if settings else None
    if not root:
        from platformdirs import user_data_path

        return DataDirectory(user_data_path("keyspend", appauthor=False), settings_file)
    return DataDirectory(Path(root).expanduser().absolute(), settings_file)
