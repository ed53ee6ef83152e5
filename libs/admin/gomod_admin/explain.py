"""What the proxy answers for one version, and why: by the proxy's own code, asked in this process."""

from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from yarl import URL

from gomod import layout
from gomod.errors import InvalidVersion, NotFound
from gomod.layout import FileRequest, Kind
from gomod.module import ModuleVersion
from gomod_admin.in_process import Answer, ask, started
from gomod_admin.settings import open_named_store
from gomod_admin.untouched import Untouched
from gomod_proxy.app import app_on
from gomod_proxy.own import OwnModules
from gomod_proxy.policy import Cooldown, Policy, Rule, parse_policy
from gomod_proxy.settings import WORDS, ProxySettings
from gomod_service.settings import SettingsError
from gomod_storage import ModuleStore, PartKind

KINDS: tuple[Kind, ...] = ("info", "mod", "zip")
"""In the order in which go asks for them."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a client gets what it gets."""

    module: ModuleVersion
    own_prefix: str | None  # the prefix of GOMOD_PRIVATE_PATTERNS that makes it ours
    policy_file: Path | None
    rule: Rule | None  # the line that decides; None: no line is about it
    cooldown: Cooldown | None  # that it has to wait for
    stored: frozenset[Kind]  # which of its files; all of them: it is whole
    upstreams: tuple[str, ...]  # that are asked for what is not stored, in this order
    answers: dict[Kind, Answer]

    @property
    def status(self) -> int:
        """What a build meets: the first answer that is no success, if there is one."""
        failures = [answer.status for answer in self.answers.values() if answer.status != HTTPStatus.OK]
        return failures[0] if failures else HTTPStatus.OK


def parse_module_version(text: str) -> ModuleVersion:
    """`MODULE@VERSION` with a canonical version. Raises Malformed."""
    path, _, version = text.partition("@")
    module = ModuleVersion(path, version)
    if not isinstance(layout.parse(layout.file_name(module, "info")), FileRequest):
        raise InvalidVersion(version, "explain takes canonical versions, like v1.2.3: go resolves the others first")
    return module


async def explain(settings: ProxySettings, module: ModuleVersion) -> Explanation:
    """Ask the proxy of these settings for the version's three files, without storing anything.

    It is a proxy that just started: what a running one remembers (absences, a broken circuit) it does not know. Raises
    SettingsError.
    """
    store = open_named_store(settings.storage_url)
    own_modules = OwnModules(settings.private_patterns)
    ours = own_modules.owns(module.path)
    policy = _read_policy(settings.policy_file)
    rule = policy.decisive(module.path, module.version)
    if ours and rule is not None and not rule.pattern:
        rule = None  # a rule about everything else is about public modules
    stored = await _stored(store, module)
    asks_nobody = ours or settings.network_mode == "offline" or (rule is not None and not rule.serves)
    app = app_on(Untouched(store), settings)
    async with started(app):
        answers = {kind: await ask(app, f"/{layout.file_name(module, kind)}") for kind in KINDS}
    return Explanation(
        module,
        own_modules.root_of(module.path),
        settings.policy_file,
        rule,
        None if ours else policy.cooldown(module.path),
        stored,
        () if asks_nobody else tuple(_shown(upstream.url) for upstream in settings.upstreams),
        answers,
    )


def _shown(url: str) -> str:
    """The URL without the name and the password that may stand in it; or the word."""
    return str(URL(url).with_user(None)) if url not in WORDS else url


def _read_policy(file: Path | None) -> Policy:
    if file is None:
        return Policy()
    try:
        return parse_policy(file.read_bytes())
    except OSError as error:
        raise SettingsError(f"the policy file {file} can't be read: {error.strerror}") from error
    except SettingsError as error:
        raise SettingsError(f"the policy file {file} is wrong:\n{error}") from error


async def _stored(store: ModuleStore, module: ModuleVersion) -> frozenset[Kind]:
    try:
        await store.info(module)
    except NotFound:
        kinds: tuple[PartKind, ...] = ("info", "mod")
        return frozenset([kind for kind in kinds if await _is_part(store, module, kind)])
    return frozenset(KINDS)


async def _is_part(store: ModuleStore, module: ModuleVersion, kind: PartKind) -> bool:
    try:
        await store.part(module, kind)
    except NotFound:
        return False
    return True
