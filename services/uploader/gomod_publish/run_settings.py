"""What the environment must say for all of publishing at once."""

from collections.abc import Mapping
from dataclasses import dataclass

from gomod_publish.settings import Problems, RegistrySettings
from gomod_publish.smoke.settings import SmokeSettings
from gomod_publish.state.settings import StateSettings


@dataclass(frozen=True, slots=True)
class RunSettings:
    """The settings of every step."""

    registry: RegistrySettings
    smoke: SmokeSettings
    state: StateSettings

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> "RunSettings":
        """Raises SettingsError, naming every variable of any step that is missing or wrong."""
        problems = Problems()
        with problems.caught():
            registry = RegistrySettings.read(environment)
        with problems.caught():
            smoke = SmokeSettings.read(environment)
        with problems.caught():
            state = StateSettings.read(environment)
        problems.raise_any()
        return cls(registry, smoke, state)
