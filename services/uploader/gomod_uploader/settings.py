"""What the uploader must be told."""

from dataclasses import dataclass
from pathlib import Path

from gomod_service.settings import CommonSettings, required


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(CommonSettings):
    """The common settings, and who may publish."""

    upload_tokens_file: Path = required(
        "GOMOD_UPLOAD_TOKENS_FILE", Path, "the TOML file of bearer tokens that gomod-token writes"
    )
