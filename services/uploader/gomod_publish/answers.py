"""What the registry's refusals mean: statuses and problem documents (RFC 9457), said so that a publisher can act."""

import json
from http import HTTPStatus

import httpx

from gomod.errors import AlreadyExists, RegistryError, UpstreamError, Violation
from gomod.module import ModuleVersion
from gomod_publish.busy import asked_pause, is_busy
from gomod_publish.errors import Refused, TryAgain
from gomod_publish.settings import REGISTRY_URL

_SHOWN = 2000  # characters of an answer; whatever stands between us may answer with a page of HTML


def failure(response: httpx.Response, what: ModuleVersion | str, *, offered_h1: str = "") -> RegistryError:
    """The error that an answer other than 2xx stands for: AlreadyExists, Refused, TryAgain, UpstreamError."""
    if is_busy(response):
        return TryAgain(_trouble(response), after_seconds=asked_pause(response))
    if response.is_server_error:
        return UpstreamError(_trouble(response))
    if response.status_code == HTTPStatus.CONFLICT:
        return _conflict(what, str(_problem(response).get("stored_h1", "")), offered_h1)
    return Refused(
        f"{what} was refused ({response.status_code}): {said(response)}{_cure(response)}",
        violations=_remarks(_problem(response), "violations"),
    )


def said(response: httpx.Response) -> str:
    """What an answer says, in one line."""
    text = str(_problem(response).get("detail", "")) or response.text
    return " ".join(text[:_SHOWN].split()) or response.reason_phrase


def warnings(receipt: httpx.Response) -> tuple[str, ...]:
    """What the registry took, but found odd, as a person should read it."""
    return tuple(remark.message for remark in _remarks(_document(receipt), "warnings"))


def _trouble(response: httpx.Response) -> str:
    return f"{response.url} answered {response.status_code}: {said(response)}"


def _conflict(what: ModuleVersion | str, stored_h1: str, offered_h1: str) -> AlreadyExists:
    return AlreadyExists(
        f"{what} is published already with other content, and a version never changes:"
        f" the registry has {stored_h1 or 'another hash'}, you have {offered_h1}."
        " Publish the new content as a new version: a new tag, or a new commit",
        stored_h1=stored_h1,
        offered_h1=offered_h1,
    )


def _cure(response: httpx.Response) -> str:
    if response.is_redirect:
        return f" (redirected to {response.headers.get('Location', '')}: put the final URL into {REGISTRY_URL})"
    if response.status_code == HTTPStatus.UNAUTHORIZED:
        return " (is the token one of this registry, and not expired?)"
    if response.status_code in (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED):
        return f" (is {REGISTRY_URL} the registry's public address?)"
    return ""


def _problem(response: httpx.Response) -> dict[str, object]:
    """The problem document; empty when something between us and the registry answered."""
    is_problem = response.headers.get("Content-Type", "").partition(";")[0] == "application/problem+json"
    return _document(response) if is_problem else {}


def _document(response: httpx.Response) -> dict[str, object]:
    try:
        document = json.loads(response.content)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _remarks(document: dict[str, object], member: str) -> tuple[Violation, ...]:
    listed = document.get(member)
    if not isinstance(listed, list):
        return ()
    return tuple(
        Violation(str(each.get("code", "")), str(each.get("message", ""))) for each in listed if isinstance(each, dict)
    )
