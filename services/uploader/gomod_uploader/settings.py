"""What the uploader must be told."""

from dataclasses import dataclass
from pathlib import Path

from gomod_service.settings import CommonSettings, parse_seconds, required, tuning


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(CommonSettings):
    """The common settings, and who may publish."""

    upload_tokens_file: Path = required(
        "GOMOD_UPLOAD_TOKENS_FILE", Path, "the TOML file of bearer tokens that gomod-token writes"
    )
    trusted_publishers_file: Path | None = tuning(
        "GOMOD_TRUSTED_PUBLISHERS_FILE",
        "",
        lambda text: Path(text) if text else None,
        "the TOML file of OIDC issuers and workloads that may publish without a token of ours",
    )
    patience_seconds: float = tuning(
        "GOMOD_UPLOAD_PATIENCE_SECONDS",
        "30",
        parse_seconds,
        "how long a client may be silent, or take longer than its bytes need at 16 KiB a second",
    )
