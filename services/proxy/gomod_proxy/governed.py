"""The reader that lets through what the policy allows, before anything behind it is asked."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

from gomod.errors import Forbidden, Malformed, NotFound, Unavailable
from gomod.info import parse_info
from gomod.module import ModuleVersion
from gomod.versions import latest
from gomod_proxy.lru import Lru
from gomod_proxy.own import OwnModules
from gomod_proxy.policy import Cooldown, Policy, Rule
from gomod_proxy.reader import Found, ModuleReader, Stream
from gomod_storage import Blob, Document

MAX_TIMES = 65536
AT_ONCE = 16  # .info files that are looked into at the same time, for a list


class Governed:
    """Raises Forbidden, naming the rule and its line; what is refused is in no list and never the latest.

    Rules hold for our own modules too, except those about everything else; a cooldown is about public modules alone.
    """

    def __init__(self, inner: ModuleReader, own_modules: OwnModules, policy: Callable[[], Policy]) -> None:
        """`policy` gives what holds now."""
        self._inner = inner
        self._own_modules = own_modules
        self._policy = policy
        self._times: Lru[datetime] = Lru(MAX_TIMES)

    async def versions(self, path: str) -> Found[list[str]]:
        self._check_path(path)
        found = await self._inner.versions(path)
        allowed = [version for version in found.value if self._refusal(path, version) is None]
        if (cooldown := self._cooldown(path)) is not None:
            allowed = await self._old_enough(path, allowed, cooldown)
        return Found(allowed, found.cache)

    async def latest(self, path: str) -> Found[Document]:
        self._check_path(path)
        found = await self._inner.latest(path)
        try:
            await self.check(_named(path, found.value))
        except Forbidden as refused:
            newest = latest((await self.versions(path)).value)
            if newest is None:
                raise refused from None
            return await self._inner.info(ModuleVersion(path, newest))
        return found

    async def query(self, path: str, query: str) -> Found[Document]:
        self._check_path(path)
        found = await self._inner.query(path, query)
        await self.check(_named(path, found.value))
        return found

    async def info(self, module: ModuleVersion) -> Found[Document]:
        await self.check(module)
        return await self._inner.info(module)

    async def mod(self, module: ModuleVersion) -> Found[Document]:
        await self.check(module)
        return await self._inner.mod(module)

    async def zip(self, module: ModuleVersion) -> Found[Blob | Stream]:
        await self.check(module)
        return await self._inner.zip(module)

    async def allows(self, module: ModuleVersion) -> bool:
        """Whether a version that is stored would be served."""
        try:
            await self.check(module)
        except (Forbidden, NotFound):
            return False
        return True

    async def check(self, module: ModuleVersion) -> None:
        """Return when a version may be served. Raises Forbidden; with a cooldown, what asking for its .info raises."""
        if (rule := self._refusal(module.path, module.version)) is not None:
            raise _refused(str(module), rule)
        cooldown = self._cooldown(module.path)
        if cooldown is not None and not await self._is_old_enough(module, cooldown):
            raise Forbidden(
                f"{module}: the registry's policy has public versions wait for {cooldown.age.days} days "
                f"(line {cooldown.line}: `{cooldown.text}`); take an older one, or ask for an exception"
            )

    def _check_path(self, path: str) -> None:
        rule = self._policy().whole_refusal(path)
        if rule is not None and self._is_about(rule, path):
            raise _refused(path, rule)

    def _refusal(self, path: str, version: str) -> Rule | None:
        rule = self._policy().refusal(path, version)
        return rule if rule is not None and self._is_about(rule, path) else None

    def _is_about(self, rule: Rule, path: str) -> bool:
        return bool(rule.pattern) or not self._own_modules.owns(path)

    def _cooldown(self, path: str) -> Cooldown | None:
        return None if self._own_modules.owns(path) else self._policy().cooldown(path)

    async def _old_enough(self, path: str, versions: list[str], cooldown: Cooldown) -> list[str]:
        limit = asyncio.Semaphore(AT_ONCE)

        async def judge(version: str) -> bool:
            async with limit:
                try:
                    return await self._is_old_enough(ModuleVersion(path, version), cooldown)
                except NotFound:
                    return False  # listed, and not to be had

        verdicts = await asyncio.gather(*(judge(version) for version in versions))
        return [version for version, old in zip(versions, verdicts, strict=True) if old]

    async def _is_old_enough(self, module: ModuleVersion, cooldown: Cooldown) -> bool:
        """By the time in the .info, which is that of the commit: the protocol knows no other."""
        made = self._times.get(module)
        if made is None:
            try:
                made = parse_info((await self._inner.info(module)).value.data).time
            except Malformed:
                return True  # a stored one that others wrote; upstream's are read before they are kept
            self._times.put(module, made)
        return datetime.now(UTC) - made >= cooldown.age


def _named(path: str, info: Document) -> ModuleVersion:
    try:
        return ModuleVersion(path, parse_info(info.data).version)
    except Malformed as error:
        raise Unavailable(f"{path}: its newest .info can't be read, so the policy can't be applied: {error}") from error


def _refused(what: str, rule: Rule) -> Forbidden:
    return Forbidden(f"{what}: the registry's policy refuses it (line {rule.line}: `{rule.text}`)")
