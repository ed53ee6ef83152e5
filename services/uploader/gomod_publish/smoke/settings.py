"""What the environment says for the smoke test: variables of consumers, and what to fetch. Nothing has a default."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gomod.errors import Malformed
from gomod.module import ModuleVersion, check, match_prefix_patterns
from gomod_publish.settings import Problems, SettingsError, read_url

UPLOADER_URL = "GO_UPLOADER_URL"
PUBLIC_MODULE = "GO_SMOKE_PUBLIC_MODULE"

CONSUMER = ("GOPROXY", "GOPRIVATE", "GONOSUMDB", "GOWORK")
"""What every consumer sets."""
CONSUMER_TOO = ("GONOPROXY", "GOINSECURE", "GOSUMDB", "GOTOOLCHAIN", "GOAUTH")
"""What a consumer may set as well."""


@dataclass(frozen=True, slots=True)
class ConsumerSettings:
    """The variables of go that consumers build with."""

    variables: Mapping[str, str]

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> "ConsumerSettings":
        """Raises SettingsError, naming every variable that is missing."""
        if missing := [name for name in CONSUMER if not environment.get(name)]:
            raise SettingsError(f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} not set")
        return cls({name: environment[name] for name in (*CONSUMER, *CONSUMER_TOO) if name in environment})

    def check_own(self, paths: Iterable[str]) -> None:
        """Raise SettingsError for a module that is not one of the own ones, as GOPRIVATE has them.

        No registry takes it then, and go would look for it in public.
        """
        own = self.variables["GOPRIVATE"]
        others = [path for path in paths if not match_prefix_patterns(own, path)]
        if others:
            raise SettingsError(f"GOPRIVATE is {own!r}, so consumers would look for {', '.join(others)} in public")


@dataclass(frozen=True, slots=True)
class SmokeSettings:
    """What the smoke test needs besides the registry."""

    consumer: ConsumerSettings
    public: ModuleVersion  # a module of somebody else's, to be fetched twice
    uploader_url: str  # where the uploader is reached other than through the gateway; empty when it is not

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> "SmokeSettings":
        """Raises SettingsError, naming every variable that is missing or wrong."""
        problems = Problems()
        with problems.caught():
            consumer = ConsumerSettings.read(environment)
        with problems.caught():
            public = _read_public(environment)
        with problems.caught():
            uploader = read_url(environment, UPLOADER_URL) if environment.get(UPLOADER_URL) else ""
        problems.raise_any()
        return cls(consumer, public, uploader)


def _read_public(environment: Mapping[str, str]) -> ModuleVersion:
    text = environment.get(PUBLIC_MODULE, "")
    if not text:
        raise SettingsError(
            f"{PUBLIC_MODULE} is not set: a public module to fetch twice, like github.com/google/uuid@v1.6.0"
        )
    path, _, version = text.partition("@")
    try:
        check(path, version)
    except Malformed as error:
        raise SettingsError(f"{PUBLIC_MODULE} is {text!r}, expected module@version: {error}") from error
    return ModuleVersion(path, version)
