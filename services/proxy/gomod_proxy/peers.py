"""From the settings to those whom the proxy asks: upstreams and checksum databases."""

from gomod.errors import NotFound, UpstreamError
from gomod_proxy.absences import Absences
from gomod_proxy.checksum_database import ChecksumDatabase
from gomod_proxy.checksum_sources import LinkedDatabase, OfflineDatabase
from gomod_proxy.credentials import Credentials
from gomod_proxy.direct import Direct
from gomod_proxy.direct_access import Access, Ssh
from gomod_proxy.direct_worker import Workers
from gomod_proxy.http_client import HttpClient, Patience
from gomod_proxy.link import Link
from gomod_proxy.remembered import Lifetimes
from gomod_proxy.settings import ProxySettings, SumDb
from gomod_proxy.source import Source
from gomod_proxy.upstream import GoProxy
from gomod_proxy.upstreams import NoUpstream, Step, Upstreams
from gomod_service.settings import SettingsError
from gomod_storage import ModuleStore


def source_of(settings: ProxySettings, client: HttpClient) -> Source:
    """What GOMOD_UPSTREAMS means in this network mode. Raises SettingsError."""
    if settings.network_mode == "offline":
        return NoUpstream("this registry is offline (GOMOD_NETWORK_MODE=offline)", UpstreamError)
    return Upstreams([Step(_upstream(each.url, settings, client), each.bridged) for each in settings.upstreams])


def _upstream(url: str, settings: ProxySettings, client: HttpClient) -> Source:
    match url:
        case "off":
            return NoUpstream("there is no further one (off in GOMOD_UPSTREAMS)", NotFound)
        case "direct":
            access = Access(Credentials(settings.netrc_file), _ssh(settings))
            return Direct(Workers(access, settings.direct_at_once, settings.direct_seconds))
        case _:
            return GoProxy(url, client)


def _ssh(settings: ProxySettings) -> Ssh | None:
    key, known_hosts = settings.direct_ssh_key_file, settings.direct_known_hosts_file
    if key is None and known_hosts is None:
        return None
    if key is None or known_hosts is None:
        raise SettingsError("GOMOD_DIRECT_SSH_KEY_FILE and GOMOD_DIRECT_KNOWN_HOSTS_FILE need each other")
    return Ssh(key, known_hosts)


def http_client(settings: ProxySettings) -> HttpClient:
    """The client that asks upstreams."""
    patience = Patience(
        connect=settings.connect_seconds,
        silence=settings.read_seconds,
        text=settings.read_seconds,
        zip=settings.zip_seconds,
    )
    return HttpClient(patience, settings.connections, Credentials(settings.netrc_file))


def sumdb_client(settings: ProxySettings) -> HttpClient:
    """A client of less patience: what a database has no time to check is served all the same."""
    seconds = settings.sumdb_seconds
    patience = Patience(connect=min(settings.connect_seconds, seconds), silence=seconds, text=seconds, zip=seconds)
    return HttpClient(patience, settings.connections, Credentials(settings.netrc_file))


def checksum_database(
    entry: SumDb, settings: ProxySettings, store: ModuleStore, client: HttpClient, lifetimes: Lifetimes
) -> ChecksumDatabase:
    """One entry of GOMOD_SUMDBS in this network mode."""
    if settings.network_mode == "offline":
        return ChecksumDatabase(entry.key, OfflineDatabase(), store, lifetimes)
    absences = Absences(settings.negative_ttl)
    remote = LinkedDatabase(entry.key.name, Link(entry.url, client), absences)
    return ChecksumDatabase(entry.key, remote, store, lifetimes)
